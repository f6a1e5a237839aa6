"""The records lane: registries' events, the Alliance's reference and identity decisions, folded.

One transaction a batch: positions by compare-and-swap first, then rows under their locks, counters
by difference, claims and notices into the outbox, touches last. At every commit records and links
are a function of the cut. An event that cannot be applied is a row in `rejected` and an inbox item
for its registry; the rest goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.domain.events import (
    FORWARDED_KINDS,
    REFERENCE_KINDS,
    REGISTRY_KINDS,
    Envelope,
    Kind,
    Order,
)
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import (
    PERSON_TOUCH,
    PRIORITY_CHANGE,
    RECORD_TOUCH,
    REFERENCE_TOUCH,
    Advance,
    Counters,
    LinkRow,
    OutboxItem,
    Person,
    RecordKey,
    RecordRow,
    ReferenceRow,
    RejectedRow,
    TouchKey,
)
from hub.domain.topics import IDENTITY, REFERENCE, registry_of_events
from hub.errors import CorruptEventError
from hub.identity.statements import ALLIANCE
from hub.lanes.reference import apply_references, reference_refusal
from hub.ports import StoreTransaction
from hub.projections.claims import claim_item
from hub.projections.counters import add_record
from hub.projections.exchange import TERM_KINDS, judged_record
from hub.projections.facts import SUBJECTS
from hub.projections.forwarding import forward_item, forward_name
from hub.projections.matches import notice_item
from hub.projections.records import (
    names_of_approval,
    read_statement,
    refusal,
    row_of,
    same_statement_differs,
)
from hub.projections.roots import (
    FOLD_VERSION,
    LINKS,
    LINKS_CANONICAL,
    RECORDS,
    change_of,
    link_leaves,
)
from hub.wire.codec import UnknownSchemaError, check_frame, corrupt, read_event
from hub.wire.leaf import leaf_of

LANE = "records"

_PROFILE, _APPROVAL, _SUBMISSION = map(int, (Kind.PROFILE, Kind.APPROVAL, Kind.SUBMISSION))
_ANSWER = int(Kind.REVIEW_ANSWER)
_DECISION = int(Kind.RECOGNITION_DECISION)
_MATCHED = frozenset(map(int, SUBJECTS))


@dataclass(slots=True)
class Batch:
    """Events taken apart before a transaction is opened."""

    moves: list[Advance] = field(default_factory=list)
    rows: list[RecordRow] = field(default_factory=list)
    references: list[ReferenceRow] = field(default_factory=list)
    forwarded: dict[tuple[str, bytes], OutboxItem] = field(default_factory=dict)
    """By subject and order: what is sent on to the identity lane where it stands."""
    decisions: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    halted: dict[TopicPartition, UnknownSchemaError] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(move.new - move.old for move in self.moves)


def open_batch(runs: Iterable[Sequence[LogRecord]]) -> Batch:
    """Take contiguous runs apart, one a partition. A partition stops before a schema that is not
    known; whatever else is wrong with an event is a rejection."""
    batch = Batch()
    for run in runs:
        done = _open_run(batch, run)
        if done:
            first, last = run[0], run[done - 1]
            batch.moves.append(Advance(first.place, first.offset, last.offset + 1, leaf_of(last)))
    return batch


def _open_run(batch: Batch, run: Sequence[LogRecord]) -> int:
    of_registry = registry_of_events(run[0].topic) is not None
    open_one = _open_statement if of_registry else _open_other
    for at, record in enumerate(run):
        try:
            open_one(batch, record)
        except UnknownSchemaError as error:
            batch.halted[record.place] = error
            return at
        except CorruptEventError as error:
            batch.rejected.append(_rejected(record, error.reason))
    return len(run)


def _open_statement(batch: Batch, record: LogRecord) -> None:
    kind, schema_id = check_frame(record)
    if kind not in REGISTRY_KINDS:
        batch.rejected.append(_rejected(record, "KIND_NOT_OF_A_REGISTRY"))
        return
    try:
        said = read_statement(schema_id, record.value)
    except ValueError as error:
        raise corrupt(record, str(error)) from None
    reason = refusal(said, record)
    if reason is None:
        row = row_of(said, record)
        batch.rows.append(row)
        if row.kind == _ANSWER:
            _note_forwarded(batch, row.key, row.order, record, row.synthetic)
    else:
        batch.rejected.append(_rejected(record, reason))


def _open_other(batch: Batch, record: LogRecord) -> None:
    envelope, body = read_event(record)
    if record.topic == REFERENCE and envelope.kind in REFERENCE_KINDS:
        reason = reference_refusal(envelope, body)
        if reason is not None:
            batch.rejected.append(_rejected(record, reason))
            return
        row = _reference(envelope, record)
        batch.references.append(row)
        if envelope.kind in FORWARDED_KINDS:
            key = RecordKey(ALLIANCE, row.kind, row.key)
            _note_forwarded(batch, key, (*row.order, ""), record, envelope.head.synthetic)
    elif record.topic == IDENTITY and envelope.kind is Kind.IDENTITY_DECISION:
        batch.decisions.append(body)
    else:
        batch.rejected.append(_rejected(record, "KIND_NOT_OF_THE_TOPIC"))


def _note_forwarded(
    batch: Batch, key: RecordKey, order: Order, record: LogRecord, synthetic: bool
) -> None:
    assert record.value is not None
    name = (key.registry, key.record_id)
    item = forward_item(Kind(key.kind), name, order, record.value, synthetic=synthetic)
    batch.forwarded.setdefault(forward_name(key.kind, *name, order), item)


def _rejected(record: LogRecord, reason: str) -> RejectedRow:
    return RejectedRow(
        topic=record.topic,
        partition=record.partition,
        log_offset=record.offset,
        reason=reason,
        fold_version=FOLD_VERSION,
        registry=registry_of_events(record.topic),
        received_ms=record.append_at_ms,
    )


def _reference(envelope: Envelope, record: LogRecord) -> ReferenceRow:
    agreement = envelope.kind is Kind.SHARING_AGREEMENT
    return ReferenceRow(
        kind=int(envelope.kind),
        key=envelope.head.record_id,
        revision=record.offset if agreement else envelope.head.revision,
        encoding=envelope.head.encoding,
        change=int(envelope.head.change),
        digest=envelope.digest,
        schema_id=envelope.schema_id,
        body=envelope.body,
    )


def apply_batch(tx: StoreTransaction, batch: Batch) -> None:
    """One transaction's work. Raises FencedError where another worker went on."""
    tx.positions.advance(LANE, batch.moves)
    touches: dict[TouchKey, int] = {}
    owned, answers = _apply_rows(tx, batch.rows, touches)
    references = apply_references(tx, batch.references, touches)
    _forward(tx, batch, answers, references)
    _apply_decisions(tx, batch.decisions, touches)
    if batch.rejected:
        tx.reject(batch.rejected)
        tx.outbox.publish([i for i in map(rejected_item, batch.rejected) if i is not None])
    tx.touches.add(touches, owned)


