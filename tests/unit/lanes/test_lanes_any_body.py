"""Whatever an event's body holds, if it can be read: no lane stops, and no touch is left over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub.bootstrap import seed_texts
from hub.domain.events import PERSON_KINDS, Change, Kind
from hub.domain.rejections import RULES
from hub.domain.rows import Person
from hub.projections.exchange import READ as EXCHANGE
from hub.projections.records import AMOUNT_BELOW
from hub.wire.schemas import load_schemas
from tests.unit.lanes.lane_events import (
    REGISTRIES,
    SmallHub,
    agreement,
    body_for,
    event,
    policy,
    profile,
    ssn_token,
    training,
)
from tests.unit.lanes.lane_exchange import appeal, decision, request
from tests.unit.wire.made_up_values import made_up

MATCHED = (Kind.TRAINING_COMPLETION, Kind.EDUCATION, Kind.CREDENTIAL, Kind.APPROVAL)
WISCONSIN, NEVADA, DAKOTA = Person("us-wi", "P1"), Person("us-nv", "N1"), Person("us-nd", "D1")
MADE_UP = PERSON_KINDS - {Kind.REVIEW_ANSWER} - set(EXCHANGE) | {Kind.APPROVAL, Kind.SUBMISSION}
"""Kinds whose bodies stand whatever they hold; others name in their record id what they are about,
too."""
MOST = AMOUNT_BELOW - Decimal("0.0001")


async def all_know_each_other(hub: SmallHub) -> None:
    """Three registries with the shipped policies, one person known to all of them."""
    seeds = dict(seed_texts("policies"))
    await hub.feed(
        *(policy(each, seeds[f"{each}.toml"]) for each in REGISTRIES),
        *(agreement(a, b) for a in REGISTRIES for b in REGISTRIES if a != b),
        *(profile(hub.keyring, p, [ssn_token(1)]) for p in (WISCONSIN, NEVADA, DAKOTA)),
    )


def check_nothing_waits(hub: SmallHub) -> None:
    with hub.store.transaction() as tx:
        assert tx.touches.pending() == 0
        assert tx.outbox.pending() == 0


@pytest.mark.parametrize("kind", sorted(MADE_UP))
async def test_made_up_bodies_stop_no_lane(hub: SmallHub, kind: Kind) -> None:
    await all_know_each_other(hub)
    schema = load_schemas().of(kind).body
    bodies = made_up(schema, 12, seed=int(kind), amounts_below=AMOUNT_BELOW // 3)
    events = []
    for number, body in enumerate(bodies):
        own = {"person_id": f"R{number}"} if kind is Kind.PROFILE else {}
        events.append(event(kind, f"R{number}", body, change=Change(number % 6), **own))
    await hub.feed(*events)

    check_nothing_waits(hub)
    assert hub.rejected() == []


@pytest.mark.parametrize("kind", sorted(EXCHANGE))
async def test_made_up_statements_are_refused_by_name_and_stop_no_lane(
    hub: SmallHub, kind: Kind
) -> None:
    await all_know_each_other(hub)
    bodies = made_up(load_schemas().of(kind).body, 12, seed=int(kind), amounts_below=AMOUNT_BELOW)
    person_id = WISCONSIN.person_id if kind in PERSON_KINDS else None
    await hub.feed(
        *(
            event(kind, f"R{n}", body, change=Change(n % 6), person_id=person_id)
            for n, body in enumerate(bodies)
        )
    )

    check_nothing_waits(hub)
    reasons = {row[2] for row in hub.rejected()}
    assert len(hub.rejected()) == len(bodies)
    assert reasons <= set(RULES)


@pytest.mark.parametrize(
    "said",
    [
        {"document_received": ["her certificate, see page 2"]},
        {"document_received": ["\x00"]},
        {"counts_as": "\x00|\n"},
        {"counts_as": "told by phone: she is good with small children, so level 3"},
        {"reason": "Jane Doe said so"},
        {"staff_id": "Jane Doe"},
    ],
)
async def test_a_decision_with_a_sentence_or_a_name_is_refused(
    hub: SmallHub, said: dict[str, Any]
) -> None:
    await hub.feed(training("R1", person_id="P1"))
    await hub.feed(decision("us-nv", ("us-wi", "training", "R1"), **said))

    check_nothing_waits(hub)
    assert [reason for _, _, reason in hub.rejected()] == ["DECISION_NOT_READABLE"]


async def test_statements_with_the_least_and_the_most_stop_no_lane(hub: SmallHub) -> None:
    await all_know_each_other(hub)
    record = ("us-wi", "training", "R1")
    most = {"accepted_hours": "999999.9999", "decided_on": date.max, "counts_as": "ECE/2+ level-6"}
    await hub.feed(
        training("R1", person_id="P1"),
        request(WISCONSIN, "us-fl", on=date.max),
        request(WISCONSIN, "us-nv", on=date.min),
        decision("us-nv", record, document_received=["a" * 40], **most),
        decision("us-nd", record, decided_on=date.min, record_revision=2**63 - 1),
        appeal(WISCONSIN, record, "us-nv"),
    )

    check_nothing_waits(hub)
    assert hub.rejected() == []


EXTREMES: tuple[tuple[Kind, dict[str, Any]], ...] = (
    (Kind.TRAINING_COMPLETION, {"clock_hours": MOST, "amount": MOST, "unit": "CEU"}),
    (Kind.TRAINING_COMPLETION, {"clock_hours": MOST, "amount": MOST, "unit": "SEMESTER"}),
    (Kind.TRAINING_COMPLETION, {"clock_hours": Decimal("0.0001"), "amount": Decimal(0)}),
    (Kind.TRAINING_COMPLETION, {"completed_on": date.max, "entered_on": date.min}),
    (Kind.TRAINING_COMPLETION, {"completed_on": date.min, "event_type": "CONFERENCE"}),
    (Kind.TRAINING_COMPLETION, {"completed_on": date(9999, 12, 1), "event_type": "CONFERENCE"}),
    (
        Kind.TRAINING_COMPLETION,
        {"title": "\x00", "organization": "\x00", "not_kept": ["x", "unit"]},
    ),
    (Kind.CREDENTIAL, {"issued_on": date.min, "expires_on": date.max, "standing": "AWARDED"}),
    (Kind.CREDENTIAL, {"issued_on": date.max, "expires_on": date.min, "revoked_on": date.max}),
    (Kind.CREDENTIAL, {"type": "ChildDevelopmentAssociate", "expires_on": date.max}),
    (Kind.CREDENTIAL, {"type": "no such type", "own_type": "x:y:z"}),
    (Kind.EDUCATION, {"awarded": "9999"}),
    (Kind.EDUCATION, {"awarded": "2020-13"}),
    (Kind.EDUCATION, {"awarded": "2020-02-30"}),
    (Kind.EDUCATION, {"awarded": "0000-00-00"}),
    (Kind.EDUCATION, {"awarded": "9" * 5_000}),
    (Kind.EDUCATION, {"awarded": ""}),
    (Kind.EDUCATION, {"credits_total": MOST, "credits_early_childhood": MOST}),
    (Kind.APPROVAL, {"subject": "TRAINER", "trainer_id": None, "status": "APPROVED"}),
    (Kind.APPROVAL, {"subject": "COURSE", "course_id": "", "approved_on": date.max}),
    (Kind.APPROVAL, {"subject": "ORGANIZATION", "expires_on": date.max, "session_on": date.min}),
    (Kind.APPROVAL, {"subject": "UNKNOWN"}),
    (Kind.PROFILE, {"replaced_by": "P1", "evidence_epochs": [-1, 2**31 - 1]}),
    (Kind.PROFILE, {"replaced_by": ""}),
)


@pytest.mark.parametrize(("kind", "fields"), EXTREMES)
async def test_extreme_values_stop_no_lane(
    hub: SmallHub, kind: Kind, fields: dict[str, Any]
) -> None:
    await all_know_each_other(hub)
    verified = {"verification": "VERIFIED"} if kind is Kind.TRAINING_COMPLETION else {}
    record_id = "P1" if kind is Kind.PROFILE else "R1"
    await hub.feed(event(kind, record_id, body_for(kind, **{**verified, **fields})))

    check_nothing_waits(hub)
    assert hub.rejected() == []


AREA = {"area": "a", "own_area": "a"}
HALF = Decimal(AMOUNT_BELOW) / 2


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Kind.TRAINING_COMPLETION, {"clock_hours": Decimal(AMOUNT_BELOW)}),
        (Kind.TRAINING_COMPLETION, {"amount": Decimal("99999999.9999")}),
        (Kind.TRAINING_COMPLETION, {"clock_hours": Decimal("-0.0001")}),
        (Kind.TRAINING_COMPLETION, {"areas": [{**AREA, "clock_hours": HALF}] * 2}),
        (Kind.TRAINING_COMPLETION, {"areas": [{**AREA, "clock_hours": Decimal(-1)}]}),
        (Kind.EDUCATION, {"credits_total": Decimal(AMOUNT_BELOW)}),
        (Kind.APPROVAL, {"clock_hours": Decimal(AMOUNT_BELOW)}),
    ],
)
async def test_absurd_amounts_are_rejected(
    hub: SmallHub, kind: Kind, fields: dict[str, Any]
) -> None:
    await hub.feed(event(kind, "R1", body_for(kind, **fields)))

    assert [reason for _, _, reason in hub.rejected()] == ["AMOUNT_OUT_OF_RANGE"]


async def test_small_fractions_are_converted_exactly(hub: SmallHub) -> None:
    text = """
registry = "us-nv"
revision = 1
[[rule]]
id = "odd"
version = 1
kind = "training"
from = 2024-07-01
citation = "https://example.org/"
[rule.when]
unit = "ceu"
[rule.effect]
outcome = "PARTIAL"
convert = { ceu = "3" }
"""
    fields = {
        "amount": Decimal("1.0001"),
        "unit": "CEU",
        "clock_hours": Decimal("10.0010"),
        "completed_on": date(2026, 3, 1),
        "verification": "VERIFIED",
    }
    await hub.feed(
        policy("us-nv", text),
        agreement("us-wi", "us-nv"),
        *(profile(hub.keyring, p, [ssn_token(1)]) for p in (WISCONSIN, NEVADA)),
        event(Kind.TRAINING_COMPLETION, "R1", body_for(Kind.TRAINING_COMPLETION, **fields)),
    )

    check_nothing_waits(hub)
    items = [item for item in await hub.inbox("us-nv") if item["item"] == "MATCH"]
    assert [item["intervals"][-1]["accepted_hours"] for item in items] == [Decimal("3.0003")]
