"""Forms of numbers: bases, missing values, days and clocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.console import numbers


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (520, 1842, "28.2% (520 of 1,842)"),
        (17, 45, "38% (17 of 45)"),
        (3, 7, "3 of 7"),
        (0, 0, "0 of 0"),
        (0, 2000, "0% (0 of 2,000)"),
        (1, 5000, "under 0.1% (1 of 5,000)"),
        (1, 999, "under 1% (1 of 999)"),
        (4999, 5000, "over 99.9% (4,999 of 5,000)"),
        (50, 50, "100% (50 of 50)"),
        (None, 50, "not reported"),
        (5, None, "not reported"),
    ],
)
def test_a_share_shows_both_numbers_and_a_percent_only_with_a_base(
    numerator: int | None, denominator: int | None, expected: str
) -> None:
    assert numbers.share(numerator, denominator) == expected


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_percent_is_zero_or_a_hundred_only_when_it_is_truly_so(one: int, other: int) -> None:
    part, base = min(one, other), max(one, other)
    text = numbers.percent(part, base)

    assert (text is None) == (base < 10)
    assert (text == "0%") == (part == 0 and base >= 10)
    assert (text == "100%") == (part == base and base >= 10)


@pytest.mark.parametrize(
    ("cell", "unit", "expected"),
    [
        (None, "share", "not reported"),
        ({"numerator": 0, "denominator": None, "value": 0}, "count", "0"),
        ({"numerator": 6, "denominator": 45, "value": None}, "count", "6 of 45"),
        ({"numerator": None, "denominator": 45, "value": None}, "count", "not reported"),
        ({"numerator": 18310, "denominator": None, "value": None}, "share",
         "18,310; base not reported"),
        ({"numerator": "12.50", "denominator": "50.00", "value": "0.25"}, "share",
         "25% (12.50 of 50.00)"),
        ({"numerator": "60", "denominator": 10, "value": "6.0"}, "days", "6.0"),
        ({"numerator": "8263.75", "denominator": None, "value": None}, "hours", "8,263.75"),
    ],
)  # fmt: skip
def test_a_measure_without_a_number_says_so_and_a_true_zero_is_0(
    cell: dict[str, object] | None, unit: str, expected: str
) -> None:
    assert numbers.measure_value(cell, unit) == expected


def test_days_and_clocks_name_month_half_day_and_zone() -> None:
    assert numbers.day_text("2026-06-30") == "Jun 30, 2026"
    assert numbers.clock_text("2026-07-01T14:05:09+00:00") == "2:05:09 p.m. UTC"
    assert numbers.clock_text("2026-07-01T00:05:09") == "12:05:09 a.m. UTC"
    assert numbers.instant_text("2026-07-01T01:00:00+02:00") == "Jun 30, 2026, 11:00:00 p.m. UTC"


def test_a_length_of_time_has_the_unit_it_is_read_in() -> None:
    shown = [numbers.seconds_text(seconds) for seconds in (4.94, 9.96, 34, 125, 3780)]

    assert shown == ["4.9 s", "10 s", "34 s", "2 min 5 s", "1 h 3 min"]
