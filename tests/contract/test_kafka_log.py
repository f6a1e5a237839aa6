"""The log on a real Kafka broker keeps the contract of logs."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import aiokafka
import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from hub.adapters.kafka_log import KafkaEventLog
from hub.adapters.topic_plan import TOPIC_CONFIGURATION
from hub.domain.log import Message, TopicPartition, TopicSpec
from hub.errors import ConfigurationError, FatalError, RetryableError
from tests.contract.event_log import LastingEventLogContract, Reopen


@pytest.fixture
def bootstrap(kafka_url: str) -> str:
    return kafka_url.removeprefix("kafka://")


@pytest_asyncio.fixture
async def kafka_log(bootstrap: str) -> AsyncIterator[KafkaEventLog]:
    log = KafkaEventLog(bootstrap)
    yield log
    await log.close()


@pytest_asyncio.fixture
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    yield client
    await client.close()


@pytest.fixture
def name() -> str:
    return f"test.{uuid.uuid4().hex}"


class TestKafkaEventLog(LastingEventLogContract):
    @pytest.fixture
    def log(self, kafka_log: KafkaEventLog) -> KafkaEventLog:
        return kafka_log

    @pytest.fixture
    def reopen(self, bootstrap: str) -> Reopen:
        async def open_again() -> KafkaEventLog:
            return KafkaEventLog(bootstrap)

        return open_again


async def test_a_topic_is_made_to_be_kept_by_the_brokers_clock(
    kafka_log: KafkaEventLog, admin: AIOKafkaAdminClient, name: str
) -> None:
    await kafka_log.create_topics([TopicSpec(name, 2)])

    resource = ConfigResource(ConfigResourceType.TOPIC, name)
    [answer] = await admin.describe_configs([resource])
    configuration = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert {key: configuration[key] for key in TOPIC_CONFIGURATION} == TOPIC_CONFIGURATION


async def test_a_topic_of_the_producers_clock_is_refused(
    kafka_log: KafkaEventLog, admin: AIOKafkaAdminClient, name: str
) -> None:
    configuration = {"message.timestamp.type": "CreateTime"}
    await admin.create_topics([NewTopic(name, 1, 1, topic_configs=configuration)])
    for _ in range(200):  # The brokers answer before all of them show it.
        if name in await kafka_log.topics():
            break
        await asyncio.sleep(0.05)

    with pytest.raises(ConfigurationError, match="clocks of its producers"):
        await kafka_log.append([Message(name, None, b"", ())])
    with pytest.raises(ConfigurationError, match="clocks of its producers"):
        await kafka_log.read(TopicPartition(name, 0), 0, 1)


async def test_records_that_were_deleted_are_not_passed_over(
    kafka_log: KafkaEventLog, admin: AIOKafkaAdminClient, name: str
) -> None:
    await kafka_log.create_topics([TopicSpec(name, 1)])
    await kafka_log.append([Message(name, None, b"", ()) for _ in range(10)])
    place = aiokafka.TopicPartition(name, 0)
    await admin.delete_records({place: RecordsToDelete(before_offset=5)})

    with pytest.raises(FatalError, match="no longer holds"):
        await kafka_log.read(TopicPartition(name, 0), 0, 10)
    records = await kafka_log.read(TopicPartition(name, 0), 5, 10)
    assert [record.offset for record in records] == [5, 6, 7, 8, 9]


async def test_a_record_too_large_for_the_log_is_refused(
    kafka_log: KafkaEventLog, name: str
) -> None:
    await kafka_log.create_topics([TopicSpec(name, 1)])
    small = Message(name, None, b"", ())

    with pytest.raises(FatalError, match="MessageSizeTooLargeError"):
        await kafka_log.append([small, Message(name, None, bytes(2_000_000), ())])

    assert len(await kafka_log.append([small])) == 1


async def test_a_broker_that_does_not_answer_is_to_be_tried_again() -> None:
    log = KafkaEventLog("127.0.0.1:1")

    with pytest.raises(RetryableError, match="no Kafka broker answers"):
        await log.topics()
    await log.close()
