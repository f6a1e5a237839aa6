"""Pairs to be asked about, agreements and answers, for tests of what people do with links."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from hub.domain.events import Change, Kind
from hub.domain.log import Message
from hub.domain.rows import Person
from hub.domain.topics import REFERENCE
from hub.embedded import Embedded
from hub.identity.statements import Pair, pair_of
from hub.identity.tokens import Token
from hub.lanes.asking import Terms
from tests.unit.identity.small_model import last4_token, number_token
from tests.unit.lanes.lane_events import (
    NOW,
    SmallHub,
    body_for,
    head_for,
    message_of,
    profile,
)

TODAY = date(2026, 6, 30)
"""The day of the events by hand."""


def person(registry: str, person_id: str) -> Person:
    return Person(f"us-{registry}", person_id)


def terms(as_of: date = TODAY, weekly: int = 50, **contacts: str) -> Terms:
    named = {f"us-{code}": text for code, text in contacts.items()}
    return Terms(as_of=as_of, review_days=60, weekly=weekly, contacts=named)


def shares_identity(sender: str, receiver: str, *, in_force: bool = True) -> Message:
    """An agreement on records, links and identity, one way."""
    kinds = ["credential", "education", "identity", "link", "training"]
    body = {
        "sender": f"us-{sender}",
        "receiver": f"us-{receiver}",
        "kinds": kinds,
        "in_force": in_force,
        "illustrative": True,
    }
    key = f"us-{sender}>us-{receiver}"
    head = head_for(Kind.SHARING_AGREEMENT, key, registry="alliance", person_id=None)
    return message_of(Kind.SHARING_AGREEMENT, head, body)


def both_ways(one: str, other: str) -> list[Message]:
    return [shares_identity(one, other), shares_identity(other, one)]


def looking_alike(hub: SmallHub, one: Person, other: Person, last4: int) -> list[Message]:
    """Two profiles with equal last fours and birth date, whose whole numbers differ: a review."""
    numbers = (number_token(hash_of(one)), number_token(hash_of(other)))
    return [
        profile(hub.keyring, each, sorted([number, last4_token(last4)]))
        for each, number in zip((one, other), numbers, strict=True)
    ]


def hash_of(each: Person) -> int:
    """A number of nine digits for a person, none twice in a test."""
    return sum(ord(c) * 31**at for at, c in enumerate("|".join(each))) % 899_999_999 + 1


def alike(hub: SmallHub, token: Token, *persons: Person) -> list[Message]:
    """Profiles that share a token: linked."""
    return [profile(hub.keyring, each, [token]) for each in persons]


def answered(
    registry: str, one: Person, other: Person, answer: str, at: int = 0, **fields: Any
) -> Message:
    """What a registry says of two persons; `at` orders its answers."""
    pair = pair_of(one, other)
    own = next(each for each in pair if each.registry == f"us-{registry}")
    change = fields.pop("change", Change.STATED)
    head = head_for(
        Kind.REVIEW_ANSWER,
        "|".join((*pair.one, *pair.other)),
        registry=f"us-{registry}",
        person_id=own.person_id,
        revision=NOW - 1_000_000 + at,
        encoding=0,
        change=change,
    )
    return _answer(head, pair, answer, **fields)


def never(one: Person, other: Person) -> Message:
    """What the Alliance says of a wrong link."""
    pair = pair_of(one, other)
    head = head_for(
        Kind.REVIEW_ANSWER,
        "|".join((*pair.one, *pair.other)),
        registry="alliance",
        person_id=None,
        encoding=0,
    )
    return _answer(head, pair, "NEVER", topic=REFERENCE)


def _answer(head: Any, pair: Pair, answer: str, **fields: Any) -> Message:
    topic = fields.pop("topic", f"registry.{head.registry}.events")
    body = body_for(
        Kind.REVIEW_ANSWER,
        registry=pair.one.registry,
        person_id=pair.one.person_id,
        other_registry=pair.other.registry,
        other_person_id=pair.other.person_id,
        answer=answer,
        reason="review",
        **fields,
    )
    return message_of(Kind.REVIEW_ANSWER, head, body, topic=topic)


async def items(hub: SmallHub, registry: str, item: str) -> list[dict[str, Any]]:
    """What stands in a registry's inbox of this kind, withdrawn or not."""
    await hub.lanes.relay()
    return [body for body in await hub.inbox(f"us-{registry}") if body["item"] == item]


async def with_empty_store(hub: SmallHub, folder: Path) -> SmallHub:
    """Another store over the same log and keyring, folded to the end."""
    folder.mkdir()
    other = SmallHub(folder)
    other.log, other.keyring = hub.log, hub.keyring
    other.lanes = Embedded(other.store, other.log, other.keyring)
    await other.lanes.until_idle()
    return other
