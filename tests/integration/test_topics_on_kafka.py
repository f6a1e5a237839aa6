"""Topics on a real broker: made as planned, corrected, and left alone where that would harm."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from hub.adapters.kafka_admin import broker_settings, found_topics
from hub.adapters.kafka_checks import check_broker, check_topics
from hub.adapters.kafka_clients import KafkaClients
from hub.adapters.kafka_log import KafkaEventLog
from hub.adapters.topic_changes import FoundTopic
from hub.adapters.topic_plan import TOPIC_CONFIGURATION, read_topic_plan
from hub.bootstrap import make_topics, topic_plan_text
from tests.integration.secured_broker import Secured, forget_topics
from tests.unit.cli.hub_command import Ran, hub

EVENTS = "registry.us-oh.events"
NATION = 4
TRIES_MAX = 200
PAUSE_SECONDS = 0.05
WEEK_MS = str(7 * 24 * 60 * 60 * 1000)


@pytest.fixture(autouse=True)
def empty(secured: Secured) -> Iterator[None]:
    yield
    forget_topics(secured)


def _topics(secured: Secured, verb: str, *words: str) -> Ran:
    return hub("topics", verb, *words, **secured.settings("admin"))


def _found(secured: Secured) -> dict[str, FoundTopic]:
    return secured.look("admin", found_topics)


def _make(secured: Secured, name: str, partitions: int, **settings: str) -> None:
    configuration = {key.replace("_", "."): value for key, value in settings.items()}

    async def make(clients: KafkaClients) -> None:
        admin = await clients.admin()
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configuration)])
        for _ in range(TRIES_MAX):
            if name in await found_topics(clients):
                return
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError(f"{name} is not to be seen")

    secured.look("admin", make)


def _write(secured: Secured, name: str) -> None:
    async def write(clients: KafkaClients) -> None:
        producer = await clients.producer()
        await producer.send_and_wait(name, b"{}", partition=0)

    secured.look("admin", write)


def _does(ran: Ran) -> dict[str, str]:
    return {each["topic"]: each["does"] for each in json.loads(ran.out)["topics"]}


def test_a_plan_says_what_is_to_be_made_and_makes_nothing(secured: Secured) -> None:
    ran = _topics(secured, "plan", "--registry", "us-oh", "--partitions", "us-ca=16")

    assert ran.code == 0, ran.err
    assert "registry.us-ca.events             16  to be made" in ran.out
    assert "8 topics: 8 to be made." in ran.out
    assert _found(secured) == {}


def test_applying_makes_topics_as_planned_and_again_does_nothing(secured: Secured) -> None:
    words = ("--registry", "us-oh", "--partitions", "us-ca=16")
    ran = _topics(secured, "apply", *words)
    found = _found(secured)

    assert ran.code == 0, ran.err
    assert {name: topic.partitions for name, topic in found.items()} == {
        "alliance.reference": 1,
        "national.identity": 1,
        "national.identity-claims": 1,
        "national.reciprocity": 4,
        "registry.us-ca.events": 16,
        "registry.us-ca.inbox": 1,
        "registry.us-oh.events": 4,
        "registry.us-oh.inbox": 1,
    }
    for topic in found.values():
        assert topic.settings is not None
        assert topic.settings.items() >= TOPIC_CONFIGURATION.items()
    again = _topics(secured, "apply", "--json", "-")
    assert again.code == 0
    assert set(_does(again).values()) == {"keep"}
    assert _found(secured) == found


def test_a_program_takes_the_count_that_was_chosen(secured: Secured) -> None:
    assert _topics(secured, "apply", "--partitions", "us-ca=16").code == 0

    async def make(log: KafkaEventLog) -> dict[str, int]:
        await make_topics(log, ["us-ca"])
        return await log.topics()

    assert secured.run("admin", make)["registry.us-ca.events"] == 16


def test_settings_that_differ_are_corrected_and_others_stay(secured: Secured) -> None:
    settings = {"retention_ms": WEEK_MS, "message_timestamp_type": "CreateTime"}
    _make(secured, EVENTS, 1, **settings, max_message_bytes="2000000")

    planned = _topics(secured, "plan")
    assert planned.code == 0
    assert f"retention.ms {WEEK_MS} → -1" in planned.out
    assert "message.timestamp.type CreateTime → LogAppendTime" in planned.out
    assert _topics(secured, "apply").code == 0

    topic = _found(secured)[EVENTS]
    assert topic.settings is not None
    assert topic.settings["retention.ms"] == "-1"
    assert topic.settings["message.timestamp.type"] == "LogAppendTime"
    assert topic.settings["max.message.bytes"] == "2000000"
    assert topic.partitions == 1


@pytest.mark.parametrize(
    ("partitions", "settings", "has_records", "said"),
    [
        (3, {}, False, "has 3 partitions, not 1 or 4 or 16"),
        (4, {"cleanup_policy": "compact"}, True, "is compacted"),
        (4, {"message_timestamp_type": "CreateTime"}, True, "by their producers' clocks"),
    ],
)
def test_a_refused_plan_changes_nothing_at_all(
    secured: Secured, partitions: int, settings: dict[str, Any], has_records: bool, said: str
) -> None:
    _make(secured, EVENTS, partitions, **settings, retention_ms=WEEK_MS)
    if has_records and "cleanup_policy" not in settings:
        _write(secured, EVENTS)
    before = _found(secured)

    for verb in ("plan", "apply"):
        ran = _topics(secured, verb)
        assert ran.code == 1
        assert said in ran.out
        assert "refused" in ran.out
    assert _found(secured) == before


def test_a_count_that_was_chosen_never_changes(secured: Secured) -> None:
    assert _topics(secured, "apply", "--partitions", "us-oh=1").code == 0

    ran = _topics(secured, "apply", "--partitions", "us-oh=16")

    assert ran.code == 1
    assert f"{EVENTS} has 1 partition, not 16" in ran.out
    assert _found(secured)[EVENTS].partitions == 1


def test_who_may_not_look_at_topics_is_told_what_to_do(secured: Secured) -> None:
    ran = hub("topics", "apply", "--registry", "us-oh", **secured.settings("us-oh"))

    assert ran.code == 1
    assert "of the brokers' administrator" in ran.err


def test_checks_tell_what_is_not_as_planned(secured: Secured) -> None:
    assert _topics(secured, "apply", "--registry", "us-oh").code == 0
    plan = read_topic_plan(topic_plan_text())
    brokers = secured.look("admin", check_broker)
    assert [(each.found, each.ok) for each in brokers] == [
        ("1 broker: events can be lost with one machine.", True),
        ("A slip in a topic's name makes no topic.", True),
    ]
    [well] = secured.look("admin", lambda clients: check_topics(clients, plan))
    assert well.ok
    assert well.found == f"All {NATION + 2} are as planned."

    async def shorten(clients: KafkaClients) -> None:
        settings = {**TOPIC_CONFIGURATION, "retention.ms": WEEK_MS}
        resource = ConfigResource(ConfigResourceType.TOPIC, EVENTS, settings)
        await (await clients.admin()).alter_configs([resource])

    secured.look("admin", shorten)
    findings = secured.look("admin", lambda clients: check_topics(clients, plan, ["us-ca"]))

    absent = "is not there, or this principal may not see it."
    assert not any(each.ok for each in findings)
    assert sorted(each.found for each in findings) == [
        f"registry.us-ca.events {absent}",
        f"registry.us-ca.inbox {absent}",
        f"{EVENTS}: retention.ms is {WEEK_MS}, not -1.",
    ]


def test_the_settings_of_a_broker_are_for_its_administrator(secured: Secured) -> None:
    settings = secured.look("admin", lambda clients: broker_settings(clients, 1))

    assert settings["auto.create.topics.enable"] == "false"
