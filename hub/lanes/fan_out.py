"""Whom a reference concerns: selected from records and links, never from what was derived."""

from __future__ import annotations

from collections.abc import Sequence

from hub.domain.events import FORWARDED_KINDS, Kind
from hub.domain.rows import PRIORITY_FAN_OUT, Person, Touch, TouchKey
from hub.lanes.records import person_touch, record_touch
from hub.ports import StoreTransaction


def spread_of(tx: StoreTransaction, touch: Touch) -> dict[TouchKey, int]:
    """Touches that follow from a reference's own."""
    name, _, key = touch.key.partition("|")
    spread: dict[TouchKey, int] = {}
    persons: list[Person] = []
    if name == "approval":
        registry, _, cited = key.partition("|")
        persons = tx.records.citing(registry, [cited], cited)
    elif name == Kind.SHARING_AGREEMENT.event_name:
        sender, _, receiver = key.partition(">")
        persons = tx.links.persons_beside([sender, receiver])
        _touch_approvals(tx, [sender], spread)
    elif name == Kind.RECIPROCITY_POLICY.event_name:
        persons = tx.links.persons_beside([key])
        _touch_approvals(tx, None, spread)
    elif name not in {kind.event_name for kind in FORWARDED_KINDS}:
        persons = tx.links.persons_beside([])
        _touch_approvals(tx, None, spread)
    for person in persons:
        spread.setdefault(person_touch(person), PRIORITY_FAN_OUT)
    return spread


def _touch_approvals(
    tx: StoreTransaction, registries: Sequence[str] | None, spread: dict[TouchKey, int]
) -> None:
    for row in tx.records.approvals_of(registries):
        spread.setdefault(record_touch(row.key), PRIORITY_FAN_OUT)
