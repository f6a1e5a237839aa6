"""What a registry says beside its records: sent once, in order, and never what no lane applies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from hub.adapters.memory_log import MemoryEventLog
from hub.domain.events import Change, Kind
from hub.domain.log import LogRecord, Message, TopicPartition
from hub.domain.rows import Person
from hub.domain.topics import events_topic
from hub.errors import ConfigurationError, NotAllowedError
from hub.intake import exchange
from hub.intake.exchange import Statement, publish_statement, send_statement
from hub.intake.exchange_forms import consent, portability_request
from hub.intake.publish import make_topics
from hub.wire.codec import Body, open_envelope, read_event

SAID = consent(Person("us-oh", "P-1"), "us-nv", ["training"], "signed_form")


class OwnEventsUnread(MemoryEventLog):
    """A log whose brokers let a registry write its events and read none."""

    async def ends(self, topics: Sequence[str] | None = None) -> dict[TopicPartition, int]:
        raise NotAllowedError("us-oh may not read registry.us-oh.events")


async def made_log(log: MemoryEventLog | None = None) -> MemoryEventLog:
    log = log or MemoryEventLog()
    await make_topics(log, "us-oh")
    return log


async def records_of(log: MemoryEventLog, registry: str = "us-oh") -> list[LogRecord]:
    topic = events_topic(registry)
    count = (await log.topics())[topic]
    places = [TopicPartition(topic, partition) for partition in range(count)]
    return [record for place in places for record in await log.read(place, 0, 1_000)]


async def said_on(log: MemoryEventLog) -> list[tuple[Change, Body]]:
    read = [read_event(record) for record in await records_of(log)]
    return [(envelope.head.change, body) for envelope, body in read]


async def test_a_statement_stands_under_its_persons_key() -> None:
    log = await made_log()

    assert await publish_statement(log, SAID, synthetic=True)

    (record,) = await records_of(log)
    envelope, body = read_event(record)
    assert record.key == b"P-1"
    assert envelope.kind is Kind.CONSENT
    assert (envelope.head.registry, envelope.head.person_id) == ("us-oh", "P-1")
    assert envelope.head.record_id == "P-1|us-nv"
    assert envelope.head.synthetic
    assert body == SAID.body


async def test_saying_the_same_again_sends_nothing() -> None:
    log = await made_log()

    answers = [await publish_statement(log, SAID, synthetic=True) for _ in range(3)]

    assert answers == [True, False, False]
    assert len(await records_of(log)) == 1


async def test_other_words_and_a_withdrawal_are_new_facts() -> None:
    log = await made_log()
    wider = consent(Person("us-oh", "P-1"), "us-nv", ["training", "credential"], "signed_form")
    turns = [SAID, wider, replace(wider, withdrawn=True), wider]

    answers = [await publish_statement(log, each, synthetic=True) for each in turns]

    assert answers == [True, True, True, True]
    changes = [change for change, _ in await said_on(log)]
    assert changes == [Change.STATED, Change.STATED, Change.WITHDRAWN, Change.STATED]
    revisions = [open_envelope(record).head.revision for record in await records_of(log)]
    assert revisions == sorted(set(revisions))


async def test_what_stands_is_the_highest_and_not_the_last() -> None:
    """A clock that was ahead does not keep a later statement from standing."""
    log = await made_log()
    ahead = 9_000_000_000_000_000
    await send_statement(log, SAID, synthetic=True, above=ahead)
    await send_statement(log, replace(SAID, withdrawn=True), synthetic=True)

    again = await publish_statement(log, SAID, synthetic=True)
    back = await publish_statement(log, replace(SAID, withdrawn=True), synthetic=True)

    assert (again, back) == (False, True)
    last = max((open_envelope(record) for record in await records_of(log)), key=lambda e: e.order)
    assert last.head.change is Change.WITHDRAWN
    assert last.head.revision > ahead


async def test_what_others_said_is_not_taken_for_it() -> None:
    log = await made_log()
    for person, to in (("P-2", "us-nv"), ("P-1", "us-fl")):
        other = consent(Person("us-oh", person), to, ["training"], "signed_form")
        await publish_statement(log, other, synthetic=True)
    asked = portability_request(Person("us-oh", "P-1"), "us-nv", date(2026, 6, 30))
    await publish_statement(log, asked, synthetic=True)

    assert await publish_statement(log, SAID, synthetic=True)


async def test_damage_under_the_same_key_is_passed_over() -> None:
    log = await made_log()
    await log.append([Message(events_topic("us-oh"), b"P-1", b"\x00damage", ())])

    answers = [await publish_statement(log, SAID, synthetic=True) for _ in range(2)]

    assert answers == [True, False]


async def test_who_may_not_read_its_own_events_says_it_again() -> None:
    log = await made_log(OwnEventsUnread())

    answers = [await publish_statement(log, SAID, synthetic=True) for _ in range(2)]

    assert answers == [True, True]


async def test_only_the_newest_events_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    log = await made_log()
    await publish_statement(log, SAID, synthetic=True)
    filler = Message(events_topic("us-oh"), b"P-1", b"\x00", ())
    await log.append([filler] * 10)
    monkeypatch.setattr(exchange, "LOOK_BACK_MAX", 10)

    assert await publish_statement(log, SAID, synthetic=True)
    assert not await publish_statement(log, SAID, synthetic=True)


async def test_a_registry_without_events_says_nothing() -> None:
    log = await made_log()
    strange = consent(Person("us-wi", "P-1"), "us-nv", ["training"], "signed_form")

    with pytest.raises(ConfigurationError, match="the log has no events of us-wi"):
        await publish_statement(log, strange, synthetic=True)

    assert await records_of(log) == []


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (replace(SAID, record_id="P-1|us-fl"), "KEY_NOT_OF_THE_RECORD"),
        (replace(SAID, body={**SAID.body, "kinds": ["course"]}), "CONSENT_NOT_READABLE"),
        (
            Statement(
                Kind.POLICY_ANSWER,
                "us-oh",
                None,
                "policy|0",
                {"revision": 0, "sha256": "", "answer": "ADOPTED", "reason": "r", "staff_id": "s"},
            ),
            "ANSWER_NOT_READABLE",
        ),
    ],
)
async def test_what_no_lane_would_apply_is_not_sent(statement: Statement, code: str) -> None:
    log = await made_log()

    with pytest.raises(ConfigurationError, match=code):
        await publish_statement(log, statement, synthetic=True)

    assert await records_of(log) == []
