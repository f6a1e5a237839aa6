"""What a report reads of a store at one moment: one consistent view, without a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.domain.log import TopicPartition
from hub.domain.rows import LinkRow, Person, RecordRow


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
    state_root: str
    state_root_canonical: str


Document = dict[str, Any]
