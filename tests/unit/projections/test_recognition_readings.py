"""What is left to people, how far decisions agree, which rules they contradict, what lapses."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.projections.recognition import (
    Contradiction,
    Ruled,
    Tally,
    answer_of,
    contradictions_of,
    ends_by_expiry,
    holding,
    is_accepted_until,
    left_to_people,
    tallies_of,
    waits_since,
)

JUNE = date(2026, 6, 30)
DAY = timedelta(days=1)


def interval(outcome: str, first: date, last: date | None, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "from_on": first,
        "until_on": last,
        "outcome": outcome,
        "reason": "documents_needed",
        "reason_values": [{"name": "documents", "text": "certificate"}],
        "rule_id": "rule",
        "rule_version": 2,
        "accepted_hours": None,
        "total_hours": None,
        "counts_as": None,
        "not_for": [],
        "documents": ["certificate"],
        "with_documents": {"outcome": "FULL", "accepted_hours": None, "counts_as": "L1"},
        "unknown": [],
    }
    return {**values, **changes}


def match(*intervals: dict[str, Any], decision: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"record_revision": 7, "decision": decision, "intervals": list(intervals)}


def decided(word: str, revision: int = 7) -> dict[str, Any]:
    return {"decision": word, "record_revision": revision, "document_received": ["certificate"]}


OPEN = interval("NEEDS_DOCUMENT", date(2026, 1, 1), None)


@pytest.mark.parametrize(
    ("decision", "waits"),
    [
        (None, True),
        (decided("PENDING"), True),
        (decided("ACCEPTED"), False),
        (decided("REFUSED"), False),
        (decided("ACCEPTED", revision=6), True),
    ],
)
def test_a_record_waits_until_it_is_decided_as_it_stands(
    decision: dict[str, Any] | None, waits: bool
) -> None:
    found = left_to_people(match(OPEN, decision=decision), JUNE)

    assert (found is OPEN) is waits


@pytest.mark.parametrize("outcome", ["FULL", "PARTIAL", "DENIED"])
def test_what_the_rules_decide_waits_for_nobody(outcome: str) -> None:
    assert left_to_people(match(interval(outcome, date(2026, 1, 1), None)), JUNE) is None


def test_the_answer_of_the_day_counts_first_and_last_day_included() -> None:
    review = interval("NEEDS_REVIEW", JUNE, JUNE)
    found = match(interval("DENIED", date(2026, 1, 1), JUNE - DAY), review)

    assert left_to_people(found, JUNE) is review
    assert left_to_people(found, JUNE - DAY) is None
    assert left_to_people(found, JUNE + DAY) is None


def test_a_record_waits_from_the_later_of_its_receipt_and_the_answers_first_day() -> None:
    assert waits_since(OPEN, date(2026, 3, 1)) == date(2026, 3, 1)
    assert waits_since(OPEN, date(2025, 3, 1)) == date(2026, 1, 1)


def test_an_interval_gives_back_the_answer_that_it_was_made_from() -> None:
    answer = answer_of(OPEN)

    assert (answer.outcome, answer.rule_id, answer.rule_version) == ("NEEDS_DOCUMENT", "rule", 2)
    assert answer.documents == ("certificate",)
    assert answer.reason_values == (("documents", "certificate"),)
    assert answer.with_documents is not None
    assert answer.with_documents.counts_as == "L1"


ACCEPTED = interval("FULL", date(2026, 1, 1), JUNE)
OVER = interval("DENIED", JUNE + DAY, None)


@pytest.mark.parametrize(
    ("intervals", "lapses"),
    [
        ((ACCEPTED, OVER), True),
        ((ACCEPTED,), True),
        ((interval("PARTIAL", date(2026, 1, 1), JUNE), OVER), True),
        ((interval("FULL", date(2026, 1, 1), None),), False),
        ((ACCEPTED, interval("PARTIAL", JUNE + DAY, None)), False),
        ((interval("FULL", date(2026, 1, 1), JUNE - DAY), OVER), False),
        ((interval("NEEDS_DOCUMENT", date(2026, 1, 1), JUNE), OVER), False),
    ],
)
def test_acceptance_lapses_where_it_ends_on_the_records_own_last_day(
    intervals: tuple[dict[str, Any], ...], lapses: bool
) -> None:
    assert ends_by_expiry(intervals, JUNE) is lapses


def test_acceptance_until_a_day_has_no_gap() -> None:
    first = interval("FULL", date(2026, 1, 1), date(2026, 5, 31))
    second = interval("PARTIAL", date(2026, 6, 1), JUNE)
    gap = interval("PARTIAL", date(2026, 6, 2), JUNE)

    assert is_accepted_until([first, second], date(2026, 4, 1), JUNE)
    assert not is_accepted_until([first, gap], date(2026, 4, 1), JUNE)
    assert not is_accepted_until([first, second], date(2025, 12, 31), JUNE)
    assert not is_accepted_until([first, second, OVER], date(2026, 4, 1), JUNE + DAY)
    assert is_accepted_until([interval("FULL", JUNE, None)], JUNE, date(2030, 1, 1))


def test_no_answer_holds_before_the_first_and_after_the_last_interval() -> None:
    assert holding([ACCEPTED], date(2025, 12, 31)) is None
    assert holding([ACCEPTED], JUNE + DAY) is None
    assert holding([], JUNE) is None


def test_sums_become_tallies_by_pair_and_kind() -> None:
    sums = {
        ("decisions", "us-oh", "us-nv|training|ACCEPTED"): 9,
        ("decisions", "us-oh", "us-nv|training|REFUSED"): 3,
        ("decision_verdicts", "us-oh", "us-nv|training|AGREES"): 8,
        ("decision_verdicts", "us-oh", "us-nv|training|CONTRADICTS"): 2,
        ("decision_verdicts", "us-oh", "us-nv|training|AFTER"): 2,
        ("decision_days", "us-oh", "us-nv|training"): 100,
        ("decision_days_of", "us-oh", "us-nv|training"): 10,
        ("decision_reasons", "us-oh", "us-nv|training|odd|reason"): 12,
        ("decisions", "us-fl", "us-nv|credential|PENDING"): 1,
        ("answers", "us-oh", "us-nv|training|FULL"): 900,
    }

    first, second = tallies_of(sums)

    assert (first.sender, first.receiver, first.kind) == ("us-fl", "us-nv", "credential")
    assert (second.total, second.agreement) == (12, (8, 10))
    assert (second.days, second.days_of) == (100, 10)
    assert second.reasons == {"odd|reason": 12}


@pytest.mark.parametrize(
    ("tally", "small"),
    [
        (Tally("a", "b", "training", {"ACCEPTED": 10, "REFUSED": 0}, {"AFTER": 10}), False),
        (Tally("a", "b", "training", {"ACCEPTED": 10, "REFUSED": 9}), True),
        (Tally("a", "b", "training", {"ACCEPTED": 30}, {"AGREES": 29, "OTHER": 1}), True),
        (Tally("a", "b", "training", {"ACCEPTED": 30}, {}, {"odd": 1}), True),
        (Tally("a", "b", "training", {"ACCEPTED": 30}, days_of=4), True),
        (Tally("a", "b", "training"), False),
    ],
)
def test_a_tally_is_small_where_any_count_in_it_is_from_one_to_nine(
    tally: Tally, small: bool
) -> None:
    assert tally.is_small is small


def test_nothing_to_compare_has_no_agreement_and_does_not_divide() -> None:
    assert Tally("a", "b", "training", {"ACCEPTED": 3}, {"AFTER": 3}).agreement == (0, 0)


def ruled(verdict: str, at: int, **changes: Any) -> Ruled:
    values: dict[str, Any] = {
        "receiver": "us-nv",
        "sender": "us-oh",
        "kind": "training",
        "record_id": f"R{at:03}",
        "decided_ms": at,
        "verdict": verdict,
        "rule_id": "rule",
        "rule_version": 1,
    }
    return Ruled(**{**values, **changes})


def found(decisions: list[Ruled]) -> list[Contradiction]:
    return list(contradictions_of(decisions, at_least=5, of_last=20))


def test_five_contradictions_in_the_last_twenty_are_told_and_four_are_not() -> None:
    agreeing = [ruled("AGREES", at) for at in range(15)]
    against = [ruled("CONTRADICTS", at) for at in range(15, 20)]

    assert found(agreeing + against[:4]) == []
    assert found(agreeing + against) == [
        Contradiction("us-nv", "us-oh", "rule", 1, ("training",), 5, 20)
    ]


def test_a_contradiction_that_is_the_twenty_first_from_the_end_counts_no_more() -> None:
    against = [ruled("CONTRADICTS", at) for at in range(5)]
    agreeing = [ruled("AGREES", at) for at in range(5, 20)]

    assert [each.contradicting for each in found(against + agreeing)] == [5]
    assert found([*against, *agreeing, ruled("AGREES", 20)]) == []


def test_decisions_that_cannot_be_compared_take_no_place_among_the_last() -> None:
    against = [ruled("CONTRADICTS", at) for at in range(5)]
    after = [ruled("AFTER", at) for at in range(5, 40)] + [ruled("OTHER", 41)]

    assert [each.decisions for each in found(against + after)] == [5]


def test_versions_of_a_rule_and_senders_are_counted_apart() -> None:
    against = [ruled("CONTRADICTS", at, rule_version=1 + at % 2) for at in range(8)]
    elsewhere = [ruled("CONTRADICTS", at, sender="us-fl") for at in range(4)]

    assert found(against + elsewhere) == []


@given(st.lists(st.sampled_from(["AGREES", "CONTRADICTS", "AFTER"]), max_size=40), st.integers())
def test_the_order_in_which_decisions_are_read_changes_nothing(
    verdicts: list[str], seed: int
) -> None:
    """Several have one moment; of these the record id decides which are the last."""
    decisions = [ruled(v, at // 3, record_id=f"R{at:03}") for at, v in enumerate(verdicts)]
    shuffled = list(decisions)
    Random(seed).shuffle(shuffled)

    assert found(shuffled) == found(decisions)
