"""What a registry reads of its own inbox: what stands, whatever order it came in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hub.adapters.memory_log import MemoryEventLog
from hub.domain.log import Message
from hub.domain.topics import inbox_topic
from hub.intake.inbox import Seen, answer_seen, standing_items
from hub.intake.publish import make_topics
from tests.unit.printing.report_items import inbox_message, interval, item

TOPIC = inbox_topic("us-nv")
RECORD = ("us-oh", "training", "T-9")


def match(
    version: int, *hours: str | None, record: tuple[str, str, str] = RECORD, **more: Any
) -> Message:
    intervals = [
        interval("FULL", "accepted_in_full", total_hours=None if h is None else Decimal(h))
        for h in hours
    ]
    body = item(record, *intervals, item="MATCH", receiver="us-nv", requested_on=None, **more)
    subject = f"inbox|match|{'|'.join(record)}|us-nv"
    return inbox_message("us-nv", subject, body, version)


async def inbox_of(*messages: Message) -> MemoryEventLog:
    log = MemoryEventLog()
    await make_topics(log, "us-nv")
    await log.append(messages)
    return log


async def test_the_highest_version_is_what_is_seen() -> None:
    log = await inbox_of(match(3, "15", record_revision=9), match(2, "10", record_revision=8))

    seen = await answer_seen(log, "us-nv", RECORD)

    assert seen == Seen(
        version=3, record_revision=9, total_hours=Decimal("15"), documents=frozenset()
    )


async def test_hours_are_the_records_whatever_an_interval_says() -> None:
    log = await inbox_of(match(1, None, "15", None))

    seen = await answer_seen(log, "us-nv", RECORD)

    assert seen is not None
    assert seen.total_hours == Decimal("15")


async def test_what_was_withdrawn_is_not_seen() -> None:
    log = await inbox_of(match(1, "15"), match(2, withdrawn=True, record_revision=None))

    assert await answer_seen(log, "us-nv", RECORD) is None


async def test_a_longer_id_is_another_record() -> None:
    log = await inbox_of(match(1, "15", record=("us-oh", "training", "T-91")))

    assert await answer_seen(log, "us-nv", RECORD) is None


async def test_an_inbox_that_is_not_there_says_nothing() -> None:
    assert await answer_seen(MemoryEventLog(), "us-nv", RECORD) is None


async def test_damage_is_passed_over() -> None:
    broken = Message(TOPIC, b"T-9", b"\x00\x00\x00\x00\x01 T-9", ())
    log = await inbox_of(broken, match(1, "15"), broken)

    (found,) = await standing_items(log, "us-nv", item="MATCH", holding="T-9")

    assert found.head.revision == 1


async def test_only_items_of_the_sort_are_read() -> None:
    other = item(RECORD, receiver="us-nv", requested_on=date(2026, 6, 30))
    log = await inbox_of(inbox_message("us-nv", "inbox|portability|T-9", other, 1))

    assert await standing_items(log, "us-nv", item="MATCH", holding="T-9") == []
    assert len(await standing_items(log, "us-nv", item="PORTABILITY", holding="T-9")) == 1
