"""Timelines: adjoining intervals whose answer on any day is the one evaluated on that day."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reciprocity_cases import (
    CODES,
    answered,
    approval,
    credential,
    one_rule,
    policy_of,
    seed_lists,
    seed_policy,
    trainer,
    training,
)

from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.facts import UNKNOWN, Evidence, ListEntry, RecordFacts, Request
from hub.reciprocity.policy import parse_policy
from hub.reciprocity.timeline import INTERVALS_MAX, answer_on, timeline
from hub.reciprocity.words import sentence

ONE_DAY = timedelta(days=1)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
AMOUNTS = st.decimals(Decimal(0), Decimal(500), places=2)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(UNKNOWN), st.none(), values)


def records(kind: str) -> st.SearchStrategy[RecordFacts]:
    return st.builds(
        RecordFacts,
        registry=st.sampled_from(CODES),
        kind=st.just(kind),
        record_id=st.just("1"),
        standing=maybe(st.sampled_from(["stated", "awarded", "revoked", "withdrawn", "reversed"])),
        type=maybe(st.sampled_from(["ChildDevelopmentAssociate", "DirectorsLevelCredential"])),
        own_type=maybe(st.sampled_from(["WI-ITC", "ITC/4", "CPR"])),
        on=maybe(DAYS),
        expires=maybe(st.one_of(DAYS, st.just(date.max))),
        revoked_on=maybe(DAYS),
        amount=maybe(AMOUNTS),
        unit=maybe(st.sampled_from(["clock", "ceu", "semester"])),
        hours_by_area=maybe(
            st.lists(st.tuples(st.sampled_from(["01", "06"]), AMOUNTS), max_size=2).map(tuple)
        ),
        verification=maybe(st.sampled_from(["verified", "attendance", "declined"])),
        event_type=maybe(st.sampled_from(["conference", "workshop"])),
        delivery=maybe(st.sampled_from(["IndependentStudy", "Online"])),
        organization=maybe(
            st.sampled_from(["Online Provider Training Co.", "Zero & Up Institute"])
        ),
        approval_code=maybe(st.just("E1")),
        trainer=maybe(st.just("T-1")),
        held_in=maybe(st.sampled_from(["ND", "OH"])),
        grade=maybe(st.sampled_from(["A", "D"])),
        accredited=maybe(st.booleans()),
        birth_to_8_percent=maybe(st.sampled_from([Decimal(79), Decimal(80)])),
    )


RECORDS = st.sampled_from(["training", "credential", "trainer"]).flatmap(records)
DOCUMENTS = ("official_transcript", "certificate", "session_tracking_form", "certificate_copy")
REQUESTS = st.builds(Request, st.one_of(st.none(), DAYS), st.frozensets(st.sampled_from(DOCUMENTS)))
ASKED = parse_policy(
    one_rule(
        'any = [{ on_list = { list = "nv-recognized", tested = "asked" } }, '
        '{ trainer_approved_by = { registries = "others", tested = "asked" } }]\n'
        "within_months = 7",
        'outcome = "PARTIAL"\ncap_hours = "7.5"',
    ).replace('"us-nd"', '"us-mn"')
)
POLICIES = st.sampled_from([*map(seed_policy, CODES), ASKED])
APPROVALS = st.lists(
    st.builds(
        lambda facts: approval("T-1", facts), st.builds(trainer, on=DAYS, expires=maybe(DAYS))
    ),
    max_size=3,
).map(tuple)


@settings(max_examples=150, deadline=None)
@given(POLICIES, RECORDS, REQUESTS, APPROVALS, st.lists(DAYS, min_size=1, max_size=6))
def test_the_answer_on_any_day_is_the_one_evaluated_on_it(
    policy: Any, facts: RecordFacts, request: Request, approvals: Any, days: list[date]
) -> None:
    evidence = seed_lists().with_approvals(approvals)
    intervals = timeline(policy, facts, evidence, request)

    near = [each.from_on + ONE_DAY * step for each in intervals for step in (-1, 0, 1)]
    for day in [*days, *near, date(2024, 6, 30), date(2024, 7, 1)]:
        assert answer_on(intervals, day) == evaluate(policy, facts, evidence, day, request)


@settings(max_examples=150, deadline=None)
@given(POLICIES, RECORDS, REQUESTS, APPROVALS)
def test_intervals_adjoin_and_differ(
    policy: Any, facts: RecordFacts, request: Request, approvals: Any
) -> None:
    evidence = seed_lists().with_approvals(approvals)
    intervals = timeline(policy, facts, evidence, request)

    assert bool(intervals) == (facts.kind in policy.kinds())
    assert len(intervals) <= INTERVALS_MAX
    for one, following in pairwise(intervals):
        assert one.until_on is not None
        assert one.until_on + ONE_DAY == following.from_on
        assert one.answer != following.answer
    if intervals:
        assert intervals[0].from_on == date(2024, 7, 1)
        assert intervals[-1].until_on is None


@settings(max_examples=150, deadline=None)
@given(POLICIES, RECORDS, REQUESTS, DAYS)
def test_an_answer_never_accepts_more_hours_than_the_record_has(
    policy: Any, facts: RecordFacts, request: Request, day: date
) -> None:
    answer = evaluate(policy, facts, seed_lists(), day, request)
    if answer is None:
        assert facts.kind not in policy.kinds() or day < date(2024, 7, 1)
        return

    assert (answer.accepted_hours is None) == (answer.total_hours is None)
    if answer.accepted_hours is not None and answer.total_hours is not None:
        assert 0 <= answer.accepted_hours <= answer.total_hours
        if answer.outcome not in ("FULL", "PARTIAL"):
            assert answer.accepted_hours == 0
        if answer.outcome == "FULL":
            assert answer.accepted_hours == answer.total_hours
    assert sentence(answer, receiver="Nevada", kind=facts.kind).endswith(".")


@settings(max_examples=100, deadline=None)
@given(POLICIES, RECORDS, REQUESTS, APPROVALS, DAYS)
def test_documents_bring_exactly_what_was_foretold(
    policy: Any, facts: RecordFacts, request: Request, approvals: Any, day: date
) -> None:
    evidence = seed_lists().with_approvals(approvals)
    answer = evaluate(policy, facts, evidence, day, request)
    if answer is None or not answer.documents:
        assert answer is None or answer.with_documents is None
        return
    received = Request(request.requested_on, request.documents | set(answer.documents))
    then = evaluate(policy, facts, evidence, day, received)

    assert then is not None
    assert answer.with_documents is not None
    assert (then.outcome, then.accepted_hours, then.counts_as) == (
        answer.with_documents.outcome,
        answer.with_documents.accepted_hours,
        answer.with_documents.counts_as,
    )


@settings(max_examples=60, deadline=None)
@given(POLICIES, RECORDS, REQUESTS, APPROVALS, st.integers(0, 1000))
def test_the_order_of_lists_and_approvals_does_not_matter(
    policy: Any, facts: RecordFacts, request: Request, approvals: Any, seed: int
) -> None:
    lists, others = list(seed_lists().lists), list(approvals)
    random.Random(seed).shuffle(lists)
    random.Random(seed + 1).shuffle(others)
    shuffled = Evidence(tuple(others), tuple(lists))

    assert timeline(policy, facts, shuffled, request) == timeline(
        policy, facts, seed_lists().with_approvals(approvals), request
    )


def test_a_credential_is_answered_before_during_and_after_its_days() -> None:
    facts = credential(on=date(2025, 1, 15), expires=date(2025, 12, 31))
    intervals = timeline(seed_policy("us-fl"), facts, seed_lists(), Request())

    assert [(each.from_on, each.until_on, each.answer.outcome) for each in intervals] == [
        (date(2024, 7, 1), date(2025, 1, 14), "DENIED"),
        (date(2025, 1, 15), date(2025, 12, 31), "FULL"),
        (date(2026, 1, 1), None, "DENIED"),
    ]


def test_a_window_closes_without_a_timer() -> None:
    facts = training(event_type="conference", on=date(2025, 11, 30))
    intervals = timeline(seed_policy("us-nd"), facts, seed_lists(), Request())

    assert [(each.from_on, each.answer.rule_id) for each in intervals] == [
        (date(2024, 7, 1), "not-in-force"),
        (date(2025, 11, 30), "nd-conference"),
        (date(2026, 3, 1), "nd-conference-late"),
    ]


def test_days_without_a_rule_have_no_answer() -> None:
    later = one_rule().partition("[[rule]]")[2].replace("2024-07-01", "2025-03-01")
    policy = parse_policy(
        one_rule(more="until = 2024-12-31") + "\n[[rule]]" + later.replace('"only"', '"later"')
    )
    facts = training(on=date(2024, 1, 1))
    intervals = timeline(policy, facts, Evidence(), Request())

    assert [(each.from_on, each.until_on) for each in intervals] == [
        (date(2024, 7, 1), date(2024, 12, 31)),
        (date(2025, 3, 1), None),
    ]
    assert answer_on(intervals, date(2025, 2, 1)) is None


def test_the_newest_intervals_are_kept_when_there_are_too_many() -> None:
    policy = policy_of('on_list = { list = "often", tested = "asked" }')
    entries = tuple(
        ListEntry(
            list="often",
            member="X",
            from_on=date(2025, 1, 1) + ONE_DAY * (4 * n),
            until_on=date(2025, 1, 2) + ONE_DAY * (4 * n),
        )
        for n in range(40)
    )
    facts = training(organization="X", on=date(2024, 1, 1))
    intervals = timeline(policy, facts, Evidence((), entries), Request())

    assert len(intervals) == INTERVALS_MAX
    assert intervals[-1].until_on is None
    assert answer_on(intervals, entries[-1].from_on or date.min) == answered(
        policy, facts, day=entries[-1].from_on, evidence=Evidence((), entries)
    )


@pytest.mark.parametrize("code", CODES)
def test_a_kind_without_rules_has_no_timeline(code: str) -> None:
    facts = training(kind="education")

    assert timeline(seed_policy(code), facts, seed_lists(), Request()) == ()


def test_an_approval_that_ends_changes_an_answer_that_asks_for_it() -> None:
    policy = policy_of('trainer_approved_by = { registries = "others", tested = "asked" }')
    facts = training(trainer="T-1", on=date(2024, 1, 1))
    evidence = Evidence((approval("T-1", trainer()),))
    intervals = timeline(policy, facts, evidence, Request())

    assert [(each.from_on, each.answer.rule_id) for each in intervals] == [
        (date(2024, 7, 1), "default"),
        (date(2025, 1, 1), "only"),
        (date(2026, 1, 1), "default"),
    ]


def test_a_list_entry_holds_on_its_last_day_and_not_after_it() -> None:
    policy = policy_of('on_list = { list = "nv-recognized", tested = "asked" }')
    facts = training(organization="Zero & Up Institute", on=date(2024, 1, 1))
    intervals = timeline(policy, facts, seed_lists(), Request())

    assert [(each.from_on, each.until_on, each.answer.rule_id) for each in intervals] == [
        (date(2024, 7, 1), date(2026, 6, 30), "only"),
        (date(2026, 7, 1), None, "default"),
    ]
    assert answered(policy, facts, day=date(2026, 6, 30)).rule_id == "only"
    assert answered(policy, facts, day=date(2026, 7, 1)).rule_id == "default"
