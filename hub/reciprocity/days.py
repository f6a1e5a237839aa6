"""Days: when a record is in force, and where a window of months ends."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from functools import lru_cache

from hub.reciprocity.facts import RecordFacts

# Ended without a day of its own: in force on no day.
_NEVER = frozenset({"reversed", "applied"})
# Ended on `revoked_on`; in force on no day where the registry states none.
_ENDED = frozenset({"revoked", "withdrawn", "suspended"})
# Ended by its expiry day; in force on no day where the registry states none.
_RAN_OUT = "expired"


def own_day(facts: RecordFacts) -> date | None:
    """Day of completion, issue or approval; None where the record has none."""
    return facts.on if isinstance(facts.on, date) else None


def why_not_in_force(facts: RecordFacts, day: date) -> str | None:
    """Code of why the record is not in force on the day; None where it is.

    In force: own day <= day <= expiry, and day < day of revocation or withdrawal.
    """
    own = own_day(facts)
    if own is None:
        return "no_day_of_its_own"
    if facts.standing in _NEVER:
        return str(facts.standing)
    if facts.verification == "declined" and facts.kind == "training":
        return "declined"
    ended = isinstance(facts.revoked_on, date)
    if facts.standing in _ENDED and not ended:
        return f"{facts.standing}_without_a_day"
    if facts.standing == _RAN_OUT and not ended and not isinstance(facts.expires, date):
        return "expired_without_a_day"
    if day < own:
        return "not_yet"
    if isinstance(facts.revoked_on, date) and day >= facts.revoked_on:
        return "withdrawn" if facts.standing == "withdrawn" else "revoked"
    if isinstance(facts.expires, date) and day > facts.expires:
        return "expired"
    return None


@lru_cache(maxsize=4096)
def window_end(own: date, months: int) -> date:
    """Last day of a window of calendar months; a day that month does not have is clipped."""
    year, month = divmod(own.year * 12 + own.month - 1 + months, 12)
    month += 1
    if year > date.max.year:
        return date.max
    return date(year, month, min(own.day, monthrange(year, month)[1]))
