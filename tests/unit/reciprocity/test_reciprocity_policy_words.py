"""Rules in plain sentences: every key of the language is said, and nothing else."""

from __future__ import annotations

import pytest

from hub import bootstrap
from hub.console.numbers import day_text
from hub.reciprocity.model import EffectTable, When
from hub.reciprocity.policy_words import RuleWords, read_tables, rule_words
from tests.unit.reciprocity.policy_drafts import Draft, table_of

CONDITIONS = {
    "registry": ('registry = ["us-oh", "us-wi"]', "registry that holds it is that of Ohio or Wis"),
    "standing": ('standing = "approved"', "Its standing is approved."),
    "type": ('type = "CollegeCourse"', "It is a college course."),
    "subtype": ('subtype = ["01", "02"]', "Its setting is infants and toddlers or preschool."),
    "own_type": ('own_type = "us-wi:WI-ITC"', "registry's code for it is WI-ITC of Wisconsin."),
    "on": ("on = { from = 2025-01-01 }", "It was completed on 2025-01-01 or later."),
    "expires": ("expires = { until = 2025-01-01 }", "It expires on 2025-01-01 or earlier."),
    "revoked_on": ("revoked_on = false", "It has no day of revocation."),
    "unit": ('unit = ["ceu", "semester"]', "Its amount is in CEUs or semester credits."),
    "min_amount": ('min_amount = { amount = "1.50", unit = "ceu" }', "It has at least 1.5 CEUs."),
    "hours_by_area": ('hours_by_area = "06"', "area of: 06 administration and management."),
    "verification": (
        'verification = ["verified", "attendance"]',
        "Its own registry verified attendance or its own registry verified it.",
    ),
    "evidence": ('evidence = "degree_copy"', "Its evidence is degree copy."),
    "event_type": ('event_type = ["other", "workshop"]', "a workshop or an event of another type."),
    "delivery": ('delivery = "FaceToFace"', "It was given face to face."),
    "organization": ('organization = "Care, Inc."', 'Its organization is "Care, Inc.".'),
    "approval_code": ("approval_code = false", "It is known to have no approval code."),
    "trainer": ("trainer = true", "It names its trainer by an id."),
    "amount": ("amount = true", "It has an amount."),
    "level": ('level = "us-oh:2"', "Its level is 2 of Ohio."),
    "held_in": ('held_in = "ND"', "It was held in North Dakota."),
    "grade": ('grade = ["C", "A-", "A+", "A"]', "Its grade is A+, A, A- or C."),
    "accredited": ("accredited = false", "The institution is not accredited."),
    "birth_to_8_percent": ('birth_to_8_percent = { min = "80" }', "At least 80% of its content"),
    "documents": ('documents = "certificate"', "North Dakota has received: certificate."),
    "trainer_approved_by": (
        'trainer_approved_by = { registries = "others", tested = "asked" }',
        "Its trainer is approved by the registry that holds the record, any other than "
        "North Dakota's, on the day of the answer.",
    ),
    "course_approved_by": (
        'course_approved_by = "us-oh"',
        "Its course is approved by the registry that holds the record, that of Ohio, on the "
        "record's own day.",
    ),
    "on_list": ('on_list = "tor"', 'Its organization is on the Alliance\'s list "tor" on the rec'),
    "recognized_in_at_least": (
        "recognized_in_at_least = 5",
        "At least 5 states recognize the credential as meeting or exceeding the CDA",
    ),
    "within_months": ("within_months = 3", "North Dakota is asked within 3 months of completion."),
    "any": (
        'any = [{ unit = "ceu" }, { grade = "C", accredited = true }]',
        "One of these holds: its amount is in CEUs; its grade is C and the institution is accr",
    ),
    "not_": ('not = { unit = "ceu" }', "It is not so that its amount is in CEUs."),
}
PRESENCE = (
    "subtype",
    "on",
    "expires",
    "revoked_on",
    "amount",
    "evidence",
    "event_type",
    "delivery",
    "organization",
    "approval_code",
    "trainer",
    "level",
    "held_in",
    "grade",
    "accredited",
)
EFFECTS = {
    "outcome": ('outcome = "DENIED"', "Not accepted"),
    "counts_as": ('outcome = "FULL"\ncounts_as = "level_3"', "It counts as level 3."),
    "not_for": (
        'outcome = "FULL"\nnot_for = ["career_pathway"]',
        "It does not count toward a career level.",
    ),
    "documents": (
        'outcome = "NEEDS_DOCUMENT"\ndocuments = ["sign_in", "certificate"]\n'
        '[rule.effect.with]\noutcome = "FULL"',
        "To bring: certificate and sign in.",
    ),
    "with_": (
        'outcome = "NEEDS_DOCUMENT"\ndocuments = ["certificate"]\n'
        '[rule.effect.with]\noutcome = "FULL"\ncap_hours = "5"',
        "With that: accepted in full; at most 5 clock hours of one record count.",
    ),
    "cap_hours": ('outcome = "FULL"\ncap_hours = "12.50"', "At most 12.5 clock hours of one"),
    "areas": ('outcome = "FULL"\nareas = ["02", "01"]', "count: 01 child growth and development; "),
    "round_down_to": ('outcome = "FULL"\nround_down_to = "0.25"', "down to a multiple of 0.25."),
    "convert": (
        'outcome = "FULL"\n[rule.effect.convert]\nceu = "8"',
        "One CEU counts for 8 clock hours.",
    ),
}


