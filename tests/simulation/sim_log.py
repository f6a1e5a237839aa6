"""The simulated log: append time from the run's clock, dense offsets, tails that can be lost.

An append of several messages is not all or nothing, as on a broker with several partitions: others
may go on between two of them, and whoever is killed or answered with an error there has appended
some. Outside of a run it is a log in memory.
"""

from __future__ import annotations

import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, TypeVar

from hub.adapters.memory_log import MemoryEventLog
from hub.domain.log import Appended, LogRecord, Message, TopicPartition, TopicSpec
from hub.lanes import relay
from tests.simulation.sim_scheduler import Scheduler

T = TypeVar("T")


@contextmanager
def virtual_time(scheduler: Scheduler) -> Iterator[None]:
    """The relay's leases go by the run's clock."""
    relay.time = SimpleNamespace(  # type: ignore[assignment]
        time_ns=lambda: scheduler.now_ms * 1_000_000
    )
    try:
        yield
    finally:
        relay.time = time


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """The answer of a coroutine that waits for nothing but the run itself."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        answer: T = stop.value
        return answer
    raise AssertionError("it waits for something outside of the run")


class SimLog:
    """An EventLog."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._memory = MemoryEventLog(clock=scheduler.clock)

    async def create_topics(self, specs: Sequence[TopicSpec]) -> None:
        await self._memory.create_topics(specs)

    async def topics(self) -> dict[str, int]:
        return await self._memory.topics()

    async def append(self, messages: Sequence[Message]) -> list[Appended]:
        done: list[Appended] = []
        for message in messages:
            name = dict(message.headers).get("ce_type", b"").decode()
            self._scheduler.pause("log.append", (message.topic, message.key, name))
            done += await self._memory.append([message])
        self._scheduler.pause("log.appended", tuple(str(place) for place in map(_place, done)))
        return done

    async def read(self, start: TopicPartition, offset: int, max_records: int) -> list[LogRecord]:
        self._scheduler.pause("log.read", (start, offset, max_records))
        return await self._memory.read(start, offset, max_records)

    async def ends(self, topics: Sequence[str] | None = None) -> dict[TopicPartition, int]:
        return await self._memory.ends(topics)

    async def close(self) -> None:
        """Nothing is held but memory."""

    def lose_tail(self, place: TopicPartition, end: int) -> None:
        """What stood from this offset on was never replicated, and is gone."""
        self._scheduler.note("log", "loses its tail", place, end)
        del self._memory._topics[place.topic][place.partition][end:]

    def copy(self) -> dict[str, list[list[LogRecord]]]:
        """All records, to be gone back to."""
        return {name: [list(each) for each in all_] for name, all_ in self._memory._topics.items()}

    def become(self, records: dict[str, list[list[LogRecord]]]) -> None:
        """Hold these records and no others."""
        self._memory._topics = {name: [list(e) for e in all_] for name, all_ in records.items()}

    def records(self, place: TopicPartition) -> list[LogRecord]:
        """All of a partition, at once."""
        return finished(self._memory.read(place, 0, 1_000_000))

    def places(self) -> dict[TopicPartition, int]:
        """The end of every partition, at once."""
        return finished(self._memory.ends())


def _place(appended: Appended) -> str:
    return f"{appended.topic}/{appended.partition}/{appended.offset}"
