"""The plan of topics: the shipped one reads, and a plan that would lose events is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.adapters.topic_plan import (
    missing_topics,
    read_topic_plan,
    registry_topics,
    shared_topics,
    topics_to_make,
)
from hub.domain.log import TopicSpec
from hub.errors import ConfigurationError

SHIPPED = Path(__file__).parents[3] / "deploy" / "topics.toml"

ENTRY = """
[[topic]]
pattern = "registry.<code>.events"
partitions = 4
retention = "forever"
key = "person id"
writer = "the registry"
"""


def test_the_shipped_plan_names_the_topics_of_a_registry_and_of_the_nation() -> None:
    plan = read_topic_plan(SHIPPED.read_text("utf-8"))

    assert registry_topics(plan, "us-wi") == [
        TopicSpec("registry.us-wi.events", 4),
        TopicSpec("registry.us-wi.inbox", 1),
    ]
    assert shared_topics(plan) == [
        TopicSpec("alliance.reference", 1),
        TopicSpec("national.identity-claims", 1),
        TopicSpec("national.identity", 1),
        TopicSpec("national.reciprocity", 4),
    ]


def test_only_a_registrys_events_take_a_count_that_is_chosen() -> None:
    plan = read_topic_plan(SHIPPED.read_text("utf-8"))

    assert registry_topics(plan, "us-ca", 16) == [
        TopicSpec("registry.us-ca.events", 16),
        TopicSpec("registry.us-ca.inbox", 1),
    ]
    with pytest.raises(ConfigurationError, match="cannot have 5 partitions") as caught:
        registry_topics(plan, "us-ca", 5)
    assert caught.value.fix == "Choose one of 1, 4, 16."


def test_a_program_asks_for_the_count_that_a_topic_was_made_with() -> None:
    plan = read_topic_plan(SHIPPED.read_text("utf-8"))
    there = {"registry.us-ca.events": 16, "registry.us-wi.events": 3, "national.reciprocity": 1}

    asked = {spec.name: spec.partitions for spec in topics_to_make(plan, ["us-ca", "us-wi"], there)}

    assert asked["registry.us-ca.events"] == 16
    assert asked["registry.us-wi.events"] == 4  # Which the log will refuse.
    assert asked["national.reciprocity"] == 4


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("[[topic", "reading the plan"),
        ("topics = 1", "something other than topics"),
        (ENTRY + 'owner = "x"', "differs from pattern, partitions"),
        (ENTRY.replace("4", '"4"'), "partitions of"),
        (ENTRY.replace("4", "true"), "partitions of"),
        (ENTRY.replace("4", "0"), "cannot have 0 partitions"),
        (ENTRY.replace("forever", "7 days"), "'7 days'"),
        (ENTRY.replace(".events", "_events"), "cannot name a topic"),
        (ENTRY + ENTRY, "twice"),
        (ENTRY + "sizes = [1, 16]", "sizes of"),
        (ENTRY + 'sizes = [4, "16"]', "sizes of"),
        (ENTRY + "sizes = [4, 65]", "cannot have 65 partitions"),
    ],
)
def test_a_plan_that_says_something_else_is_refused(plan: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_topic_plan(plan)


def test_a_topic_named_twice_is_made_once() -> None:
    spec = TopicSpec("alliance.reference", 1)

    assert missing_topics([spec, spec], {}) == [spec]


def test_a_topic_named_with_two_counts_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="has 1 partitions, not the 4 asked for"):
        missing_topics([TopicSpec("a.b", 1), TopicSpec("a.b", 4)], {})
