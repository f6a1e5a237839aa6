"""Decisions come back to who holds the record, beside what the rules had said, and as far as it is
shared; taken back they leave nothing."""

from __future__ import annotations

import pytest

from hub.domain.events import Change
from tests.unit.lanes.exchange_hub import (
    LATER,
    RECORD,
    RULES,
    WISCONSIN,
    alone,
    known,
    profiles,
    standing,
    told,
)
from tests.unit.lanes.lane_events import SmallHub, agreement, policy, training
from tests.unit.lanes.lane_exchange import decision


async def test_a_document_that_the_receiver_has_lifts_the_answer(hub: SmallHub) -> None:
    await known(hub)
    received = decision("us-nv", RECORD, "PENDING", document_received=["certificate"])
    await hub.feed(received)

    (item,) = await told(hub, "us-nv", "MATCH")
    assert item["intervals"][-1]["outcome"] == "FULL"
    assert item["decision"]["document_received"] == ["certificate"]
    (back,) = await told(hub, "us-wi", "DECISION")
    assert (back["decision"]["decision"], back["decision"]["verdict"]) == ("PENDING", "OTHER")
    assert (back["sender"], back["person_ids"], back["record_id"]) == ("us-nv", ["P1"], "R1")


@pytest.mark.parametrize(
    ("hours", "word", "counted", "verdict"),
    [
        ("15", "ACCEPTED", None, "AFTER"),
        ("15", "REFUSED", None, "AFTER"),
        ("5", "PARTLY", "5", "AGREES"),
        ("5", "PARTLY", "5.0000", "AGREES"),
        ("5", "PARTLY", "4.9999", "CONTRADICTS"),
        ("5", "PARTLY", None, "CONTRADICTS"),
        ("5", "ACCEPTED", "5", "CONTRADICTS"),
        ("5", "REFUSED", None, "CONTRADICTS"),
        ("5", "PENDING", None, "OTHER"),
    ],
)
async def test_a_decision_is_compared_with_what_the_rules_said_on_its_day(
    hub: SmallHub, hours: str, word: str, counted: str | None, verdict: str
) -> None:
    await known(hub, training(trainer_id=None, hours=hours, revision=LATER))
    await hub.feed(decision("us-nv", RECORD, word, accepted_hours=counted, record_revision=LATER))

    (back,) = await told(hub, "us-wi", "DECISION")
    assert back["decision"]["verdict"] == verdict
    sums = hub.rows("SELECT dim, sum(value) AS n FROM counter WHERE name = 'decision_verdicts'")
    assert sums == [{"dim": f"us-nv|training|{verdict}", "n": 1}]


async def test_a_decision_on_another_revision_proves_nothing(hub: SmallHub) -> None:
    await known(hub, training(trainer_id=None, hours="5", revision=LATER))
    await hub.feed(decision("us-nv", RECORD, "REFUSED", record_revision=LATER - 1))

    (back,) = await told(hub, "us-wi", "DECISION")
    assert back["decision"]["verdict"] == "OTHER"


async def test_a_decision_that_is_taken_back_leaves_nothing(hub: SmallHub) -> None:
    await known(hub)
    (before,) = await told(hub, "us-nv", "MATCH")
    await hub.feed(decision("us-nv", RECORD, document_received=["certificate"]))
    await hub.feed(decision("us-nv", RECORD, change=Change.WITHDRAWN, revision=LATER))

    assert await told(hub, "us-nv", "MATCH") == [before]
    (back,) = await told(hub, "us-wi", "DECISION")
    assert (back["withdrawn"], back["decision"], back["person_ids"]) == (True, None, [])
    sums = hub.rows("SELECT sum(value) AS n FROM counter WHERE name LIKE 'decision%'")
    assert sums == [{"n": 0}]


async def test_a_decision_goes_back_under_the_same_agreement(hub: SmallHub) -> None:
    await known(hub, decision("us-nv", RECORD))
    assert len(await standing(hub, "us-wi", "DECISION")) == 1

    await hub.feed(agreement("us-wi", "us-nv", in_force=False))

    (back,) = await told(hub, "us-wi", "DECISION")
    assert (back["withdrawn"], back["sender"], back["record_id"]) == (True, None, None)


async def test_a_decision_of_a_registry_without_policy_comes_back_too(hub: SmallHub) -> None:
    await alone(hub, agreement("us-wi", "us-nd"), decision("us-nd", RECORD))

    (back,) = await standing(hub, "us-wi", "DECISION")
    assert (back["judge"], back["decision"]["verdict"]) == ("us-nd", "OTHER")
    sums = hub.rows("SELECT registry, dim FROM counter WHERE name = 'decisions'")
    assert sums == [{"registry": "us-wi", "dim": "us-nd|training|ACCEPTED"}]


@pytest.mark.parametrize("first", ["record", "decision"])
async def test_a_decision_and_its_record_may_come_in_any_order(hub: SmallHub, first: str) -> None:
    later = [
        training(trainer_id=None, revision=LATER),
        decision("us-nv", RECORD, record_revision=LATER),
    ]
    await hub.feed(policy("us-nv", RULES), agreement("us-wi", "us-nv"), *profiles(hub, WISCONSIN))
    for message in later if first == "record" else reversed(later):
        await hub.feed(message)

    (back,) = await standing(hub, "us-wi", "DECISION")
    assert back["decision"]["verdict"] == "AFTER"


@pytest.mark.parametrize(("word", "counted"), [("ACCEPTED", 1), ("PENDING", 0)])
async def test_how_long_a_decision_took_is_counted_once_it_is_one(
    hub: SmallHub, word: str, counted: int
) -> None:
    await known(hub, training(trainer_id=None, revision=LATER))
    hub.now_ms += 3 * 24 * 60 * 60 * 1000 + 1
    await hub.feed(decision("us-nv", RECORD, word, record_revision=LATER))

    rows = hub.rows("SELECT decided_days FROM match")
    sums = hub.rows("SELECT name, value FROM counter WHERE name LIKE 'decision_days%' ORDER BY 1")
    assert [row["decided_days"] for row in rows] == [3 if counted else None]
    assert [row["value"] for row in sums] == [3, 1][: 2 * counted]
