"""The plan of topics: which topics there must be, how many partitions each has, who writes it.

The plan is a TOML text of `[[topic]]` tables. A pattern with `<code>` stands for one topic of
every registry. Every adapter refuses through `missing_topics` to give a topic other partitions.
`TOPIC_CONFIGURATION` is what Kafka must be told of every one of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from hub.domain.log import TopicSpec
from hub.errors import ConfigurationError, UnknownTopicError

CODE = "<code>"
PARTITIONS_MAX = 64
RETENTION = "forever"
TOPIC_CONFIGURATION = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "LogAppendTime",
    # Records stay as the producer packed them: the hub packs with zstd, and a state's own client
    # may choose another way without the broker packing each batch again.
    "compression.type": "producer",
    # A replica that lags must not lead: acknowledged records would be gone.
    "unclean.leader.election.enable": "false",
}

# Kafka's rule for names, without the underscore: its metrics confuse underscores and dots.
_NAME = re.compile(r"[a-zA-Z0-9.-]{1,249}")


@dataclass(frozen=True, slots=True)
class TopicRule:
    """One entry of the plan."""

    pattern: str
    partitions: int
    retention: str
    key: str
    writer: str
    sizes: tuple[int, ...] = ()
    """The counts of partitions among which whoever makes the topic may choose; none for no
    choice."""

    @property
    def is_per_registry(self) -> bool:
        return CODE in self.pattern

    def allows(self, partitions: int) -> bool:
        return partitions in (self.sizes or (self.partitions,))

    def name(self, registry: str | None = None) -> str:
        return self.pattern if registry is None else self.pattern.replace(CODE, registry)

    def spec(self, registry: str | None = None, partitions: int | None = None) -> TopicSpec:
        """Partitions as chosen, where this topic's may be chosen."""
        chosen = partitions if self.sizes and partitions is not None else self.partitions
        return TopicSpec(self.name(registry), chosen)


def read_topic_plan(text: str) -> tuple[TopicRule, ...]:
    """The entries of a plan, in its order. Raises ConfigurationError."""
    try:
        plan = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"reading the plan of topics: {error}") from error
    entries = plan.get("topic", [])
    if list(plan) != ["topic"] or not isinstance(entries, list):
        raise ConfigurationError(
            "reading the plan of topics: it holds something other than topics",
            fix="Write one [[topic]] table for each topic.",
        )
    rules = tuple(_rule(entry) for entry in entries)
    patterns = [rule.pattern for rule in rules]
    if doubled := {pattern for pattern in patterns if patterns.count(pattern) > 1}:
        raise ConfigurationError(f"the plan of topics names {sorted(doubled)[0]!r} twice")
    return rules


def _rule(entry: Any) -> TopicRule:
    wanted = {field.name: field.type for field in fields(TopicRule) if field.name != "sizes"}
    if not isinstance(entry, dict) or set(entry) - {"sizes"} != set(wanted):
        raise ConfigurationError(
            f"reading the plan of topics: an entry differs from {', '.join(wanted)}: {entry!r}"
        )
    for name, kind in wanted.items():
        if type(entry[name]).__name__ != kind:
            raise ConfigurationError(
                f"reading the plan of topics: {name} of {entry['pattern']!r} is {entry[name]!r}"
            )
    rule = TopicRule(**{**entry, "sizes": _sizes(entry)})
    if rule.retention != RETENTION:
        raise ConfigurationError(
            f"the plan of topics keeps {rule.pattern!r} for {rule.retention!r}",
            fix=f'The log is the truth: write retention = "{RETENTION}".',
        )
    for count in rule.sizes or (rule.partitions,):
        _check_spec(rule.spec("us-wi" if rule.is_per_registry else None, count))
    return rule


def _sizes(entry: dict[str, Any]) -> tuple[int, ...]:
    sizes = entry.get("sizes", [])
    is_list = isinstance(sizes, list) and all(type(size) is int for size in sizes)
    if not is_list or (sizes and entry["partitions"] not in sizes):
        raise ConfigurationError(
            f"reading the plan of topics: sizes of {entry['pattern']!r} is {sizes!r}",
            fix="List counts of partitions, the usual one among them.",
        )
    return tuple(sizes)


def registry_topics(
    plan: Iterable[TopicRule], registry: str, partitions: int | None = None
) -> list[TopicSpec]:
    """The topics of one registry; its events with this many partitions, where it was chosen.

    Raises ConfigurationError for a choice that the plan does not offer.
    """
    rules = [rule for rule in plan if rule.is_per_registry]
    if partitions is not None:
        for rule in rules:
            if rule.sizes and not rule.allows(partitions):
                offered = ", ".join(str(size) for size in rule.sizes)
                raise ConfigurationError(
                    f"{rule.name(registry)} cannot have {partitions} partitions",
                    fix=f"Choose one of {offered}.",
                )
    return [rule.spec(registry, partitions) for rule in rules]


def shared_topics(plan: Iterable[TopicRule]) -> list[TopicSpec]:
    """The topics of the nation: those of no single registry."""
    return [rule.spec() for rule in plan if not rule.is_per_registry]


def topics_to_make(
    plan: Iterable[TopicRule], registries: Iterable[str], existing: Mapping[str, int]
) -> list[TopicSpec]:
    """What a program that needs these registries' topics asks of its log: the topics as planned,
    and those whose partitions were chosen when they were made, with the count that they have."""
    rules = tuple(plan)
    specs = []
    for registry in (None, *registries):
        for rule in rules:
            if rule.is_per_registry == (registry is not None):
                there = existing.get(rule.name(registry), rule.partitions)
                specs.append(rule.spec(registry, there if rule.allows(there) else None))
    return specs


def missing_topics(specs: Sequence[TopicSpec], existing: Mapping[str, int]) -> list[TopicSpec]:
    """What must be made, each topic once.

    Raises ConfigurationError where a name cannot be one, or a count of partitions differs from
    that of a topic which exists or is named twice.
    """
    known = dict(existing)
    missing = []
    for spec in specs:
        _check_spec(spec)
        if spec.name not in known:
            known[spec.name] = spec.partitions
            missing.append(spec)
        elif known[spec.name] != spec.partitions:
            raise ConfigurationError(
                f"topic {spec.name!r} has {known[spec.name]} partitions,"
                f" not the {spec.partitions} asked for",
                fix="Ask for as many as it has: partitions are fixed when a topic is made.",
                effect="Other partitions would put events of one person out of order.",
            )
    return missing


def _check_spec(spec: TopicSpec) -> None:
    if not _NAME.fullmatch(spec.name) or spec.name in (".", ".."):
        raise ConfigurationError(
            f"{spec.name!r} cannot name a topic", fix="Use letters, digits, dots and hyphens."
        )
    if not 1 <= spec.partitions <= PARTITIONS_MAX:
        raise ConfigurationError(
            f"topic {spec.name!r} cannot have {spec.partitions} partitions",
            fix=f"Ask for 1 to {PARTITIONS_MAX}.",
        )


def unknown_topic(topic: str, attempt: str) -> UnknownTopicError:
    """The refusal of every adapter to touch a topic that was never made."""
    return UnknownTopicError(
        f"{attempt} topic {topic!r}: the log has no such topic",
        fix="Make the topics first: hub topics apply makes them.",
    )


def unknown_partition(topic: str, partition: int) -> ConfigurationError:
    """The refusal of every adapter to read a partition that was never made."""
    return ConfigurationError(f"reading topic {topic!r}: it has no partition {partition}")
