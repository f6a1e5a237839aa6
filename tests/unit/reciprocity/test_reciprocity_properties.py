"""What holds of every policy, record and day: order, days, hours, explanations, the file's form."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_policies import (
    DAYS,
    HEAD,
    REQUESTS,
    evidences,
    records,
    rule_text,
    rules,
    whens,
)
from reciprocity_cases import CODES, SEEDS

from hub.reciprocity.answer import Answer
from hub.reciprocity.answer_json import answer_document
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.facts import Evidence, RecordFacts, Request
from hub.reciprocity.facts_json import input_from_json
from hub.reciprocity.policy import Policy, PolicyError, Problem, parse_policy
from hub.reciprocity.timeline import answer_on, interval_on, timeline
from hub.reciprocity.trace_words import trace_lines
from hub.reciprocity.words import sentence

ONE_DAY = timedelta(days=1)
OFTEN = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def taken(text: str) -> Policy | None:
    """The policy; None where it is refused: random rules hide each other, or convert what they do
    not ask for."""
    try:
        return parse_policy(text)
    except PolicyError as error:
        found = [str(each) for each in error.problems]
    expected = ("is never reached", "is not the rule's unit")
    assert [each for each in found if not any(words in each for words in expected)] == []
    return None


@st.composite
def policies(draw: st.DrawFn, kind: str = "training") -> Policy:
    policy = taken(HEAD + "".join(draw(rules(kind))))
    assume(policy is not None)
    assert policy is not None
    return policy


@OFTEN
@given(rules("training"), rules("credential"), rules("trainer"), st.data())
def test_neither_rules_on_other_kinds_nor_the_order_of_evidence_matter(
    trainings: list[str], credentials: list[str], trainers: list[str], data: Any
) -> None:
    alone = taken(HEAD + "".join(trainings))
    beside = taken(HEAD + "".join([*credentials, *trainings, *trainers]))
    assume(alone is not None and beside is not None)
    assert alone is not None
    assert beside is not None
    facts, evidence = data.draw(records("training")), data.draw(evidences())
    request, shuffle = data.draw(REQUESTS), random.Random(data.draw(st.integers(0, 99)))
    approvals, lists = list(evidence.approvals), list(evidence.lists)
    shuffle.shuffle(approvals)
    shuffle.shuffle(lists)
    other = Evidence(tuple(approvals), tuple(lists))

    assert timeline(alone, facts, evidence, request) == timeline(beside, facts, other, request)


@OFTEN
@given(policies(), records("training"), evidences(), REQUESTS, st.lists(DAYS, max_size=6))
def test_a_timeline_adjoins_and_is_the_answer_of_every_day(
    policy: Policy, facts: RecordFacts, evidence: Evidence, request: Request, days: list[date]
) -> None:
    intervals = timeline(policy, facts, evidence, request)
    edges = [each.from_on + ONE_DAY * step for each in intervals for step in (-1, 0, 1)]

    for day in [*days, *edges]:
        answer = evaluate(policy, facts, evidence, day, request)
        held = interval_on(policy, facts, evidence, request, day)
        assert answer_on(intervals, day) == answer == (held and held.answer)
    for one, following in pairwise(intervals):
        assert one.until_on is not None
        gap = following.from_on - one.until_on
        between = evaluate(policy, facts, evidence, one.until_on + ONE_DAY, request)
        assert gap == ONE_DAY or between is None
        assert one.answer != following.answer or gap != ONE_DAY


@OFTEN
@given(policies(), records("training"), evidences(), DAYS, REQUESTS)
def test_an_explanation_and_its_outcome_never_disagree(
    policy: Policy, facts: RecordFacts, evidence: Evidence, day: date, request: Request
) -> None:
    answer = evaluate(policy, facts, evidence, day, request, trace=True)
    plain = evaluate(policy, facts, evidence, day, request)
    assume(answer is not None and plain is not None)
    assert answer is not None
    assert plain is not None
    rules_by_id = {rule.id: rule for rule in policy.rules}

    assert said(answer) == said(plain)
    for tried in answer.tried:
        results = [each.result for each in tried.conditions]
        assert tried.result is (False if False in results else None if None in results else True)
    *before, last = answer.tried or [None]
    for tried in before:
        skipped = tried.result is None and rules_by_id[tried.rule_id].skips_unknown
        assert tried.result is False or skipped
    if answer.rule_id == "not-in-force":
        assert answer.tried == ()
    elif answer.rule_id == "default":
        assert last is not None
        assert last.result is not True
    else:
        assert last is not None
        assert last.rule_id == answer.rule_id
        assert (last.result is None) == bool(answer.unknown)
        assert (answer.reason == "not_known") == bool(answer.unknown)
    assert len(trace_lines(answer)) >= len(answer.tried)


def said(answer: Answer) -> tuple[Any, ...]:
    """All of an answer but its trace."""
    return (
        answer.outcome,
        answer.reason,
        answer.reason_values,
        answer.rule_id,
        answer.rule_version,
        answer.accepted_hours,
        answer.total_hours,
        answer.counts_as,
        answer.not_for,
        answer.documents,
        answer.with_documents,
        answer.unknown,
    )


@OFTEN
@given(policies(), records("training"), evidences(), DAYS, REQUESTS)
def test_no_answer_accepts_more_hours_than_the_record_has(
    policy: Policy, facts: RecordFacts, evidence: Evidence, day: date, request: Request
) -> None:
    answer = evaluate(policy, facts, evidence, day, request)
    assume(answer is not None)
    assert answer is not None

    lifted = answer.with_documents
    accepted = [answer.accepted_hours] + ([lifted.accepted_hours] if lifted else [])
    for hours in accepted:
        assert (hours is None) == (answer.total_hours is None)
        assert hours is None or answer.total_hours is None or 0 <= hours <= answer.total_hours
    if answer.outcome == "FULL":
        assert answer.accepted_hours == answer.total_hours
    if answer.outcome not in ("FULL", "PARTIAL"):
        assert not answer.accepted_hours
        assert answer.counts_as is None
    words = sentence(answer, receiver="North Dakota", kind="training")
    assert words.endswith(".")


@OFTEN
@given(policies(), records("training"), evidences(), DAYS, REQUESTS)
def test_an_input_gives_the_same_bytes_again(
    policy: Policy, facts: RecordFacts, evidence: Evidence, day: date, request: Request
) -> None:
    first = json.dumps(answer_document(policy, facts, evidence, request, day))

    again = input_from_json(json.loads(first)["input"])
    facts_again, evidence_again, request_again = again

    assert json.dumps(answer_document(policy, *again[:2], request_again, day)) == first
    assert facts_again == facts
    assert evidence_again == evidence


@settings(OFTEN, max_examples=100)
@given(
    whens(),
    whens(),
    st.sampled_from(["", 'unknown = "skip"']),
    st.sampled_from(["", 'unknown = "skip"']),
    st.data(),
)
def test_a_rule_told_of_as_never_reached_never_decides(
    first: str, later: str, first_more: str, later_more: str, data: Any
) -> None:
    from_day = "from = 2024-07-01\n"
    one = rule_text("one", first, 'outcome = "FULL"', "training", from_day + first_more)
    other = rule_text("other", later, 'outcome = "DENIED"', "training", from_day + later_more)
    assume(taken(HEAD + one + other) is None)
    hiding, hidden = parse_policy(HEAD + one), parse_policy(HEAD + other)

    for _ in range(10):
        facts, evidence, request = (
            data.draw(records("training")),
            data.draw(evidences()),
            data.draw(REQUESTS),
        )
        day = data.draw(st.dates(date(2024, 7, 1), date(2026, 12, 31)))
        before = evaluate(hiding, facts, evidence, day, request)
        after = evaluate(hidden, facts, evidence, day, request)
        assert before is not None
        assert after is not None
        assert before.rule_id != "default" or after.rule_id == "default"


SEED_TEXTS = [(SEEDS / "policies" / f"{code}.toml").read_text(encoding="utf-8") for code in CODES]
PIECES = st.sampled_from(
    ["[[rule]]", "[rule.when]", "any = [{", "}]", "[[", "]]", '"', "'''", "= nan", "\n", "\\", "é",
     "2024-02-30", "1e9", "a.b.c.d", "{ x = {", "\x00", "\ud800", "0x", "from = 9999-12-31", "#"]
)  # fmt: skip


@settings(OFTEN, max_examples=100)
@given(st.sampled_from(SEED_TEXTS), st.data())
def test_a_changed_file_is_taken_or_refused_and_nothing_else(text: str, data: Any) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 0, 1, 5, 40]))
        text = text[:at] + data.draw(PIECES) + text[at + length :]

    assert_taken_or_refused(text)


@settings(OFTEN, max_examples=100)
@given(st.text(max_size=200))
def test_any_text_is_taken_or_refused_and_nothing_else(text: str) -> None:
    assert_taken_or_refused(text)


VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(),
        st.sampled_from(['"x"', '"us-oh"', '"1.5"', "nan", "2024-07-01", "2024-07-01T00:00:00"]),
    ).map(str),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda some: f"[{', '.join(some)}]"),
        inner.map(lambda one: f"{{ list = {one} }}"),
    ),
    max_leaves=4,
).map(lambda text: text.replace("True", "true").replace("False", "false"))


@settings(OFTEN, max_examples=100)
@given(
    st.dictionaries(
        st.sampled_from([*"abc", "event_type", "on", "any", "not", "registry"]), VALUES
    ),
    st.dictionaries(
        st.sampled_from(["documents", "with", "cap_hours", "areas", "convert"]), VALUES
    ),
    st.dictionaries(st.sampled_from(["from", "until", "note", "citation", "unknown"]), VALUES),
)
def test_any_value_of_any_key_is_taken_or_refused_and_nothing_else(
    when: dict[str, str], effect: dict[str, str], more: dict[str, str]
) -> None:
    def lines(table: dict[str, str]) -> str:
        return "\n".join(f"{key} = {value}" for key, value in table.items())

    effect_lines = 'outcome = "FULL"\n' + lines(effect)
    text = rule_text("a", lines(when), effect_lines, "training", lines({"from": "1", **more}))

    assert_taken_or_refused(HEAD + text)


def assert_taken_or_refused(text: str) -> None:
    for problem in problems_of(text):
        assert problem.what
        assert problem.fix
        assert problem.line is None or problem.line <= text.count("\n") + 1


def problems_of(text: str) -> tuple[Problem, ...]:
    try:
        parse_policy(text)
    except PolicyError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("path", sorted((SEEDS / "policies").glob("*.toml")), ids=lambda p: p.stem)
def test_shipped_policies_are_taken(path: Path) -> None:
    assert parse_policy(path.read_text(encoding="utf-8")).registry == path.stem
