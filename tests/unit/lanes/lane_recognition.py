"""Nevada's rules, people whom two registries know, and what is told, for tests of notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hub.domain.events import Kind
from hub.domain.log import Message
from hub.domain.rows import Person
from tests.unit.lanes.lane_events import (
    NOW,
    SmallHub,
    agreement,
    body_for,
    event,
    policy,
    profile,
    ssn_token,
)
from tests.unit.lanes.lane_exchange import decision

REVISION = NOW - 1_000_000
"""Of the events by hand."""
TODAY = date(2026, 6, 30)
WISCONSIN, NEVADA = Person("us-wi", "P1"), Person("us-nv", "N1")
HEAD = 'version = 1\nfrom = 2024-07-01\ncitation = "https://example.org/"'
RULES = f"""
registry = "us-nv"
revision = 1
[[rule]]
id = "long"
kind = "training"
{HEAD}
[rule.when]
min_amount = {{ amount = "20", unit = "clock" }}
[rule.effect]
outcome = "NEEDS_DOCUMENT"
documents = ["certificate", "roster"]
[rule.effect.with]
outcome = "NEEDS_REVIEW"
[[rule]]
id = "short"
kind = "training"
{HEAD}
[rule.effect]
outcome = "FULL"
[[rule]]
id = "any-credential"
kind = "credential"
{HEAD}
[rule.effect]
outcome = "FULL"
"""


def same_human(hub: SmallHub, *persons: Person, number: int = 1) -> list[Message]:
    """Profiles of one human, linked."""
    return [profile(hub.keyring, each, [ssn_token(number)]) for each in persons]


async def begin(hub: SmallHub, *more: Message, shared: bool = True) -> None:
    """A worker whom Wisconsin and Nevada know, Nevada's rules, agreements both ways if shared."""
    agreed = [agreement("us-wi", "us-nv"), agreement("us-nv", "us-wi")] if shared else []
    await hub.feed(policy("us-nv", RULES), *agreed, *same_human(hub, WISCONSIN, NEVADA), *more)


def credential(
    record_id: str = "C1", expires: date | None = date(2026, 8, 1), **fields: Any
) -> Message:
    """A credential of Wisconsin's worker, issued long ago; other fields are of the head."""
    body = body_for(
        Kind.CREDENTIAL,
        type="ChildDevelopmentAssociate",
        own_type="CDA",
        issued_on=date(2025, 1, 1),
        expires_on=expires,
        revoked_on=fields.pop("revoked_on", None),
        standing="AWARDED",
    )
    return event(Kind.CREDENTIAL, record_id, body, **fields)


def decided(record_id: str, word: str = "ACCEPTED", **fields: Any) -> Message:
    """Nevada's decision on a training of Wisconsin, on the revision that the hub holds."""
    given = {"record_revision": REVISION, "accepted_hours": Decimal(15), **fields}
    return decision("us-nv", ("us-wi", "training", record_id), word, **given)


async def told(hub: SmallHub, registry: str, item: str) -> list[dict[str, Any]]:
    """The newest item of each subject, withdrawn or not."""
    await hub.lanes.relay()
    return [body for body in await hub.inbox(registry) if body["item"] == item]


async def withdrawn(hub: SmallHub, registry: str, item: str) -> Sequence[bool]:
    """Of each subject, whether it was taken back."""
    return [body["withdrawn"] for body in await told(hub, registry, item)]
