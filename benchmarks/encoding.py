"""Made-up statements as events: head, sealed part, body and headers by the hub's own codec."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from typing import Any

from benchmarks.bodies import (
    COURSES,
    TRAINERS,
    approval_body,
    body_of,
    private_credential,
    private_profile,
)
from benchmarks.feed import Feed, Said
from benchmarks.plan import Plan, human_of, person_of
from hub.cli.alliance import shipped_entries
from hub.domain.events import (
    EVENT_NAMESPACE,
    Change,
    Head,
    Kind,
    Sealed,
    derived_event_id,
    encoding_of,
    evidence_encoding,
    record_event_id,
)
from hub.domain.keys import PersonKey
from hub.domain.log import LogRecord, Message
from hub.domain.partitioning import partition_for
from hub.domain.rows import Person
from hub.domain.topics import IDENTITY, REFERENCE, events_topic, registry_of_events
from hub.identity.evidence import VERSION
from hub.identity.sealing import KEY_BYTES, seal
from hub.intake.reference import ALLIANCE, Entry, demo_agreements
from hub.lanes.relay import HUB
from hub.wire.codec import (
    Body,
    digest_of,
    encode_body,
    encode_private,
    encode_value,
    headers_of,
    sealed_bytes_of,
)

ENCODING = encoding_of(1, 1, evidence_encoding(VERSION, [1]))
FIRST_STAMP = 1_748_736_000_000_000
STEP = 1_000  # Microseconds between two records' first statements.
VERSION_STEP = 3_600_000_000
FIRST_APPEND_MS = 1_782_900_000_000
SUBMISSION_ROWS = 50_000
PARTITIONS = 4  # Of a registry's topic.
REFERENCE_ENCODING = encoding_of(1, 1, 0)

_HEAD: dict[str, Any] = {
    "registry": HUB,
    "person_id": None,
    "encoding": 0,
    "recorded_at": FIRST_STAMP,
    "submission_id": None,
    "submission_row": None,
    "synthetic": True,
    "change": Change.STATED,
}


class Placer:
    """Puts messages where an empty log would put them, registries' topics in four partitions."""

    def __init__(self) -> None:
        self._ends: dict[tuple[str, int], int] = {}
        self._placed = 0
        self._partition = lru_cache(maxsize=500_000)(partition_for)

    def place(self, message: Message) -> LogRecord:
        """The message at the end of its partition, a microsecond of append time later."""
        topic = message.topic
        count = PARTITIONS if registry_of_events(topic) else 1
        partition = self._partition(message.key, count)
        offset = self._ends.get((topic, partition), 0)
        self._ends[(topic, partition)] = offset + 1
        self._placed += 1
        return LogRecord(
            topic=topic,
            partition=partition,
            offset=offset,
            append_at_ms=FIRST_APPEND_MS + self._placed // 1_000,
            key=message.key,
            value=message.value,
            headers=message.headers,
        )


def records_of(plan: Plan) -> Iterator[tuple[str, LogRecord]]:
    """Every record of a plan with the part it belongs to, without end: the last part goes on."""
    placer = Placer()
    for part, made in (
        ("references", references(plan)),
        ("approvals", approvals(plan)),
        ("links", decisions(plan)),
    ):
        for message in made:
            yield part, placer.place(message)
    feed = Feed(plan)
    for row, said in zip(count(1), feed.statements(), strict=False):
        part = "stored" if feed.records <= plan.stored else "measured"
        yield part, placer.place(event_of(plan, said, row))


def event_of(plan: Plan, said: Said, row: int) -> Message:
    """A registry's event. The row is its place in what is said, and names its submission."""
    person = person_of(plan, said.account)
    profile = said.kind is Kind.PROFILE
    record_id = person.person_id if profile else f"{said.kind.name[:3]}-{said.number:08}"
    names = (person.registry, person.person_id, record_id)
    stamp = FIRST_STAMP + said.number * STEP + said.version * VERSION_STEP
    body = body_of(plan, said.kind, said.number, said.version)
    return _message(said.kind, names, (stamp, row), body, _sealed(plan, said, person))


def _sealed(plan: Plan, said: Said, person: Person) -> Sealed | None:
    if said.kind is Kind.PROFILE:
        private = private_profile(plan, said.account, said.version)
    elif said.kind is Kind.CREDENTIAL:
        private = private_credential(plan, said.number)
    else:
        return None
    return seal(encode_private(private), key_of(plan, person), person, said.kind)


