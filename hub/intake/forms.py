"""Date and stamp forms of the layouts, such as MM/DD/YYYY, read strictly.

A form is letters for parts and anything else as it stands: YYYY MON MM DD M D for the day, HH hh mm
ss SSS AM for the time, OFFSET for an offset as written, Z for UTC. M and D have no leading zero.
A day that the calendar does not have raises ValueError, as does any other form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

PARTS = re.compile(r"YYYY|MON|MM|DD|M|D|HH|hh|mm|ss|SSS|AM|OFFSET|Z")
PATTERNS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "MON": "(?P<name>[A-Z]{3})",
    "MM": "(?P<month>[0-9]{2})",
    "DD": "(?P<day>[0-9]{2})",
    "M": "(?P<month>[1-9][0-9]?)",
    "D": "(?P<day>[1-9][0-9]?)",
    "HH": "(?P<hour>[0-9]{2})",
    "hh": "(?P<hour>0[1-9]|1[0-2])",
    "mm": "(?P<minute>[0-9]{2})",
    "ss": "(?P<second>[0-9]{2})",
    "SSS": "(?P<milli>[0-9]{3})",
    "AM": "(?P<half>AM|PM)",
    "OFFSET": "(?P<offset>[+-][0-9]{2}:[0-9]{2})",
    "Z": "(?P<utc>Z)",
}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A stamp: the day as written, and the instant in microseconds since 1970 UTC."""

    on: date
    instant: int


@cache
def pattern_of(form: str) -> re.Pattern[str]:
    """The form as a pattern."""
    pieces, at = [], 0
    for part in PARTS.finditer(form):
        pieces += [re.escape(form[at : part.start()]), PATTERNS[part.group()]]
        at = part.end()
    return re.compile("".join(pieces) + re.escape(form[at:]))


def _parts(form: str, text: str) -> dict[str, str | None]:
    match = pattern_of(form).fullmatch(text)
    if match is None:
        raise ValueError("another form")
    return match.groupdict()


def _month(parts: dict[str, str | None]) -> int:
    if name := parts.get("name"):
        return MONTHS.index(name) + 1
    return int(parts.get("month") or 1)


@lru_cache(maxsize=1 << 16)
def read_day(form: str, text: str) -> date:
    """A calendar day; the first of the month or year where the form has no more."""
    parts = _parts(form, text)
    return date(int(parts["year"] or 0), _month(parts), int(parts.get("day") or 1))


@lru_cache(maxsize=1 << 16)
def read_period(form: str, text: str) -> str:
    """A day, month or year as YYYY-MM-DD, YYYY-MM or YYYY, as exact as the form is."""
    on = read_day(form, text)
    if "D" in form:
        return on.isoformat()
    return f"{on.year:04}-{on.month:02}" if "M" in form else f"{on.year:04}"


def read_moment(form: str, text: str, zone: ZoneInfo) -> Moment:
    """A stamp. Without an offset it is the zone's time; of an hour that comes twice it is the
    first, and a time that the spring leaves out is read with the offset before the change."""
    parts = _parts(form, text)
    on = date(int(parts["year"] or 0), _month(parts), int(parts["day"] or 0))
    hour = int(parts["hour"] or 0)
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half == "PM" else 0)
    local = datetime(
        on.year,
        on.month,
        on.day,
        hour,
        int(parts["minute"] or 0),
        int(parts.get("second") or 0),
        int(parts.get("milli") or 0) * 1000,
        tzinfo=_zone(parts, zone),
    )
    return Moment(on, (local - EPOCH) // MICROSECOND)


def _zone(parts: dict[str, str | None], zone: ZoneInfo) -> timezone | ZoneInfo:
    if parts.get("utc"):
        return UTC
    if offset := parts.get("offset"):
        span = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
        return timezone(-span if offset[0] == "-" else span)
    return zone
