"""Forms of numbers, days and missing values, one for the console and the page alike.

Every function is pure and gives plain text. A missing value is a word, never a zero, a blank or a
dash. A percent never stands without the two numbers it was made from, has one decimal from a base
of 1,000, none below it, and is left out under a base of 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

NOT_REPORTED = "not reported"  # Could be known, and is not.
NOT_APPLICABLE = "not applicable"  # Cannot be.
NO_POLICY = "no policy"
NONE = "none"

PERCENT_BASE_MIN = 10  # One person more or less would move a smaller base by over ten points.
DECIMAL_BASE_MIN = 1_000  # Below it a tenth of a percent point is less than one case.

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def count(number: int | None) -> str:
    return NOT_REPORTED if number is None else f"{number:,}"


def decimal_text(number: str | Decimal | None, *, places: int = 2) -> str:
    """`8263.75` as `8,263.75`; rounds half up, which sums of quarter hours never need."""
    if number is None:
        return NOT_REPORTED
    step = Decimal(1).scaleb(-places)
    return f"{Decimal(number).quantize(step, rounding=ROUND_HALF_UP):,}"


def plural(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def small_word(number: int) -> str:
    return _SMALL[number] if 0 <= number < len(_SMALL) else f"{number:,}"


def percent(numerator: int | Decimal, denominator: int | Decimal) -> str | None:
    """The bare percent, or None when the base is too small to have one."""
    if denominator < PERCENT_BASE_MIN:
        return None
    places = 1 if denominator >= DECIMAL_BASE_MIN else 0
    step = Decimal(1).scaleb(-places)
    exact = Decimal(numerator) * 100 / Decimal(denominator)
    rounded = exact.quantize(step, rounding=ROUND_HALF_UP)
    if numerator > 0 and rounded == 0:
        return f"under {step}%"
    if numerator < denominator and rounded == 100:
        return f"over {100 - step}%"
    if rounded in (0, 100):
        return f"{int(rounded)}%"
    return f"{rounded}%"


def count_and_percent(numerator: int, denominator: int) -> str:
    """`69 (1.5%)`, for a column whose base stands in the same row."""
    share_text = percent(numerator, denominator)
    return f"{numerator:,}" if share_text is None else f"{numerator:,} ({share_text})"


def share(numerator: int | Decimal | None, denominator: int | Decimal | None) -> str:
    """`28.2% (520 of 1,842)`, or `3 of 7` under a base of 10."""
    if numerator is None or denominator is None:
        return NOT_REPORTED
    places = 0 if _is_whole(numerator) and _is_whole(denominator) else 2
    both = f"{_amount(numerator, places)} of {_amount(denominator, places)}"
    share_text = percent(numerator, denominator)
    return both if share_text is None else f"{share_text} ({both})"


def share_of_base(numerator: int, denominator: int) -> str:
    """`38% of 61`, for a matrix cell; `3 of 7` under a base of 10."""
    share_text = percent(numerator, denominator)
    if share_text is None:
        return f"{numerator:,} of {denominator:,}"
    return f"{share_text} of {denominator:,}"


def measure_value(cell: Mapping[str, Any] | None, unit: str) -> str:
    """One cell of a measures table; the unit stands in its head, so days and hours go bare."""
    if cell is None:
        return NOT_REPORTED
    numerator, denominator, value = (cell.get(key) for key in ("numerator", "denominator", "value"))
    if unit == "share" or (unit == "count" and denominator is not None):
        if numerator is None:
            return NOT_REPORTED
        if denominator is None:
            return f"{_amount(_number(numerator))}; base {NOT_REPORTED}"
        base = _number(denominator)
        if unit == "count":
            return f"{_amount(_number(numerator))} of {_amount(base)}"
        return share(_number(numerator), base)
    shown = value if value is not None else numerator
    if shown is None:
        return NOT_REPORTED
    if unit == "hours":
        return decimal_text(str(shown))
    if unit == "days":
        return decimal_text(str(shown), places=1)
    return _amount(_number(shown))


def seconds_text(seconds: float) -> str:
    """`4.9 s`, `34 s`, `2 min 5 s`, `1 h 3 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def day_text(day: str | date | None) -> str:
    """`Jun 30, 2026`, the form of pages; consoles and files keep the ISO form."""
    if day is None:
        return NOT_REPORTED
    value = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{_MONTHS[value.month - 1]} {value.day}, {value.year}"


def clock_text(instant: str | datetime) -> str:
    """`2:05:09 p.m. UTC`."""
    value = as_instant(instant)
    half = "a.m." if value.hour < 12 else "p.m."
    return f"{value.hour % 12 or 12}:{value:%M:%S} {half} UTC"


def instant_text(instant: str | datetime) -> str:
    return f"{day_text(as_instant(instant).date())}, {clock_text(instant)}"


def as_instant(instant: str | datetime) -> datetime:
    """An instant in UTC; text without a zone is UTC already, as everywhere in the hub."""
    value = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def days_before(day: str, as_of: str) -> str:
    """`18 days before`, `the day before`, `that day`: how long a registry has been silent."""
    days = (date.fromisoformat(as_of) - date.fromisoformat(day)).days
    if days == 0:
        return "that day"
    if days < 0:
        return "the day after" if days == -1 else f"{-days:,} days after"
    return "the day before" if days == 1 else f"{days:,} days before"


def short_hash(digest: str) -> str:
    return digest if len(digest) <= 12 else f"{digest[:4]}…{digest[-4:]}"


def _number(value: Any) -> int | Decimal:
    return value if isinstance(value, int) else Decimal(str(value))


def _is_whole(number: int | Decimal) -> bool:
    return number == int(number)


def _amount(number: int | Decimal, places: int | None = None) -> str:
    """Two decimals unless the number is whole; `places` puts two numbers in one precision."""
    if places is None:
        places = 0 if _is_whole(number) else 2
    return decimal_text(Decimal(number), places=places)
