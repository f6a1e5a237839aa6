"""Rules on a real broker: each registry writes its own events, and no other's."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiokafka
import pytest
from aiokafka.errors import GroupAuthorizationFailedError

from hub.adapters.access_plan import Grant, Principals
from hub.adapters.kafka_acls import add_grants, found_grants
from hub.adapters.kafka_admin import found_topics
from hub.adapters.kafka_checks import check_acls, check_topics
from hub.adapters.kafka_log import KafkaEventLog
from hub.adapters.topic_plan import read_topic_plan
from hub.bootstrap import topic_plan_text
from hub.domain.log import Appended, LogRecord, Message, TopicPartition
from hub.domain.topics import IDENTITY, REFERENCE, events_topic, inbox_topic
from hub.errors import ConfigurationError, HubError, NotAllowedError
from tests.integration.secured_broker import Secured, forget_topics
from tests.unit.cli.hub_command import EXPORTS, Ran, hub

PRINCIPALS = ("--registry", "us-oh=User:us-oh", "--registry", "us-ca", "--hub", "hub")
ALLIANCE = ("--alliance", "alliance")
REGISTRIES = {"us-oh": "User:us-oh", "us-ca": "User:us-ca"}


def _acl(secured: Secured, verb: str, *words: str, who: str = "admin") -> Ran:
    return hub("topics", "acl", verb, *words, **secured.settings(who))


@pytest.fixture(scope="module")
def ruled(secured: Secured) -> Iterator[Secured]:
    """Two registries' topics with one event each, and the rules of everybody."""
    made = hub(
        "topics", "apply", "--registry", "us-oh", "--registry", "us-ca", **secured.settings("admin")
    )
    assert made.code == 0, made.err
    ran = _acl(secured, "apply", *PRINCIPALS, *ALLIANCE)
    assert ran.code == 0, ran.err
    for registry in ("us-oh", "us-ca"):
        for topic in (events_topic(registry), inbox_topic(registry)):
            secured.run("admin", _append(topic))
    yield secured
    forget_topics(secured)


def _append(topic: str) -> Callable[[KafkaEventLog], Any]:
    async def append(log: KafkaEventLog) -> list[Appended]:
        return await log.append([Message(topic, b"a person", b"an event", ())])

    return append


def _read(topic: str) -> Callable[[KafkaEventLog], Any]:
    async def read(log: KafkaEventLog) -> list[LogRecord]:
        places = sorted(await log.ends([topic]))
        return [record for place in places for record in await log.read(place, 0, 10)]

    return read


def _refused(secured: Secured, who: str, use: Callable[[KafkaEventLog], Any]) -> HubError:
    with pytest.raises(ConfigurationError) as caught:
        secured.run(who, use)
    return caught.value


def test_a_plan_of_rules_changes_nothing_and_applying_again_adds_none(ruled: Secured) -> None:
    before = ruled.look("admin", found_grants)

    planned = _acl(ruled, "plan", "--registry", "us-wi")
    assert planned.code == 0, planned.err
    assert "5 rules: 5 to be added." in planned.out
    assert ruled.look("admin", found_grants) == before

    again = _acl(ruled, "apply", *PRINCIPALS, *ALLIANCE, "--json", "-")
    assert again.code == 0
    assert json.loads(again.out)["add"] == []
    assert sorted(ruled.look("admin", found_grants)) == sorted(before)


def test_a_state_writes_its_own_events_and_no_others(ruled: Secured) -> None:
    [appended] = ruled.run("us-oh", _append(events_topic("us-oh")))
    assert appended.topic == events_topic("us-oh")

    others = (events_topic("us-ca"), inbox_topic("us-oh"), REFERENCE, IDENTITY)
    for topic in others:
        # What it may not even see is to it as if it were not there.
        _refused(ruled, "us-oh", _append(topic))


def test_a_write_past_the_log_is_refused_by_the_broker(ruled: Secured) -> None:
    async def write(log: KafkaEventLog) -> None:
        producer = await log._clients.producer()
        await producer.send_and_wait(events_topic("us-ca"), b"an event", partition=0)

    async def ends(log: KafkaEventLog) -> dict[TopicPartition, int]:
        return await log.ends([events_topic("us-ca")])

    before = ruled.run("admin", ends)
    with pytest.raises(aiokafka.errors.TopicAuthorizationFailedError):
        ruled.run("us-oh", write)
    assert ruled.run("admin", ends) == before


def test_a_state_reads_its_own_inbox_and_nothing_else(ruled: Secured) -> None:
    assert len(ruled.run("us-oh", _read(inbox_topic("us-oh")))) == 1

    assert isinstance(_refused(ruled, "us-oh", _read(events_topic("us-oh"))), NotAllowedError)
    for topic in (inbox_topic("us-ca"), events_topic("us-ca"), REFERENCE):
        _refused(ruled, "us-oh", _read(topic))


