"""The fold of registries' events: an event becomes a row, the highest statement stands.

An event is refused only for its own bytes, key and append time, never for what another topic has
said. Folding commutes and repeats change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hub.domain.events import PERSON_KINDS, REGISTRY_KINDS, Change, Envelope, Kind, Sealed
from hub.domain.log import LogRecord
from hub.domain.rows import RecordRow
from hub.domain.topics import registry_of_events
from hub.projections.roots import record_leaf
from hub.wire.codec import decode_body, sealed_bytes_of

FUTURE_MS_MAX = 24 * 60 * 60 * 1000
EPOCH = date(1970, 1, 1)
VERIFIED = frozenset({"VERIFIED", "ATTENDANCE"})
NOT_HELD = frozenset({"REVOKED", "APPLIED"})
_TEXTS_IN_SQL = ("own_type", "approval_code", "trainer_id", "replaced_by", "course_id")
AMOUNT_BELOW = 1_000_000
"""Hours and credits stay below it: converted and added up they fit the schemas' decimals then."""
_AMOUNTS = {
    Kind.TRAINING_COMPLETION: ("amount", "clock_hours"),
    Kind.EDUCATION: ("credits_total", "credits_early_childhood"),
    Kind.APPROVAL: ("clock_hours",),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """What SQL itself needs of a body."""

    own_type: str | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    counted: int = 0
    hours_e4: int = 0
    approval_code: str | None = None
    trainer_id: str | None = None


def day_number(day: date | None) -> int | None:
    """Days since 1970."""
    return None if day is None else (day - EPOCH).days


def refusal(envelope: Envelope, body: Mapping[str, Any], record: LogRecord) -> str | None:
    """Why a registry's event is not applied; None where it is."""
    head = envelope.head
    if envelope.kind not in REGISTRY_KINDS:
        return "KIND_NOT_OF_A_REGISTRY"
    if head.registry != registry_of_events(record.topic):
        return "REGISTRY_NOT_OF_THE_TOPIC"
    if (envelope.kind in PERSON_KINDS) != (head.person_id is not None):
        return "PERSON_ID_MISPLACED"
    key = head.record_id if head.person_id is None else head.person_id
    if record.key != key.encode():
        return "KEY_NOT_OF_THE_RECORD"
    if not head.record_id or key == "" or head.revision < 0:
        return "KEY_EMPTY"
    if head.encoding < 0:
        return "ENCODING_NEGATIVE"
    if _holds_nul(envelope, body):
        return "NUL_IN_TEXT"
    if not _amounts_hold(envelope.kind, body):
        return "AMOUNT_OUT_OF_RANGE"
    if head.revision // 1000 > record.append_at_ms + FUTURE_MS_MAX:
        return "REVISION_IN_THE_FUTURE"
    return None


def _holds_nul(envelope: Envelope, body: Mapping[str, Any]) -> bool:
    """Whether a text that SQL keeps as text holds the one character that PostgreSQL refuses."""
    head, sealed = envelope.head, envelope.sealed
    texts = [head.person_id, head.record_id, None if sealed is None else sealed.key_id]
    texts += [body.get(name) for name in _TEXTS_IN_SQL]
    return any(text is not None and "\x00" in text for text in texts)


def _amounts_hold(kind: Kind, body: Mapping[str, Any]) -> bool:
    """Whether no amount is negative or absurd, the sum over knowledge areas included."""
    areas = [each["clock_hours"] for each in body.get("areas", ())]
    amounts = [body[name] for name in _AMOUNTS.get(kind, ())] + areas
    known = [amount for amount in amounts if amount is not None]
    by_area = sum(hours for hours in areas if hours is not None)
    return all(0 <= amount < AMOUNT_BELOW for amount in known) and by_area < AMOUNT_BELOW


def row_of(envelope: Envelope, body: dict[str, Any], record: LogRecord) -> RecordRow:
    """The row that this event would be, were it to stand."""
    head = envelope.head
    columns = columns_of(envelope.kind, head.change, body)
    row = RecordRow(
        registry=head.registry,
        kind=int(envelope.kind),
        record_id=head.record_id,
        person_id=head.person_id,
        revision=head.revision,
        encoding=head.encoding,
        change=int(head.change),
        digest=envelope.digest,
        leaf=b"",
        schema_id=envelope.schema_id,
        body=envelope.body,
        sealed_key=None if envelope.sealed is None else envelope.sealed.key_id,
        sealed=None if envelope.sealed is None else envelope.sealed.ciphertext,
        topic=record.topic,
        partition=record.partition,
        log_offset=record.offset,
        received_ms=record.append_at_ms,
        synthetic=head.synthetic,
        own_type=columns.own_type,
        valid_from=columns.valid_from,
        valid_until=columns.valid_until,
        counted=columns.counted,
        hours_e4=columns.hours_e4,
        approval_code=columns.approval_code,
        trainer_id=columns.trainer_id,
    )
    return replace(row, leaf=record_leaf(row))


def columns_of(kind: Kind, change: Change, body: dict[str, Any]) -> Columns:
    """What SQL needs of a body of this kind."""
    stated = change is Change.STATED
    if kind is Kind.TRAINING_COMPLETION:
        counted = int(stated and body["verification"] in VERIFIED)
        hours = body["clock_hours"]
        return Columns(
            valid_from=day_number(body["completed_on"]),
            counted=counted,
            hours_e4=int(hours * 10000) if counted and hours is not None else 0,
            approval_code=body["approval_code"],
            trainer_id=body["trainer_id"],
        )
    if kind is Kind.CREDENTIAL:
        held = stated and body["standing"] not in NOT_HELD
        return Columns(
            own_type=body["own_type"],
            valid_from=day_number(body["issued_on"]) if held else None,
            valid_until=day_number(body["expires_on"]) if held else None,
        )
    if kind is Kind.APPROVAL:
        return Columns(
            own_type=body["subject"],
            approval_code=body["course_id"],
            trainer_id=body["trainer_id"],
        )
    if kind is Kind.PROFILE:
        present = change is not Change.WITHDRAWN
        return Columns(own_type=body["status"], counted=int(present))
    return Columns()


def body_of(row: RecordRow) -> dict[str, Any]:
    """The row's body, read with the schema it was written with."""
    return decode_body(row.schema_id, row.body)


def names_of_approval(row: RecordRow) -> set[str]:
    """Every id by which records of its registry may cite an approval."""
    return {name for name in (row.record_id, row.approval_code, row.trainer_id) if name}


def same_statement_differs(first: RecordRow, other: RecordRow) -> bool:
    """Equal revision and encoding with another content: a conflict to be reported."""
    return (first.revision, first.encoding) == (other.revision, other.encoding) and (
        first.digest,
        first.change,
    ) != (other.digest, other.change)


def sealed_bytes(row: RecordRow) -> bytes:
    """The sealed part as it stands on the log."""
    if row.sealed_key is None or row.sealed is None:
        return sealed_bytes_of(None)
    return sealed_bytes_of(Sealed(row.sealed_key, row.sealed))
