"""Policy files: what is refused, with place and remedy, and facts as JSON."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from reciprocity_cases import (
    approval,
    credential,
    one_rule,
    policy_of,
    seed_lists,
    trainer,
    training,
)

from hub.reciprocity.facts import UNKNOWN, Evidence, Request
from hub.reciprocity.facts_json import FactsError, facts_from_json, input_from_json, input_to_json
from hub.reciprocity.lists import parse_lists
from hub.reciprocity.policy import parse_policy

FULL = 'outcome = "FULL"\n'
SECOND = """
[[rule]]
id = "{id}"
version = {version}
kind = "training"
from = {first}
illustrative = true
when = {{ {when} }}
effect = {{ outcome = "DENIED" }}
"""


def second(id: str, version: int, first: str, when: str = "") -> str:
    return SECOND.format(id=id, version=version, first=first, when=when)


def test_a_rule_that_an_earlier_one_may_skip_is_reached() -> None:
    policy = parse_policy(
        one_rule('event_type = "workshop"', more='unknown = "skip"')
        + second("b", 1, "2024-07-01", 'event_type = "workshop"')
    )

    assert [rule.id for rule in policy.rules] == ["only", "b"]


def test_versions_of_one_rule_may_follow_each_other() -> None:
    policy = parse_policy(one_rule(more="until = 2024-12-31") + second("only", 2, "2025-01-01"))

    assert [rule.version for rule in policy.rules] == [1, 2]
    assert policy.kinds() == frozenset({"training"})


def test_the_same_text_gives_an_equal_shape() -> None:
    one, other = policy_of('unit = "clock"'), policy_of('unit = "clock"')

    assert (one.registry, one.revision, one.kinds()) == (
        other.registry,
        other.revision,
        other.kinds(),
    )


def test_a_record_file_gives_equal_facts_again() -> None:
    facts = training(
        hours_by_area=(("01", Decimal("1.50")),), accredited=None, birth_to_8_percent=Decimal(80)
    )
    evidence = Evidence((approval("T-1", trainer()),), seed_lists().lists)
    request = Request(date(2026, 3, 1), frozenset({"certificate"}))

    text = json.dumps(input_to_json(facts, evidence, request))

    assert input_from_json(json.loads(text)) == (facts, evidence, request)


def test_an_absent_key_is_unknown_and_null_is_none() -> None:
    facts = facts_from_json(
        {"registry": "us-oh", "kind": "training", "record_id": "1", "grade": None}
    )

    assert facts.grade is None
    assert facts.accredited is UNKNOWN


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("amount", 1.5),
        ("amount", "NaN"),
        ("amount", "-1"),
        ("amount", "1.00001"),
        ("amount", "1e30"),
        ("amount", "0" * 30),
        ("standing", "Revoked"),
        ("event_type", "party"),
        ("hours_by_area", {"zz": "1"}),
        ("on", "2026-02-30"),
        ("unit", "hours"),
        ("kind", "person"),
        ("accredited", "yes"),
        ("revision", "1"),
        ("surname", "x"),
    ],
)
def test_a_wrong_record_file_is_refused_by_key(key: str, value: object) -> None:
    data = {"registry": "us-oh", "kind": "training", "record_id": "1", key: value}

    with pytest.raises(FactsError, match=key):
        facts_from_json(data)


@pytest.mark.parametrize(
    "text",
    [
        "entry = 1",
        "[[entries]]",
        '[[entry]]\nlist = "a"',
        '[[entry]]\nlist = "a"\nmember = "b"\nfrom = 2025-01-02\nuntil = 2025-01-01',
        '[[entry]]\nlist = "a"\nmember = "b"\n[[entry]]\nlist = "a"\nmember = "b"',
        "[[entry",
    ],
)
def test_a_wrong_lists_file_is_refused(text: str) -> None:
    with pytest.raises(FactsError):
        parse_lists(text)


def test_a_credentials_own_type_is_looked_up_with_its_registry() -> None:
    facts = credential(registry="us-wi", own_type="WI-ITC")

    assert {entry.state for entry in seed_lists().mentioned(facts)} >= {"WI", "IL"}