def test_the_hub_reads_all_and_never_writes_events(ruled: Secured) -> None:
    assert ruled.run("hub", _read(events_topic("us-oh")))
    assert ruled.run("hub", _append(inbox_topic("us-oh")))
    assert ruled.run("hub", _append(IDENTITY))

    for topic in (events_topic("us-oh"), REFERENCE):
        assert isinstance(_refused(ruled, "hub", _append(topic)), NotAllowedError)


def test_the_alliance_writes_its_reference_alone(ruled: Secured) -> None:
    assert ruled.run("alliance", _append(REFERENCE))
    assert ruled.run("alliance", _read(events_topic("us-ca")))

    for topic in (IDENTITY, events_topic("us-oh"), inbox_topic("us-oh")):
        assert isinstance(_refused(ruled, "alliance", _append(topic)), NotAllowedError)


def test_a_member_reads_in_the_groups_of_its_principal_alone(ruled: Secured) -> None:
    async def read_in(who: str, group: str, topics: str) -> set[str]:
        consumer = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=ruled.broker.bootstrap,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            **ruled.security(who),
        )
        consumer.subscribe(pattern=topics)
        seen: set[str] = set()
        try:
            await consumer.start()
            async with asyncio.timeout(20):
                while not seen:
                    batch = await consumer.getmany(timeout_ms=200)
                    seen = {record.topic for records in batch.values() for record in records}
        finally:
            await consumer.stop()
        return seen

    events, inboxes = r"^registry\..*\.events$", r"^registry\..*\.inbox$"
    assert asyncio.run(read_in("hub", "hub-records", events))
    assert asyncio.run(read_in("us-oh", "us-oh.reader", inboxes)) == {inbox_topic("us-oh")}
    for who, group in (("hub", "records"), ("us-oh", "hub-records"), ("us-oh", "us-ca.reader")):
        with pytest.raises(GroupAuthorizationFailedError):
            asyncio.run(read_in(who, group, inboxes))


def test_a_state_publishes_an_export_with_its_own_name(ruled: Secured, tmp_path: Path) -> None:
    """It may neither make topics nor read what it wrote, and needs neither."""
    secured = ruled.settings("us-oh", HUB_KEYRING=f"sqlite:///{tmp_path}/keyring.sqlite")
    folder = shutil.copytree(EXPORTS / "us-oh", tmp_path / "us-oh")
    assert hub("token-key", "new", tmp_path / "states.key").code == 0
    words = ("--registry", "us-oh", "--token-key", str(tmp_path / "states.key"), "--quiet")

    ran = hub("publish", str(folder), *words, **secured)

    assert ran.code == 0, ran.err
    stands = ruled.run("admin", _read(events_topic("us-oh")))
    assert len(stands) > 10


def test_rules_beyond_the_plan_are_shown_and_removed_when_asked(ruled: Secured) -> None:
    beyond = Grant("User:us-ca", "Write", "topic", "registry.", "prefixed")
    stranger = Grant("User:guest", "All", "topic", "*")
    elsewhere = Grant("User:us-ca", "Write", "topic", "orders")
    ruled.look("admin", lambda clients: add_grants(clients, [beyond, stranger, elsewhere]))

    kept = _acl(ruled, "apply", *PRINCIPALS)
    assert "1 not of the plan, stays" in kept.out
    assert "warning: User:guest may All every topic" in kept.out
    assert beyond in ruled.look("admin", found_grants)
    findings = ruled.look("admin", lambda c: check_acls(c, Principals(REGISTRIES, "User:hub")))
    assert sorted(each.found for each in findings if not each.ok) == [
        "User:guest, User:us-ca may write registry.us-ca.events.",
        "User:guest, User:us-ca, User:us-oh may write registry.us-oh.events.",
        'User:us-ca may Write topics that begin with "registry.", beyond the plan.',
    ]

    pruned = _acl(ruled, "apply", *PRINCIPALS, "--prune")
    left = ruled.look("admin", found_grants)
    assert "1 removed" in pruned.out
    assert beyond not in left
    assert {stranger, elsewhere} <= set(left)


def test_checks_in_the_hubs_own_name_tell_what_it_cannot_see(ruled: Secured) -> None:
    plan = read_topic_plan(topic_plan_text())

    topics = ruled.look("hub", lambda clients: check_topics(clients, plan))
    rules = ruled.look("hub", lambda clients: check_acls(clients, Principals({})))

    assert [each.ok for each in (*topics, *rules)] == [True, True, True]
    assert "administrator" in str(topics[-1].fix)
    assert "administrator" in str(rules[0].fix)
    with pytest.raises(NotAllowedError):
        ruled.look("hub", found_topics)


def test_a_state_cannot_give_rules(ruled: Secured) -> None:
    ran = _acl(ruled, "apply", "--registry", "us-ca=User:us-oh", who="us-oh")

    assert ran.code == 1
    assert "administrator" in ran.err
