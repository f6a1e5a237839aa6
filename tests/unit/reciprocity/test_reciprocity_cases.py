"""The tables of cases: each rule, condition and effect at its boundary, as worked out by hand."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from reciprocity_cases import JUNE_30, one_rule, seed_lists, seed_policy

from hub.reciprocity.answer_json import answer_document
from hub.reciprocity.facts import Evidence, RecordFacts, Request
from hub.reciprocity.facts_json import input_from_json
from hub.reciprocity.keys import names_of
from hub.reciprocity.model import EffectTable, When
from hub.reciprocity.policy import Policy, parse_policy

CASES = Path(__file__).parent / "cases"
EXPECTED_KEYS = {
    "outcome", "rule", "version", "reason", "accepted", "total", "counts_as", "not_for",
    "documents", "with", "unknown", "from", "until",
}  # fmt: skip
SECTIONS = ("Conditions", "Groups", "Days", "Unknown", "Hours", "Documents", "Evidence")
LANGUAGE_PAGE = Path(__file__).parents[3] / "docs" / "policy-language.md"


@cache
def table(name: str) -> dict[str, Any]:
    return tomllib.loads((CASES / name).read_text(encoding="utf-8"))


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in table(name)["case"]]


def given(case: dict[str, Any], base: dict[str, Any]) -> tuple[RecordFacts, Evidence, Request]:
    """The case's record and evidence, read as a record file is."""
    record = {**base, **case.get("record", {}), **dict.fromkeys(case.get("none", []))}
    for key in case.get("unknown", []):
        record.pop(key, None)
    data = {
        "record": record,
        "requested_on": case.get("requested_on"),
        "documents": case.get("documents", []),
        "approvals": case.get("approvals", []),
        "lists": case.get("lists", []),
    }
    return input_from_json(data)


def assert_as_expected(case: dict[str, Any], answer: dict[str, Any]) -> None:
    """Everything that the case expects, in the answer as it is printed."""
    expect = case["expect"]
    lifted, rule, valid = (
        answer["with_documents"] or {},
        answer["rule"] or {},
        answer["valid"] or {},
    )
    found = {
        "outcome": answer["outcome"],
        "rule": rule.get("id"),
        "version": rule.get("version"),
        "reason": answer["reason"],
        "accepted": answer["accepted_hours"] or "",
        "total": answer["total_hours"] or "",
        "counts_as": answer["counts_as"] or "",
        "not_for": answer["not_for"],
        "documents": answer["documents"],
        "with": [lifted.get(key) or "" for key in ("outcome", "accepted_hours", "counts_as")],
        "unknown": answer["unknown"],
        "from": valid.get("from"),
        "until": valid.get("until"),
    }
    wanted = {
        key: value.isoformat() if type(value) is date else value for key, value in expect.items()
    }

    assert set(expect) <= EXPECTED_KEYS
    assert {key: found[key] for key in wanted} == wanted
    assert answer["words"].endswith(".")


@pytest.mark.parametrize("case", cases("seeds.toml"))
def test_a_shipped_policy_answers_as_its_source_says(case: dict[str, Any]) -> None:
    facts, evidence, request = given(case, table("seeds.toml")["base"][case["base"]])
    if "lists" not in case:
        evidence = seed_lists().with_approvals(evidence.approvals)

    answer = answer_document(seed_policy(case["receiver"]), facts, evidence, request, case["day"])

    assert_as_expected(case, answer)


@pytest.mark.parametrize("case", cases("language.toml"))
def test_a_condition_or_effect_means_what_the_page_says(case: dict[str, Any]) -> None:
    facts, evidence, request = given(
        case, table("language.toml")["base"][case.get("base", "training")]
    )
    day = case.get("day", JUNE_30)

    assert_as_expected(case, answer_document(language_policy(case), facts, evidence, request, day))


def language_policy(case: dict[str, Any]) -> Policy:
    text = one_rule(
        case.get("when", ""),
        case.get("effect", 'outcome = "FULL"'),
        kind=case.get("base", "training"),
        more=case.get("more", ""),
    )
    return parse_policy(f"{case.get('head', '')}\n{text}\n{case.get('tail', '')}")


@pytest.mark.parametrize("name", ["seeds.toml", "language.toml"])
def test_every_case_names_its_source_and_is_named_once(name: str) -> None:
    found = table(name)["case"]

    for case in found:
        source = case["source"]
        assert source.startswith(("http://", "https://")) or source in (*SECTIONS, "illustrative")
    assert len({case["name"] for case in found}) == len(found)


def test_the_page_has_every_section_that_cases_name() -> None:
    page = LANGUAGE_PAGE.read_text(encoding="utf-8")

    assert [section for section in SECTIONS if f"\n## {section}\n" not in page] == []


def test_every_rule_that_is_shipped_answers_a_case() -> None:
    answered = {
        (case["receiver"], case["expect"].get("rule")) for case in table("seeds.toml")["case"]
    }
    rules = {
        (code, rule.id)
        for code in ("us-fl", "us-il", "us-nd", "us-nv", "us-oh", "us-wi")
        for rule in seed_policy(code).rules
    }

    assert rules - answered == set()


def test_every_condition_and_effect_has_a_case() -> None:
    texts = " ".join(
        f" {case.get('when', '')} {case.get('effect', '')} "
        for case in table("language.toml")["case"]
    )
    words = set(texts.replace("=", " ").replace("{", " ").replace("[", " ").split())

    assert (names_of(When) | names_of(EffectTable)) - words - {"with"} == set()
    assert "[rule.effect.with]" in texts
