"""Made-up records that the shipped policies are asked about, such that every rule of them decides.

Facts, not events: what is measured is the policy alone. Trainings are most of it, as in the sample
exports; of credentials and trainers there are enough for each rule.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from benchmarks.policy_texts import long_policy
from hub import bootstrap
from hub.reciprocity.facts import ApprovalFacts, Evidence, RecordFacts, Request
from hub.reciprocity.lists import parse_lists
from hub.reciprocity.policy import Policy, parse_policy

FIRST_DAY = date(2024, 7, 1)
DAYS = 730
REGISTRIES = ("us-fl", "us-il", "us-nd", "us-nv", "us-oh", "us-wi")
_EVENT_TYPES = ("workshop",) * 7 + ("conference", "self_study", "college_course")
_DELIVERIES = ("FaceToFace", "Online", "Online", "IndependentStudy", "BlendedLearning")
_UNITS = ("clock",) * 16 + ("ceu", "semester", "semester", "semester")
_VERIFICATIONS = ("verified",) * 16 + ("attendance", "attendance", "pending", "self_reported")
_ORGANIZATIONS = (
    "Online Provider Training Co.",
    "Pathways Virtual",
    "Prairie Early Learning Network",
    "Lakeside Community College",
    None,
)
_GRADES = ("A", "B+", "C", "D", None)
_CREDENTIALS = (
    ("ChildDevelopmentAssociate", "CDA"),
    ("ChildDevelopmentAssociate", "CDA"),
    ("DirectorsLevelCredential", "DIR"),
    ("Other", "ITC/4"),
    ("Other", "WI-ITC"),
)
_TRANSCRIPT = Request(documents=frozenset({"official_transcript"}))


class Case(NamedTuple):
    """One question: this record, by this policy, on this day."""

    policy: Policy
    facts: RecordFacts
    evidence: Evidence
    day: date
    request: Request


def seed_cases(count: int, seed: int = 1) -> list[Case]:
    """Records of every kind that a shipped policy has rules on, asked of every receiver in turn."""
    drawn = random.Random(seed)
    lists = Evidence(lists=parse_lists(bootstrap.seed_text("lists.toml")))
    policies = [parse_policy(text, source=name) for name, text in bootstrap.seed_texts("policies")]
    found: list[Case] = []
    while len(found) < count:
        facts = record(drawn, len(found))
        evidence = lists.with_approvals(_approvals(drawn, facts))
        for policy in policies:
            if policy.registry != facts.registry and facts.kind in policy.kinds():
                request = _TRANSCRIPT if drawn.random() < 0.1 else Request()
                found.append(Case(policy, facts, evidence, _day(drawn, facts), request))
    return found[:count]


def long_cases(count: int, seed: int = 1) -> list[Case]:
    """Usual completions that come to the last of twenty rules."""
    drawn = random.Random(seed)
    policy = parse_policy(long_policy())
    lists = Evidence(lists=parse_lists(bootstrap.seed_text("lists.toml")))
    found = []
    for number in range(count):
        facts = RecordFacts(
            **{
                **_training(drawn),
                "registry": "us-il",
                "kind": "training",
                "record_id": f"T-{number}",
                "verification": "verified",
                "unit": "clock",
                "event_type": "workshop",
                "held_in": "IL",
                "delivery": drawn.choice(("FaceToFace", "Online", "BlendedLearning")),
                "on": FIRST_DAY + timedelta(days=100 + drawn.randrange(DAYS - 200)),
            }
        )
        day = FIRST_DAY + timedelta(days=DAYS)
        evidence = lists.with_approvals(_approvals(drawn, facts))
        found.append(Case(policy, facts, evidence, day, Request()))
    return found


def record(drawn: random.Random, number: int) -> RecordFacts:
    """Three quarters trainings, then credentials, then trainers' approvals."""
    share = drawn.random()
    made, kind = (
        (_training, "training")
        if share < 0.75
        else (_credential, "credential")
        if share < 0.93
        else (_trainer, "trainer")
    )
    fields = {"registry": drawn.choice(REGISTRIES), **made(drawn)}
    return RecordFacts(kind=kind, record_id=f"{kind[:2].upper()}-{number}", **fields)


def _day(drawn: random.Random, facts: RecordFacts) -> date:
    """Up to a year and a half after the record's own day; a few days before it, now and then."""
    assert isinstance(facts.on, date)
    return facts.on + timedelta(days=drawn.randrange(-20, 540))


def _training(drawn: random.Random) -> dict[str, Any]:
    amount = Decimal(2 + drawn.randrange(30)) / 4
    unit = drawn.choice(_UNITS)
    college = unit == "semester"
    return {
        "standing": "stated",
        "on": FIRST_DAY + timedelta(days=drawn.randrange(DAYS)),
        "amount": amount,
        "unit": unit,
        "hours_by_area": (("01", amount / 2), (f"0{drawn.randrange(2, 7)}", amount / 2)),
        "verification": drawn.choice(_VERIFICATIONS),
        "event_type": drawn.choice(_EVENT_TYPES),
        "delivery": drawn.choice(_DELIVERIES),
        "organization": drawn.choice(_ORGANIZATIONS),
        "approval_code": f"APR-{drawn.randrange(200)}" if drawn.random() < 0.6 else None,
        "trainer": f"TR-{drawn.randrange(60)}" if drawn.random() < 0.5 else None,
        "held_in": drawn.choice(("ND", "IL", None)),
        "grade": drawn.choice(_GRADES) if college else None,
        "accredited": drawn.random() < 0.8 if college else None,
        "birth_to_8_percent": Decimal(drawn.randrange(60, 101)) if college else None,
    }


def _credential(drawn: random.Random) -> dict[str, Any]:
    common, own = drawn.choice(_CREDENTIALS)
    issued = FIRST_DAY + timedelta(days=drawn.randrange(DAYS))
    found = {"type": common, "own_type": own, "standing": "awarded", "on": issued}
    if own in ("ITC/4", "WI-ITC"):
        found["registry"] = "us-il" if own == "ITC/4" else "us-wi"
    return {**found, "subtype": None, "expires": issued + timedelta(days=3 * 365)}


def _trainer(drawn: random.Random) -> dict[str, Any]:
    approved = FIRST_DAY + timedelta(days=drawn.randrange(DAYS))
    return {
        "standing": "approved",
        "on": approved,
        "expires": approved + timedelta(days=3 * 365),
        "trainer": f"TR-{drawn.randrange(60)}",
    }


def _approvals(drawn: random.Random, facts: RecordFacts) -> tuple[ApprovalFacts, ...]:
    """Of the course and the trainer that the record cites."""
    cited = (("course", facts.approval_code), ("trainer", facts.trainer))
    return tuple(
        ApprovalFacts(
            id=name,
            facts=RecordFacts(
                registry=facts.registry,
                kind=kind,
                record_id=name,
                standing="approved",
                on=FIRST_DAY,
            ),
        )
        for kind, name in cited
        if facts.kind == "training" and isinstance(name, str)
    )


def rules_of(policies: Sequence[Policy]) -> set[str]:
    """Ids of all rules."""
    return {rule.id for policy in policies for rule in policy.rules}
