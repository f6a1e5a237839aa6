"""A consumer group's member and lanes in memory, for the tests of the worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from aiokafka import TopicPartition as Pair
from aiokafka.errors import KafkaError

from hub.adapters.keyring import MemoryKeyring
from hub.adapters.memory_log import MemoryEventLog
from hub.domain.log import LogRecord, Message, TopicPartition, TopicSpec
from hub.errors import FencedError
from hub.stream.consumer import Lane, LaneConsumer, Opened
from hub.stream.host import Host
from hub.wire.leaf import leaf_of

TOPIC = "registry.us-wi.events"
PLACE = TopicPartition(TOPIC, 0)
PAIR = Pair(TOPIC, 0)
STEP_SECONDS = 5.0


def fetched(record: LogRecord) -> Any:
    """A record as the driver gives it: in the broker's clock."""
    return SimpleNamespace(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.append_at_ms,
        timestamp_type=1,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )


def record(offset: int, text: str = "") -> LogRecord:
    return LogRecord(TOPIC, 0, offset, 1, b"key", (text or str(offset)).encode(), ())


class ScriptedMember:
    """Owns its pairs from the start; gives what it is told to, else what stands at its position."""

    def __init__(self, log: MemoryEventLog, pairs: Sequence[Pair] = (PAIR,)) -> None:
        self.log = log
        self.pairs = list(pairs)
        self.script: list[Any] = []
        """What fetches give, in turn: runs by pair, an error, or a call that answers either."""
        self.stop_errors: list[BaseException] = []
        self.positions: dict[Pair, int] = {}
        self.seeks: list[tuple[Pair, int]] = []
        self.paused: set[Pair] = set()
        self.listener: Any = None
        self.pattern = ""
        self.started = self.stopped = 0

    def subscribe(self, *, pattern: str, listener: Any) -> None:
        self.pattern, self.listener = pattern, listener

    async def start(self) -> None:
        self.started += 1
        await self.rebalance(self.pairs)

    async def stop(self) -> None:
        self.stopped += 1
        if self.stop_errors:
            raise self.stop_errors.pop(0)

    async def rebalance(self, pairs: Sequence[Pair]) -> None:
        await self.listener.on_partitions_revoked(set(self.pairs))
        self.pairs, self.positions, self.paused = list(pairs), {}, set()
        await self.listener.on_partitions_assigned(set(pairs))

    def assignment(self) -> set[Pair]:
        return set(self.pairs)

    def seek(self, pair: Pair, offset: int) -> None:
        self.seeks.append((pair, offset))
        self.positions[pair] = offset

    def pause(self, pair: Pair) -> None:
        self.paused.add(pair)

    async def end_offsets(self, pairs: Sequence[Pair]) -> dict[Pair, int]:
        ends = await self.log.ends()
        return {pair: ends[TopicPartition(pair.topic, pair.partition)] for pair in pairs}

    def highwater(self, pair: Pair) -> int | None:
        return None

    async def getmany(self, *, timeout_ms: int, max_records: int) -> Mapping[Pair, Sequence[Any]]:
        await asyncio.sleep(0)
        if self.script:
            told = self.script.pop(0)
            if callable(told):
                told = told()
            if isinstance(told, BaseException):
                raise told
            return {pair: [fetched(r) for r in run] for pair, run in told.items() if run}
        found = {}
        for pair in sorted(set(self.positions) - self.paused):
            place = TopicPartition(pair.topic, pair.partition)
            run = await self.log.read(place, self.positions[pair], max_records)
            if run:
                self.positions[pair] += len(run)
                found[pair] = [fetched(r) for r in run]
        return found


class OneMember:
    """Gives the same member each time a lane joins."""

    def __init__(self, member: Any) -> None:
        self._member = member

    def member(self, lane: str) -> Any:
        return self._member

    def asks_for_longer(self, lane: str, error: KafkaError) -> bool:
        return False


@dataclass
class PositionsOnly:
    """A store that keeps positions by compare-and-swap, and notes."""

    held: dict[TopicPartition, tuple[int, bytes]] = field(default_factory=dict)
    notes: dict[str, str | None] = field(default_factory=dict)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        yield SimpleNamespace(
            positions=SimpleNamespace(of=lambda _lane: dict(self.held)),
            set_note=self.notes.__setitem__,
        )


@dataclass
class NotingLane:
    """Notes the offsets it applies. Errors it is given are raised first, one a batch."""

    store: PositionsOnly = field(default_factory=PositionsOnly)
    applied: list[tuple[TopicPartition, int]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    halts_at: int | None = None
    assignments: int = 0
    commit_seconds: float = 0.0

    def lane(self) -> Lane:
        return Lane(
            name="records",
            pattern="^x$",
            open=self._open,
            commit=self._commit,
            assigned=self._assigned,
        )

    def _assigned(self) -> None:
        self.assignments += 1

    def _open(self, runs: Sequence[list[LogRecord]]) -> Opened:
        below = self.halts_at
        known = [[r for r in run if below is None or r.offset < below] for run in runs]
        kept = [run for run in known if run]
        return Opened(kept, {run[0].place: run[-1].offset + 1 for run in kept})

    def _commit(self, runs: Sequence[list[LogRecord]]) -> None:
        time.sleep(self.commit_seconds)
        if self.errors:
            raise self.errors.pop(0)
        for run in runs:
            place = run[0].place
            if self.store.held.get(place, (0, b""))[0] != run[0].offset:
                raise FencedError(f"{place} is held by another")
            self.applied += [(place, r.offset) for r in run]
            self.store.held[place] = (run[-1].offset + 1, leaf_of(run[-1]))

    @property
    def offsets(self) -> list[int]:
        return [offset for _, offset in self.applied]


async def log_of(count: int) -> MemoryEventLog:
    """A log of one partition with this many records, the same that `record` makes."""
    log = MemoryEventLog(clock=lambda: 1)
    await log.create_topics([TopicSpec(TOPIC, 1)])
    await grow(log, count)
    return log


async def grow(log: MemoryEventLog, count: int) -> None:
    """Append this many records."""
    await log.append([Message(TOPIC, b"key", str(n).encode(), ()) for n in range(count)])


async def until(member: Any, lane: NotingLane, log: MemoryEventLog, done: Any) -> None:
    """Run a consumer until `done()`; fails where that never comes."""
    host = Host(store=cast(Any, lane.store), log=log, keyring=MemoryKeyring())
    consumer = LaneConsumer(lane.lane(), host, OneMember(member))
    task = asyncio.create_task(consumer.run())

    async def watched() -> None:
        while not (task.done() or done()):  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    try:
        await asyncio.wait_for(watched(), STEP_SECONDS)
    finally:
        host.stop()
        await asyncio.wait_for(task, STEP_SECONDS)
