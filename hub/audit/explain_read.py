"""What the log alone says about one record, its person and who judges it, up to a moment.

Read are the references, the identity decisions, the asker's own partition, that of a decision, and
of the registry that holds the record all of them: a record may move to another person, and
approvals stand anywhere. Decoded is only what names them: a message's key tells the person, its
frame the kind, and an event that names a record holds the record's id as it is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hub.audit.log_until import LogUntil, Tell
from hub.domain.events import Kind
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import Person, Place, RecordKey, RecordRow, ReferenceRow
from hub.domain.topics import IDENTITY, REFERENCE, events_topic
from hub.lanes.records import links_of
from hub.lanes.subjects import cited_names
from hub.ports import EventLog
from hub.projections.exchange import RECORD_KINDS, subject_id

_APPROVAL, _DECISION = Kind.APPROVAL, Kind.RECOGNITION_DECISION
_TERMS = frozenset({Kind.CONSENT, Kind.PORTABILITY_REQUEST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which record, asked about by the registry of one of its persons, and who judges it."""

    person: Person
    """The asker's own: their registry is the viewer."""
    registry: str
    """That holds the record."""
    kind: str
    record_id: str
    receiver: str

    @property
    def key(self) -> RecordKey:
        return RecordKey(self.registry, int(RECORD_KINDS[self.kind]), self.record_id)

    @property
    def decision_id(self) -> str:
        """Under which the judging registry says what it decided."""
        return subject_id(self.registry, self.kind, self.record_id)


class Linked(NamedTuple):
    """A person's link that stands, and when the hub had decided it."""

    national_id: str
    version: int
    since_ms: int


class Referred(NamedTuple):
    """A reference that stands, and the event by which it does."""

    row: ReferenceRow
    place: Place
    since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What stands by then, of all that the answer needs."""

    person_is_known: bool
    references: Sequence[Referred]
    cluster: Mapping[Person, Linked]
    """The asker's person with everybody who is linked to them; empty without a link, and where no
    link matters."""
    record: RecordRow | None
    approvals: Sequence[RecordRow]
    """Of the record's registry, those that the record cites."""
    terms: Sequence[RecordRow]
    """Consents of the persons who may hold the record, and the asker's requests."""
    decision: RecordRow | None
    """What the judging registry said of the record last."""
    read: Mapping[TopicPartition, int]
    """Of each partition that was read, how many events."""
    decoded: int
    newest_ms: int
    """Append time of the newest event read; 0 where there is none."""


async def read_held(log: EventLog, question: Question, received_ms: int | None, tell: Tell) -> Held:
    """Read what stands by then; up to the log's end where no moment is given.

    Links are read only where they matter: not for a record that the asker's own person holds.
    """
    until = await LogUntil(log, received_ms, tell).open()
    references = await _references(until)
    is_own = question.person.registry == question.registry
    cluster = {} if is_own else await _cluster(until, question.person)
    found = await _statements(until, question, {question.person, *cluster})
    standing = until.standing(found.records)
    record = standing.pop(question.key, None)
    if is_own and record is not None and record.person not in (None, question.person):
        cluster = await _cluster(until, question.person)
    cited = until.standing(_citing(found.approvals, cited_names(record))) if record else {}
    decision = standing.get(RecordKey(question.receiver, int(_DECISION), question.decision_id))
    return Held(
        person_is_known=found.person_is_known,
        references=references,
        cluster=cluster,
        record=record,
        approvals=[cited[key] for key in sorted(cited)],
        terms=[row for _, row in sorted(standing.items()) if row.kind in _TERMS],
        decision=decision,
        read=dict(sorted(until.read.items())),
        decoded=len(until.decoded),
        newest_ms=until.newest_ms,
    )


