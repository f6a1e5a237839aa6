"""Lapse notices: another registry accepts a credential, whose last day comes near.

Both registries are told once for each last day: the one that accepts, and the one that holds the
credential, where the first may learn of it. A notice is taken back when the credential was renewed,
the answer changed or sharing ended; one whose day has come stands. What was told stands in the
subjects and digests of inbox items, so it survives a store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from hub.domain.events import Kind
from hub.domain.rows import OutboxItem, Person, RecordKey, RecordRow
from hub.errors import RetryableError
from hub.lanes import catching_up
from hub.lanes.audience import Audience
from hub.lanes.evaluation import match_body
from hub.lanes.policies import References, load_references
from hub.lanes.records import LANE as RECORDS_LANE
from hub.ports import ProjectionStore, StoreTransaction
from hub.projections.facts import SUBJECTS
from hub.projections.matches import inbox_subject, notice_item
from hub.projections.recognition import ends_by_expiry, holding, is_accepted_until
from hub.projections.records import EPOCH, day_number

LAPSE = "lapse"
AT_A_TIME = 500
_CREDENTIAL = SUBJECTS[Kind.CREDENTIAL]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Whose last day is within so many days of a day."""

    day: date
    days: int = 60

    @property
    def last(self) -> date:
        return self.day + timedelta(days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """Acceptance of a credential that ends with the credential's own last day."""

    key: RecordKey
    person: Person
    receiver: str
    own_ids: Sequence[str]
    """The receiver's own ids of the person."""
    lapses_on: date
    outcome: str
    """The answer on the last day."""
    is_shared: bool
    """Whether the receiver may learn of the credential."""
    intervals: Sequence[dict[str, Any]]

    def is_due(self, window: Window) -> bool:
        """Whether it is accepted on the day and until its last day, which is near."""
        return window.day <= self.lapses_on <= window.last and is_accepted_until(
            self.intervals, window.day, self.lapses_on
        )

    @property
    def told_to(self) -> tuple[str, ...]:
        """Registries that are told: none where the receiver may not learn of the credential."""
        return (self.receiver, self.key.registry) if self.is_shared else ()


class Told(NamedTuple):
    """What came of telling."""

    due: int
    """Lapses of which registries are told."""
    taken_back: int
    put_off: int
    """Notices about records whose answers are being worked out."""


def read_lapses(tx: StoreTransaction, window: Window) -> Iterator[Lapse]:
    """Lapses that are due, by holding registry and record; those too of which nobody is told."""
    references = load_references(tx)
    for registry in tx.recognition.registries():
        after = ""
        while rows := _ending(tx, registry, window, after):
            after = rows[-1].record_id
            yield from (lapse for lapse in _lapses(tx, rows, references) if lapse.is_due(window))
            tx.go_on()


def _ending(tx: StoreTransaction, registry: str, window: Window, after: str) -> list[RecordRow]:
    days = (day_number(window.day) or 0, day_number(window.last) or 0)
    return tx.recognition.ending(registry, days, after, AT_A_TIME)


def _lapses(
    tx: StoreTransaction, rows: Iterable[RecordRow], references: References
) -> Iterator[Lapse]:
    """Of these credentials, each acceptance that ends by the last day, near or not."""
    held = {row.key: row for row in rows if row.valid_until is not None and row.person is not None}
    audience = Audience(tx, references, (row.person for row in held.values()))
    for match in sorted(tx.matches.of_records(list(held)), key=lambda m: m.key):
        row = held[RecordKey(*match.key[:3])]
        lapses_on = EPOCH + timedelta(days=row.valid_until or 0)
        intervals = match_body(match)["intervals"]
        last = holding(intervals, lapses_on)
        if last is None or row.person is None or not ends_by_expiry(intervals, lapses_on):
            continue
        yield Lapse(
            key=row.key,
            person=row.person,
            receiver=match.receiver,
            own_ids=audience.own_ids(match.receiver, row.person),
            lapses_on=lapses_on,
            outcome=last["outcome"],
            is_shared=audience.is_told(match.receiver, row.key, row.person, _CREDENTIAL),
            intervals=intervals,
        )


def waiting_stamp(store: ProjectionStore) -> int:
    """The greatest stamp among the touches that wait; -1 where none waits. When no touch up to it
    waits any more, everything that was touched before is worked out. Raises RetryableError while
    the store is filled."""
    with store.transaction() as tx:
        check_current(tx)
        waits = tx.recognition.touched()
    return -1 if waits is None else waits[1]


def is_worked_out(tx: StoreTransaction, stamp: int) -> bool:
    """Whether no touch up to this stamp waits."""
    waits = tx.recognition.touched()
    return waits is None or waits[0] > stamp


def check_current(tx: StoreTransaction) -> None:
    """Raises RetryableError while the store is being filled from the log."""
    if tx.note(catching_up.NOTE) is not None or not tx.positions.of(RECORDS_LANE):
        raise RetryableError(
            "the store is being filled from the log: what is absent from it may yet come",
            fix="tell again when hub summary shows no lane behind",
            effect="nobody was told",
        )


def tell_lapses(store: ProjectionStore, window: Window, stamp: int = -1) -> Told:
    """Tell of every lapse that is due, and take back what holds no longer; in transactions of some
    hundred records. A record without an answer is left as it is while touches up to the stamp
    wait. Raises RetryableError while the store is filled."""
    due = 0
    with store.transaction() as tx:
        check_current(tx)
        registries = tx.recognition.registries()
    for registry in registries:
        after: str | None = ""
        while after is not None:
            with store.transaction() as tx:
                rows = _ending(tx, registry, window, after)
                due += _tell(tx, rows, window)
            after = rows[-1].record_id if rows else None
    taken_back = put_off = 0
    page: list[str] = [""]
    while page:
        with store.transaction() as tx:
            check_current(tx)
            page = tx.recognition.told(LAPSE, page[-1], AT_A_TIME)
            counts = _take_back(tx, page, stamp)
        taken_back, put_off = taken_back + counts[0], put_off + counts[1]
    return Told(due, taken_back, put_off)


def _tell(tx: StoreTransaction, rows: Sequence[RecordRow], window: Window) -> int:
    if not rows:
        return 0
    references = load_references(tx)
    due = [
        lapse for lapse in _lapses(tx, rows, references) if lapse.is_shared and lapse.is_due(window)
    ]
    synthetic = {row.key: row.synthetic for row in rows}
    tx.outbox.publish(
        [
            _item(lapse, registry, synthetic=synthetic[lapse.key])
            for lapse in due
            for registry in lapse.told_to
        ]
    )
    return len(due)


def _take_back(tx: StoreTransaction, subjects: Sequence[str], stamp: int) -> tuple[int, int]:
    """How many of these notices hold no longer, and how many are left as they are for a while."""
    if not subjects:
        return 0, 0
    references = load_references(tx)
    named = {subject: _named(subject) for subject in subjects}
    rows = tx.records.get(sorted({each.key for each in named.values()}))
    found = {(each.key, each.receiver): each for each in _lapses(tx, rows.values(), references)}
    answered = {m.key for m in tx.matches.of_records(list(rows))}
    published = tx.outbox.published([inbox_subject(subject) for subject in subjects])
    is_settled = is_worked_out(tx, stamp)
    gone: list[OutboxItem] = []
    put_off = 0
    for subject, each in named.items():
        lapse, row = found.get((each.key, each.receiver)), rows.get(each.key)
        synthetic = references.synthetic if row is None else row.synthetic
        said = published[inbox_subject(subject)].digest
        if lapse is not None and each.told in lapse.told_to:
            if _item(lapse, each.told, synthetic=synthetic).digest == said:
                continue
        elif not is_settled and (*each.key, each.receiver) not in answered:
            put_off += 1
            continue
        item = notice_item(each.told, "LAPSE", subject, {"withdrawn": True}, synthetic=synthetic)
        if item.digest != said:
            gone.append(item)
    tx.outbox.publish(gone)
    return len(gone), put_off


class _Named(NamedTuple):
    """What a notice's subject names."""

    key: RecordKey
    receiver: str
    told: str


def _named(subject: str) -> _Named:
    registry, rest = subject.removeprefix(f"{LAPSE}|").split("|", 1)
    record_id, receiver, told = rest.rsplit("|", 2)
    return _Named(RecordKey(registry, int(Kind.CREDENTIAL), record_id), receiver, told)


def _item(lapse: Lapse, registry: str, *, synthetic: bool) -> OutboxItem:
    """The notice to one of the two. It names no revision: a row sent again says nothing new."""
    own = [lapse.person.person_id] if registry == lapse.key.registry else list(lapse.own_ids)
    subject = "|".join((LAPSE, lapse.key.registry, lapse.key.record_id, lapse.receiver, registry))
    fields = {
        "sender": lapse.key.registry,
        "judge": lapse.receiver,
        "kind": _CREDENTIAL,
        "record_id": lapse.key.record_id,
        "person_ids": own,
        "lapses_on": lapse.lapses_on,
    }
    return notice_item(registry, "LAPSE", subject, fields, synthetic=synthetic)