def _forward(
    tx: StoreTransaction,
    batch: Batch,
    answers: Sequence[RecordRow],
    references: Sequence[ReferenceRow],
) -> None:
    """Send on, byte for byte, what the identity lane reads and what stands from here on."""
    names = [forward_name(row.kind, row.registry, row.record_id, row.order) for row in answers]
    names += [
        forward_name(row.kind, ALLIANCE, row.key, (*row.order, ""))
        for row in references
        if row.kind in FORWARDED_KINDS
    ]
    if names:
        tx.outbox.publish([batch.forwarded[name] for name in names])


def rejected_item(row: RejectedRow, *, withdrawn: bool = False) -> OutboxItem | None:
    """The registry is told of its event; withdrawn when the event is applied after all."""
    if row.registry is None:
        return None
    fields = {"rule": row.reason, "place": str(row.place), "withdrawn": withdrawn}
    subject = f"rejected|{row.place}"
    return notice_item(row.registry, "REJECTED_EVENT", subject, fields, synthetic=False)


def _apply_rows(
    tx: StoreTransaction, rows: Sequence[RecordRow], touches: dict[TouchKey, int]
) -> tuple[list[tuple[RecordKey, Person]], list[RecordRow]]:
    """Let rows stand; what follows from them into sums, roots and the outbox. Answers records of
    persons that changed, and the answers about persons that stand."""
    conflicts: dict[str, OutboxItem] = {}
    best = _best(rows, conflicts)
    merged = tx.records.merge(list(best.values()))
    for row, standing in merged.refused:
        if same_statement_differs(standing, row):
            _note_conflict(conflicts, row)
    sums: Counters = {}
    claims: list[OutboxItem] = []
    owned: list[tuple[RecordKey, Person]] = []
    answers: list[RecordRow] = []
    for row, held in merged.stood:
        add_record(sums, row, 1)
        if held is not None:
            add_record(sums, held, -1)
            if same_statement_differs(held, row):
                _note_conflict(conflicts, row)
        if row.kind == _PROFILE:
            claims.append(claim_item(row))
        elif row.kind == _ANSWER:
            answers.append(row)
        _touch(row, held, touches, owned)
    if merged.stood:
        rooted = [(r, held) for r, held in merged.stood if r.kind != _SUBMISSION]
        new = (row.leaf for row, _ in rooted)
        tx.roots.add({RECORDS: change_of(new, (held.leaf for _, held in rooted if held))})
    tx.count(sums)
    tx.outbox.publish([*claims, *conflicts.values()])
    return owned, answers


