"""What a registry says beside its records, onto its own topic: consents, requests, appeals,
decisions, answers.

A later statement about the same thing replaces the earlier one. Saying again what stands makes no
new fact, where that can be told: the publisher may not read its own events on Kafka, and only the
newest of a partition are looked at. Nothing here looks at who a person is: ids and codes alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from hub.domain.events import Change, Envelope, Head, Kind, encoding_of, record_event_id
from hub.domain.log import LogRecord, Message, TopicPartition
from hub.domain.partitioning import partition_for
from hub.domain.topics import events_topic, registry_of_events
from hub.errors import ConfigurationError, CorruptEventError, NotAllowedError
from hub.ports import EventLog
from hub.projections.exchange import READ, Speaker
from hub.wire.codec import (
    UnknownSchemaError,
    digest_of,
    encode_body,
    encode_value,
    headers_of,
    open_envelope,
    sealed_bytes_of,
)
from hub.wire.schemas import load_schemas

LOOK_BACK_MAX = 100_000
"""Newest events of a partition among which what stands is looked for."""
_READ_MAX = 5_000
_E4 = 10_000


@dataclass(frozen=True, slots=True)
class Statement:
    """What a registry says of something. The record id names what it speaks of."""

    kind: Kind
    registry: str
    person_id: str | None
    record_id: str
    body: dict[str, Any]
    withdrawn: bool = False

    @property
    def change(self) -> Change:
        return Change.WITHDRAWN if self.withdrawn else Change.STATED

    @property
    def key(self) -> bytes:
        """Of its message: the person, or what it speaks of where it is nobody's."""
        return (self.person_id or self.record_id).encode()


async def publish_statement(log: EventLog, statement: Statement, *, synthetic: bool) -> bool:
    """Publish it, of a registry whose data are synthetic or not. Answers whether it was sent: not
    where the same stands on the log already.

    Raises ConfigurationError before anything is sent where the registry has no events on the log,
    or the hub would not apply the statement.
    """
    await refuse_strangers(log, statement.registry)
    _refuse_unreadable(statement)
    standing = await _standing(log, statement)
    if standing is not None and _says(standing, statement):
        return False
    await send_statement(
        log,
        statement,
        synthetic=synthetic,
        above=0 if standing is None else standing.head.revision,
    )
    return True


async def send_statement(
    log: EventLog, statement: Statement, *, synthetic: bool, above: int = 0
) -> None:
    """Append it, whatever stands, with a revision above this one: said now, so that a later
    statement of the same publisher stands above an earlier one."""
    await log.append([_message(statement, max(time.time_ns() // 1_000, above + 1), synthetic)])


async def refuse_strangers(log: EventLog, registry: str) -> None:
    """Raise ConfigurationError where the log has no events of the registry."""
    known = await registries_seen(log)
    if registry not in known:
        raise ConfigurationError(
            f"the log has no events of {registry}",
            fix=f"name a registry that has published: {', '.join(known) or 'there is none'}",
            effect="nothing was published",
        )


async def registries_seen(log: EventLog) -> list[str]:
    """Registries whose events topics this principal is shown, sorted."""
    return sorted(filter(None, map(registry_of_events, await log.topics())))


def _refuse_unreadable(statement: Statement) -> None:
    """What the records lane would refuse is not sent: it judges by the same rule."""
    if statement.kind not in READ:
        return
    wanted, refusal = READ[statement.kind]
    speaker = Speaker(
        statement.registry, statement.person_id, statement.record_id, int(statement.change)
    )
    code = refusal(tuple(_skimmed(statement.body, name) for name in wanted), speaker)
    if code is not None:
        raise ConfigurationError(
            f"a {statement.kind.event_name} of {statement.registry} would not be applied: {code}",
            fix="docs/rejections.md says what the code means; correct what is said",
            effect="nothing was published",
        )


def _skimmed(body: dict[str, Any], name: str) -> Any:
    """A field as the lane reads it: hours as ten-thousandths."""
    value = body[name.removesuffix("[]")]
    return int(value * _E4) if name == "accepted_hours" and value is not None else value


async def _standing(log: EventLog, statement: Statement) -> Envelope | None:
    """The highest statement about the same thing among the partition's newest events."""
    topic = events_topic(statement.registry)
    place = TopicPartition(topic, partition_for(statement.key, (await log.topics())[topic]))
    found: Envelope | None = None
    try:
        end = (await log.ends([topic])).get(place, 0)
        offset = max(0, end - LOOK_BACK_MAX)
        while offset < end and (records := await log.read(place, offset, _READ_MAX)):
            offset = records[-1].offset + 1
            for envelope in filter(None, (_opened(each, statement) for each in records)):
                if found is None or envelope.order > found.order:
                    found = envelope
    except NotAllowedError:
        return None  # A registry's own principal writes its events and reads none.
    return found


def _opened(record: LogRecord, statement: Statement) -> Envelope | None:
    if record.key != statement.key:
        return None
    try:
        envelope = open_envelope(record)
    except (CorruptEventError, UnknownSchemaError):
        return None  # The records lane takes it for no statement either, or waits.
    same = envelope.kind is statement.kind and envelope.head.record_id == statement.record_id
    return envelope if same else None


def _says(standing: Envelope, statement: Statement) -> bool:
    digest = digest_of(encode_body(statement.kind, statement.body), sealed_bytes_of(None))
    return standing.digest == digest and standing.head.change is statement.change


def _message(statement: Statement, revision: int, synthetic: bool) -> Message:
    kind = statement.kind
    data = encode_body(kind, statement.body)
    encoding = encoding_of(1, load_schemas().of(kind).version, 0)
    version = (revision, encoding, digest_of(data, sealed_bytes_of(None)))
    head = Head(
        event_id=record_event_id(statement.registry, kind, statement.record_id, version),
        registry=statement.registry,
        person_id=statement.person_id,
        record_id=statement.record_id,
        revision=revision,
        encoding=encoding,
        recorded_at=time.time_ns() // 1_000,
        submission_id=None,
        submission_row=None,
        synthetic=synthetic,
        change=statement.change,
    )
    value = encode_value(kind, head, None, data)
    topic = events_topic(statement.registry)
    return Message(topic, statement.key, value, headers_of(kind, head, value))
