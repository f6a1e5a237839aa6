"""Differences of two revisions in words, and what a new revision may not do."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.reciprocity.model import PolicyTable
from hub.reciprocity.policy_changes import (
    Changed,
    changes_past,
    differences,
    refused_changes,
)
from hub.reciprocity.problems import Problem
from tests.unit.reciprocity.policy_drafts import Draft, table_of

TODAY = date(2026, 7, 1)
ANY = Draft()
ENDED = ANY.but(ends="2026-06-30")
NEXT = ANY.but(version=2, begins="2026-07-01", when='organization = "C"')


def changed(old: PolicyTable | None, new: PolicyTable) -> list[tuple[str, int, str]]:
    return [(each.rule_id, each.version, each.what) for each in differences(old, new)]


def refused(published: PolicyTable, new: PolicyTable, *earlier: PolicyTable) -> list[Problem]:
    ever = {(r.id, r.version): r for table in (*earlier, published) for r in table.rule}
    return list(refused_changes(ever, published, new, TODAY))


def one_difference(old: Draft, new: Draft) -> Changed:
    (found,) = differences(table_of(old), table_of(new, revision=2))
    return found


def test_the_same_rules_in_the_same_order_differ_in_nothing() -> None:
    assert differences(table_of(ANY), table_of(ANY, revision=9)) == ()


def test_a_first_policy_is_all_new() -> None:
    table = table_of(ANY, Draft("b", kind="credential"))

    assert changed(None, table) == [("a", 1, "added"), ("b", 1, "added")]


def test_a_new_rule_is_told_with_its_days_its_place_and_all_that_it_says() -> None:
    new = table_of(Draft("b", when='organization = "C"', begins="2027-01-01"), ANY)
    (found,) = differences(table_of(ANY), new)

    assert found.sentence == (
        "Rule b version 1 is new: on training records from 2027-01-01, no end, accepted in full, "
        "read before a."
    )
    assert 'Its organization is "C".' in found.now


def test_an_ended_rule_and_the_version_after_it_are_told_by_what_differs() -> None:
    ended, after = differences(table_of(ANY), table_of(ENDED, NEXT, revision=2))

    assert ended.sentence == "Rule a version 1 ends: its last day is 2026-06-30."
    assert after.sentence == (
        "Rule a version 2 comes after version 1: it holds from 2026-07-01, no end."
    )
    assert after.no_longer == ("The institution is accredited.",)
    assert after.now == ('Its organization is "C".',)


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        ("2026-12-31", "Rule a version 1 ends: its last day is 2026-12-31, and was 2026-06-30."),
        (None, "Rule a version 1 has no end any more."),
    ],
)
def test_an_end_that_moves_is_told_with_what_it_was(ends: str | None, sentence: str) -> None:
    assert one_difference(ENDED, ENDED.but(ends=ends)).sentence == sentence


def test_a_difference_that_words_do_not_show_is_told_by_its_key() -> None:
    old = ANY.but(kind="credential", when="", effect='outcome = "FULL"')
    found = one_difference(old, old.but(more='unknown = "skip"'))

    assert (found.what, found.now) == ("changed", ("Differs in unknown.",))


def test_another_state_in_a_group_changes_the_rules_that_name_it() -> None:
    rule = ANY.but(when='registry = "near"')
    old = table_of(rule, groups='[groups]\nnear = ["us-mn"]')
    new = table_of(rule, groups='[groups]\nnear = ["us-mn", "us-sd"]')

    (found,) = differences(old, new)
    assert found.now == ("The registry that holds it is that of Minnesota or South Dakota.",)
    assert refused(old, new)


def test_a_rule_that_is_left_out_is_told() -> None:
    assert changed(table_of(ANY, Draft("b", when='organization = "C"')), table_of(ANY)) == [
        ("b", 1, "left_out")
    ]


def test_as_few_rules_are_moved_as_say_the_new_order() -> None:
    rules = [Draft(name, when=f'organization = "{name}"') for name in "abcd"]
    found = differences(table_of(*rules), table_of(rules[3], *rules[:3]))

    assert [each.sentence for each in found] == ["Rule d version 1 is now read first."]


def test_rules_on_other_kinds_have_no_order_among_each_other() -> None:
    other = Draft("b", kind="credential")

    assert differences(table_of(ANY, other), table_of(other, ANY)) == ()


RULES = tuple(Draft(name, when=f'organization = "{name}"') for name in "abcd")


@settings(deadline=None)  # A policy is parsed twice, on machines that do other things.
@given(st.permutations(RULES))
def test_rules_that_are_not_told_as_moved_stand_in_their_old_order(order: list[Draft]) -> None:
    moved = {each.rule_id for each in differences(table_of(*RULES), table_of(*order))}

    still = [rule.id for rule in order if rule.id not in moved]
    assert still == sorted(still)
    assert bool(moved) == (list(order) != list(RULES))


def variants(name: str) -> st.SearchStrategy[Draft | None]:
    """A rule in one of several forms, or none."""
    forms = (
        Draft(name, when=f'organization = "{name}"'),
        Draft(name, when=f'organization = "{name}"', ends="2027-01-01"),
        Draft(name, when=f'organization = "{name}"\nunit = "ceu"'),
        Draft(name, when=f'organization = "{name}"', effect='outcome = "FULL"\ncap_hours = "5"'),
        Draft(name, when=f'organization = "{name}"', more='unknown = "skip"'),
        Draft(name, when=f'organization = "{name}"', more='note = "Of interest."'),
        Draft(name, when=f'organization = "{name}"', source="illustrative = true"),
        Draft(name, 2, when=f'organization = "{name}"', begins="2025-01-01"),
        Draft(name, kind="credential", when=f'own_type = "us-oh:{name}"'),
        None,
    )
    return st.sampled_from(forms)


POLICIES = st.tuples(*(variants(name) for name in "abc")).filter(any)


@settings(deadline=None)  # A policy is parsed twice, on machines that do other things.
@given(POLICIES, POLICIES)
def test_the_words_name_every_rule_that_differs_and_no_other(
    old: tuple[Draft | None, ...], new: tuple[Draft | None, ...]
) -> None:
    before = {(rule.id, rule.version): rule for rule in old if rule}
    after = {(rule.id, rule.version): rule for rule in new if rule}
    differing = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}

    found = differences(table_of(*before.values()), table_of(*after.values(), revision=2))

    assert {(each.rule_id, each.version) for each in found} == differing
    assert all(f"{each.rule_id} version {each.version}" in each.sentence for each in found)
    assert all(each.now or each.no_longer for each in found if each.what == "changed")


def test_a_published_version_may_not_change_its_content() -> None:
    (problem,) = refused(table_of(ANY), table_of(ANY.but(when='organization = "C"'), revision=2))

    assert problem.place == "rule a version 1"
    assert problem.what == "was published with other content (when)"
    assert problem.fix == (
        "put back what was published, end it, and write the change as a new version"
    )
    assert problem.path == ("rule", 0, "when")


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({"kind": "course"}, "kind"),
        ({"begins": "2025-01-01"}, "from"),
        ({"source": "illustrative = true"}, "citation, illustrative"),
        ({"more": 'note = "Other."'}, "note"),
        ({"more": 'unknown = "skip"'}, "unknown"),
        ({"effect": 'outcome = "DENIED"'}, "effect"),
    ],
)
def test_what_differs_in_a_published_version_is_named(change: dict[str, str], keys: str) -> None:
    (problem,) = refused(table_of(ANY), table_of(ANY.but(**change), revision=2))

    assert f"({keys})" in problem.what


def test_a_version_is_held_to_what_was_published_even_where_it_stands_no_more() -> None:
    coming = Draft("b", when='organization = "B"', begins="2027-01-01")
    other = coming.but(when='organization = "C"')

    assert refused(table_of(ANY), table_of(ANY, other), table_of(ANY, coming))
    assert refused(table_of(ANY), table_of(ANY, coming), table_of(ANY, coming)) == []


def test_old_days_stay_in_the_file() -> None:
    (problem,) = refused(table_of(ANY, NEXT.but(id="b")), table_of(NEXT.but(id="b"), revision=2))

    assert problem.place == "rule a version 1"
    assert problem.what == "was published and holds since 2024-07-01, and is not in the file"
    assert problem.fix == "put it back, and end it with until"


def test_a_rule_that_has_not_begun_may_be_left_out() -> None:
    coming = Draft("b", when='organization = "B"', begins=TODAY.isoformat())

    assert refused(table_of(ANY, coming), table_of(ANY, revision=2)) == []


@pytest.mark.parametrize(
    ("before", "after", "is_refused"),
    [
        (None, "2026-06-30", False),  # Yesterday: it holds no more from today on.
        (None, "2026-06-29", True),
        (None, "2027-01-01", False),
        ("2026-06-30", None, False),
        ("2026-06-30", "2026-12-31", False),
        ("2026-06-29", None, True),
        ("2026-06-29", "2026-12-31", True),
        ("2026-12-31", "2026-06-30", False),
        ("2026-12-31", "2026-06-29", True),
    ],
)
def test_an_end_is_set_or_moved_among_days_that_are_not_over(
    before: str | None, after: str | None, is_refused: bool
) -> None:
    old, new = table_of(ANY.but(ends=before)), table_of(ANY.but(ends=after), revision=2)

    problems = refused(old, new)

    assert bool(problems) is is_refused
    assert all(each.place == "rule a version 1, until" for each in problems)
    assert all("2026-06-30" in each.fix or "put back" in each.fix for each in problems)


def test_an_end_that_is_over_is_to_be_put_back() -> None:
    (problem,) = refused(table_of(ANY.but(ends="2025-06-30")), table_of(ANY, revision=2))

    assert problem.what == "was 2025-06-30, and days that are over keep their rules"
    assert problem.fix == "put back until = 2025-06-30, and write a new version"


def test_what_changes_answers_about_days_that_are_over_is_said() -> None:
    early = Draft("b", when='organization = "B"', begins="2025-01-01")
    coming = early.but(begins=TODAY.isoformat())

    assert changes_past(table_of(ANY), table_of(early, ANY), TODAY) == (
        "Rule b version 1 changes answers about days that are over: it holds since 2025-01-01.",
    )
    assert changes_past(table_of(ANY), table_of(coming, ANY), TODAY) == ()
    for rules in permutations(RULES[:2]):
        is_moved = rules != RULES[:2]
        assert bool(changes_past(table_of(*RULES[:2]), table_of(*rules), TODAY)) is is_moved
