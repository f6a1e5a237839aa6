"""A log by hand that answers are explained from: people, records, policies, and who may learn."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from hub.adapters.memory_log import MemoryEventLog
from hub.adapters.sqlite_log import SqliteEventLog
from hub.audit.explain import Explanation, explain
from hub.audit.explain_read import Held, Question, read_held
from hub.cli.match_explain import document_of
from hub.domain.events import Change, Kind
from hub.domain.log import Message, TopicSpec
from hub.domain.rows import Person
from hub.domain.topics import CLAIMS, IDENTITY, RECIPROCITY, REFERENCE, events_topic, inbox_topic
from hub.ports import EventLog
from tests.unit.lanes.lane_events import (
    NOW,
    NOW_MS,
    REGISTRIES,
    agreement,
    body_for,
    event,
    head_for,
    message_of,
    policy,
    training,
)
from tests.unit.lanes.lane_exchange import consent, decision, request

WISCONSIN, NEVADA, DAKOTA = Person("us-wi", "P1"), Person("us-nv", "N1"), Person("us-nd", "D1")
DAY = date(2026, 6, 30)
COMPLETED = date(2026, 3, 1)
LATER = NOW - 500
PARTITIONS = 4


def rules(*bodies: str, registry: str = "us-nv", revision: int = 1) -> str:
    """A policy of these rules on trainings, in order, each what stands below its citation."""
    head = f'registry = "{registry}"\nrevision = {revision}\n'
    return head + "".join(
        f'[[rule]]\nid = "rule-{at}"\nversion = {revision}\nkind = "training"\n'
        f'from = 2024-07-01\ncitation = "https://example.org/{at}"\n{body}\n'
        for at, body in enumerate(bodies, 1)
    )


NEEDS_CERTIFICATE = """
[rule.effect]
outcome = "NEEDS_DOCUMENT"
documents = ["certificate"]
[rule.effect.with]
outcome = "FULL"
"""
FULL = '[rule.effect]\noutcome = "FULL"\n'
WITHIN_THREE_MONTHS = f"[rule.when]\nwithin_months = 3\n{FULL}"
DENIED = '[rule.effect]\noutcome = "DENIED"\n'


def linked(offset: int, national_id: str, *persons: Person) -> Message:
    """A decision of the claim at this offset: these persons are of one national person."""
    changes = [{**each._asdict(), "national_id": national_id} for each in persons]
    body = body_for(Kind.IDENTITY_DECISION, claim_offset=offset, changes=changes)
    head = head_for(Kind.IDENTITY_DECISION, f"decision|{offset}", registry="hub", person_id=None)
    return message_of(Kind.IDENTITY_DECISION, head, body, topic=IDENTITY, key="any")


def known(person: Person) -> Message:
    """A profile without evidence: enough to be a person of the registry."""
    body = body_for(Kind.PROFILE, status="ACTIVE")
    return event(
        Kind.PROFILE, person.person_id, body, registry=person.registry, person_id=person.person_id
    )


def decided(receiver: str = "us-nv", record_id: str = "R1", **fields: Any) -> Message:
    """The receiver has a certificate of a training of Wisconsin, and has decided nothing yet."""
    values = {
        "document_received": ["certificate"],
        "record_revision": NOW - 1_000_000,
        "decided_on": DAY,
    }
    record = ("us-wi", "training", record_id)
    return decision(receiver, record, "PENDING", **{**values, **fields})


def trainer(trainer_id: str = "T1", record_id: str = "A1", **fields: Any) -> Message:
    """Wisconsin's approval of a trainer."""
    head = {name: fields.pop(name) for name in ("revision", "change") if name in fields}
    values = {"status": "APPROVED", "approved_on": date(2025, 1, 1)}
    body = body_for(Kind.APPROVAL, subject="TRAINER", trainer_id=trainer_id, **{**values, **fields})
    return event(Kind.APPROVAL, record_id, body, **head)


BASE = (
    policy("us-nv", rules(NEEDS_CERTIFICATE)),
    known(WISCONSIN),
    known(NEVADA),
    known(DAKOTA),
    linked(1, "n-1", WISCONSIN, NEVADA, DAKOTA),
    training(),
)
"""One human in three registries, a training in Wisconsin, Nevada's policy; nobody shares."""


class ExplainedLog:
    """A log in memory, or at a path, whose clock stands until it is moved."""

    def __init__(self, path: Path | None = None) -> None:
        self.now_ms = NOW_MS
        self.log: EventLog = (
            MemoryEventLog(clock=self._clock)
            if path is None
            else SqliteEventLog(path, clock=self._clock)
        )

    def _clock(self) -> int:
        return self.now_ms

    async def start(self, *messages: Message) -> ExplainedLog:
        shared = (REFERENCE, CLAIMS, IDENTITY, RECIPROCITY)
        specs = [TopicSpec(name, 1) for name in shared]
        specs += [TopicSpec(events_topic(each), PARTITIONS) for each in REGISTRIES]
        specs += [TopicSpec(inbox_topic(each), 1) for each in REGISTRIES]
        await self.log.create_topics(specs)
        await self.add(*messages)
        return self

    async def add(self, *messages: Message) -> None:
        """Received one after the other at the time that the clock shows."""
        for message in messages:
            await self.log.append([message])

    async def held(self, question: Question, received_ms: int | None = None) -> Held:
        return await read_held(self.log, question, received_ms, lambda _count: None)

    async def explain(
        self,
        person: Person = WISCONSIN,
        record: str = "us-wi/training/R1",
        to: str = "us-nv",
        *,
        day: date = DAY,
        received_ms: int | None = None,
    ) -> Explanation:
        question = asked(person, record, to)
        return explain(await self.held(question, received_ms), question, day)

    async def text(
        self, question: Question, received_ms: int | None = None, day: date = DAY
    ) -> str:
        """The whole answer as its bytes would be written."""
        held = await self.held(question, received_ms)
        return json.dumps(document_of(explain(held, question, day), held, received_ms))


def asked(
    person: Person = WISCONSIN, record: str = "us-wi/training/R1", to: str = "us-nv"
) -> Question:
    registry, kind, record_id = record.split("/", 2)
    return Question(person=person, registry=registry, kind=kind, record_id=record_id, receiver=to)


WITHDRAWN = {"change": Change.WITHDRAWN, "revision": LATER}

__all__ = ["agreement", "consent", "policy", "request", "training"]
