"""Events made by hand, and a small hub to feed them to: memory log, SQLite store, all lanes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from hub.adapters.keyring import MemoryKeyring
from hub.adapters.memory_log import MemoryEventLog
from hub.adapters.sql_store import SqlStore
from hub.domain.events import (
    REFERENCE_KINDS,
    REGISTRY_KINDS,
    Change,
    Head,
    Kind,
    Sealed,
    encoding_of,
    evidence_encoding,
    record_event_id,
)
from hub.domain.identity_rows import InputRow
from hub.domain.log import LogRecord, Message, TopicPartition, TopicSpec
from hub.domain.rows import Person
from hub.domain.topics import (
    CLAIMS,
    IDENTITY,
    RECIPROCITY,
    REFERENCE,
    events_topic,
    inbox_topic,
)
from hub.embedded import Embedded
from hub.identity.evidence import VERSION, Block, pack
from hub.identity.model import Model, model_body
from hub.identity.rarity import RAREST
from hub.identity.sealing import seal
from hub.identity.tokens import Label, Token, TokenKey, token_of
from hub.wire.codec import (
    digest_of,
    encode_body,
    encode_private,
    encode_value,
    headers_of,
    read_event,
    sealed_bytes_of,
)
from hub.wire.schemas import PRIVATE, load_schemas
from tests.unit.identity.small_model import small_model

NOW_MS = 1_782_800_000_000
NOW = NOW_MS * 1_000
ENCODING = encoding_of(1, 1, evidence_encoding(VERSION, [1]))
REGISTRIES = ("us-wi", "us-nv", "us-nd")
TRAINING = Kind.TRAINING_COMPLETION
SHARED = ("training", "education", "credential", "course", "trainer", "organization", "link")


def blank(schema: Any) -> Any:
    """The plainest value of a schema: nothing, zero, the first symbol."""
    if isinstance(schema, list):
        return blank(schema[0])
    kind = schema["type"] if isinstance(schema, dict) else schema
    if kind == "record":
        return {
            f["name"]: f["default"] if "default" in f else blank(f["type"])
            for f in schema["fields"]
        }
    if kind == "enum":
        return schema["symbols"][0]
    if isinstance(schema, dict) and schema.get("logicalType") == "date":
        return date(2026, 1, 1)
    return {"null": None, "array": [], "string": "", "bytes": b"", "boolean": False}.get(kind, 0)


def body_for(kind: Kind, /, **changes: Any) -> dict[str, Any]:
    """A plain body of this kind with some fields stated."""
    body: dict[str, Any] = blank(load_schemas().of(kind).body)
    unknown = changes.keys() - body.keys()
    assert not unknown, f"no field {unknown} in {kind.event_name}"
    return {**body, **changes}


def head_for(kind: Kind, record_id: str, **changes: Any) -> Head:
    values: dict[str, Any] = {
        "event_id": "0b6d7a52-0000-5000-8000-000000000000",
        "registry": "us-wi",
        "person_id": None if kind in (Kind.APPROVAL, Kind.SUBMISSION) else "P1",
        "record_id": record_id,
        "revision": NOW - 1_000_000,
        "encoding": ENCODING,
        "recorded_at": NOW - 1_000_000,
        "submission_id": None,
        "submission_row": None,
        "synthetic": True,
        "change": Change.STATED,
    }
    return Head(**{**values, **changes})


def message_of(
    kind: Kind,
    head: Head,
    body: dict[str, Any] | bytes,
    *,
    sealed: Sealed | None = None,
    topic: str | None = None,
    key: str | None = None,
) -> Message:
    """An event as its publisher would send it."""
    data = body if isinstance(body, bytes) else encode_body(kind, body)
    digest = digest_of(data, sealed_bytes_of(sealed))
    version = (head.revision, head.encoding, digest)
    event_id = record_event_id(head.registry, kind, head.record_id, version)
    head = head._replace(event_id=event_id)
    value = encode_value(kind, head, sealed, data)
    if topic is None:
        of_alliance = kind in REFERENCE_KINDS - REGISTRY_KINDS
        topic = REFERENCE if of_alliance else events_topic(head.registry)
    text = key if key is not None else (head.person_id or head.record_id)
    return Message(topic, text.encode(), value, headers_of(kind, head, value))


_PLACE = ("topic", "key")
_HEAD_OR_PLACE = (*Head._fields, *_PLACE)


def event(kind: Kind, record_id: str, body: dict[str, Any] | None = None, **rest: Any) -> Message:
    """A registry's event with a plain body; the rest is of the head, or its topic and key."""
    given = body_for(kind) if body is None else body
    place = {name: rest.pop(name) for name in _PLACE if name in rest}
    return message_of(kind, head_for(kind, record_id, **rest), given, **place)


def training(record_id: str = "R1", *, hours: str = "15", **fields: Any) -> Message:
    """A verified training of some clock hours; fields of the body, else of the head."""
    body = body_for(
        TRAINING,
        completed_on=date(2026, 3, 1),
        amount=Decimal(hours),
        unit="CLOCK",
        clock_hours=Decimal(hours),
        verification="VERIFIED",
    )
    head = {name: fields.pop(name) for name in list(fields) if name in _HEAD_OR_PLACE}
    return event(TRAINING, record_id, {**body, **fields}, **head)


