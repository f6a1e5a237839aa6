"""The relay: leases outbox rows, publishes them, deletes them.

A row is sent at least once; its event id is a function of type, subject, version and digest, so
repeats carry equal ids and harm nobody. No SQL lock is held while the log answers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence

from hub.domain.events import (
    FORWARDED_KINDS,
    Change,
    Envelope,
    Head,
    Kind,
    Sealed,
    derived_event_id,
)
from hub.domain.log import LogRecord, Message
from hub.domain.rows import OutboxRow, PublishedRow
from hub.domain.topics import is_derived, registry_of_inbox
from hub.errors import CorruptEventError, UnknownTopicError
from hub.identity.statements import ALLIANCE
from hub.ports import EventLog, ProjectionStore
from hub.projections.claims import claim_subject, claim_version
from hub.projections.forwarding import forward_name
from hub.wire.codec import decode_body, encode_value, headers_of, open_envelope
from hub.wire.head import split_head

logger = logging.getLogger(__name__)

ROWS_MAX = 5_000
LEASE_MS = 10_000
"""How long a dead worker's rows wait. A living one that is slower than this has its rows sent by
another, too: with equal ids, so they are repeats and no more."""
_FRAME_BYTES = 5
HUB = "hub"


def message_of(row: OutboxRow) -> Message:
    """The message of an outbox row; a forwarded event goes out byte for byte."""
    kind = Kind(row.kind)
    if kind in FORWARDED_KINDS:
        head = split_head(row.body, _FRAME_BYTES)[0]
        return Message(row.topic, row.key.encode(), row.body, headers_of(kind, head, row.body))
    sealed = None
    if row.sealed_key is not None and row.sealed is not None:
        sealed = Sealed(row.sealed_key, row.sealed)
    head = Head(
        event_id=derived_event_id(kind, row.subject, row.version, row.digest),
        registry=HUB,
        person_id=None,
        record_id=row.subject,
        revision=row.version,
        encoding=0,
        recorded_at=row.recorded_at,
        submission_id=None,
        submission_row=None,
        synthetic=row.synthetic,
        change=Change.STATED,
    )
    value = encode_value(kind, head, sealed, row.body)
    return Message(row.topic, row.key.encode(), value, headers_of(kind, head, value))


def lease(store: ProjectionStore, *, rows_max: int = ROWS_MAX) -> list[OutboxRow]:
    """Hold some rows for LEASE_MS."""
    now_ms = time.time_ns() // 1_000_000
    with store.transaction() as tx:
        return tx.outbox.lease(rows_max, now_ms, now_ms + LEASE_MS)


def release(
    store: ProjectionStore, rows: Iterable[OutboxRow], lost: Sequence[OutboxRow] = ()
) -> None:
    """Remove rows that the log has, and those that nobody can be sent."""
    with store.transaction() as tx:
        tx.outbox.delete([row.seq for row in rows])
        if lost:
            tx.outbox.drop(lost)


async def send(
    log: EventLog, rows: Sequence[OutboxRow], messages: Sequence[Message]
) -> list[OutboxRow]:
    """Append the messages of these rows. Answers rows of inboxes that do not exist: registries that
    have no topics yet are told nothing, and nobody else waits for them."""
    try:
        await log.append(messages)
        return []
    except UnknownTopicError:
        known = await log.topics()
        lost = [r for r in rows if r.topic not in known and registry_of_inbox(r.topic) is not None]
        if not lost:
            raise
    for topic in sorted({row.topic for row in lost}):
        logger.warning("nothing is told to %s: the log has no such topic", topic)
    gone = {row.seq for row in lost}
    rest = [m for row, m in zip(rows, messages, strict=True) if row.seq not in gone]
    if rest:
        await log.append(rest)
    return lost


async def relay_once(store: ProjectionStore, log: EventLog, *, rows_max: int = ROWS_MAX) -> int:
    """Publish one lease of rows. Answers how many."""
    rows = lease(store, rows_max=rows_max)
    if rows:
        lost = await send(log, rows, [message_of(row) for row in rows])
        release(store, rows, lost)
    return len(rows)


def published_by(record: LogRecord) -> PublishedRow | None:
    """What a record of the hub's own topics says that consumers have; None for other events and
    for damaged ones. Of the others than claims the head says it all."""
    try:
        envelope = open_envelope(record)
        body = decode_body(envelope.schema_id, envelope.body) if _is_claim(envelope) else {}
    except (CorruptEventError, ValueError):
        return None
    head = envelope.head
    if envelope.kind in FORWARDED_KINDS:
        stated = envelope.order if head.registry != ALLIANCE else (*envelope.order[:4], "")
        name, sort = forward_name(envelope.kind, head.registry, head.record_id, stated)
        return PublishedRow(name, head.revision, envelope.digest, sort)
    if head.registry != HUB:
        return None
    order = None
    if envelope.kind is Kind.IDENTITY_DECISION:
        order = head.revision.to_bytes(8, "big")
    elif _is_claim(envelope):
        order = claim_version(body)
        name = claim_subject(body["registry"], body["person_id"])
        return PublishedRow(name, head.revision, envelope.digest, order)
    return PublishedRow(head.record_id, head.revision, envelope.digest, order)


def _is_claim(envelope: Envelope) -> bool:
    return envelope.kind is Kind.IDENTITY_CLAIM


async def prime_published(store: ProjectionStore, log: EventLog, *, batch: int = 5_000) -> int:
    """Learn from the hub's own topics what consumers have, before anything is sent."""
    count = 0
    ends = await log.ends()
    for place, end in sorted(ends.items()):
        if not is_derived(place.topic):
            continue
        offset = 0
        while offset < end:
            records = await log.read(place, offset, batch)
            if not records:
                break
            rows = [row for row in map(published_by, records) if row is not None]
            with store.transaction() as tx:
                tx.outbox.prime(rows)
            offset = records[-1].offset + 1
            count += len(rows)
    return count
