"""What the tests of reciprocity share: the shipped policies and lists, and short ways to ask."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from hub.reciprocity.answer import Answer
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.facts import ApprovalFacts, Evidence, RecordFacts, Request
from hub.reciprocity.lists import parse_lists
from hub.reciprocity.policy import Policy, parse_policy

SEEDS = Path(__file__).parents[3] / "hub" / "seeds"
CODES = ("us-fl", "us-il", "us-nd", "us-nv", "us-oh", "us-wi")
JUNE_30 = date(2026, 6, 30)


@cache
def seed_policy(code: str) -> Policy:
    path = SEEDS / "policies" / f"{code}.toml"
    return parse_policy(path.read_text(encoding="utf-8"), source=path.name)


@cache
def seed_lists() -> Evidence:
    return Evidence((), parse_lists((SEEDS / "lists.toml").read_text(encoding="utf-8")))


def training(**changes: Any) -> RecordFacts:
    """A verified Ohio training of 15 clock hours in February 2026."""
    values: dict[str, Any] = {
        "registry": "us-oh",
        "kind": "training",
        "record_id": "PD-1",
        "standing": "stated",
        "on": date(2026, 2, 10),
        "amount": Decimal("15.00"),
        "unit": "clock",
        "verification": "verified",
        "event_type": "workshop",
        "organization": None,
    }
    return RecordFacts(**{**values, **changes})


def credential(**changes: Any) -> RecordFacts:
    """A CDA for preschool on an Illinois record, issued in January 2024 for three years."""
    values: dict[str, Any] = {
        "registry": "us-il",
        "kind": "credential",
        "record_id": "C-1",
        "standing": "awarded",
        "type": "ChildDevelopmentAssociate",
        "subtype": "02",
        "own_type": "CDA/PR",
        "on": date(2024, 1, 15),
        "expires": date(2027, 1, 14),
        "revoked_on": None,
    }
    return RecordFacts(**{**values, **changes})


def trainer(**changes: Any) -> RecordFacts:
    values: dict[str, Any] = {
        "registry": "us-oh",
        "kind": "trainer",
        "record_id": "A-1",
        "standing": "approved",
        "on": date(2025, 1, 1),
        "expires": date(2025, 12, 31),
        "revoked_on": None,
    }
    return RecordFacts(**{**values, **changes})


def approval(id: str, facts: RecordFacts) -> ApprovalFacts:
    return ApprovalFacts(id=id, facts=facts)


def ask(
    receiver: str | Policy,
    facts: RecordFacts,
    *,
    day: date = JUNE_30,
    documents: tuple[str, ...] = (),
    requested_on: date | None = None,
    evidence: Evidence | None = None,
) -> Answer | None:
    policy = seed_policy(receiver) if isinstance(receiver, str) else receiver
    request = Request(requested_on, frozenset(documents))
    return evaluate(policy, facts, evidence or seed_lists(), day, request)


def answered(receiver: str | Policy, facts: RecordFacts, **how: Any) -> Answer:
    """The answer, where there must be one."""
    answer = ask(receiver, facts, **how)
    assert answer is not None
    return answer


def one_rule(
    when: str = "", effect: str = 'outcome = "FULL"', *, kind: str = "training", more: str = ""
) -> str:
    """Text of a policy of North Dakota with one rule."""
    return "\n".join(
        [
            'registry = "us-nd"',
            "revision = 1",
            "[[rule]]",
            'id = "only"',
            "version = 1",
            f'kind = "{kind}"',
            "from = 2024-07-01",
            "illustrative = true",
            more,
            "[rule.when]",
            when,
            "[rule.effect]",
            effect,
        ]
    )


def policy_of(when: str = "", effect: str = 'outcome = "FULL"', **how: str) -> Policy:
    return parse_policy(one_rule(when, effect, **how))
