"""One lane's consumer: group membership from Kafka, positions from the store.

Offsets committed to Kafka are never used. On every assignment the lane rereads the record before
its stored position, compares its leaf and seeks there; a listener only notes that this must happen,
because errors inside it would be swallowed. Every record of a fetch is walked against the offset
that is expected next. Whatever fails is rolled back, sought again from the store and tried again;
only what no further try can mend is raised.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiokafka
from aiokafka.errors import (
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from hub.adapters.kafka_clients import leave
from hub.adapters.kafka_log import log_record
from hub.domain.log import LogRecord, TopicPartition
from hub.errors import RetryableError
from hub.lanes.checks import check_leaf, fresh_run
from hub.ports import EventLog, ProjectionStore
from hub.stream.membership import raise_if_final

logger = logging.getLogger(__name__)

RECORDS_MAX = 10_000
FETCH_MS = 200
JOIN_SECONDS = 1.0  # Without partitions a fetch waits for some, however long; look up after this.
RETRY_SECONDS = 0.2
CONNECT_SECONDS = 1.0

# A rebalance that overlaps with a step gives these; what the store says puts them right.
_SEEK_AGAIN = (IllegalStateError, NoOffsetForPartitionError, OffsetOutOfRangeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What a consumer feeds. Both calls run in a thread."""

    name: str
    pattern: str
    """Of the topics it reads."""
    apply: Callable[[Sequence[list[LogRecord]]], Mapping[TopicPartition, int]]
    """Apply contiguous runs in one transaction; answer the next offset of each partition. A
    partition left short of its run's end waits from there until it is assigned again."""
    assigned: Callable[[], None]
    """Called before the first fetch after every assignment and after every failure."""


class LaneConsumer(aiokafka.ConsumerRebalanceListener):  # type: ignore[misc]
    """Feeds one lane until told to stop. `connect` makes an unstarted member of its group."""

    def __init__(
        self, lane: Lane, store: ProjectionStore, log: EventLog, connect: Callable[[], Any]
    ) -> None:
        self._lane = lane
        self._store = store
        self._log = log
        self._connect = connect
        self._consumer: Any = None
        self._expected: dict[TopicPartition, int] = {}
        self._must_seek = True

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Forget where partitions stood: the next owner starts from the store."""
        self._expected = {}

    async def on_partitions_assigned(self, assigned: object) -> None:
        """Only note it; the loop seeks before it fetches."""
        self._expected = {}
        self._must_seek = True

    async def run(self, stopping: asyncio.Event, applied: Callable[[], None]) -> None:
        """Read, apply, go on until `stopping` is set; `applied` is called after every batch.

        Raises FatalError or ConfigurationError where no further try can help.
        """
        while not stopping.is_set():
            try:
                await self._run_connected(stopping, applied)
            except KafkaError as error:
                raise_if_final(f"{self._lane.name} lane", error)
                logger.warning("%s lane: connects again after %r", self._lane.name, error)
                await asyncio.sleep(CONNECT_SECONDS)

    async def _run_connected(self, stopping: asyncio.Event, applied: Callable[[], None]) -> None:
        self._consumer = self._connect()
        self._consumer.subscribe(pattern=self._lane.pattern, listener=self)
        self._must_seek = True
        try:
            await self._consumer.start()
            while not stopping.is_set():
                if await self._tried():
                    applied()
        finally:
            await leave(self._consumer)

    async def _tried(self) -> bool:
        """One step. Whatever another try may mend leaves nothing behind."""
        try:
            return await self._step()
        except (RetryableError, *_SEEK_AGAIN) as error:
            level = logging.WARNING if isinstance(error, RetryableError) else logging.DEBUG
            logger.log(level, "%s lane: again from the store: %s", self._lane.name, error)
        self._must_seek = True
        await asyncio.sleep(RETRY_SECONDS)
        return False

    async def _step(self) -> bool:
        """Whether anything was applied."""
        if self._must_seek:
            await self._seek()
        fetched = await self._fetched()
        runs = self._runs(fetched)
        if not runs:
            return False
        reached = await asyncio.to_thread(self._lane.apply, runs)
        for run in runs:
            place = run[0].place
            self._expected[place] = reached.get(place, run[0].offset)
            if self._expected[place] <= run[-1].offset:
                self._halt(place)
        return bool(reached)

    async def _fetched(self) -> Mapping[Any, Sequence[Any]]:
        fetch = self._consumer.getmany(timeout_ms=FETCH_MS, max_records=RECORDS_MAX)
        if self._consumer.assignment():
            answer: Mapping[Any, Sequence[Any]] = await fetch
            return answer
        # Asked all the same: only a fetch tells that the group does not take this member.
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
            run = fresh_run([log_record(each) for each in records], self._expected[place])
            if run:
                runs.append(run)
        return runs

    def _halt(self, place: TopicPartition) -> None:
        logger.error(
            "%s lane: %s waits at offset %d for a newer version of the hub",
            self._lane.name,
            place,
            self._expected[place],
        )
        self._consumer.pause(aiokafka.TopicPartition(place.topic, place.partition))

    async def _seek(self) -> None:
        """Positions from the store, each checked against the log. Raises LogDivergedError."""
        self._must_seek = False
        assigned = self._consumer.assignment()
        if not assigned:
            return
        await asyncio.to_thread(self._lane.assigned)
        positions = await asyncio.to_thread(self._positions)
        expected = {}
        for pair in sorted(assigned):
            place = TopicPartition(pair.topic, pair.partition)
            offset, leaf = positions.get(place, (0, b""))
            if offset:
                check_leaf(place, offset, leaf, await self._log.read(place, offset - 1, 1))
            self._consumer.seek(pair, offset)
            expected[place] = offset
        if not self._must_seek:
            self._expected = expected

    def _positions(self) -> dict[TopicPartition, tuple[int, bytes]]:
        with self._store.transaction() as tx:
            return tx.positions.of(self._lane.name)
