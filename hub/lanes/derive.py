"""The derive lane: what is touched is derived again; matches, sums and inbox items follow.

Touches are read with their stamps first, unlocked; then those of the persons concerned that nobody
else is at are locked in the lane's own table, and their clusters and records read. Only answers
whose basis differs are worked out. Touches are deleted while their stamp is unchanged: whatever
changes after this lane has read it leaves a newer one. When no touch is pending, everything derived
is a function of the cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from hub.domain.rows import (
    PERSON_TOUCH,
    RECORD_TOUCH,
    REFERENCE_TOUCH,
    MatchRow,
    Person,
    RecordKey,
    Touch,
    TouchKey,
)
from hub.lanes.clusters import Clusters, clusters_of
from hub.lanes.evaluation import Work, derive_records
from hub.lanes.fan_out import spread_of
from hub.lanes.policies import load_references
from hub.lanes.requests import settle_appeals, settle_requests
from hub.lanes.sharing import LINK, Sharing, consents_of
from hub.lanes.telling import Telling
from hub.lanes.terms import Near, nears_of, read_terms
from hub.ports import ProjectionStore, StoreTransaction
from hub.projections.facts import SUBJECTS
from hub.projections.matches import inbox_subject, link_item, link_subject

LANE = "derive"
TOUCHES_MAX = 10_000
FEW = 1_000
"""Touches that are looked at first: of persons more are more than one transaction derives."""
PERSONS_MAX = 100
RECORDS_MAX = 2_000
"""Records in one transaction, which holds their persons for well below a second; a single person
may have more. At most four fifths are named by touches of their own, so that persons go on."""
_NAMED_MAX = RECORDS_MAX * 4 // 5
SPREAD_MAX = 20_000
_READ_AGAIN_MAX = 5


def derive_once(store: ProjectionStore, *, touches_max: int = TOUCHES_MAX) -> int:
    """Derive one bounded batch of touches. Answers how many: 0 where none is left but those that
    another worker is at."""
    skip = 0
    while True:
        done, left = _derive(store, touches_max, skip)
        if done or not left:
            return done
        skip += left


def _derive(store: ProjectionStore, touches_max: int, skip: int) -> tuple[int, int]:
    """How many touches were derived, and how many left to others."""
    spread: dict[TouchKey, int] = {}
    with store.transaction() as tx:
        touches = _taken(tx, touches_max, skip)
        if not touches:
            return 0, 0
        spreading = [touch for touch in touches if touch.kind == REFERENCE_TOUCH]
        touched = _Touched([touch for touch in touches if touch.kind != REFERENCE_TOUCH])
        done = _derive_touched(tx, touched) if touched.touches else []
        tx.touches.delete(done)
        for touch in spreading:
            spread |= spread_of(tx, touch)
    if spreading:
        _spread(store, spread, spreading)
    return len(done) + len(spreading), len(touched.touches) - len(done)


def _taken(tx: StoreTransaction, count_max: int, skip: int) -> list[Touch]:
    """A batch: as many as there may be where records are waiting, else a few."""
    few = tx.touches.take(min(FEW, count_max), skip=skip)
    records = sum(touch.kind == RECORD_TOUCH for touch in few)
    if count_max <= FEW or records * 2 < FEW:
        return few
    return tx.touches.take(count_max, skip=skip)


def _spread(
    store: ProjectionStore, spread: dict[TouchKey, int], spreading: Sequence[Touch]
) -> None:
    """In transactions of their own: each locks rows of touches in one sorted order. If one fails,
    the references are spread again."""
    wanted = sorted(spread.items())
    for start in range(0, len(wanted), SPREAD_MAX):
        with store.transaction() as tx:
            tx.touches.add(dict(wanted[start : start + SPREAD_MAX]))
    with store.transaction() as tx:
        tx.touches.delete(spreading)


class _Touched:
    """Persons and records that touches name."""

    def __init__(self, touches: Sequence[Touch]) -> None:
        self.touches = touches
        persons = [touch for touch in touches if touch.kind == PERSON_TOUCH][:PERSONS_MAX]
        self.persons = {_person(touch.key): touch for touch in persons}
        self.records = {_record_key(t.key): t for t in touches if t.kind == RECORD_TOUCH}


def _person(key: str) -> Person:
    registry, _, person_id = key.partition("|")
    return Person(registry, person_id)


def _record_key(key: str) -> RecordKey:
    registry, kind, record_id = key.split("|", 2)
    return RecordKey(registry, int(kind), record_id)


def _derive_touched(tx: StoreTransaction, touched: _Touched) -> list[Touch]:
    """Derive whom nobody else is at. Answers the touches that are done with."""
    owners = dict(list(tx.records.matchable(list(touched.records)).items())[:_NAMED_MAX])
    later = touched.records.keys() - owners.keys() if len(owners) == _NAMED_MAX else set()
    named = {p or _nobody(key) for key, p in owners.items()}
    clusters, held, persons = _lock_few(tx, touched.persons, named, RECORDS_MAX - len(owners))
    references = load_references(tx)  # Not before the locks: others may have derived by newer ones.
    members = sorted({member for person in persons for member in clusters[person]})
    rows = {row.key: row for row in tx.records.of_persons(members, list(SUBJECTS))}
    busy: set[RecordKey] = set()
    for key, row in tx.records.get(list(owners)).items():
        if (row.person or _nobody(key)) in held:
            rows[key] = row
        else:
            busy.add(key)
    former = {match.key: match for match in tx.matches.of_persons(members)}
    known = {_record_of(match) for match in former.values()}
    # A record's matches are written together, for one person: what was found is all there is.
    others = [key for key in rows if key not in known]
    former |= {match.key: match for match in tx.matches.of_records(others)}
    # A match that was made for somebody else's person is theirs to replace: the record has moved,
    # and its own touch, or the former person's, comes back to it.
    moving = {_record_of(match) for match in former.values() if _owner_of(match) not in held}
    busy |= moving & owners.keys()
    rows = {key: row for key, row in rows.items() if key not in moving}
    former = {key: match for key, match in former.items() if _record_of(match) not in moving}
    around = {person: clusters[person] for person in held}
    terms = read_terms(tx, {member for cluster in around.values() for member in cluster})
    nears = nears_of(around, terms)
    sharing = Sharing(references, consents_of(terms))
    telling = Telling(references.synthetic)
    answered = derive_records(tx, Work(list(rows.values()), nears, former), sharing, telling)
    _tell_links(tx, members, nears, sharing)
    settle_requests(tx, nears, members, references, (telling, answered))
    settle_appeals(nears, members, telling)
    telling.publish(tx)
    done = [touch for person, touch in touched.persons.items() if person in persons]
    left = busy | later
    return done + [touch for key, touch in touched.records.items() if key not in left]


def _lock_few(
    tx: StoreTransaction, touched: Iterable[Person], named: Set[Person], records_max: int
) -> tuple[Clusters, set[Person], set[Person]]:
    """Lock those who are named, and of the touched the first whom nobody else is at: no more than
    are derived here, so that other workers take the next. Answers clusters, all who are held, and
    the touched among them."""
    rest = list(touched)
    while True:
        few = _not_too_many(tx, rest, records_max) if rest else []
        rest = rest[len(few) :]
        clusters, held = _locked_clusters(tx, {*named, *few})
        persons = held.intersection(few)
        if persons or not rest:
            return clusters, held, persons


def _not_too_many(
    tx: StoreTransaction, persons: Sequence[Person], records_max: int
) -> Sequence[Person]:
    """The first of these persons, a cluster at a time, who have so many records together; one at
    least. Read before any lock: a few more or fewer do no harm."""
    clusters = clusters_of(tx, persons)
    sizes = tx.records.count_of(list(clusters), SUBJECTS)
    counted: set[Person] = set()
    room = records_max
    for at, person in enumerate(persons):
        fresh = [each for each in clusters[person] if each not in counted]
        room -= sum(sizes.get(each, 0) for each in fresh)
        if room < 0 and at:
            return persons[:at]
        counted.update(fresh)
    return persons


def _record_of(match: MatchRow) -> RecordKey:
    return RecordKey(match.registry, match.kind, match.record_id)


def _owner_of(match: MatchRow) -> Person:
    """Under whose lock the match was made."""
    if match.person_id is None:
        return _nobody(_record_of(match))
    return Person(match.registry, match.person_id)


def _nobody(key: RecordKey) -> Person:
    """Whom to lock for a record that is no person's: two workers never derive one approval."""
    return Person(key.registry, f"{key.kind}|{key.record_id}")


