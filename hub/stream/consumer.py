"""One lane's consumer: group membership from Kafka, positions from the store.

Offsets committed to Kafka are never used. On every assignment the lane rereads the record before
its stored position, compares its leaf and seeks there; a listener only notes that this must happen,
because errors inside it would be swallowed. Every record of a fetch is walked against the offset
that is expected next. Whatever fails is rolled back, sought again from the store and tried again;
only a fatal error ends the process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiokafka
from aiokafka.errors import KafkaError

from hub.adapters.kafka_log import log_record
from hub.domain.log import LogRecord, TopicPartition
from hub.errors import RetryableError
from hub.lanes.checks import check_leaf, fresh_run
from hub.ports import EventLog, ProjectionStore

logger = logging.getLogger(__name__)

RECORDS_MAX = 10_000
FETCH_MS = 200
RETRY_SECONDS = 0.2
METADATA_AGE_MS = 5_000  # New registries' topics are seen within this.


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What a consumer feeds. Both calls run in a thread."""

    name: str
    pattern: str
    """Of the topics it reads."""
    group: str
    apply: Callable[[Sequence[list[LogRecord]]], Mapping[TopicPartition, int]]
    """Apply contiguous runs in one transaction; answer the next offset of each partition."""
    assigned: Callable[[], None]
    """Called before the first fetch after every assignment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How soon a dead worker's partitions are taken over. A broker refuses a session below its
    group.min.session.timeout.ms, which is 6000 unless it was set."""

    session_ms: int = 6_000
    heartbeat_ms: int = 1_000
    rebalance_ms: int = 12_000


class LaneConsumer(aiokafka.ConsumerRebalanceListener):  # type: ignore[misc]
    """Feeds one lane until told to stop."""

    def __init__(
        self, lane: Lane, store: ProjectionStore, log: EventLog, settings: dict[str, Any]
    ) -> None:
        self._lane = lane
        self._store = store
        self._log = log
        self._settings = settings
        self._expected: dict[TopicPartition, int] = {}
        self._halted: set[TopicPartition] = set()
        self._must_seek = False
        self._stopping = asyncio.Event()
        self._consumer: Any = None

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Forget where partitions stood: the next owner starts from the store."""
        self._expected = {}

    async def on_partitions_assigned(self, assigned: object) -> None:
        """Only note it; the loop seeks before it fetches."""
        self._expected = {}
        self._must_seek = True

    def stop(self) -> None:
        """Let the loop end after its current batch."""
        self._stopping.set()

    async def run(self, applied: asyncio.Event) -> None:
        """Read, apply, go on. `applied` is set after every batch. Raises FatalError."""
        self._consumer = aiokafka.AIOKafkaConsumer(
            group_id=self._lane.group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            metadata_max_age_ms=METADATA_AGE_MS,
            max_poll_interval_ms=600_000,
            retry_backoff_ms=200,
            **self._settings,
        )
        self._consumer.subscribe(pattern=self._lane.pattern, listener=self)
        await self._started()
        try:
            while not self._stopping.is_set():
                try:
                    if await self._step():
                        applied.set()
                except (RetryableError, KafkaError) as error:
                    logger.warning("%s lane: again from the store: %s", self._lane.name, error)
                    self._must_seek = True
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            await self._consumer.stop()

    async def _started(self) -> None:
        while True:
            try:
                await self._consumer.start()
                return
            except KafkaError as error:
                logger.warning("%s lane: no broker yet: %s", self._lane.name, error)
                await asyncio.sleep(1.0)

    async def _step(self) -> bool:
        if self._must_seek or not self._consumer.assignment():
            await self._seek()
        if not self._consumer.assignment():
            await asyncio.sleep(FETCH_MS / 1000)
            return False
        fetched = await self._consumer.getmany(timeout_ms=FETCH_MS, max_records=RECORDS_MAX)
        if self._must_seek or not fetched:
            return False
        runs = self._runs(fetched)
        if not runs:
            return False
        reached = await asyncio.to_thread(self._lane.apply, runs)
        for run in runs:
            place = run[0].place
            self._expected[place] = reached.get(place, run[0].offset)
            if self._expected[place] <= run[-1].offset:
                self._halt(place)
        return True

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
        self._halted.add(place)
        self._consumer.pause(aiokafka.TopicPartition(place.topic, place.partition))

    async def _seek(self) -> None:
        """Positions from the store, each checked against the log."""
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
