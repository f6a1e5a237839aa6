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

from hub.errors import ConfigurationError
from hub.reciprocity.facts import UNKNOWN, Evidence, Request
from hub.reciprocity.facts_json import FactsError, facts_from_json, input_from_json, input_to_json
from hub.reciprocity.lists import parse_lists
from hub.reciprocity.policy import PolicyError, parse_policy

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


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        (one_rule('event_type = "confrence"'), "when.event_type", "write conference"),
        (one_rule('type = "CDA"', kind="credential"), "when.type", "use one of"),
        (one_rule("within_month = 3"), "when.within_month", "write within_months"),
        (one_rule(effect=FULL + "cap_hours = 5"), "effect.cap_hours", "in quotes"),
        (one_rule(effect=FULL + 'cap_hours = "NaN"'), "effect.cap_hours", "not a number"),
        (one_rule("birth_to_8_percent = { min = nan }"), "when.birth_to_8_percent", "in quotes"),
        (one_rule(effect=FULL + 'round_down_to = "0"'), "round_down_to", "no step"),
        (one_rule('min_amount = "1"'), "when.min_amount", "has no unit"),
        (
            one_rule('unit = "clock"\nmin_amount = { amount = "1", unit = "ceu" }'),
            "when.min_amount",
            "name the same unit",
        ),
        (
            one_rule('unit = "clock"', FULL + 'convert = { ceu = "8" }'),
            "effect.convert.ceu",
            "not the rule's unit",
        ),
        (one_rule(effect=FULL + 'convert = { ceu = "11" }'), "effect.convert.ceu", "up to 10"),
        (one_rule(effect=FULL + 'cap_hours = "5"', kind="credential"), "cap_hours", "has none"),
        (one_rule('registry = "Ohio"'), "when.registry", "no registry and no group"),
        (one_rule('own_type = "WI-ITC"'), "when.own_type", "us-wi:CODE"),
        (one_rule(effect='outcome = "NEEDS_DOCUMENT"'), "effect.documents", "name the documents"),
        (one_rule(effect=FULL + 'documents = ["x"]'), "effect.with", "write both or none"),
        (one_rule("any = [{ any = [{ unit = 'clock' }] }]"), "when.any[0].any", "no key here"),
        (
            one_rule("any = [{ on_list = { list = ['x'], a = { b = 1 } } }]"),
            "rule only version 1",
            "nested deeper than 3",
        ),
        (one_rule(more="from_on = 3"), "from_on", "no key here"),
        (one_rule().replace("2024-07-01", "2024-07-01T00:00:00"), "from", "is not a day"),
        (one_rule().replace("2024-07-01", "2024-07-01\nuntil = 2024-06-30"), "until", "before"),
        (one_rule().replace("illustrative = true", ""), "citation", "is needed"),
        (one_rule() + second("only", 2, "2025-01-01"), "rule only version 2", "shares days"),
        (one_rule() + second("only", 1, "2025-01-01"), "rule only version 1", "stands twice"),
        (one_rule() + second("b", 1, "2025-01-01"), "rule b version 1", "never reached"),
        (
            one_rule('event_type = ["conference", "workshop"]')
            + second("b", 1, "2025-01-01", 'event_type = "workshop", level = "1"'),
            "rule b version 1",
            "never reached",
        ),
        ('groups = { a = ["b"], b = ["us-oh"] }\n' + one_rule(), "groups.a", "registries only"),
        (one_rule().replace('"us-nd"', '"ND"'), "registry", "no registry's code"),
        ("registry = ", "file", "not TOML"),
        ("# " + "x" * 1_000_001, "file", "larger than 1000000 bytes"),
        (one_rule("documents = []"), "when.documents", "is not a text"),
    ],
)
def test_a_refused_policy_names_place_and_remedy(text: str, place: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, source="us-nd.toml")

    problem = next(each for each in caught.value.problems if place in each.place)
    assert remedy in problem.what
    assert "us-nd.toml" in str(caught.value)
    assert problem.place in str(caught.value)
    assert isinstance(caught.value, ConfigurationError)
    assert caught.value.fix


def test_more_than_five_hundred_rules_are_refused() -> None:
    text = one_rule() + "".join(second(f"r{n}", 1, "2024-07-01") for n in range(500))

    with pytest.raises(PolicyError, match="rule"):
        parse_policy(text)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(one_rule('event_type = "x"\nunit = "y"', FULL + "cap_hours = 1"))

    assert len(caught.value.problems) == 3


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
