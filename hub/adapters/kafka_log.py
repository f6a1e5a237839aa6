"""The log on Kafka: an idempotent producer, and reads by place, without consumer groups.

Order holds within a partition. An append that raises may have left some of its messages on the
log: whoever appends again repeats them, and readers keep the highest version of a subject. Append
time is the broker's clock; a topic that keeps its producers' clocks is refused. One instance
belongs to one event loop and connects when it is first used.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import aiokafka
from aiokafka.admin import NewTopic
from aiokafka.errors import OffsetOutOfRangeError, TopicAlreadyExistsError, for_code

from hub.adapters.kafka_clients import KafkaClients
from hub.adapters.kafka_errors import hub_error, translated
from hub.adapters.topic_plan import missing_topics, unknown_partition, unknown_topic
from hub.domain.log import Appended, LogRecord, Message, TopicPartition, TopicSpec
from hub.domain.partitioning import partition_for
from hub.errors import ConfigurationError, FatalError, RetryableError

REPLICAS_MAX = 3
TOPIC_CONFIGURATION = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "LogAppendTime",
}
FETCH_WAIT_SECONDS = 10.0  # For records that the broker has said are there.
TOPIC_WAIT_SECONDS = 15.0  # Until every broker knows a topic that was just made.
TOPIC_PAUSE_SECONDS = 0.05

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
            if not missing:
                return
            admin = await self._clients.admin()
            brokers = (await admin.describe_cluster())["brokers"]
            replicas = min(REPLICAS_MAX, len(brokers))
            wanted = [
                NewTopic(s.name, s.partitions, replicas, topic_configs=TOPIC_CONFIGURATION)
                for s in missing
            ]
            for topic, code, *_ in (await admin.create_topics(wanted)).topic_errors:
                # Somebody else made it at the same time: its partitions are compared below.
                if code not in (0, TopicAlreadyExistsError.errno):
                    raise hub_error(f"making topic {topic!r}", for_code(code)())
            await self._wait_for(missing)

    async def _wait_for(self, specs: Sequence[TopicSpec]) -> None:
        deadline = time.monotonic() + TOPIC_WAIT_SECONDS
        while missing := {spec.name for spec in specs} - await self._led_topics():
            if time.monotonic() > deadline:
                raise RetryableError(
                    f"making topic {min(missing)!r}:"
                    f" not to be seen {TOPIC_WAIT_SECONDS:.0f} seconds later"
                )
            await asyncio.sleep(TOPIC_PAUSE_SECONDS)
        missing_topics(specs, await self.topics())

    async def _led_topics(self) -> set[str]:
        """Topics of which every partition has a leader, so that it can be written."""
        return {
            topic["topic"]
            for topic in await self._described()
            if all(partition["leader"] >= 0 for partition in topic["partitions"])
        }

    async def topics(self) -> dict[str, int]:
        with translated("listing topics"):
            described = await self._described()
        self._counts = {topic["topic"]: len(topic["partitions"]) for topic in described}
        return dict(self._counts)

    async def _described(self) -> list[dict[str, Any]]:
        topics = await (await self._clients.admin()).describe_topics()
        return [topic for topic in topics if topic["error_code"] == 0 and not topic["is_internal"]]

    async def append(self, messages: Sequence[Message]) -> list[Appended]:
        counts = await self._counts_of({m.topic for m in messages}, "appending to")
        with translated("appending"):
            producer = await self._clients.producer()
            sent: list[asyncio.Future[Any]] = []
            try:
                for message in messages:
                    sent.append(
                        await producer.send(
                            message.topic,
                            value=message.value,
                            key=message.key,
                            partition=partition_for(message.key, counts[message.topic]),
                            headers=list(message.headers),
                        )
                    )
            finally:
                # Each is settled before an error is raised, so that none arrives later.
                answers = await asyncio.gather(*sent, return_exceptions=True)
            for answer in answers:
                if isinstance(answer, BaseException):
                    raise answer
            return [_appended(answer) for answer in answers]

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


def _appended(answer: Any) -> Appended:
    _check_clock(answer)
    return Appended(answer.topic, answer.partition, answer.offset, answer.timestamp)


def log_record(record: Any) -> LogRecord:
    """A record without a value, which no client of ours writes, reads as one of no bytes."""
    _check_clock(record)
    return LogRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        append_at_ms=record.timestamp,
        key=record.key,
        value=record.value or b"",
        headers=tuple((name, value or b"") for name, value in record.headers),
    )


def _check_clock(record: Any) -> None:
    if record.timestamp_type != _BROKER_CLOCK:
        raise ConfigurationError(
            f"topic {record.topic!r} keeps the clocks of its producers",
            fix="Set message.timestamp.type=LogAppendTime for it.",
            effect="When an event was received could not be told.",
        )
