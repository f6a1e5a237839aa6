"""What must change so that a log's topics are as planned: pure, nothing is asked or done here.

Three things are never changed and refuse the whole: another count of partitions would put events
of one person out of order; records stamped by their producers' clocks, or thinned out by
compaction, are no history of what was received. Moving replicas is left to the brokers' own tool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from hub.adapters.topic_plan import TOPIC_CONFIGURATION, TopicRule, registry_topics
from hub.domain.log import TopicSpec
from hub.domain.topics import events_topic, registry_of_events, registry_of_inbox
from hub.errors import ConfigurationError

REPLICAS_MAX = 3

_POLICY = "cleanup.policy"
_CLOCK = "message.timestamp.type"
_IN_SYNC = "min.insync.replicas"
_AFRESH = "Publish its events again to a log of its own; docs/operations-kafka.md says how."


class Does(StrEnum):
    """What applying the plan does with a topic."""

    MAKE = "make"
    CHANGE = "change"
    KEEP = "keep"
    REFUSE = "refuse"


class Remark(NamedTuple):
    """Something to know of a topic, and what to do about it; whole sentences both."""

    says: str
    fix: str


class SettingChange(NamedTuple):
    """One setting of one topic; `was` is None where the topic is yet to be made."""

    name: str
    was: str | None
    becomes: str


class FoundTopic(NamedTuple):
    """A topic as the log has it. Settings are None where the log has none, or does not tell."""

    partitions: int
    replicas: int = 1
    settings: Mapping[str, str] | None = None
    has_records: bool = False
    lost: int = 0
    """Records that stood at the beginnings of its partitions and are gone."""


class TopicChange(NamedTuple):
    """What applying does with one topic, and why it may not."""

    topic: str
    partitions: int
    does: Does
    settings: tuple[SettingChange, ...] = ()
    refusals: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()


class Wanted(NamedTuple):
    """Whose topics there must be, beside the nation's."""

    registries: tuple[str, ...]
    partitions: Mapping[str, int]
    """Of the events of a registry, where they were chosen."""


def wanted_of(
    asked: Iterable[str], chosen: Mapping[str, int], existing: Iterable[str] = ()
) -> Wanted:
    """The registries asked for and those that have topics. Raises ConfigurationError for a code
    that names none."""
    found = {registry_of_events(name) or registry_of_inbox(name) for name in existing}
    codes = {*asked, *chosen}
    for code in sorted(codes):
        if registry_of_events(events_topic(code)) != code:
            raise ConfigurationError(
                f'"{code}" is no code of a registry', fix="Write one such as us-oh."
            )
    return Wanted(tuple(sorted(codes | {code for code in found if code is not None})), chosen)


def changes_of(
    plan: Sequence[TopicRule], wanted: Wanted, found: Mapping[str, FoundTopic], brokers: int
) -> list[TopicChange]:
    """One change for every topic that must be, the nation's first. `brokers` is 0 for a log that
    has none, and so no settings either."""
    changes = []
    for rule in plan:
        if not rule.is_per_registry:
            changes.append(_change(rule, rule.spec(), found, brokers))
    rules = [rule for rule in plan if rule.is_per_registry]
    for code in wanted.registries:
        chosen = wanted.partitions.get(code)
        for rule, spec in zip(rules, registry_topics(plan, code, chosen), strict=True):
            asked = spec if chosen is not None else _as_made(rule, spec, found)
            changes.append(_change(rule, asked, found, brokers))
    return changes


def _as_made(rule: TopicRule, spec: TopicSpec, found: Mapping[str, FoundTopic]) -> TopicSpec:
    """With the count that was chosen when the topic was made, where the plan offers it."""
    there = found.get(spec.name)
    if there is None or not rule.allows(there.partitions):
        return spec
    return TopicSpec(spec.name, there.partitions)


def settings_for(replicas: int) -> dict[str, str]:
    """What a topic with this many replicas is told: one may fail, and writing goes on."""
    return {**TOPIC_CONFIGURATION, _IN_SYNC: str(max(1, replicas - 1))}


def replicas_for(brokers: int) -> int:
    return min(REPLICAS_MAX, brokers)


def _change(
    rule: TopicRule, spec: TopicSpec, found: Mapping[str, FoundTopic], brokers: int
) -> TopicChange:
    there = found.get(spec.name)
    if there is None:
        settings = settings_for(replicas_for(brokers)) if brokers else {}
        made = tuple(SettingChange(name, None, value) for name, value in settings.items())
        return TopicChange(spec.name, spec.partitions, Does.MAKE, made)
    refusals = _refusals(rule, spec, there)
    settings_to_change = () if refusals else _settings(there)
    does = Does.REFUSE if refusals else Does.CHANGE if settings_to_change else Does.KEEP
    notes = _notes(spec.name, there, brokers)
    return TopicChange(spec.name, there.partitions, does, settings_to_change, refusals, notes)


def _refusals(rule: TopicRule, spec: TopicSpec, there: FoundTopic) -> tuple[Remark, ...]:
    remarks = []
    if there.partitions != spec.partitions:
        offered = " or ".join(str(size) for size in rule.sizes or (rule.partitions,))
        asked = spec.partitions if rule.allows(there.partitions) else offered
        remarks.append(
            Remark(
                f"{spec.name} has {_partitions(there.partitions)}, not {asked}: a change would put"
                " events of one person out of order.",
                f"Ask for {there.partitions}: a count stays as it was when the topic was made."
                if rule.allows(there.partitions)
                else _AFRESH,
            )
        )
    settings = there.settings or {}
    if "compact" in settings.get(_POLICY, ""):
        remarks.append(
            Remark(
                f"{spec.name} is compacted: Kafka removes its older records.",
                _AFRESH if there.has_records else "It is empty: delete it, and apply again.",
            )
        )
    if settings.get(_CLOCK, "LogAppendTime") != "LogAppendTime" and there.has_records:
        remarks.append(
            Remark(
                f"{spec.name} holds records stamped by their producers' clocks: when they were"
                " received cannot be told.",
                _AFRESH,
            )
        )
    return tuple(remarks)


def _settings(there: FoundTopic) -> tuple[SettingChange, ...]:
    if there.settings is None:
        return ()
    wanted = settings_for(there.replicas)
    stricter = there.settings.get(_IN_SYNC, "1")
    if int(wanted[_IN_SYNC]) < int(stricter) <= there.replicas:
        wanted[_IN_SYNC] = stricter  # Somebody gives up writing rather than a copy.
    return tuple(
        SettingChange(name, there.settings.get(name, "not set"), value)
        for name, value in wanted.items()
        if there.settings.get(name) != value
    )


def _notes(name: str, there: FoundTopic, brokers: int) -> tuple[Remark, ...]:
    notes = []
    if brokers and there.replicas < replicas_for(brokers):
        notes.append(
            Remark(
                f"{name} has {_copies(there.replicas)} on {brokers} brokers:"
                f" {replicas_for(brokers)} are wanted, and applying does not move any.",
                "Add them with Kafka's kafka-reassign-partitions.sh, then apply again.",
            )
        )
    if there.lost:
        notes.append(
            Remark(
                f"{name} no longer holds its first {there.lost:,} records.",
                "Have the registry publish again, and find out who shortened the retention.",
            )
        )
    return tuple(notes)


def _partitions(count: int) -> str:
    return f"{count} partition{'' if count == 1 else 's'}"


def _copies(count: int) -> str:
    return "one copy" if count == 1 else f"{count} copies"
