"""Rules of the brokers: who has which, and what is beyond them."""

from __future__ import annotations

import pytest

from hub.adapters.access_plan import Grant, Principals, access_changes, grants_of, writers

OHIO = Principals({"us-oh": "User:us-oh"})
ALL = Principals({"us-oh": "User:us-oh", "us-ca": "User:ca"}, "User:hub", "User:alliance")
EVENTS = "registry.us-oh.events"


def test_a_registry_gets_five_rules_and_no_more() -> None:
    assert grants_of(OHIO, ["us-oh", "us-ca"]) == [
        Grant("User:us-oh", "Write", "topic", EVENTS),
        Grant("User:us-oh", "Describe", "topic", EVENTS),
        Grant("User:us-oh", "Read", "topic", "registry.us-oh.inbox"),
        Grant("User:us-oh", "Describe", "topic", "registry.us-oh.inbox"),
        Grant("User:us-oh", "Read", "group", "us-oh.", "prefixed"),
    ]


@pytest.mark.parametrize(
    ("topic", "who"),
    [
        (EVENTS, {"User:us-oh"}),
        ("registry.us-ca.events", {"User:ca"}),
        ("registry.us-wi.events", set()),
        ("registry.us-oh.inbox", {"User:hub"}),
        ("registry.us-wi.inbox", {"User:hub"}),
        ("national.identity", {"User:hub"}),
        ("national.access", {"User:hub"}),
        ("alliance.reference", {"User:alliance"}),
        ("orders", set()),
    ],
)
def test_each_topic_has_one_writer_at_most(topic: str, who: set[str]) -> None:
    grants = grants_of(ALL, ["us-wi"])

    assert {grant.principal for grant in writers(grants, topic)} == who


def test_what_stands_is_not_added_again() -> None:
    first, *rest = grants_of(OHIO, [])

    changes = access_changes(OHIO, [], [first])

    assert changes.stand == (first,)
    assert changes.add == tuple(rest)
    assert access_changes(OHIO, [], [first, *rest]).add == ()


@pytest.mark.parametrize(
    ("name", "pattern", "resource", "is_beyond"),
    [
        ("registry.us-ca.inbox", "literal", "topic", True),
        ("reg", "prefixed", "topic", True),
        ("*", "literal", "topic", True),
        ("hub-records", "literal", "group", True),
        ("*", "literal", "group", True),
        ("orders", "literal", "topic", False),
        ("orders", "prefixed", "topic", False),
        ("us-oh-reports", "literal", "group", False),
        ("kafka-cluster", "literal", "cluster", False),
    ],
)
def test_only_rules_about_the_hubs_topics_and_groups_are_beyond_the_plan(
    name: str, pattern: str, resource: str, is_beyond: bool
) -> None:
    grant = Grant("User:us-oh", "Read", resource, name, pattern)

    changes = access_changes(OHIO, [], [*grants_of(OHIO, []), grant])

    assert changes.beyond == ((grant,) if is_beyond else ())


@pytest.mark.parametrize(
    ("grant", "is_stranger"),
    [
        (Grant("User:x", "Write", "topic", EVENTS), True),
        (Grant("User:x", "All", "topic", "registry.", "prefixed"), True),
        (Grant("User:*", "Write", "topic", "*"), True),
        (Grant("User:x", "Read", "topic", EVENTS), False),
        (Grant("User:x", "Write", "topic", EVENTS, permission="deny"), False),
        (Grant("User:x", "Write", "topic", "registry.us-ca.events"), False),
        (Grant("User:x", "Write", "group", "*"), False),
    ],
)
def test_whoever_else_may_write_a_registrys_events_is_a_stranger(
    grant: Grant, is_stranger: bool
) -> None:
    changes = access_changes(OHIO, [], [grant])

    assert changes.strangers == ((grant,) if is_stranger else ())
    assert changes.beyond == ()
