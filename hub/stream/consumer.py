"""One lane's consumer: group membership from Kafka, positions from the store.

Offsets committed to Kafka are never used. On every assignment the lane seeks to the record before
its stored position, compares that record's leaf and goes on behind it; a listener only notes that
this must happen, because errors inside it would be swallowed. Every record of a fetch is walked
against the offset that is expected next. Whatever fails is rolled back, sought again from the store
and tried again; only what no further try can mend is raised.

While one batch is committed, the next is fetched and taken apart: two batches are in memory at
most, and what was fetched ahead is dropped when the first fails.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiokafka
from aiokafka.errors import (
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from hub.adapters.kafka_clients import leave, raise_if_refused
from hub.adapters.kafka_log import log_record
from hub.domain.log import LogRecord, TopicPartition
from hub.errors import FencedError, RetryableError
from hub.lanes.catching_up import note_halt
from hub.lanes.checks import HoleError, fresh_run
from hub.ports import ProjectionStore
from hub.stream.host import Host
from hub.stream.lag import Lag
from hub.stream.membership import raise_if_final
from hub.stream.patience import Patience
from hub.stream.proof import Proof

logger = logging.getLogger(__name__)

RECORDS_MAX = 10_000  # Fewer would let one partition's backlog hold up the others.
RECORDS_MIN = 100
RECORDS_FIRST = 1_000  # After a take-over something is committed soon; batches then double.
FETCH_MS = 200
JOIN_SECONDS = 1.0  # Without partitions a fetch waits for some, however long; look up after this.
CONNECT_SECONDS = 1.0
HAND_OVER_SECONDS = 2.0  # A commit under way may end before its partitions go to others.

# A rebalance that overlaps with a step gives these; what the store says puts them right.
_SEEK_AGAIN = (IllegalStateError, NoOffsetForPartitionError, OffsetOutOfRangeError)


@dataclass(frozen=True, slots=True)
class Opened:
    """Runs taken apart, ready to be committed."""

    work: Any
    reached: Mapping[TopicPartition, int]
    """The next offset of each partition once it is committed. A partition left short of its run's
    end waits there for a newer program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What a consumer feeds. All calls run in a thread, one after the other but for `open`, which
    may run beside `commit`."""

    name: str
    pattern: str
    """Of the topics it reads."""
    open: Callable[[Sequence[list[LogRecord]]], Opened]
    """Take contiguous runs apart, one a partition."""
    commit: Callable[[Any], None]
    """Apply what was taken apart, in one transaction."""
    assigned: Callable[[], None]
    """Called before the first fetch after every assignment and after every failure."""


class Members(Protocol):
    """Where a lane's members come from."""

    def member(self, lane: str) -> Any: ...

    def asks_for_longer(self, lane: str, error: KafkaError) -> bool: ...


