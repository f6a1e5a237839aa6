"""The log on Kafka: an idempotent producer, and reads by place, without consumer groups.

Order holds within a partition. An append that raises may have left some of its messages on the
log: whoever appends again repeats them, and readers keep the highest version of a subject. Append
time is the broker's clock; a topic that keeps its producers' clocks is refused. One instance
belongs to one event loop and connects when it is first used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import aiokafka
from aiokafka.errors import OffsetOutOfRangeError

from hub.adapters.kafka_admin import described_topics, make_topics
from hub.adapters.kafka_append import send_all
from hub.adapters.kafka_clients import KafkaClients
from hub.adapters.kafka_errors import translated
from hub.adapters.topic_plan import missing_topics, unknown_partition, unknown_topic
from hub.domain.log import Appended, LogRecord, Message, TopicPartition, TopicSpec
from hub.errors import ConfigurationError, FatalError, RetryableError

FETCH_WAIT_SECONDS = 10.0  # For records that the broker has said are there.

_BROKER_CLOCK = 1  # Record format, attribute timestampType: LogAppendTime.


class KafkaEventLog:
    """A log on the brokers at `bootstrap` ("host:port,…"); `security` is aiokafka's settings."""

    def __init__(self, bootstrap: str, **security: Any) -> None:
        self._clients = KafkaClients(bootstrap, **security)
        self._reading = asyncio.Lock()
        self._counts: dict[str, int] = {}
        self._next: dict[TopicPartition, int] = {}  # What the consumer will return.

    async def create_topics(self, specs: Sequence[TopicSpec]) -> None:
        with translated("making topics"):
            missing = missing_topics(specs, await self.topics())
            if missing:
                await make_topics(self._clients, missing)
                missing_topics(missing, await self.topics())

    async def topics(self) -> dict[str, int]:
        with translated("listing topics"):
            described = await described_topics(self._clients)
        self._counts = {topic["topic"]: len(topic["partitions"]) for topic in described}
        return dict(self._counts)

    async def append(self, messages: Sequence[Message]) -> list[Appended]:
        counts = await self._counts_of({m.topic for m in messages}, "appending to")
        with translated("appending"):
            try:
                producer = await self._clients.producer()
                answers = await send_all(producer, messages, counts)
            except Exception:
                # A batch given up on leaves a gap in what this producer has numbered.
                await self._clients.drop_producer()
                raise
            return [_appended(*answer) for answer in answers]

    async def read(self, start: TopicPartition, offset: int, max_records: int) -> list[LogRecord]:
        counts = await self._counts_of({start.topic}, "reading")
        if not 0 <= start.partition < counts[start.topic]:
            raise unknown_partition(start.topic, start.partition)
        place = aiokafka.TopicPartition(start.topic, start.partition)
        async with self._reading:
            with translated(f"reading {start}"):
                if self._next.get(start) != offset:
                    if await self._end(place) <= offset:
                        return []
                    self._point(await self._clients.fetching_consumer(), start, offset)
                return await self._fetched(start, offset, max_records)

    def _point(self, consumer: Any, start: TopicPartition, offset: int) -> None:
        """Make the consumer read this partition from here on, and the others as before."""
        is_added = start not in self._next
        self._next[start] = offset
        if is_added:
            consumer.assign([aiokafka.TopicPartition(*_pair(p)) for p in self._next])
        # An assignment forgets every position.
        for place, next_offset in self._next.items() if is_added else [(start, offset)]:
            consumer.seek(aiokafka.TopicPartition(*_pair(place)), next_offset)

    async def _fetched(self, start: TopicPartition, offset: int, limit: int) -> list[LogRecord]:
        place = aiokafka.TopicPartition(*_pair(start))
        consumer = await self._clients.fetching_consumer()
        try:
            batch = await consumer.getmany(place, max_records=limit)
            if not batch:
                if await self._end(place) <= offset:
                    return []
                wait_ms = int(FETCH_WAIT_SECONDS * 1000)
                batch = await consumer.getmany(place, timeout_ms=wait_ms, max_records=limit)
        except OffsetOutOfRangeError as error:
            raise FatalError(
                f"reading {start} from offset {offset}: the log no longer holds it",
                fix="Look at the topic's retention: a topic of the hub is kept for ever.",
            ) from error
        records = batch.get(place, [])
        if not records:
            raise RetryableError(
                f"reading {start} from offset {offset}:"
                f" nothing came within {FETCH_WAIT_SECONDS:.0f} seconds"
            )
        self._next[start] = records[-1].offset + 1
        return [log_record(record) for record in records]

    async def _end(self, place: Any) -> int:
        return int((await (await self._clients.asking_consumer()).end_offsets([place]))[place])

    async def ends(self, topics: Sequence[str] | None = None) -> dict[TopicPartition, int]:
        if topics is None:
            counts: Mapping[str, int] = await self.topics()
        else:
            counts = await self._counts_of(set(topics), "asking for the ends of")
        places = [
            aiokafka.TopicPartition(topic, partition)
            for topic, count in counts.items()
            for partition in range(count)
        ]
        with translated("asking for ends"):
            ends = await (await self._clients.asking_consumer()).end_offsets(places)
        return {TopicPartition(p.topic, p.partition): ends[p] for p in places}

    async def close(self) -> None:
        with translated("closing"):
            await self._clients.close()
        self._next.clear()

    async def _counts_of(self, topics: set[str], attempt: str) -> dict[str, int]:
        """Partitions of these topics. The brokers are asked when one is not known here."""
        if not topics <= self._counts.keys():
            await self.topics()
        for topic in sorted(topics - self._counts.keys()):
            raise unknown_topic(topic, attempt)
        return {topic: self._counts[topic] for topic in topics}


def _pair(place: TopicPartition) -> tuple[str, int]:
    return place.topic, place.partition


def _appended(answer: Any, nth: int) -> Appended:
    _check_clock(answer)
    return Appended(answer.topic, answer.partition, answer.offset + nth, answer.timestamp)


def log_record(record: Any) -> LogRecord:
    """A record without a value, which no client of ours writes, reads as one of no bytes."""
    _check_clock(record)
    headers = tuple(record.headers)
    if None in [value for _, value in headers]:
        headers = tuple((name, value or b"") for name, value in headers)
    return LogRecord(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value or b"",
        headers,
    )


def _check_clock(record: Any) -> None:
    if record.timestamp_type != _BROKER_CLOCK:
        raise ConfigurationError(
            f"topic {record.topic!r} keeps the clocks of its producers",
            fix="Set message.timestamp.type=LogAppendTime for it.",
            effect="When an event was received could not be told.",
        )
