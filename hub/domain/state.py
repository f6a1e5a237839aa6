"""What a report reads of a store at one moment: one consistent view, without a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from hub.domain.log import TopicPartition
from hub.domain.rows import LinkRow, Person, RecordRow


class SampleCount(NamedTuple):
    """What came of one month's sample of automatic links."""

    month: str
    asked: int
    half: int
    """Answered by one side, who says they are one: not counted yet."""
    counted: int
    """Both sides say they are one, or either says they are two."""
    wrong: int
    """Of these, where either says they are two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """Sums as of one day, and the rows that reports need whole."""

    sums: dict[tuple[str, str, str], int]
    """(counter, registry, dimension) to its value on the day."""
    active_credentials: dict[tuple[str, str], tuple[int, int]]
    """(registry, own type) to records and distinct holders on the day."""
    hours_e4: dict[Person, int]
    """Verified clock hours in ten-thousandths; persons without any left out."""
    submissions: tuple[RecordRow, ...]
    links: tuple[LinkRow, ...]
    present: frozenset[Person]
    """Persons whose profile stands."""
    policies: dict[str, int]
    """Receiving registry to the revision of its policy."""
    models: tuple[str, ...]
    """Identity models that were published, by name."""
    delivered: dict[str, int]
    positions: dict[str, dict[TopicPartition, int]]
    touches_pending: int
    oldest_touch_ms: int | None
    outbox_pending: int
    rejected: int
    open_pairs: tuple[tuple[Person, Person], ...]
    """Pairs that may be one human, which nobody has settled."""
    samples: tuple[SampleCount, ...]
    state_root: str
    state_root_canonical: str


Document = dict[str, Any]
