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

from hub.domain.events import REFERENCE_KINDS, Envelope, Kind
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import (
    APPROVAL_TOUCH,
    PERSON_TOUCH,
    PRIORITY_CHANGE,
    REFERENCE_TOUCH,
    Advance,
    Counters,
    LinkRow,
    Person,
    RecordRow,
    ReferenceRow,
    RejectedRow,
    TouchKey,
)
from hub.domain.topics import IDENTITY, REFERENCE, registry_of_events
from hub.errors import CorruptEventError
from hub.lanes.reference import apply_references, reference_refusal
from hub.ports import StoreTransaction
from hub.projections.claims import claim_item
from hub.projections.counters import difference, of_record
from hub.projections.matches import notice_item
from hub.projections.records import (
    body_of,
    names_of_approval,
    refusal,
    row_of,
    same_statement_differs,
)
from hub.projections.roots import FOLD_VERSION
from hub.wire.codec import UnknownSchemaError, read_event
from hub.wire.leaf import leaf_of

LANE = "records"


@dataclass(slots=True)
class Batch:
    """Events taken apart before a transaction is opened."""

    moves: list[Advance] = field(default_factory=list)
    rows: list[RecordRow] = field(default_factory=list)
    references: list[ReferenceRow] = field(default_factory=list)
    forwarded: list[tuple[Envelope, bytes]] = field(default_factory=list)
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
    for at, record in enumerate(run):
        try:
            _open_one(batch, record)
        except UnknownSchemaError as error:
            batch.halted[record.place] = error
            return at
        except CorruptEventError as error:
            batch.rejected.append(_rejected(record, error.reason))
    return len(run)


def _open_one(batch: Batch, record: LogRecord) -> None:
    envelope, body = read_event(record)
    if registry_of_events(record.topic) is not None:
        reason = refusal(envelope, body, record)
        if reason is not None:
            batch.rejected.append(_rejected(record, reason))
            return
        batch.rows.append(row_of(envelope, body, record))
    elif record.topic == REFERENCE and envelope.kind in REFERENCE_KINDS:
        reason = reference_refusal(envelope, body)
        if reason is not None:
            batch.rejected.append(_rejected(record, reason))
            return
        batch.references.append(_reference(envelope, record))
        if envelope.kind is Kind.IDENTITY_MODEL:
            batch.forwarded.append((envelope, record.value))
    elif record.topic == IDENTITY and envelope.kind is Kind.IDENTITY_DECISION:
        batch.decisions.append(body)
    else:
        batch.rejected.append(_rejected(record, "KIND_NOT_OF_THE_TOPIC"))


def _rejected(record: LogRecord, reason: str) -> RejectedRow:
    return RejectedRow(
        topic=record.topic,
        partition=record.partition,
        log_offset=record.offset,
        reason=reason,
        fold_version=FOLD_VERSION,
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
    _apply_rows(tx, batch.rows, touches)
    apply_references(tx, batch.references, batch.forwarded, touches)
    _apply_decisions(tx, batch.decisions, touches)
    if batch.rejected:
        tx.reject(batch.rejected)
        tx.outbox.publish([i for i in map(_rejected_item, batch.rejected) if i is not None])
    tx.touches.add(touches)


def _rejected_item(row: RejectedRow) -> Any:
    registry = registry_of_events(row.topic)
    if registry is None:
        return None
    place = f"{row.topic}/{row.partition}/{row.log_offset}"
    fields = {"rule": row.reason, "place": place}
    return notice_item(registry, "REJECTED_EVENT", f"rejected|{place}", fields, synthetic=False)


def _apply_rows(
    tx: StoreTransaction, rows: Sequence[RecordRow], touches: dict[TouchKey, int]
) -> None:
    best: dict[Any, RecordRow] = {}
    conflicts: dict[str, Any] = {}
    for row in rows:
        held = best.get(row.key)
        if held is None or row.order > held.order:
            best[row.key] = row
        if held is not None and same_statement_differs(held, row):
            _note_conflict(conflicts, row)
    standing = tx.records.lock(best)
    winners: list[RecordRow] = []
    for key, row in best.items():
        held = standing.get(key)
        if held is not None and same_statement_differs(held, row):
            _note_conflict(conflicts, row)
        if held is None or row.order > held.order:
            winners.append(row)
    tx.records.put(winners)
    tx.count(_counted(winners, [standing[r.key] for r in winners if r.key in standing]))
    claims = [claim_item(r, body_of(r)) for r in winners if r.kind == Kind.PROFILE]
    tx.outbox.publish([*claims, *conflicts.values()])
    for row in winners:
        _touch(touches, row)
        if row.key in standing:
            _touch(touches, standing[row.key])


def _counted(winners: Sequence[RecordRow], replaced: Sequence[RecordRow]) -> Counters:
    return difference(
        (of_record(row, body_of(row)) for row in winners),
        (of_record(row, body_of(row)) for row in replaced),
    )


def _note_conflict(conflicts: dict[str, Any], row: RecordRow) -> None:
    """Told to the registry once for a record and revision; which one stands is no secret."""
    if row.kind == Kind.SUBMISSION:
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


def _touch(touches: dict[TouchKey, int], row: RecordRow) -> None:
    if row.kind == Kind.APPROVAL:
        touches[TouchKey(APPROVAL_TOUCH, f"{row.registry}|{row.record_id}")] = PRIORITY_CHANGE
        for name in names_of_approval(row):
            touches[TouchKey(REFERENCE_TOUCH, f"approval|{row.registry}|{name}")] = PRIORITY_CHANGE
    elif row.person_id is not None and row.kind != Kind.EMPLOYMENT:
        touches[person_touch(Person(row.registry, row.person_id))] = PRIORITY_CHANGE


def person_touch(person: Person) -> TouchKey:
    return TouchKey(PERSON_TOUCH, f"{person.registry}|{person.person_id}")


def _apply_decisions(
    tx: StoreTransaction, decisions: Sequence[dict[str, Any]], touches: dict[TouchKey, int]
) -> None:
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
    standing = tx.links.lock(best)
    moved = [
        row
        for person, row in best.items()
        if person not in standing or row.version > standing[person].version
    ]
    old_ids = {standing[r.person].national_id for r in moved if r.person in standing}
    beside = tx.links.members(sorted(old_ids)) if old_ids else []
    tx.links.put(moved)
    new_ids = sorted({row.national_id for row in moved})
    for row in (*beside, *moved, *(tx.links.members(new_ids) if new_ids else [])):
        touches[person_touch(row.person)] = PRIORITY_CHANGE
