"""What consumers were told of one subject last, and what takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hub.domain.events import Kind
from hub.domain.log import LogRecord
from hub.domain.rows import OutboxItem, OutboxRow, PublishedRow
from hub.lanes.relay import published_by
from hub.projections.matches import outbox_digest
from hub.wire.codec import Body, decode_body, encode_body, read_event
from hub.wire.schemas import load_schemas


class Told(NamedTuple):
    """The newest that consumers have of a subject, or may yet get: on the log, or in an outbox."""

    row: PublishedRow
    event: LogRecord | OutboxRow


def newest_on_log(records: Sequence[LogRecord]) -> dict[str, Told]:
    """By subject; what is not the hub's own, and what is damaged, is left out."""
    found: dict[str, Told] = {}
    for record in records:
        row = published_by(record)
        if row is not None:
            _keep(found, Told(row, record))
    return found


def _keep(found: dict[str, Told], told: Told) -> None:
    held = found.get(told.row.subject)
    if held is None or _order(told) >= _order(held):
        found[told.row.subject] = told


def _order(told: Told) -> tuple[bytes, int]:
    return told.row.order or b"", told.row.version


def subject_of(record: LogRecord) -> str:
    """The subject by the event's headers alone."""
    named = next((value for name, value in record.headers if name == "ce_subject"), b"")
    return named.decode(errors="replace")


def withdrawal(told: Told) -> OutboxItem | None:
    """What says that this holds no longer; None where it says so itself, or is never taken back."""
    event = told.event
    if isinstance(event, OutboxRow):
        kind, synthetic = Kind(event.kind), event.synthetic
        topic, key = event.topic, event.key
        body = decode_body(load_schemas().of(kind).schema_id, event.body)
    else:
        envelope, body = read_event(event)
        kind, synthetic = envelope.kind, envelope.head.synthetic
        topic, key = event.topic, (event.key or b"").decode()
    changed = _withdrawn(kind, body)
    if changed is None or body["withdrawn"]:
        return None
    data = encode_body(kind, changed)
    return OutboxItem(
        topic=topic,
        key=key,
        kind=int(kind),
        subject=told.row.subject,
        body=data,
        digest=outbox_digest(data),
        synthetic=synthetic,
    )


def _withdrawn(kind: Kind, body: Body) -> Body | None:
    nothing: Body
    if kind is Kind.RECIPROCITY_MATCH:
        nothing = {"intervals": [], "record_revision": 0, "requested_on": None, "decision": None}
        return {**body, **nothing, "withdrawn": True}
    if kind is Kind.INBOX_ITEM and body["item"] in ("MATCH", "REJECTED_EVENT"):
        nothing = {"person_ids": [], "intervals": [], "record_revision": None, "others": []}
        return {**body, **nothing, "decision": None, "withdrawn": True}
    return None
