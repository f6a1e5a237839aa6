"""Who may do what on the brokers: rules as they must be, compared with those that are. Pure.

A registry writes its own events and reads its own inbox, and nothing else. The hub reads all, and
writes inboxes and the nation's topics, never a registry's events. The Alliance writes its reference
and reads all. Describe comes with Read and Write at the broker; it is given by name all the same,
so that the rules say what is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hub.domain.topics import REFERENCE, events_topic, inbox_topic
from hub.errors import ConfigurationError

TOPIC = "topic"
GROUP = "group"
LITERAL = "literal"
PREFIXED = "prefixed"
ALLOW = "allow"
EVERY_NAME = "*"
HUB_GROUPS = "hub"
REGISTRY_TOPICS = "registry."
NATION_TOPICS = "national."

_KIND = "User:"  # Kafka knows no other kind of principal by itself.
_OURS = (REGISTRY_TOPICS, NATION_TOPICS, "alliance.")
_READ = ("Read", "Describe")
_WRITE = ("Write", "Describe")


class Grant(NamedTuple):
    """One rule of the broker, as its own tools show it."""

    principal: str
    operation: str
    resource: str
    name: str
    pattern: str = LITERAL
    permission: str = ALLOW
    host: str = "*"

    @property
    def target(self) -> str:
        """What the rule is about, in words."""
        if self.name == EVERY_NAME:
            return f"every {self.resource}"
        if self.pattern == PREFIXED:
            return f'{self.resource}s that begin with "{self.name}"'
        return f"{self.resource} {self.name}"


class Principals(NamedTuple):
    """Whose rules are planned; those that are not named are left alone."""

    registries: Mapping[str, str]
    hub: str | None = None
    alliance: str | None = None

    def named(self) -> set[str]:
        return {each for each in (*self.registries.values(), self.hub, self.alliance) if each}


class AccessChanges(NamedTuple):
    """What to do so that the rules are as planned."""

    add: tuple[Grant, ...]
    stand: tuple[Grant, ...]
    beyond: tuple[Grant, ...]
    """Rules of a planned principal about the hub's topics or groups, and not of the plan."""
    strangers: tuple[Grant, ...]
    """Rules by which somebody else may write a planned registry's events."""


def principal_of(name: str) -> str:
    """The principal of somebody's name at the brokers. Raises ConfigurationError for everybody's,
    and for none."""
    bare = name.removeprefix(_KIND)
    if not bare or bare == EVERY_NAME:
        raise ConfigurationError(
            f'"{name}" is nobody\'s name',
            fix="Write the name that the brokers know, such as us-oh or CN=us-oh.",
        )
    return _KIND + bare


def grants_of(principals: Principals, registries: Iterable[str]) -> list[Grant]:
    """Every rule that must be. The hub writes the inboxes of these registries, and of those that
    have a principal."""
    found = []
    for code in sorted(principals.registries):
        found += registry_grants(code, principals.registries[code])
    if principals.hub is not None:
        codes = sorted({*registries, *principals.registries})
        found += hub_grants(principals.hub, codes)
    if principals.alliance is not None:
        found += alliance_grants(principals.alliance)
    return found


def registry_grants(registry: str, principal: str) -> list[Grant]:
    events, inbox = events_topic(registry), inbox_topic(registry)
    return [
        *(Grant(principal, operation, TOPIC, events) for operation in _WRITE),
        *(Grant(principal, operation, TOPIC, inbox) for operation in _READ),
        Grant(principal, "Read", GROUP, f"{registry}.", PREFIXED),
    ]


def hub_grants(principal: str, registries: Iterable[str]) -> list[Grant]:
    return [
        *_read_all(principal),
        *(Grant(principal, "Write", TOPIC, inbox_topic(code)) for code in registries),
        Grant(principal, "Write", TOPIC, NATION_TOPICS, PREFIXED),
        Grant(principal, "Read", GROUP, HUB_GROUPS, PREFIXED),
    ]


def alliance_grants(principal: str) -> list[Grant]:
    return [*_read_all(principal), Grant(principal, "Write", TOPIC, REFERENCE)]


def _read_all(principal: str) -> list[Grant]:
    return [
        Grant(principal, operation, TOPIC, name, pattern)
        for name, pattern in (
            (REGISTRY_TOPICS, PREFIXED),
            (REFERENCE, LITERAL),
            (NATION_TOPICS, PREFIXED),
        )
        for operation in _READ
    ]


def access_changes(
    principals: Principals, registries: Iterable[str], found: Iterable[Grant]
) -> AccessChanges:
    """The way from the rules that are to those that must be."""
    there = sorted(set(found))
    wanted = grants_of(principals, registries)
    named = principals.named()
    beyond = [g for g in there if g.principal in named and g not in wanted and _is_ours(g)]
    strangers = [
        grant
        for code in sorted(principals.registries)
        for grant in writers(there, events_topic(code))
        if grant.principal not in named
    ]
    return AccessChanges(
        add=tuple(grant for grant in wanted if grant not in there),
        stand=tuple(grant for grant in wanted if grant in there),
        beyond=tuple(beyond),
        strangers=tuple(dict.fromkeys(strangers)),
    )


def writers(found: Iterable[Grant], topic: str) -> list[Grant]:
    """The rules by which somebody may write this topic."""
    return [
        grant
        for grant in found
        if grant.permission == ALLOW
        and grant.operation in ("Write", "All")
        and grant.resource == TOPIC
        and covers(grant, topic)
    ]


def covers(grant: Grant, name: str) -> bool:
    """Whether a rule is about the topic or group of this name."""
    if grant.pattern == PREFIXED:
        return name.startswith(grant.name)
    return grant.name in (name, EVERY_NAME)


def _is_ours(grant: Grant) -> bool:
    prefixes = {TOPIC: _OURS, GROUP: (HUB_GROUPS,)}.get(grant.resource, ())
    return any(
        grant.name.startswith(prefix)
        or grant.name == EVERY_NAME
        or (grant.pattern == PREFIXED and prefix.startswith(grant.name))
        for prefix in prefixes
    )