def _locked_clusters(
    tx: StoreTransaction, wanted: Iterable[Person]
) -> tuple[Clusters, set[Person]]:
    """Each person's cluster, read under the locks that were to be had; and persons whose whole
    cluster is locked here."""
    wanted = list(wanted)
    clusters = clusters_of(tx, wanted)
    locked: set[Person] = set()
    for _ in range(_READ_AGAIN_MAX):
        locked |= tx.lock_persons(clusters.keys() - locked)
        again = clusters_of(tx, wanted)
        if again == clusters:
            break
        clusters = again
    # Whoever left these clusters since the first look is locked too, and in which cluster they are
    # by now was not read.
    return clusters, {p for p, members in clusters.items() if locked.issuperset(members)}


def _tell_links(
    tx: StoreTransaction,
    members: Iterable[Person],
    nears: dict[Person, Near],
    sharing: Sharing,
) -> None:
    """Each registry learns of accounts elsewhere, as far as agreements and consents let it."""
    told = {
        person: [
            other
            for other in (nears[person].others if person in nears else ())
            if other.registry != person.registry
            and sharing.may_learn(person.registry, other.registry, other, LINK)
        ]
        for person in members
    }
    silent = [inbox_subject(link_subject(p)) for p, others in told.items() if not others]
    known = tx.outbox.published(silent) if silent else {}
    synthetic = sharing.references.synthetic
    tx.outbox.publish(
        [
            link_item(person, others, synthetic=synthetic)
            for person, others in sorted(told.items())
            if others or inbox_subject(link_subject(person)) in known
        ]
    )