def words_of(draft: Draft) -> RuleWords:
    (rule,) = table_of(draft).rule
    return rule_words(rule, "us-nd")


@pytest.mark.parametrize("key", When.model_fields)
def test_every_condition_is_a_sentence_of_its_own(key: str) -> None:
    written, expected = CONDITIONS[key]
    words = words_of(Draft(when=written))

    assert any(expected in sentence for sentence in words.when), words.when
    assert all(each[0].isupper() and each.endswith(".") for each in words.when)
    assert len(words.when) == (1 if key == "verification" else 2)


@pytest.mark.parametrize("key", EffectTable.model_fields)
def test_every_effect_is_said(key: str) -> None:
    written, expected = EFFECTS[key]
    words = words_of(Draft(effect=written))

    assert expected in " ".join((words.title, *words.sentences()))


@pytest.mark.parametrize("key", PRESENCE)
def test_a_condition_that_asks_for_presence_says_which(key: str) -> None:
    there, none = (words_of(Draft(when=f"{key} = {value}")).when[-1] for value in ("true", "false"))

    assert there != none
    assert "true" not in there
    assert "false" not in none


def test_a_training_rule_says_that_the_registry_verified_it_unless_it_names_verification() -> None:
    plain, named = words_of(Draft()), words_of(Draft(when='verification = "pending"'))

    assert plain.when[0] == "Its own registry verified it."
    assert named.when == ("Its own registry has not yet verified it.",)


def test_what_follows_from_an_unknown_is_said_where_there_is_a_condition() -> None:
    skips = words_of(Draft(more='unknown = "skip"'))
    always = words_of(Draft(kind="credential", when=""))

    assert skips.unknown == "Where the record does not say one of these, the next rule is read."
    assert "person reviews it" in (words_of(Draft()).unknown or "")
    assert (always.when, always.unknown) == ((), None)


def test_groups_are_read_as_the_states_that_they_list() -> None:
    groups = '[groups]\nnear = ["us-mn", "us-sd"]'
    (rule,) = table_of(Draft(when='registry = ["near", "us-oh"]'), groups=groups).rule

    assert "that of Minnesota, Ohio or South Dakota." in rule_words(rule, "us-nd").when[-1]


def test_days_are_written_as_asked() -> None:
    (rule,) = table_of(Draft(ends="2026-06-30")).rule

    assert rule_words(rule, "us-nd").days == "from 2024-07-01 until 2026-06-30"
    assert rule_words(rule, "us-nd", day_text).days == "from Jul 1, 2024 until Jun 30, 2026"


def test_made_up_rules_and_notes_are_said_to_be_such() -> None:
    words = words_of(Draft(source="illustrative = true", more='note = "Only to show."'))

    assert {"It is made up.", "Note: Only to show."} <= set(words.sentences())


@pytest.mark.parametrize(("name", "text"), bootstrap.seed_texts("policies"))
def test_no_code_of_the_language_is_left_in_the_words_of_a_shipped_policy(
    name: str, text: str
) -> None:
    table = read_tables(text, source=name)
    said = " ".join(
        sentence
        for rule in table.rule
        for sentence in rule_words(rule, table.registry).sentences()
        if not sentence.startswith("Source: ")
    )

    assert "_" not in said
    assert not any(code in said for code in ("None", "frozenset", "ChildDevelopment", "us-"))