async def _references(until: LogUntil) -> list[Referred]:
    best: dict[tuple[int, str], Referred] = {}
    records = await until.find(TopicPartition(REFERENCE, 0), lambda _record, _kind: True)
    for record, batch in until.opened(records):
        for row in batch.references:
            held = best.get((row.kind, row.key))
            if held is None or row.order > held.row.order:
                place = Place(record.topic, record.partition, record.offset)
                best[row.kind, row.key] = Referred(row, place, record.append_at_ms)
    return [best[key] for key in sorted(best)]


async def _cluster(until: LogUntil, person: Person) -> dict[Person, Linked]:
    """Whoever is linked to the person, the person too. Read three times, as only those who ever
    had the same national person are kept."""
    own = (await _links(until, {person.person_id})).get(person)
    if own is None:
        return {}
    ever = await _links(until, {own.national_id})
    standing = await _links(until, {each.person_id for each in ever})
    return {
        each: linked
        for each, linked in sorted(standing.items())
        if linked.national_id == own.national_id
    }


async def _links(until: LogUntil, names: Collection[str]) -> dict[Person, Linked]:
    """Links by the decisions that name one of these, the latest claim's first event."""
    needles = [name.encode() for name in names]

    def wanted(record: LogRecord, kind: Kind) -> bool:
        value = record.value
        return kind is Kind.IDENTITY_DECISION and any(each in value for each in needles)

    found: dict[Person, Linked] = {}
    records = await until.find(TopicPartition(IDENTITY, 0), wanted)
    for record, batch in until.opened(records):
        for person, link in links_of(batch.decisions).items():
            held = found.get(person)
            if held is None or link.version > held.version:
                found[person] = Linked(link.national_id, link.version, record.append_at_ms)
    return found


@dataclass(slots=True)
class _Found:
    records: list[LogRecord]
    approvals: list[LogRecord]
    person_is_known: bool = False


async def _statements(until: LogUntil, question: Question, persons: Collection[Person]) -> _Found:
    """Events that may speak of the record, of who may hold it or asks for it, and of what was
    decided. Where else the person is known decides nothing here, and no place that is read tells
    it."""
    found = _Found([], [])
    keys: dict[str, set[bytes]] = {}
    for person in persons:
        if person == question.person or person.registry == question.registry:
            keys.setdefault(events_topic(person.registry), set()).add(person.person_id.encode())
    places = set(until.places(events_topic(question.registry)))
    places.update(until.place_of(events_topic(question.person.registry), question.person.person_id))
    places.update(until.place_of(events_topic(question.receiver), question.decision_id))
    for place in sorted(places):
        wanted = _Wanted(place.topic, question, keys.get(place.topic, set()), found)
        found.records += await until.find(place, wanted)
    return found


class _Wanted:
    """Whether an event of one topic is wanted; puts approvals aside."""

    def __init__(
        self, topic: str, question: Question, keys: Collection[bytes], found: _Found
    ) -> None:
        self._holds_record = topic == events_topic(question.registry)
        self._kind = question.key.kind
        self._name = question.record_id.encode()
        self._keys = keys
        of_asker = topic == events_topic(question.person.registry)
        self._asker = question.person.person_id.encode() if of_asker else None
        judges = topic == events_topic(question.receiver)
        self._decided = question.decision_id.encode() if judges else None
        self._found = found

    def __call__(self, record: LogRecord, kind: Kind) -> bool:
        key = record.key
        if key in self._keys:
            if key == self._asker:
                self._found.person_is_known = True
            if kind in _TERMS:
                return True
        if self._holds_record:
            if kind == self._kind:
                return self._name in record.value
            if kind is _APPROVAL:
                self._found.approvals.append(record)
        return kind is _DECISION and self._decided is not None and key == self._decided


def _citing(approvals: Iterable[LogRecord], names: Collection[str]) -> list[LogRecord]:
    """Every statement of approvals that ever bore one of these names."""
    needles = [name.encode() for name in names]
    by_key: dict[bytes | None, list[LogRecord]] = {}
    for record in approvals:
        by_key.setdefault(record.key, []).append(record)
    return [
        record
        for group in by_key.values()
        if any(needle in each.value for each in group for needle in needles)
        for record in group
    ]
