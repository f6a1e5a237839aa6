"""The derive lane: what is touched is derived again; matches, sums and inbox items follow.

Touches are read with their stamps first, unlocked; then persons are locked in the lane's own table
and their clusters read again; only answers whose basis differs are worked out; touches are deleted
while their stamp is unchanged. Whatever changes after this lane has read it leaves a newer stamp.
When no touch is pending, everything derived is a function of the cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.domain.events import Kind
from hub.domain.rows import (
    APPROVAL_TOUCH,
    PERSON_TOUCH,
    PRIORITY_FAN_OUT,
    REFERENCE_TOUCH,
    LinkRow,
    Person,
    RecordKey,
    Touch,
    TouchKey,
)
from hub.lanes.evaluation import Work, derive_records
from hub.lanes.policies import References, load_references
from hub.lanes.records import person_touch
from hub.ports import ProjectionStore, StoreTransaction
from hub.projections.matches import inbox_subject, link_item, link_subject

LANE = "derive"
TOUCHES_MAX = 2_000
_READ_AGAIN_MAX = 5
MATCHED_KINDS = (Kind.TRAINING_COMPLETION, Kind.EDUCATION, Kind.CREDENTIAL)


def derive_once(store: ProjectionStore, *, touches_max: int = TOUCHES_MAX) -> int:
    """Drain one bounded batch of touches in one transaction. Answers how many were taken."""
    with store.transaction() as tx:
        touches = tx.touches.take(touches_max)
        if not touches:
            return 0
        references = load_references(tx)
        persons = [_person(t.key) for t in touches if t.kind == PERSON_TOUCH]
        _derive_persons(tx, persons, references)
        _derive_approvals(tx, [t for t in touches if t.kind == APPROVAL_TOUCH], references)
        spread: dict[TouchKey, int] = {}
        for touch in touches:
            if touch.kind == REFERENCE_TOUCH:
                _fan_out(tx, touch, references, spread)
        tx.touches.delete(touches)
        tx.touches.add(spread)
        return len(touches)


def _person(key: str) -> Person:
    registry, _, person_id = key.partition("|")
    return Person(registry, person_id)


def _derive_persons(
    tx: StoreTransaction, persons: Sequence[Person], references: References
) -> None:
    if not persons:
        return
    clusters = _locked_clusters(tx, persons)
    members = {row.person for cluster in clusters.values() for row in cluster} | set(persons)
    beside = _beside(clusters)
    work = Work(
        records=tx.records.of_persons(sorted(members), MATCHED_KINDS),
        beside=beside,
        former=tx.matches.of_persons(sorted(members)),
    )
    derive_records(tx, work, references)
    _tell_links(tx, members, beside, references)


def _locked_clusters(tx: StoreTransaction, persons: Sequence[Person]) -> dict[str, list[LinkRow]]:
    """Clusters of these persons, their members locked and read again until they hold still."""
    clusters = _clusters(tx, persons)
    for _ in range(_READ_AGAIN_MAX):
        members = {row.person for cluster in clusters.values() for row in cluster}
        tx.lock_persons(members | set(persons))
        again = _clusters(tx, persons)
        if again == clusters:
            break
        clusters = again
    return clusters


def _clusters(tx: StoreTransaction, persons: Sequence[Person]) -> dict[str, list[LinkRow]]:
    national_ids = {row.national_id for row in tx.links.of(persons).values()}
    clusters: dict[str, list[LinkRow]] = {}
    for row in sorted(tx.links.members(sorted(national_ids)), key=lambda r: r.person):
        clusters.setdefault(row.national_id, []).append(row)
    return clusters


def _beside(clusters: dict[str, list[LinkRow]]) -> dict[Person, list[Person]]:
    """For each person the others of the cluster."""
    return {
        row.person: [other.person for other in cluster if other.person != row.person]
        for cluster in clusters.values()
        if len(cluster) > 1
        for row in cluster
    }


def _tell_links(
    tx: StoreTransaction,
    members: Iterable[Person],
    beside: dict[Person, list[Person]],
    references: References,
) -> None:
    """Each registry learns of accounts elsewhere, as far as agreements let it."""
    told = {
        person: [
            other
            for other in beside.get(person, [])
            if other.registry != person.registry
            and references.lets_through(other.registry, person.registry, "link")
        ]
        for person in members
    }
    silent = [inbox_subject(link_subject(p)) for p, others in told.items() if not others]
    known = tx.outbox.published(silent) if silent else {}
    tx.outbox.publish(
        [
            link_item(person, others, synthetic=references.synthetic)
            for person, others in sorted(told.items())
            if others or inbox_subject(link_subject(person)) in known
        ]
    )


def _derive_approvals(
    tx: StoreTransaction, touches: Sequence[Touch], references: References
) -> None:
    keys = [
        RecordKey(p.registry, int(Kind.APPROVAL), p.person_id)
        for p in (_person(t.key) for t in touches)
    ]
    if not keys:
        return
    records = list(tx.records.get(keys).values())
    derive_records(tx, Work(records, {}, tx.matches.of_records(keys)), references)


def _fan_out(
    tx: StoreTransaction, touch: Touch, references: References, spread: dict[TouchKey, int]
) -> None:
    """Touch whom a reference concerns: selected from records and links, never derived rows."""
    name, _, key = touch.key.partition("|")
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
        _touch_approvals(tx, references.registries, spread)
    elif name != Kind.IDENTITY_MODEL.event_name:
        persons = tx.links.persons_beside([])
        _touch_approvals(tx, references.registries, spread)
    for person in persons:
        spread.setdefault(person_touch(person), PRIORITY_FAN_OUT)


def _touch_approvals(
    tx: StoreTransaction, registries: Sequence[str], spread: dict[TouchKey, int]
) -> None:
    for row in tx.records.approvals_of(registries):
        name = f"{row.registry}|{row.record_id}"
        spread.setdefault(TouchKey(APPROVAL_TOUCH, name), PRIORITY_FAN_OUT)