def profile(
    keyring: MemoryKeyring, person: Person, tokens: Sequence[Token] = (), **head: Any
) -> Message:
    """A profile with sealed link evidence."""
    evidence = Block(1, RAREST, tuple(tokens))
    blank_private = blank(load_schemas().newest[PRIVATE].parsed)
    private = encode_private({**blank_private, "evidence": pack([evidence]) or None})
    key = keyring.keys_for(person.registry, [person.person_id], mint=True)[person.person_id]
    sealed = seal(private, key, person, Kind.PROFILE)
    made = head_for(
        Kind.PROFILE,
        person.person_id,
        registry=person.registry,
        person_id=person.person_id,
        **head,
    )
    body = body_for(Kind.PROFILE, status="ACTIVE", evidence_epochs=[1])
    return message_of(Kind.PROFILE, made, body, sealed=sealed)


def ssn_token(number: int) -> Token:
    """A token of a whole number: two persons who share one are linked."""
    return token_of(Label.SSN9, (f"{number:09}",), TokenKey(1, bytes(32)))


def policy(registry: str, text: str, revision: int = 1) -> Message:
    body = {
        "registry": registry,
        "text": text,
        "sha256": sha256(text.encode()).hexdigest(),
        "adopted_by": None,
    }
    head = head_for(
        Kind.RECIPROCITY_POLICY,
        registry,
        registry="alliance",
        person_id=None,
        revision=revision,
        synthetic=False,
    )
    return message_of(Kind.RECIPROCITY_POLICY, head, body)


def agreement(sender: str, receiver: str, *, in_force: bool = True) -> Message:
    body = {
        "sender": sender,
        "receiver": receiver,
        "kinds": sorted(SHARED),
        "in_force": in_force,
        "illustrative": True,
    }
    head = head_for(
        Kind.SHARING_AGREEMENT, f"{sender}>{receiver}", registry="alliance", person_id=None
    )
    return message_of(Kind.SHARING_AGREEMENT, head, body)


def identity_model(model: Model, revision: int = 1) -> Message:
    """The Alliance's event that promotes a model."""
    head = head_for(
        Kind.IDENTITY_MODEL,
        model.name,
        registry="alliance",
        person_id=None,
        revision=revision,
        synthetic=False,
    )
    return message_of(Kind.IDENTITY_MODEL, head, model_body(model))


def forwarded(message: Message) -> Message:
    """An event as the identity lane reads it."""
    return Message(CLAIMS, message.key, message.value, message.headers)


def put_in_force(store: SqlStore, model: Model) -> None:
    """As if the model had been promoted before everything that is on the log."""
    kind = Kind.IDENTITY_MODEL
    row = InputRow(
        kind=int(kind),
        key=f"alliance|{model.name}",
        sort=b"",
        claim_offset=-1,
        parts=1,
        done=True,
        schema_id=load_schemas().of(kind).schema_id,
        body=encode_body(kind, model_body(model)),
    )
    with store.transaction() as tx:
        tx.inputs.put(row)


class SmallHub:
    """Log, keyring, store and lanes of one test. The small model is in force, as if promoted before
    everything that is on the log."""

    def __init__(self, folder: Path) -> None:
        self.now_ms = NOW_MS
        self.log = MemoryEventLog(clock=lambda: self.now_ms)
        self.keyring = MemoryKeyring()
        self.store = SqlStore(f"sqlite:///{folder / 'store.sqlite'}")
        self.store.create()
        put_in_force(self.store, small_model())
        self.lanes = Embedded(self.store, self.log, self.keyring)

    async def start(self, partitions: int = 1) -> SmallHub:
        shared = (REFERENCE, CLAIMS, IDENTITY, RECIPROCITY)
        specs = [TopicSpec(name, 1) for name in shared]
        specs += [TopicSpec(events_topic(each), partitions) for each in REGISTRIES]
        specs += [TopicSpec(inbox_topic(each), 1) for each in REGISTRIES]
        await self.log.create_topics(specs)
        return self

    async def feed(self, *messages: Message) -> None:
        """Append these one after the other, then run every lane to its end."""
        for message in messages:
            await self.log.append([message])
        await self.lanes.until_idle()

    async def records(self, topic: str, partition: int = 0) -> list[LogRecord]:
        return await self.log.read(TopicPartition(topic, partition), 0, 100_000)

    async def inbox(self, registry: str) -> list[dict[str, Any]]:
        """Newest item of each subject in a registry's inbox, in order of first arrival."""
        newest: dict[str, dict[str, Any]] = {}
        for record in await self.records(inbox_topic(registry)):
            envelope, body = read_event(record)
            newest[envelope.head.record_id] = body
        return list(newest.values())

    def rows(self, statement: str) -> list[dict[str, Any]]:
        with self.store.reading() as sql:
            return sql.rows(statement)

    def rejected(self) -> list[tuple[str, int, str]]:
        rows = self.rows("SELECT topic, log_offset, reason FROM rejected ORDER BY 1, 2")
        return [(row["topic"], row["log_offset"], row["reason"]) for row in rows]