def _best(
    rows: Sequence[RecordRow], conflicts: dict[str, OutboxItem]
) -> dict[tuple[str, int, str], RecordRow]:
    """The highest statement of each record in the batch."""
    best: dict[tuple[str, int, str], RecordRow] = {}
    for row in rows:
        before = best.setdefault(row[:3], row)
        if before is row:
            continue
        if row.order > before.order:
            best[row[:3]] = row
        if same_statement_differs(before, row):
            _note_conflict(conflicts, row)
    return best


def _note_conflict(conflicts: dict[str, OutboxItem], row: RecordRow) -> None:
    """Told to the registry once for a record and revision; which one stands is no secret."""
    if row.kind == _SUBMISSION:
        return
    name = f"conflict|{row.registry}|{Kind(row.kind).event_name}|{row.record_id}|{row.revision}"
    fields = {
        "kind": Kind(row.kind).event_name,
        "record_id": row.record_id,
        "record_revision": row.revision,
        "rule": "REVISION_CONFLICT",
    }
    conflicts[name] = notice_item(
        row.registry, "REVISION_CONFLICT", name, fields, synthetic=row.synthetic
    )


def _touch(
    row: RecordRow,
    held: RecordRow | None,
    touches: dict[TouchKey, int],
    owned: list[tuple[RecordKey, Person]],
) -> None:
    if row.kind == _APPROVAL:
        touches[record_touch(row.key)] = PRIORITY_CHANGE
        names = names_of_approval(row) | (names_of_approval(held) if held else set())
        for name in names:
            touches[TouchKey(REFERENCE_TOUCH, f"approval|{row.registry}|{name}")] = PRIORITY_CHANGE
        return
    if row.kind == _DECISION:
        judged = judged_record(row.record_id)
        if judged is not None:
            touches[record_touch(judged)] = PRIORITY_CHANGE
        return
    person = row.person
    if row.kind in TERM_KINDS and person is not None:
        touches[person_touch(person)] = PRIORITY_CHANGE
    if row.kind not in _MATCHED or person is None:
        return
    owned.append((row.key, person))
    if held is not None and held.person is not None and held.person != person:
        # Whoever holds the former person's lock may still be at the record as it was.
        touches[person_touch(held.person)] = PRIORITY_CHANGE


def record_touch(key: RecordKey) -> TouchKey:
    return TouchKey(RECORD_TOUCH, "|".join(map(str, key)))


def person_touch(person: Person) -> TouchKey:
    return TouchKey(PERSON_TOUCH, f"{person.registry}|{person.person_id}")


def _apply_decisions(
    tx: StoreTransaction, decisions: Sequence[dict[str, Any]], touches: dict[TouchKey, int]
) -> None:
    best = links_of(decisions)
    standing = tx.links.lock(best)
    moved = [
        row
        for person, row in best.items()
        if person not in standing or row.version > standing[person].version
    ]
    ids = {row.national_id for row in moved}
    ids |= {standing[r.person].national_id for r in moved if r.person in standing}
    before = tx.links.members(sorted(ids))
    after = {row.person: row for row in (*before, *moved)}
    tx.links.put(moved)
    if moved:
        new, old = link_leaves(after.values()), link_leaves(before)
        tx.roots.add({LINKS: change_of(new[0], old[0]), LINKS_CANONICAL: change_of(new[1], old[1])})
    for person in after:
        touches[person_touch(person)] = PRIORITY_CHANGE


def links_of(decisions: Sequence[dict[str, Any]]) -> dict[Person, LinkRow]:
    """Links as these decisions leave them: of each person that of the latest claim."""
    best: dict[Person, LinkRow] = {}
    for decision in decisions:
        for change in decision["changes"]:
            row = LinkRow(
                change["registry"],
                change["person_id"],
                change["national_id"],
                decision["claim_offset"],
            )
            held = best.get(row.person)
            if held is None or row.version >= held.version:
                best[row.person] = row
    return best
