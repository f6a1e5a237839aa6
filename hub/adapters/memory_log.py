"""The log in memory, for tests and trial runs: it ends with its process.

Appends are all or nothing. Usable within one event loop; it never waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub.adapters.log_clock import milliseconds
from hub.adapters.topic_plan import missing_topics, unknown_partition, unknown_topic
from hub.domain.log import Appended, LogRecord, Message, TopicPartition, TopicSpec
from hub.domain.partitioning import partition_for


class MemoryEventLog:
    """A log of lists. `clock` says the milliseconds since 1970 at which a record is appended."""

    def __init__(self, *, clock: Callable[[], int] = milliseconds) -> None:
        self._clock = clock
        self._topics: dict[str, list[list[LogRecord]]] = {}

    async def create_topics(self, specs: Sequence[TopicSpec]) -> None:
        for spec in missing_topics(specs, await self.topics()):
            self._topics[spec.name] = [[] for _ in range(spec.partitions)]

    async def topics(self) -> dict[str, int]:
        return {name: len(partitions) for name, partitions in self._topics.items()}

    async def append(self, messages: Sequence[Message]) -> list[Appended]:
        for message in messages:
            if message.topic not in self._topics:
                raise unknown_topic(message.topic, "appending to")
        now_ms = self._clock()
        return [self._append(message, now_ms) for message in messages]

    def _append(self, message: Message, now_ms: int) -> Appended:
        partitions = self._topics[message.topic]
        partition = partition_for(message.key, len(partitions))
        records = partitions[partition]
        append_at_ms = max(now_ms, records[-1].append_at_ms) if records else now_ms
        place = Appended(message.topic, partition, len(records), append_at_ms)
        records.append(
            LogRecord(
                topic=message.topic,
                partition=partition,
                offset=place.offset,
                append_at_ms=append_at_ms,
                key=message.key,
                value=message.value,
                headers=message.headers,
            )
        )
        return place

    async def read(self, start: TopicPartition, offset: int, max_records: int) -> list[LogRecord]:
        partitions = self._topics.get(start.topic)
        if partitions is None:
            raise unknown_topic(start.topic, "reading")
        if not 0 <= start.partition < len(partitions):
            raise unknown_partition(start.topic, start.partition)
        return partitions[start.partition][offset : offset + max_records]

    async def ends(self, topics: Sequence[str] | None = None) -> dict[TopicPartition, int]:
        for topic in topics or ():
            if topic not in self._topics:
                raise unknown_topic(topic, "asking for the ends of")
        return {
            TopicPartition(topic, partition): len(records)
            for topic in (self._topics if topics is None else topics)
            for partition, records in enumerate(self._topics[topic])
        }

    async def close(self) -> None:
        """Nothing is held but memory."""
