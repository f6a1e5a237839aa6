"""Topics on Kafka brokers: what there is, making them, and correcting their settings.

A change is tried by the brokers first (`validate_only`), all of it, so that what they refuse
refuses the whole before anything is changed. Settings are changed one by one: those that are not
named stay as somebody set them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import aiokafka
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from hub.adapters.kafka_clients import KafkaClients
from hub.adapters.kafka_errors import hub_error, translated
from hub.adapters.kafka_requests import AlterSettingsRequest
from hub.adapters.topic_changes import (
    Does,
    FoundTopic,
    TopicChange,
    replicas_for,
    settings_for,
)
from hub.domain.log import TopicSpec
from hub.errors import ConfigurationError, HubError, RetryableError

TOPIC_WAIT_SECONDS = 15.0  # Until every broker knows a topic that was just made.
TOPIC_PAUSE_SECONDS = 0.05
PREFIXES = ("registry.", "national.", "alliance.")


class Cluster(NamedTuple):
    """The brokers behind a log."""

    brokers: tuple[int, ...]
    controller: int | None


async def cluster_of(clients: KafkaClients) -> Cluster:
    with translated("asking for brokers"):
        found = await (await clients.admin()).describe_cluster()
    brokers = tuple(sorted(broker["node_id"] for broker in found["brokers"]))
    return Cluster(brokers, found.get("controller_id"))


async def described_topics(clients: KafkaClients) -> list[dict[str, Any]]:
    """As the driver tells them; those of Kafka's own are left out."""
    topics = await (await clients.admin()).describe_topics()
    return [topic for topic in topics if topic["error_code"] == 0 and not topic["is_internal"]]


async def found_topics(
    clients: KafkaClients, *, with_settings: bool = True
) -> dict[str, FoundTopic]:
    """The hub's topics that this principal may see, whether or not the plan has them.

    Raises ConfigurationError where it may not see their settings.
    """
    with translated("looking at topics", for_administrator=True):
        described = {
            each["topic"]: each
            for each in await described_topics(clients)
            if each["topic"].startswith(PREFIXES)
        }
        settings = await _settings_of(clients, list(described)) if with_settings else {}
        places = [
            aiokafka.TopicPartition(name, partition["partition"])
            for name in described
            for partition in described[name]["partitions"]
        ]
        consumer = await clients.asking_consumer()
        ends = await consumer.end_offsets(places) if places else {}
        starts = await consumer.beginning_offsets(places) if places else {}
    return {
        name: FoundTopic(
            partitions=len(described[name]["partitions"]),
            replicas=min(len(each["replicas"]) for each in described[name]["partitions"]),
            settings=settings.get(name),
            has_records=any(ends[place] > 0 for place in places if place.topic == name),
            lost=sum(starts[place] for place in places if place.topic == name),
        )
        for name in described
    }


async def _settings_of(clients: KafkaClients, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found = {}
    for answer in await (await clients.admin()).describe_configs(resources):
        for code, _, _, name, entries in answer.resources:
            if code:
                raise _refusal(f"looking at the settings of {name}", code)
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


async def broker_settings(clients: KafkaClients, broker: int) -> dict[str, str]:
    """Of one broker. Raises ConfigurationError where this principal may not see them."""
    with translated("looking at the broker's settings", for_administrator=True):
        resource = ConfigResource(ConfigResourceType.BROKER, str(broker))
        [answer] = await (await clients.admin()).describe_configs([resource])
        code, _, _, _, entries = answer.resources[0]
        if code:
            raise _refusal("looking at the broker's settings", code)
    return {entry[0]: entry[1] for entry in entries}


async def make_topics(
    clients: KafkaClients, specs: Sequence[TopicSpec], *, only_try: bool = False
) -> None:
    """Make topics, and return when they can be written. One that exists is left as it is."""
    admin = await clients.admin()
    with translated("making topics", for_administrator=True):
        replicas = replicas_for(len((await cluster_of(clients)).brokers))
        wanted = [
            NewTopic(spec.name, spec.partitions, replicas, topic_configs=settings_for(replicas))
            for spec in specs
        ]
        answer = await admin.create_topics(wanted, validate_only=only_try)
        for topic, code, *_ in answer.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise _refusal(f"making topic {topic!r}", code)
        if not only_try:
            await _wait_for(clients, {spec.name for spec in specs})


async def _wait_for(clients: KafkaClients, names: set[str]) -> None:
    deadline = time.monotonic() + TOPIC_WAIT_SECONDS
    while missing := names - await _led_topics(clients):
        if time.monotonic() > deadline:
            raise RetryableError(
                f"making topic {min(missing)!r}:"
                f" not to be seen {TOPIC_WAIT_SECONDS:.0f} seconds later"
            )
        await asyncio.sleep(TOPIC_PAUSE_SECONDS)


async def _led_topics(clients: KafkaClients) -> set[str]:
    """Topics of which every partition has a leader, so that it can be written."""
    return {
        topic["topic"]
        for topic in await described_topics(clients)
        if all(partition["leader"] >= 0 for partition in topic["partitions"])
    }


async def change_settings(
    clients: KafkaClients, changes: Sequence[TopicChange], *, only_try: bool = False
) -> None:
    """Set what these changes name, of each topic, and return when a broker shows it."""
    if not changes:
        return
    client = await clients.requests()
    settings = {
        change.topic: {each.name: each.becomes for each in change.settings} for change in changes
    }
    with translated("changing settings of topics", for_administrator=True):
        request = AlterSettingsRequest(settings, only_try=only_try)
        answer = await client.send(client.get_random_node(), request)
        for code, _, _, name in answer.responses:
            if code:
                raise _refusal(f"changing settings of topic {name!r}", code)
        if not only_try:
            await _wait_for_settings(clients, settings)


async def _wait_for_settings(
    clients: KafkaClients, wanted: Mapping[str, Mapping[str, str]]
) -> None:
    """Brokers learn of a change a moment after the controller has taken it."""
    deadline = time.monotonic() + TOPIC_WAIT_SECONDS
    while True:
        found = await _settings_of(clients, sorted(wanted))
        late = [n for n, said in wanted.items() if not said.items() <= found.get(n, {}).items()]
        if not late:
            return
        if time.monotonic() > deadline:
            raise RetryableError(
                f"changing settings of topic {late[0]!r}:"
                f" not to be seen {TOPIC_WAIT_SECONDS:.0f} seconds later"
            )
        await asyncio.sleep(TOPIC_PAUSE_SECONDS)


def _refusal(attempt: str, code: int) -> HubError:
    return hub_error(attempt, for_code(code)(), for_administrator=True)


async def apply_changes(clients: KafkaClients, changes: Sequence[TopicChange]) -> None:
    """Make and change what the changes say. Raises ConfigurationError, with nothing changed,
    where one of them is refused, by us or by the brokers."""
    refuse_whole(changes)
    specs = [TopicSpec(c.topic, c.partitions) for c in changes if c.does is Does.MAKE]
    to_change = [change for change in changes if change.does is Does.CHANGE]
    for only_try in (True, False):
        if specs:
            await make_topics(clients, specs, only_try=only_try)
        await change_settings(clients, to_change, only_try=only_try)


def refuse_whole(changes: Sequence[TopicChange]) -> None:
    """Raise ConfigurationError where one of these changes is refused."""
    refusals = [refusal for change in changes for refusal in change.refusals]
    if refusals:
        raise ConfigurationError(
            "\n".join(each.says for each in refusals),
            fix=refusals[0].fix,
            effect="Nothing was changed, at any topic.",
        )