class LaneConsumer(aiokafka.ConsumerRebalanceListener):  # type: ignore[misc]
    """Feeds one lane until the host stops."""

    def __init__(self, lane: Lane, host: Host, members: Members) -> None:
        self._lane = lane
        self._host = host
        self._store: ProjectionStore = host.store
        self._members = members
        self._state = host.state(lane.name)
        self._lag = Lag(lane.name, host.telemetry)
        self._patience = Patience(lane.name, host.telemetry)
        self._proof = Proof()
        self._consumer: Any = None
        self._expected: dict[TopicPartition, int] = {}
        self._halted: dict[TopicPartition, int] = {}
        self._must_seek = True
        self._records_max = RECORDS_FIRST
        self._committing: asyncio.Task[None] | None = None

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Begin nothing more with them, and let what is being committed end: the next owner then
        starts behind it."""
        self._must_seek = True
        self._expected = {}
        if self._committing is not None:
            await asyncio.wait({self._committing}, timeout=HAND_OVER_SECONDS)

    async def on_partitions_assigned(self, assigned: object) -> None:
        """Only note it; the loop seeks before it fetches."""
        self._expected = {}
        self._must_seek = True
        self._records_max = min(self._records_max, RECORDS_FIRST)

    async def run(self) -> None:
        """Read, apply, go on until the host stops.

        Raises FatalError or ConfigurationError where no further try can help.
        """
        while not self._host.stopping.is_set():
            try:
                await self._run_connected()
            except KafkaError as error:
                if self._members.asks_for_longer(self._lane.name, error):
                    continue
                raise_if_final(f"{self._lane.name} lane", error)
                await raise_if_refused(self._consumer, error)
                logger.warning("%s lane: connects again after %r", self._lane.name, error)
                await asyncio.sleep(CONNECT_SECONDS)

    async def _run_connected(self) -> None:
        self._consumer = self._members.member(self._lane.name)
        self._consumer.subscribe(pattern=self._lane.pattern, listener=self)
        self._must_seek = True
        try:
            await self._consumer.start()
            while not self._host.stopping.is_set():
                await self._try()
            await self._end()
        finally:
            await self._dropped()
            self._lag.forget()
            await leave(self._consumer)

    async def _end(self) -> None:
        """What is being committed may still be; the next worker mends what is not."""
        try:
            await self._settle()
        except RetryableError as error:
            logger.info("%s lane: its last batch was not committed: %s", self._lane.name, error)

    async def _dropped(self) -> None:
        """Wait for what is still being committed; what it raises, the next try meets again."""
        task, self._committing = self._committing, None
        if task is not None:
            await asyncio.wait({task})
            if not task.cancelled() and (error := task.exception()):
                logger.debug("%s lane: a batch was not committed: %s", self._lane.name, error)

    async def _try(self) -> None:
        """One step. Whatever another try may mend leaves nothing behind."""
        try:
            await self._step()
            return
        except _SEEK_AGAIN as error:
            logger.debug("%s lane: again from the store: %s", self._lane.name, error)
            await asyncio.sleep(FETCH_MS / 1000)
        except RetryableError as error:
            if not isinstance(error, FencedError | HoleError):
                self._records_max = max(self._records_max // 2, RECORDS_MIN)
            await self._patience.after(error, self._host.stopping)
        self._must_seek = True

    async def _step(self) -> None:
        if self._must_seek:
            await self._settle()
            await self._seek()
        runs = self._runs(await self._fetched())
        self._lag.tell(self._consumer, self._expected)
        if not runs:
            await self._settle()
            return
        opened = await asyncio.to_thread(self._lane.open, runs)
        await self._settle()
        if self._must_seek:
            return  # A rebalance came in between: what was read belongs to whoever has it next.
        for run in runs:
            place = run[0].place
            self._expected[place] = opened.reached.get(place, run[0].offset)
            if self._expected[place] <= run[-1].offset:
                await self._halt(place, self._expected[place])
        if opened.reached:
            self._lag.read(runs)
            self._committing = asyncio.create_task(self._commit(opened, runs))

    async def _commit(self, opened: Opened, runs: Sequence[list[LogRecord]]) -> None:
        began = time.monotonic()
        await asyncio.to_thread(self._lane.commit, opened.work)
        size = sum(opened.reached.get(r[0].place, r[0].offset) - r[0].offset for r in runs)
        self._host.telemetry.batch(self._lane.name, size, time.monotonic() - began)
        self._records_max = min(self._records_max * 2, RECORDS_MAX)
        self._patience.over()
        self._host.wake()

    async def _settle(self) -> None:
        """Wait for the batch that is being committed, if any; raises what it raised."""
        task = self._committing
        if task is None:
            return
        try:
            await asyncio.wait({task})
        finally:
            if task.done():
                self._committing = None
        task.result()

    async def _fetched(self) -> Mapping[Any, Sequence[Any]]:
        fetch = self._consumer.getmany(timeout_ms=FETCH_MS, max_records=self._records_max)
        if self._consumer.assignment():
            answer: Mapping[Any, Sequence[Any]] = await fetch
            return answer
        # Asked all the same: only a fetch tells that the group does not take this member.
        self._state.at, self._state.places = "waits for partitions", ()
        try:
            await asyncio.wait_for(fetch, JOIN_SECONDS)
        except TimeoutError:
            return {}
        self._must_seek = True  # What came, if anything did, was not sought from the store.
        return {}

    def _runs(self, fetched: Mapping[Any, Sequence[Any]]) -> list[list[LogRecord]]:
        runs = []
        for pair, records in fetched.items():
            place = TopicPartition(pair.topic, pair.partition)
            if place not in self._expected:
                self._must_seek = True
                return []
            read = [log_record(each) for each in records]
            self._proof.look_at(place, read)
            run = fresh_run(read, self._expected[place])
            if run:
                runs.append(run)
        return runs

    async def _halt(self, place: TopicPartition, offset: int) -> None:
        """The others go on; the store knows, so that derive does not wait for this partition."""
        name = self._lane.name
        await asyncio.to_thread(note_halt, self._store, name, place, offset)
        self._halted[place] = offset
        logger.error("%s lane: %s waits at offset %d for a newer version", name, place, offset)
        self._host.telemetry.alarm("partition_halted")
        self._consumer.pause(aiokafka.TopicPartition(place.topic, place.partition))

    async def _seek(self) -> None:
        """Positions from the store, each to be proved by the record before it. Raises
        LogDivergedError."""
        self._must_seek = False
        assigned = self._consumer.assignment()
        if not assigned:
            return
        await asyncio.to_thread(self._lane.assigned)
        positions = await asyncio.to_thread(self._positions)
        expected = {}
        begun = [pair for pair in sorted(assigned) if _position(positions, pair)[0]]
        ends = await self._consumer.end_offsets(begun) if begun else {}
        self._proof.begin({_place(pair): ends[pair] for pair in begun}, positions)
        for pair in sorted(assigned):
            place, offset = _place(pair), _position(positions, pair)[0]
            self._consumer.seek(pair, max(offset - 1, 0))
            if self._halted.get(place) == offset:
                self._consumer.pause(pair)
            expected[place] = offset
        if not self._must_seek:
            self._expected = expected
            self._state.at, self._state.places = "reads", tuple(sorted(expected))

    def _positions(self) -> dict[TopicPartition, tuple[int, bytes]]:
        with self._store.transaction() as tx:
            return tx.positions.of(self._lane.name)


def _place(pair: Any) -> TopicPartition:
    return TopicPartition(pair.topic, pair.partition)


def _position(
    positions: Mapping[TopicPartition, tuple[int, bytes]], pair: Any
) -> tuple[int, bytes]:
    return positions.get(_place(pair), (0, b""))
