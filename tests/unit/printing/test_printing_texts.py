"""Every language has words for every code, and its phrases name the same things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from string import Formatter

import pytest

from hub.bootstrap import seed_texts
from hub.printing import texts_en, texts_es
from hub.printing.answers import OUTCOMES
from hub.printing.texts import Texts, hours_cell
from hub.projections.exchange import DECISIONS, RECORD_KINDS
from hub.reciprocity import codes, days, effect, evaluate
from hub.reciprocity.model import When
from hub.reciprocity.policy import parse_policy
from hub.reciprocity.words import hours_text
from tests.style.test_house_words import NOT_USED
from tests.unit.printing.answers_given import codes_in, documents_of, purposes_of

ENGLISH, SPANISH = texts_en.texts(), texts_es.texts()
BOTH = pytest.mark.parametrize("texts", [ENGLISH, SPANISH], ids=["en", "es"])
SAME_WORD = {"footer_command", "page_of"}
"""Phrases that may read alike in both languages."""
VALUES = {"accepted_hours", "total_hours", "not_accepted_hours", "clock_hours_per_"}
"""Names in answers that are no codes: numbers that sentences name by themselves."""
ENDED = {"reversed", "applied", "declined", "revoked", "withdrawn", "expired", "not_yet"}
ENDED_WITHOUT_A_DAY = {"revoked", "withdrawn", "suspended"}


def named(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}


def test_both_languages_have_the_same_codes() -> None:
    for table in fields(ENGLISH.codes):
        if table.name != "states":
            one, other = getattr(ENGLISH.codes, table.name), getattr(SPANISH.codes, table.name)
            assert set(one) == set(other), table.name


def test_words_for_one_code_name_the_same_values_in_both_languages() -> None:
    for table in fields(ENGLISH.codes):
        one: Mapping[str, str] = getattr(ENGLISH.codes, table.name)
        other: Mapping[str, str] = getattr(SPANISH.codes, table.name)
        for code in one:
            assert named(one[code]) == named(other[code]), (table.name, code)


def test_phrases_name_the_same_values_in_both_languages() -> None:
    states = {"asker", "receiver", "as_of"}  # A language may say them or leave them out.
    for each in fields(ENGLISH.phrases):
        one, other = getattr(ENGLISH.phrases, each.name), getattr(SPANISH.phrases, each.name)
        assert named(one) - states == named(other) - states, each.name


def test_no_phrase_was_left_in_the_other_language() -> None:
    same = {
        each.name
        for each in fields(ENGLISH.phrases)
        if getattr(ENGLISH.phrases, each.name) == getattr(SPANISH.phrases, each.name)
    }

    assert same <= SAME_WORD


def test_english_uses_no_word_of_the_not_used() -> None:
    tables = [getattr(ENGLISH.codes, table.name).values() for table in fields(ENGLISH.codes)]
    phrases = [getattr(ENGLISH.phrases, each.name) for each in fields(ENGLISH.phrases)]
    said = [named_out(text) for texts in (*tables, phrases) for text in texts]

    assert [text for text in said if NOT_USED.search(text)] == []


def named_out(phrase: str) -> str:
    return "".join(text for text, _, _, _ in Formatter().parse(phrase))


@BOTH
def test_every_code_of_records_answers_and_decisions_has_words(texts: Texts) -> None:
    words = texts.codes

    assert set(words.outcomes) == set(OUTCOMES) == set(codes.OUTCOMES)
    assert set(words.kinds) == set(words.these) == set(RECORD_KINDS) == set(codes.KINDS)
    assert set(words.areas) == set(codes.AREAS)
    assert set(words.decisions) == DECISIONS


@BOTH
def test_every_reason_that_evaluation_can_give_has_words(texts: Texts) -> None:
    words = texts.codes
    known = {*words.reasons, *words.cuts, *words.why_not_in_force}
    units = {f"clock_hours_per_{unit}" for unit in codes.UNITS - {"clock"}}

    assert codes_in(evaluate, effect, days) - VALUES <= known
    assert units <= set(words.cuts)
    assert words.why_not_in_force.keys() >= ENDED
    assert words.why_not_in_force.keys() >= {f"{e}_without_a_day" for e in ENDED_WITHOUT_A_DAY}


@BOTH
def test_every_condition_that_can_be_unknown_has_words(texts: Texts) -> None:
    conditions = set(When.model_fields) - {"any", "not_"}

    assert conditions <= set(texts.codes.unknown)


@BOTH
def test_every_document_and_purpose_of_the_shipped_policies_has_words(texts: Texts) -> None:
    for name, text in seed_texts("policies"):
        policy = parse_policy(text, source=name)
        assert documents_of(policy) <= set(texts.codes.documents), name
        assert purposes_of(policy) <= set(texts.codes.purposes), name


@BOTH
def test_a_document_of_unknown_name_is_read_as_its_code(texts: Texts) -> None:
    assert texts.document("proof_of_age") == ("proof of age", True)
    assert texts.document("certificate")[1] is False


@pytest.mark.parametrize(
    ("texts", "day", "text"),
    [
        (ENGLISH, date(2026, 6, 30), "Jun 30, 2026"),
        (SPANISH, date(2026, 6, 30), "30 de junio de 2026"),
        (SPANISH, date(2027, 1, 1), "1 de enero de 2027"),
    ],
)
def test_days_are_written_as_each_language_does(texts: Texts, day: date, text: str) -> None:
    assert texts.day(day) == text


def test_states_have_their_own_names_in_each_language() -> None:
    assert (ENGLISH.state("us-nd"), SPANISH.state("us-nd")) == ("North Dakota", "Dakota del Norte")
    assert ENGLISH.state("us-oh") == SPANISH.state("us-oh") == "Ohio"


@pytest.mark.parametrize(
    ("texts", "parts", "text"),
    [
        (ENGLISH, ["a"], "a"),
        (ENGLISH, ["a", "b", "c"], "a, b and c"),
        (SPANISH, ["a", "b"], "a y b"),
        (SPANISH, ["título", "informe"], "título e informe"),
        (SPANISH, [], ""),
    ],
)
def test_lists_are_joined_as_each_language_does(texts: Texts, parts: list[str], text: str) -> None:
    assert texts.listed(parts) == text


@pytest.mark.parametrize(
    ("hours", "sentence", "cell"),
    [
        ("45.00", "45", "45.00"),
        ("1.75", "1.75", "1.75"),
        ("8263.75", "8,263.75", "8,263.75"),
        ("0", "0", "0.00"),
        ("1.1234", "1.1234", "1.1234"),
        ("100", "100", "100.00"),
    ],
)
def test_hours_lose_nothing_and_gain_nothing(hours: str, sentence: str, cell: str) -> None:
    assert hours_text(Decimal(hours)) == sentence
    assert hours_cell(Decimal(hours)) == cell
