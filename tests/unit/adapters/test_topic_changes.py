"""What a plan does with the topics that there are: made, corrected, kept, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.adapters.topic_changes import (
    Does,
    FoundTopic,
    SettingChange,
    TopicChange,
    changes_of,
    settings_for,
    wanted_of,
)
from hub.adapters.topic_plan import read_topic_plan
from hub.errors import ConfigurationError

PLAN = read_topic_plan((Path(__file__).parents[3] / "deploy" / "topics.toml").read_text("utf-8"))
EVENTS = "registry.us-oh.events"


def _change(found: FoundTopic | None, brokers: int = 1, **chosen: int) -> TopicChange:
    """What becomes of the events of us-oh."""
    topics = {} if found is None else {EVENTS: found}
    wanted = wanted_of(["us-oh"], {code.replace("_", "-"): n for code, n in chosen.items()})
    return {c.topic: c for c in changes_of(PLAN, wanted, topics, brokers)}[EVENTS]


def _topic(partitions: int = 4, replicas: int = 1, **more: Any) -> FoundTopic:
    settings = {**settings_for(replicas), **more.pop("settings", {})}
    return FoundTopic(partitions, replicas, settings, **more)


def test_a_topic_that_is_not_there_is_made_with_copies_on_three_brokers() -> None:
    change = _change(None, brokers=5)

    assert change.does is Does.MAKE
    assert change.partitions == 4
    assert SettingChange("min.insync.replicas", None, "2") in change.settings
    assert SettingChange("retention.ms", None, "-1") in change.settings
    assert SettingChange("compression.type", None, "producer") in change.settings


def test_a_log_without_brokers_has_no_settings() -> None:
    assert _change(None, brokers=0) == TopicChange(EVENTS, 4, Does.MAKE)
    assert _change(FoundTopic(16), brokers=0) == TopicChange(EVENTS, 16, Does.KEEP)


@pytest.mark.parametrize("partitions", [1, 4, 16])
def test_a_count_that_the_plan_offers_is_kept(partitions: int) -> None:
    assert _change(_topic(partitions)).does is Does.KEEP


def test_another_count_than_the_one_chosen_is_refused() -> None:
    change = _change(_topic(4), us_oh=16)

    assert change.does is Does.REFUSE
    assert change.settings == ()
    assert "has 4 partitions, not 16" in change.refusals[0].says
    assert change.refusals[0].fix.startswith("Ask for 4")


def test_a_count_that_the_plan_does_not_offer_cannot_be_chosen() -> None:
    with pytest.raises(ConfigurationError, match="cannot have 3 partitions"):
        _change(None, us_oh=3)


@pytest.mark.parametrize("policy", ["compact", "compact,delete"])
def test_compaction_is_refused_whether_or_not_there_are_records(policy: str) -> None:
    empty = _change(_topic(settings={"cleanup.policy": policy}))
    full = _change(_topic(settings={"cleanup.policy": policy}, has_records=True))

    assert (empty.does, full.does) == (Does.REFUSE, Does.REFUSE)
    assert "delete it" in empty.refusals[0].fix
    assert "Publish its events again" in full.refusals[0].fix


def test_the_producers_clock_is_corrected_before_the_first_record_and_refused_after() -> None:
    clock = {"message.timestamp.type": "CreateTime"}

    assert _change(_topic(settings=clock)).settings == (
        SettingChange("message.timestamp.type", "CreateTime", "LogAppendTime"),
    )
    assert _change(_topic(settings=clock, has_records=True)).does is Does.REFUSE


@pytest.mark.parametrize(
    ("replicas", "has", "becomes"),
    [
        (1, "1", None),
        (1, "2", "1"),  # No write would be taken.
        (3, "1", "2"),
        (3, "2", None),
        (3, "3", None),  # Stricter, and somebody's choice.
    ],
)
def test_as_many_copies_must_stand_as_there_are_but_one(
    replicas: int, has: str, becomes: str | None
) -> None:
    change = _change(_topic(replicas=replicas, settings={"min.insync.replicas": has}))

    wanted = () if becomes is None else (SettingChange("min.insync.replicas", has, becomes),)
    assert change.settings == wanted


def test_what_is_not_changed_is_told_with_who_can() -> None:
    change = _change(_topic(replicas=1, lost=1200), brokers=3)

    assert change.does is Does.KEEP
    assert [note.says for note in change.notes] == [
        f"{EVENTS} has one copy on 3 brokers: 3 are wanted, and applying does not move any.",
        f"{EVENTS} no longer holds its first 1,200 records.",
    ]


def test_registries_with_topics_are_found_and_others_topics_are_left_alone() -> None:
    existing = ["registry.us-ca.inbox", "registry.us-wi.events", "orders", "registry.events"]

    wanted = wanted_of(["us-oh"], {"us-tx": 16}, existing)

    assert wanted.registries == ("us-ca", "us-oh", "us-tx", "us-wi")
    topics = {change.topic for change in changes_of(PLAN, wanted, {}, 1)}
    assert len(topics) == 4 + 2 * 4


def test_a_code_that_names_no_registry_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no code of a registry"):
        wanted_of(["ohio"], {})
