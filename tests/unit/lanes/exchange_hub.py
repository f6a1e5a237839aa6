"""Small hubs in which a worker of Wisconsin is alone, or known to Nevada, too."""

from __future__ import annotations

from typing import Any

from hub.domain.log import Message
from hub.domain.rows import Person
from tests.unit.lanes.lane_events import (
    NOW,
    SmallHub,
    agreement,
    policy,
    profile,
    ssn_token,
    training,
)

WISCONSIN, NEVADA, DAKOTA = Person("us-wi", "P1"), Person("us-nv", "N1"), Person("us-nd", "D1")
RECORD = ("us-wi", "training", "R1")
LATER = NOW - 500
RULES = """
registry = "us-nv"
revision = 1
[[rule]]
id = "with-certificate"
version = 1
kind = "training"
from = 2024-07-01
citation = "https://example.org/"
[rule.when]
min_amount = { amount = "10", unit = "clock" }
[rule.effect]
outcome = "NEEDS_DOCUMENT"
documents = ["certificate"]
[rule.effect.with]
outcome = "FULL"
[[rule]]
id = "few-hours"
version = 1
kind = "training"
from = 2024-07-01
citation = "https://example.org/"
[rule.effect]
outcome = "PARTIAL"
"""


async def told(hub: SmallHub, registry: str, item: str) -> list[dict[str, Any]]:
    return [each for each in await hub.inbox(registry) if each["item"] == item]


async def standing(hub: SmallHub, registry: str, item: str) -> list[dict[str, Any]]:
    return [each for each in await told(hub, registry, item) if not each["withdrawn"]]


def matches(hub: SmallHub) -> list[tuple[str, str]]:
    rows = hub.rows("SELECT record_id, receiver FROM match ORDER BY record_id, receiver")
    return [(row["record_id"], row["receiver"]) for row in rows]


def profiles(hub: SmallHub, *persons: Person) -> list[Message]:
    return [profile(hub.keyring, person, [ssn_token(1)]) for person in persons]


async def alone(hub: SmallHub, *more: Message) -> None:
    """A worker of Wisconsin whom nobody else knows, and Nevada's rules."""
    await hub.feed(
        policy("us-nv", RULES), *profiles(hub, WISCONSIN), training(trainer_id=None), *more
    )


async def known(hub: SmallHub, *more: Message) -> None:
    """A worker of Wisconsin whom Nevada knows, too, under agreements both ways."""
    await hub.feed(
        policy("us-nv", RULES),
        agreement("us-wi", "us-nv"),
        agreement("us-nv", "us-wi"),
        *profiles(hub, WISCONSIN, NEVADA),
        training(trainer_id=None),
        *more,
    )
