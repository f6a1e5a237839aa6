"""The log in memory keeps the contract of logs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.adapters.memory_log import MemoryEventLog
from hub.domain.log import Message, TopicPartition, TopicSpec
from tests.contract.event_log import EventLogContract


class TestMemoryEventLog(EventLogContract):
    @pytest.fixture
    def log(self) -> MemoryEventLog:
        return MemoryEventLog()


async def test_a_clock_set_back_does_not_set_append_time_back() -> None:
    times: Iterator[int] = iter([2000, 1000, 3000])
    log = MemoryEventLog(clock=lambda: next(times))
    await log.create_topics([TopicSpec("a.b", 1)])

    for _ in range(3):
        await log.append([Message("a.b", None, b"", ())])

    records = await log.read(TopicPartition("a.b", 0), 0, 10)
    assert [record.append_at_ms for record in records] == [2000, 2000, 3000]
