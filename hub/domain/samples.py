"""A sample of one partition, as a store holds it and as a fold of the log makes it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hub.domain.log import TopicPartition
from hub.domain.rows import Place, RecordKey, RecordRow


class Standing(NamedTuple):
    """What a store holds of some persons and records, at one moment."""

    position: int
    """Of the records lane in the sample's partition."""
    leaf: bytes
    """Of the record before it."""
    rows: Mapping[RecordKey, RecordRow]
    rejected: Mapping[int, int]
    """Offsets of the partition's rejected events, with the fold version that rejected each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDifference:
    """A record that does not stand as the log says."""

    key: RecordKey
    person_id: str | None
    stored: RecordRow | None
    folded: RecordRow | None
    event: Place
    """The first event after which the stored row is not what the log makes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReport:
    """What one check looked at and found."""

    place: TopicPartition
    one_in: int
    turn: int
    """Which of the one_in parts of its persons."""
    position: int
    """Up to where the partition was folded."""
    persons: int
    """Persons, and approvals or submissions, of which there were events."""
    records: int
    """Compared."""
    differences: tuple[SampleDifference, ...]
    """At most DIFFERENCES_MAX of them are kept."""
    differing: int
    """How many records differ."""

    @property
    def is_well(self) -> bool:
        return not self.differing
