"""A trace in plain words: which rules were tried, what each condition read, nobody's name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reciprocity_cases import JUNE_30, approval, policy_of, seed_lists, seed_policy, training

from hub.reciprocity.answer_json import answer_document
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.facts import Evidence, RecordFacts, Request
from hub.reciprocity.keys import names_of
from hub.reciprocity.model import Clause
from hub.reciprocity.policy import Policy
from hub.reciprocity.trace_words import LABELS, trace_lines
from hub.reciprocity.words import sentence


def lines(policy: Policy, facts: RecordFacts, evidence: Evidence | None = None) -> list[str]:
    answer = evaluate(policy, facts, evidence or Evidence(), JUNE_30, Request(), trace=True)
    assert answer is not None
    return trace_lines(answer)


def test_rules_stand_in_the_order_of_trying_with_what_each_condition_read() -> None:
    found = lines(seed_policy("us-nd"), training(held_in="ND", approval_code=None))

    assert found == [
        "rule nd-college-transcript version 1: it does not hold",
        "  yes        its verification: verified",
        "  no         its unit: clock",
        "  not known  its grade: the record does not say",
        "  not known  an accredited institution: the record does not say",
        "  not known  its share about children from birth to 8, in percent: "
        "the record does not say",
        "  no         documents that the receiving registry has: none",
        "rule nd-college-copy version 1: it does not hold",
        "  yes        its verification: verified",
        "  no         its unit: clock",
        "rule nd-no-event-id version 1: it holds, and decides",
        "  yes        its verification: verified",
        "  yes        its approval code: none",
        "  yes        the state where it was held: ND",
    ]


def test_trainers_and_third_parties_go_by_their_role() -> None:
    policy = policy_of(
        'trainer = true\norganization = "Lake College"\ntrainer_approved_by = "others"\n'
        'on_list = "nv-recognized"\ncourse_approved_by = "others"'
    )
    facts = training(trainer="T-77", organization="Lake College", approval_code="E-17")
    evidence = seed_lists().with_approvals((approval("T-77", training(kind="trainer")),))

    text = "\n".join(lines(policy, facts, evidence))

    assert "  yes        its trainer: one is named" in text
    assert "  yes        its training organization: one is named" in text
    for secret in ("T-77", "Lake College", "E-17"):
        assert secret not in text


def test_parts_of_any_and_not_stand_below_it() -> None:
    policy = policy_of(
        'any = [{ unit = "ceu" }, { hours_by_area = "06" }]\nnot = { accredited = true }'
    )
    facts = training(hours_by_area=(("01", Decimal(12)), ("06", Decimal(3))), accredited=None)

    assert lines(policy, facts)[2:] == [
        "  yes        one of these:",
        "    no         its unit: clock",
        "    yes        its hours by knowledge area: 01: 12, 06: 3",
        "  yes        not all of these:",
        "    no         an accredited institution: none",
    ]


def test_every_condition_has_a_label() -> None:
    assert names_of(Clause) - set(LABELS) == set()


def test_a_trace_as_json_has_values_of_every_form() -> None:
    policy = policy_of(
        'on = true\nany = [{ unit = "clock" }]\nmin_amount = { amount = "1", unit = "clock" }\n'
        'hours_by_area = "01"\nlevel = true'
    )
    facts = training(hours_by_area=(("01", Decimal("1.50")),))

    document = answer_document(policy, facts, Evidence(), Request(), JUNE_30)

    values: dict[str, Any] = {
        each["name"]: each["value"] for each in document["tried"][0]["conditions"]
    }
    assert values == {
        "verification": "verified",
        "on": "2026-02-10",
        "any": [{"name": "unit", "value": "clock", "result": True}],
        "min_amount": "15.00",
        "hours_by_area": [["01", "1.50"]],
        "level": None,
    }


def test_hours_under_no_area_are_told_in_a_sentence() -> None:
    policy = policy_of(effect='outcome = "FULL"\nareas = ["01"]')
    facts = training(hours_by_area=(("01", Decimal(12)),))
    answer = evaluate(policy, facts, Evidence(), JUNE_30, Request())

    assert sentence(answer, receiver="Nevada", kind="training") == (
        "Nevada counts 12 of 15 clock hours of this training; 3 not: 3 stand under no area."
    )