def approvals(plan: Plan) -> Iterator[Message]:
    """Each registry's approvals of courses and trainers."""
    for registry in plan.registries:
        for number in range(COURSES + TRAINERS):
            names = (registry, None, f"APR-{8_000 + number}")
            version = (FIRST_STAMP, number + 1)
            yield _message(Kind.APPROVAL, names, version, approval_body(number), None)


def _message(
    kind: Kind,
    names: tuple[str, str | None, str],
    version: tuple[int, int],
    body: Body,
    sealed: Sealed | None,
) -> Message:
    registry, person_id, record_id = names
    stamp, row = version
    data = encode_body(kind, body)
    digest = digest_of(data, sealed_bytes_of(sealed))
    head = _head(
        event_id=record_event_id(registry, kind, record_id, (stamp, ENCODING, digest)),
        registry=registry,
        person_id=person_id,
        record_id=record_id,
        revision=stamp,
        encoding=ENCODING,
        recorded_at=stamp,
        submission_id=_submission_id(registry, row // SUBMISSION_ROWS),
        submission_row=row % SUBMISSION_ROWS,
    )
    key = record_id if person_id is None else person_id
    return _framed((events_topic(registry), key), kind, head, sealed, data)


def _head(**said: Any) -> Head:
    return Head(**{**_HEAD, **said})


def _framed(
    place: tuple[str, str], kind: Kind, head: Head, sealed: Sealed | None, data: bytes
) -> Message:
    value = encode_value(kind, head, sealed, data)
    return Message(place[0], place[1].encode(), value, headers_of(kind, head, value))


@lru_cache(maxsize=100)
def _submission_id(registry: str, number: int) -> str:
    return str(uuid.uuid5(EVENT_NAMESPACE, f"made up {registry} {number}"))


def key_of(plan: Plan, person: Person) -> PersonKey:
    """The key under which a person's profile is sealed."""
    text = f"{plan.seed}|{person.registry}|{person.person_id}".encode()
    key = blake2b(text, digest_size=KEY_BYTES).digest()
    return PersonKey(blake2b(key, digest_size=16).hexdigest(), key)


def references(plan: Plan) -> Iterator[Message]:
    """What is shipped, and agreements between the plan's registries on everything."""
    for entry in (*shipped_entries(), *demo_agreements(plan.registries)):
        yield _reference(entry)


def _reference(entry: Entry) -> Message:
    data = encode_body(entry.kind, entry.body)
    revision = entry.revision or 1
    version = (revision, REFERENCE_ENCODING, digest_of(data, sealed_bytes_of(None)))
    head = _head(
        event_id=record_event_id(ALLIANCE, entry.kind, entry.key, version),
        registry=ALLIANCE,
        record_id=entry.key,
        revision=revision,
        encoding=REFERENCE_ENCODING,
        synthetic=entry.synthetic,
    )
    return _framed((REFERENCE, entry.key), entry.kind, head, None, data)


def decisions(plan: Plan) -> Iterator[Message]:
    """A link for every account; those of one human get one national person."""
    for account in range(plan.account_count):
        person = person_of(plan, account)
        national_id = str(uuid.uuid5(EVENT_NAMESPACE, f"{plan.seed} {human_of(plan, account)}"))
        body = {
            "claim_offset": account,
            "registry": person.registry,
            "person_id": person.person_id,
            "model": "tokens-v1",
            "index_size": account + 1,
            "compared": 0,
            "blocked_tokens": 0,
            "changes": [{**person._asdict(), "national_id": national_id}],
            "cause": "claim",
            "part": 0,
            "last": True,
            "held": None,
            "pairs": [],
        }
        yield _decision(account, f"{person.registry}|{person.person_id}", body)


def _decision(offset: int, key: str, body: Body) -> Message:
    kind = Kind.IDENTITY_DECISION
    data = encode_body(kind, body)
    subject = f"decision|{offset}"
    head = _head(
        event_id=derived_event_id(kind, subject, offset, digest_of(data, sealed_bytes_of(None))),
        record_id=subject,
        revision=offset,
    )
    return _framed((IDENTITY, key), kind, head, None, data)
