"""What every event log promises, as one abstract suite: each adapter has a module that runs it.

An adapter's class gives two fixtures: `log`, open and perhaps not empty, and `reopen`, which opens
another instance on the same log. A log that ends with its instance runs EventLogContract; one that
outlives it runs LastingEventLogContract too.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from hub.domain.log import LogRecord, Message, TopicPartition, TopicSpec
from hub.domain.partitioning import partition_for
from hub.errors import ConfigurationError
from hub.ports import EventLog

Reopen = Callable[[], Awaitable[EventLog]]

PARTITIONS = 4
HEADERS = (("ce_id", b"1"), ("ce_digest", bytes(range(256))), ("ce_id", b""), ("größe", b"\x00"))


def message(topic: str, key: bytes | None, value: bytes = b"v") -> Message:
    return Message(topic, key, value, ())


async def read_all(log: EventLog, topic: str, step: int = 100) -> dict[int, list[LogRecord]]:
    """Every record of a topic, by partition."""
    ends = await log.ends([topic])
    found: dict[int, list[LogRecord]] = {place.partition: [] for place in ends}
    for place, end in ends.items():
        records = found[place.partition]
        while len(records) < end:
            batch = await log.read(place, len(records), step)
            assert batch, "nothing was read before the end"
            records += batch
    return found


class EventLogContract:
    """The suite. Named without Test, so that it runs only where an adapter inherits it."""

    @pytest_asyncio.fixture
    async def topic(self, log: EventLog) -> AsyncIterator[str]:
        name = f"contract.{uuid.uuid4().hex}.events"
        await log.create_topics([TopicSpec(name, PARTITIONS)])
        yield name

    async def test_offsets_are_dense_from_zero(self, log: EventLog, topic: str) -> None:
        for batch in range(3):
            keys = [f"{batch}-{n}".encode() for n in range(20)]
            await log.append([message(topic, key) for key in keys])

        found = await read_all(log, topic)

        assert sum(len(records) for records in found.values()) == 60
        for records in found.values():
            assert [record.offset for record in records] == list(range(len(records)))

    async def test_an_append_answers_where_each_message_stands(
        self, log: EventLog, topic: str
    ) -> None:
        messages = [message(topic, f"k{n}".encode(), f"{n}".encode()) for n in range(50)]

        appended = await log.append(messages)

        for sent, place in zip(messages, appended, strict=True):
            where = TopicPartition(place.topic, place.partition)
            [record] = await log.read(where, place.offset, 1)
            assert (record.key, record.value) == (sent.key, sent.value)
            assert (record.place, record.offset) == (where, place.offset)
            assert record.append_at_ms == place.append_at_ms

    async def test_what_has_one_key_stays_in_one_partition_and_in_order(
        self, log: EventLog, topic: str
    ) -> None:
        keys = [f"person-{n}".encode() for n in range(10)]
        for round_number in range(5):
            await log.append([message(topic, key, b"%d" % round_number) for key in keys])

        found = await read_all(log, topic)

        for key in keys:
            here = found[partition_for(key, PARTITIONS)]
            values = [record.value for record in here if record.key == key]
            assert values == [b"0", b"1", b"2", b"3", b"4"]

    async def test_keys_values_and_headers_survive_byte_for_byte(
        self, log: EventLog, topic: str
    ) -> None:
        every_byte = bytes(range(256))
        sent = [
            Message(topic, None, every_byte, HEADERS),
            Message(topic, b"", b"", ()),
            Message(topic, every_byte, every_byte * 1000, HEADERS[::-1]),
        ]

        for one, place in zip(sent, await log.append(sent), strict=True):
            where = TopicPartition(topic, place.partition)
            [record] = await log.read(where, place.offset, 1)
            assert (record.key, record.value, record.headers) == (one.key, one.value, one.headers)

    async def test_what_has_no_key_goes_to_one_partition(self, log: EventLog, topic: str) -> None:
        appended = await log.append([message(topic, None) for _ in range(5)])

        assert {place.partition for place in appended} == {partition_for(None, PARTITIONS)}

    async def test_reading_at_the_end_and_past_it_gives_nothing(
        self, log: EventLog, topic: str
    ) -> None:
        [place] = await log.append([message(topic, b"k")])
        where = TopicPartition(topic, place.partition)

        assert await log.read(where, 1, 10) == []
        assert await log.read(where, 1000, 10) == []
        assert len(await log.read(where, 0, 10)) == 1
        assert await log.read(where, 1, 10) == []

    async def test_what_is_appended_later_is_read_from_the_old_end(
        self, log: EventLog, topic: str
    ) -> None:
        where = TopicPartition(topic, partition_for(b"k", PARTITIONS))
        assert await log.read(where, 0, 10) == []
        for offset in range(3):
            await log.append([message(topic, b"k")])

            assert [record.offset for record in await log.read(where, offset, 10)] == [offset]

    async def test_a_read_may_go_back(self, log: EventLog, topic: str) -> None:
        where = TopicPartition(topic, partition_for(b"k", PARTITIONS))
        await log.append([message(topic, b"k", b"%d" % n) for n in range(10)])

        for offset in (0, 5, 2, 9, 0):
            assert (await log.read(where, offset, 1))[0].offset == offset

    async def test_a_read_is_bounded(self, log: EventLog, topic: str) -> None:
        where = TopicPartition(topic, partition_for(b"k", PARTITIONS))
        await log.append([message(topic, b"k") for _ in range(30)])

        assert len(await log.read(where, 0, 7)) == 7
        assert len(await log.read(where, 7, 1)) == 1

    async def test_partitions_read_in_turn_lose_nothing(self, log: EventLog, topic: str) -> None:
        await log.append([message(topic, f"k{n}".encode()) for n in range(200)])
        ends = await log.ends([topic])
        found: dict[TopicPartition, list[int]] = {place: [] for place in ends}

        for _ in range(100):
            for place, offsets in found.items():
                offsets += [r.offset for r in await log.read(place, len(offsets), 3)]

        assert found == {place: list(range(end)) for place, end in ends.items()}

    async def test_ends_move_with_what_is_appended(self, log: EventLog, topic: str) -> None:
        where = TopicPartition(topic, partition_for(b"k", PARTITIONS))
        before = await log.ends([topic])
        assert before == {TopicPartition(topic, n): 0 for n in range(PARTITIONS)}

        await log.append([message(topic, b"k"), message(topic, b"k")])

        assert await log.ends([topic]) == {**before, where: 2}
        assert (await log.ends())[where] == 2

    async def test_ends_of_no_topics_are_none(self, log: EventLog, topic: str) -> None:
        assert await log.ends([]) == {}

    async def test_topics_are_listed_with_their_partitions(self, log: EventLog, topic: str) -> None:
        other = f"{topic}.other"
        await log.create_topics([TopicSpec(other, 1)])

        topics = await log.topics()

        assert topics[topic] == PARTITIONS
        assert topics[other] == 1

    async def test_making_a_topic_twice_changes_nothing(self, log: EventLog, topic: str) -> None:
        await log.append([message(topic, b"k")])

        await log.create_topics([TopicSpec(topic, PARTITIONS), TopicSpec(topic, PARTITIONS)])

        assert sum((await log.ends([topic])).values()) == 1

    async def test_another_count_of_partitions_is_refused(self, log: EventLog, topic: str) -> None:
        absent = f"{topic}.absent"

        with pytest.raises(ConfigurationError, match="partitions"):
            await log.create_topics([TopicSpec(absent, 1), TopicSpec(topic, PARTITIONS + 1)])

        topics = await log.topics()
        assert topics[topic] == PARTITIONS
        assert absent not in topics

    @pytest.mark.parametrize("name", ["", "a_b", "a b", "a/b"])
    async def test_a_name_that_kafka_would_refuse_is_refused(
        self, log: EventLog, name: str
    ) -> None:
        with pytest.raises(ConfigurationError, match="cannot name a topic"):
            await log.create_topics([TopicSpec(name, 1)])

    async def test_an_append_to_an_unknown_topic_is_refused_whole(
        self, log: EventLog, topic: str
    ) -> None:
        with pytest.raises(ConfigurationError, match="no such topic"):
            await log.append([message(topic, b"k"), message(f"{topic}.absent", b"k")])

        assert sum((await log.ends([topic])).values()) == 0

    async def test_what_the_log_does_not_have_cannot_be_read(
        self, log: EventLog, topic: str
    ) -> None:
        with pytest.raises(ConfigurationError, match="no such topic"):
            await log.read(TopicPartition(f"{topic}.absent", 0), 0, 1)
        with pytest.raises(ConfigurationError, match=f"no partition {PARTITIONS}"):
            await log.read(TopicPartition(topic, PARTITIONS), 0, 1)
        with pytest.raises(ConfigurationError, match="no such topic"):
            await log.ends([f"{topic}.absent"])

    async def test_an_append_of_nothing_is_nothing(self, log: EventLog, topic: str) -> None:
        assert await log.append([]) == []

    async def test_append_time_never_goes_back_within_a_partition(
        self, log: EventLog, topic: str
    ) -> None:
        for _ in range(10):
            await log.append([message(topic, f"k{n}".encode()) for n in range(10)])

        for records in (await read_all(log, topic)).values():
            times = [record.append_at_ms for record in records]
            assert times == sorted(times)


class LastingEventLogContract(EventLogContract):
    """The suite of logs that outlive their instance."""

    async def test_another_instance_sees_what_this_one_wrote(
        self, log: EventLog, topic: str, reopen: Reopen
    ) -> None:
        await log.append([message(topic, f"k{n}".encode()) for n in range(20)])
        other = await reopen()
        try:
            assert (await other.topics())[topic] == PARTITIONS
            assert await read_all(other, topic) == await read_all(log, topic)
            await other.append([message(topic, b"from the other")])
        finally:
            await other.close()

        assert sum((await log.ends([topic])).values()) == 21

    async def test_two_instances_that_append_at_once_keep_offsets_dense(
        self, log: EventLog, topic: str, reopen: Reopen
    ) -> None:
        other = await reopen()
        try:
            await check_interleaved(log, other, topic)
        finally:
            await other.close()


async def check_interleaved(first: EventLog, second: EventLog, topic: str) -> None:
    """Append through both at once; every message is there once, densely."""

    async def write(log: EventLog, name: str) -> None:
        for number in range(10):
            keys = [f"k{n}".encode() for n in range(5)]
            await log.append([message(topic, k, f"{name}{number}".encode()) for k in keys])

    await asyncio.gather(write(first, "a"), write(second, "b"))

    found = await read_all(first, topic)
    assert sum(len(records) for records in found.values()) == 100
    for records in found.values():
        assert [record.offset for record in records] == list(range(len(records)))
