"""Evaluation: hours, unknowns, approvals and joined conditions, on policies made for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from reciprocity_cases import (
    JUNE_30,
    answered,
    approval,
    credential,
    one_rule,
    policy_of,
    trainer,
    training,
)

from hub.reciprocity.answer import TriedCondition
from hub.reciprocity.days import window_end
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.facts import UNKNOWN, Evidence, ListEntry, Request
from hub.reciprocity.policy import parse_policy
from hub.reciprocity.words import sentence

FULL = 'outcome = "FULL"\n'
SPLIT = (("01", Decimal(12)), ("06", Decimal(3)))


@pytest.mark.parametrize(
    ("amount", "unit", "total"),
    [
        ("0.25", "ceu", "2.50"),
        ("0.05", "ceu", "0.50"),
        ("0.0333", "ceu", "0.333"),
        ("3", "semester", "45.00"),
        ("0.3333", "semester", "4.9995"),
        ("1.75", "clock", "1.75"),
    ],
)
def test_amounts_become_clock_hours_exactly(amount: str, unit: str, total: str) -> None:
    answer = answered(policy_of(), training(amount=Decimal(amount), unit=unit))

    assert str(answer.total_hours) == total
    assert answer.accepted_hours == answer.total_hours


@pytest.mark.parametrize(
    ("effect", "facts", "outcome", "hours"),
    [
        ('cap_hours = "20"', {}, "FULL", "15.00"),
        ('cap_hours = "15"', {}, "FULL", "15.00"),
        ('cap_hours = "14.75"', {}, "PARTIAL", "14.75"),
        ('cap_hours = "0"', {}, "DENIED", "0.00"),
        ('round_down_to = "0.5"', {"amount": Decimal("1.75")}, "PARTIAL", "1.50"),
        ('round_down_to = "2"', {"amount": Decimal("1.75")}, "DENIED", "0.00"),
        ('areas = ["01"]', {"hours_by_area": SPLIT}, "PARTIAL", "12.00"),
        ('areas = ["01", "06"]', {"hours_by_area": SPLIT}, "FULL", "15.00"),
        ('areas = ["02"]', {"hours_by_area": SPLIT}, "DENIED", "0.00"),
        ('areas = ["01"]', {"hours_by_area": UNKNOWN}, "NEEDS_REVIEW", "0.00"),
        ('convert = { semester = "12" }', {"unit": "semester"}, "PARTIAL", "180.00"),
        ('convert = { ceu = "8" }', {}, "FULL", "15.00"),
    ],
)
def test_what_takes_hours_turns_full_into_part(
    effect: str, facts: dict[str, Any], outcome: str, hours: str
) -> None:
    answer = answered(policy_of(effect=FULL + effect), training(**facts))

    assert (answer.outcome, str(answer.accepted_hours)) == (outcome, hours)


def test_hours_of_an_area_that_does_not_count_are_told_in_a_sentence() -> None:
    answer = answered(policy_of(effect=FULL + 'areas = ["01"]'), training(hours_by_area=SPLIT))

    assert answer.reason == "hours_taken"
    assert dict(answer.reason_values)["areas_not_counted"] == "06"
    assert sentence(answer, receiver="Nevada", kind="training") == (
        "Nevada counts 12 of 15 clock hours of this training; "
        "3 not: area 06 does not count in Nevada."
    )


@pytest.mark.parametrize("outcome", ["NEEDS_REVIEW", "DENIED"])
def test_what_is_not_accepted_counts_no_hours(outcome: str) -> None:
    answer = answered(policy_of(effect=f'outcome = "{outcome}"'), training())

    assert (str(answer.accepted_hours), str(answer.total_hours)) == ("0.00", "15.00")


@pytest.mark.parametrize("changes", [{"amount": None}, {"amount": UNKNOWN}, {"unit": UNKNOWN}])
def test_a_record_without_hours_has_neither_number(changes: dict[str, Any]) -> None:
    answer = answered(policy_of(), training(**changes))

    assert (answer.outcome, answer.accepted_hours, answer.total_hours) == ("FULL", None, None)


@pytest.mark.parametrize(
    ("when", "changes", "outcome"),
    [
        ('level = "us-oh:2"', {"level": UNKNOWN}, "NEEDS_REVIEW"),
        ('level = "us-oh:2"', {"level": None}, "NEEDS_REVIEW"),
        ("level = false", {"level": None}, "FULL"),
        ("level = true", {"level": "1"}, "FULL"),
        ('level = "us-oh:2"\nevent_type = "conference"', {"level": UNKNOWN}, "NEEDS_REVIEW"),
        ('any = [{ level = "us-oh:2" }, { event_type = "workshop" }]', {"level": UNKNOWN}, "FULL"),
        ('not = { event_type = "conference" }', {}, "FULL"),
        ('not = { event_type = "workshop" }', {}, "NEEDS_REVIEW"),
        ('level = ["us-wi:1", "us-oh:1"]', {"level": "1"}, "FULL"),
        ('level = "us-wi:1"', {"level": "1"}, "NEEDS_REVIEW"),
        ("amount = true", {}, "FULL"),
        ("amount = false", {"amount": None}, "FULL"),
        ("amount = true", {"amount": UNKNOWN}, "NEEDS_REVIEW"),
        ('unit = "clock"\nmin_amount = "15"', {}, "FULL"),
        ('unit = "clock"\nmin_amount = "15.01"', {}, "NEEDS_REVIEW"),
        ('min_amount = { amount = "1", unit = "ceu" }', {}, "NEEDS_REVIEW"),
        ("on = { from = 2026-02-10, until = 2026-02-10 }", {}, "FULL"),
        ("on = { until = 2026-02-09 }", {}, "NEEDS_REVIEW"),
        ('verification = ["verified", "attendance"]', {"verification": "attendance"}, "FULL"),
    ],
)
def test_conditions_join_with_unknowns(when: str, changes: dict[str, Any], outcome: str) -> None:
    assert answered(policy_of(when), training(**changes)).outcome == outcome


def test_a_false_condition_decides_before_an_unknown_one() -> None:
    policy = policy_of('level = "us-oh:2"\nevent_type = "conference"')
    answer = answered(policy, training(level=UNKNOWN))

    assert (answer.rule_id, answer.unknown) == ("default", ())


def test_a_rule_that_skips_unknowns_leaves_the_decision_to_the_next() -> None:
    policy = policy_of('level = "us-oh:2"', more='unknown = "skip"')

    assert answered(policy, training(level=UNKNOWN)).rule_id == "default"


@pytest.mark.parametrize(
    ("own_day", "tested", "outcome"),
    [
        (date(2025, 12, 31), "own_day", "FULL"),
        (date(2026, 1, 1), "own_day", "NEEDS_REVIEW"),
        (date(2025, 12, 31), "asked", "NEEDS_REVIEW"),
    ],
)
def test_a_trainers_approval_is_tested_on_the_records_own_day_unless_asked(
    own_day: date, tested: str, outcome: str
) -> None:
    condition = f'trainer_approved_by = {{ registries = "others", tested = "{tested}" }}'
    evidence = Evidence((approval("T-9", trainer()),))
    facts = training(trainer="T-9", on=own_day)

    answer = answered(policy_of(condition), facts, evidence=evidence)

    assert answer.outcome == outcome


def test_an_approval_of_another_registry_or_kind_is_none_of_the_record() -> None:
    policy = policy_of('trainer_approved_by = "others"')
    facts = training(trainer="T-9", on=date(2025, 6, 1))

    for other in (trainer(registry="us-wi"), trainer(kind="course")):
        evidence = Evidence((approval("T-9", other),))
        assert answered(policy, facts, evidence=evidence).outcome == "NEEDS_REVIEW"
    assert answered(policy, training(), evidence=Evidence()).unknown == ("trainer",)


def test_only_states_that_say_it_meets_the_cda_count() -> None:
    policy = policy_of("recognized_in_at_least = 2", kind="credential")
    entries = [
        ListEntry(list="recognized-credentials", member="us-il:X", state=state, meets_cda=meets)
        for state, meets in (("IL", True), ("IL", True), ("WI", None), ("OH", False))
    ]
    facts = credential(own_type="X")

    assert answered(policy, facts, evidence=Evidence((), tuple(entries))).rule_id == "default"
    entries.append(
        ListEntry(list="recognized-credentials", member="us-il:X", state="IN", meets_cda=True)
    )
    assert answered(policy, facts, evidence=Evidence((), tuple(entries))).outcome == "FULL"


def test_a_group_names_its_registries() -> None:
    groups = 'groups = { near = ["us-mn", "us-oh"] }\n'
    policy = parse_policy(groups + one_rule('registry = "near"'))

    assert answered(policy, training(registry="us-oh")).outcome == "FULL"
    assert answered(policy, training(registry="us-wi")).outcome == "NEEDS_REVIEW"


def test_a_window_ends_on_the_last_day_of_a_shorter_month() -> None:
    assert window_end(date(2025, 11, 30), 3) == date(2026, 2, 28)
    assert window_end(date(2023, 11, 30), 3) == date(2024, 2, 29)
    assert window_end(date(2025, 12, 15), 12) == date(2026, 12, 15)
    assert window_end(date(9999, 12, 1), 2) == date.max


def test_a_trace_tells_each_condition_and_what_it_read() -> None:
    policy = policy_of('event_type = "conference"')
    answer = evaluate(policy, training(), Evidence(), JUNE_30, Request(), trace=True)

    assert answer is not None
    (tried,) = answer.tried
    assert (tried.rule_id, tried.result) == ("only", False)
    assert tried.conditions == (
        TriedCondition("verification", "verified", True),
        TriedCondition("event_type", "workshop", False),
    )
