"""Counts of people and the live error: sums that can be checked in the head."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.rows import Person
from hub.domain.state import SampleCount
from hub.identity.live_error import drawn, month_ends, wilson
from hub.identity.reviews import Words, week_of, words_of
from hub.identity.tokens import Label
from hub.projections.people import error_document, if_linked, live_error

A, B, C, D = (Person("us-wi", each) for each in "ABCD")


def test_open_reviews_join_what_they_would_link_and_no_more() -> None:
    clusters = {"1": [A], "2": [B], "3": [C, D]}

    joined = if_linked(clusters, [(A, B), (B, C), (C, D), (A, Person("us-nv", "gone"))])

    assert sorted(map(sorted, joined.clusters)) == [[A, B, C, D]]
    assert (joined.reviews, joined.duplicates) == (0, 2)
    assert len(if_linked(clusters, []).clusters) == 3


def test_the_live_error_is_the_newest_months_of_which_anything_is_counted() -> None:
    may, june = SampleCount("2026-05", 10, 1, 8, 2), SampleCount("2026-06", 9, 0, 0, 0)

    assert live_error([]) is None
    assert live_error([june, may]) == error_document(may)
    assert live_error([june])["month"] == "2026-06"


def test_a_months_error_has_its_interval_or_says_why_it_has_none() -> None:
    found = error_document(SampleCount("2026-05", 200, 20, 140, 2))
    none = error_document(SampleCount("2026-05", 200, 20, 0, 0))

    assert (found["share"], found["low"], found["high"]) == ("0.0143", "0.0039", "0.0506")
    assert (none["share"], none["share_why"]) == (None, "nothing is answered yet")


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_share_and_lies_between_nothing_and_all(
    wrong: int, more: int
) -> None:
    low, high = wilson(wrong, wrong + more) or (1.0, 0.0)

    assert 0 <= low <= wrong / (wrong + more) <= high <= 1


@given(st.sets(st.text(min_size=1), max_size=30), st.integers(0, 20))
def test_a_pair_that_leaves_moves_no_other_out_of_a_sample(texts: set[str], size: int) -> None:
    chosen = drawn("2026-06", texts, size)

    assert len(chosen) == min(size, len(texts))
    for gone in chosen[:1]:
        assert set(chosen) - {gone} <= set(drawn("2026-06", texts - {gone}, size))


def test_months_and_weeks_are_named_by_the_calendar() -> None:
    assert month_ends("2026-12").isoformat() == "2027-01-01"
    assert week_of(month_ends("2026-12")) == "2026-W53"
    with pytest.raises(ValueError, match="month"):
        month_ends("2026-13")


def mask(*labels: Label) -> int:
    return sum(1 << label for label in labels)


@pytest.mark.parametrize(
    ("agree", "both", "words"),
    [
        ((), (), Words("absent", "absent", "absent")),
        ((Label.NAME_BIRTH,), (), Words("agrees", "agrees", "absent")),
        ((Label.SSN9,), (Label.NAME_BIRTH,), Words("absent", "differs", "agrees")),
        ((Label.NAME_BIRTH,), (Label.SSN9,), Words("agrees", "agrees", "differs")),
        ((Label.GIVEN_BIRTH,), (Label.SURNAME_BIRTH,), Words("differs", "agrees", "absent")),
        ((Label.NAME_YEAR_MONTH,), (), Words("agrees", "differs", "absent")),
    ],
)
def test_a_comparison_is_told_in_three_words(
    agree: tuple[Label, ...], both: tuple[Label, ...], words: Words
) -> None:
    assert words_of(mask(*agree), mask(*agree, *both)) == words
