"""What a row adds to the sums that measures are made of.

Sums change by difference: what the new row adds, less what the old one added. What holds only on
some days is added on the first of them and taken away on the day after the last; a count on day D
is then the sum of everything up to D.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from hub.domain.events import Change, Kind
from hub.domain.rows import EVER, Counters, RecordRow
from hub.projections.records import day_number
from hub.wire.skim import skim_of

_PROFILE, _TRAINING = int(Kind.PROFILE), int(Kind.TRAINING_COMPLETION)
_CREDENTIAL, _APPROVAL = int(Kind.CREDENTIAL), int(Kind.APPROVAL)
_DECISION = int(Kind.RECOGNITION_DECISION)
_DECIDED = ("registry", "kind", "decision", "reason", "decided_on")
HOURS_UNIT = 10_000
"""Hours are summed in ten-thousandths, so that sums are exact."""


def add_record(out: Counters, row: RecordRow, sign: int) -> None:
    """Add what a standing record adds, or take it away again."""
    kind, registry = row.kind, row.registry
    _add(out, _records_key(registry, kind), sign)
    if kind == _TRAINING:
        _add(out, ("trainings", registry, "", EVER), sign)
        if row.counted:
            _add(out, ("trainings_verified", registry, "", EVER), sign)
            _add(out, ("verified_hours_e4", registry, "", EVER), sign * row.hours_e4)
        if row.recorded_days is not None:
            _add(out, ("days_to_record", registry, "", EVER), sign * row.recorded_days)
            _add(out, ("days_to_record_of", registry, "", EVER), sign)
    elif kind == _PROFILE and row.counted:
        _add(out, ("accounts", registry, "", EVER), sign)
        _add(out, ("active_accounts", registry, "", EVER), sign * (row.own_type == "ACTIVE"))
    elif kind == _CREDENTIAL and row.valid_from is not None:
        dim = row.own_type or ""
        _add(out, ("credentials_active", registry, dim, row.valid_from), sign)
        if row.valid_until is not None:
            _add(out, ("credentials_active", registry, dim, row.valid_until + 1), -sign)
    elif kind == _APPROVAL:
        _add(out, ("approvals", registry, row.own_type or "", EVER), sign)
    elif kind == _DECISION and row.change == Change.STATED:
        holder, word, decision, reason, days = skim_of(row.schema_id, _DECIDED)(row.body)
        pair = f"{registry}|{word}"
        _add(out, ("decisions", holder, f"{pair}|{decision}", days), sign)
        _add(out, ("decision_reasons", holder, f"{pair}|{reason}", days), sign)


@lru_cache(maxsize=1024)
def _records_key(registry: str, kind: int) -> tuple[str, str, str, int]:
    return ("records", registry, Kind(kind).event_name, EVER)


def add_match(
    out: Counters, match: dict[str, Any], sign: int, decided_days: int | None = None
) -> None:
    """Add what a match's timeline adds, or take it away again: by receiver, kind and outcome; and
    what was decided beside it, with the days that it took."""
    registry = match["registry"]
    pair = f"{match['receiver']}|{match['kind']}"
    for interval in match["intervals"]:
        first = day_number(interval["from_on"]) or 0
        last = day_number(interval["until_on"])
        accepted, total = interval["accepted_hours"], interval["total_hours"]
        sums = {
            ("answers", f"{pair}|{interval['outcome']}"): sign,
            ("accepted_hours_e4", pair): 0 if accepted is None else sign * _e4(accepted),
            ("total_hours_e4", pair): 0 if total is None else sign * _e4(total),
        }
        for (name, dim), value in sums.items():
            _add(out, (name, registry, dim, first), value)
            if last is not None:
                _add(out, (name, registry, dim, last + 1), -value)

    decided = match["decision"]
    if decided is not None:
        day = day_number(decided["decided_on"]) or 0
        _add(out, ("decision_verdicts", registry, f"{pair}|{decided['verdict']}", day), sign)
        if decided_days is not None:
            _add(out, ("decision_days", registry, pair, day), sign * decided_days)
            _add(out, ("decision_days_of", registry, pair, day), sign)


def _e4(hours: Decimal) -> int:
    return int(hours * HOURS_UNIT)


def _add(out: Counters, key: tuple[str, str, str, int], value: int) -> None:
    out[key] = out.get(key, 0) + value
