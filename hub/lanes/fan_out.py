"""Whom a reference concerns: selected from records and links, never from what was derived."""

from __future__ import annotations

from collections.abc import Sequence

from hub.domain.events import FORWARDED_KINDS, Kind
from hub.domain.rows import PRIORITY_FAN_OUT, Person, Touch, TouchKey
from hub.lanes.records import person_touch, record_touch
from hub.ports import StoreTransaction
from hub.projections.exchange import TERM_KINDS, judged_record


def spread_of(tx: StoreTransaction, touch: Touch) -> dict[TouchKey, int]:
    """Touches that follow from a reference's own."""
    name, _, key = touch.key.partition("|")
    spread: dict[TouchKey, int] = {}
    if name == "approval":
        registry, _, cited = key.partition("|")
        persons = tx.records.citing(registry, [cited], cited)
    elif name in {kind.event_name for kind in FORWARDED_KINDS}:
        return spread
    else:
        persons = _concerned(tx, name, key, spread)
    for person in persons:
        spread.setdefault(person_touch(person), PRIORITY_FAN_OUT)
    return spread


def _concerned(
    tx: StoreTransaction, name: str, key: str, spread: dict[TouchKey, int]
) -> list[Person]:
    """Persons; approvals and records that were decided on are touched at once. Of whom something
    was said beside their records, all are looked at: they are few."""
    if name == Kind.SHARING_AGREEMENT.event_name:
        sender, _, receiver = key.partition(">")
        persons = _at(sender, tx.links.persons_beside([sender, receiver]))
        _touch_approvals(tx, [sender], spread)
        _touch_decided(tx, receiver, spread)
    elif name == Kind.RECIPROCITY_POLICY.event_name:
        persons = _at(key, tx.links.persons_beside([key]))
        _touch_approvals(tx, None, spread)
        _touch_decided(tx, key, spread)
    else:
        persons = tx.links.persons_beside([])
        _touch_approvals(tx, None, spread)
        _touch_decided(tx, None, spread)
    return [*persons, *tx.records.persons_with(TERM_KINDS)]


def _at(registry: str, persons: Sequence[Person]) -> list[Person]:
    """One registry's accounts stand for their clusters: whoever is touched, all are derived."""
    return [person for person in persons if person.registry == registry]


def _touch_decided(tx: StoreTransaction, decider: str | None, spread: dict[TouchKey, int]) -> None:
    for name in tx.records.decided(decider):
        key = judged_record(name)
        if key is not None:
            spread.setdefault(record_touch(key), PRIORITY_FAN_OUT)


def _touch_approvals(
    tx: StoreTransaction, registries: Sequence[str] | None, spread: dict[TouchKey, int]
) -> None:
    for row in tx.records.approvals_of(registries):
        spread.setdefault(record_touch(row.key), PRIORITY_FAN_OUT)
