"""What a row adds to the sums that measures are made of.

Sums change by difference: what the new row adds, less what the old one added. What holds only on
some days is added on the first of them and taken away on the day after the last; a count on day D
is then the sum of everything up to D.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub.domain.events import Kind
from hub.domain.rows import EVER, CounterKey, Counters, RecordRow
from hub.projections.records import day_number

HOURS_UNIT = 10_000
"""Hours are summed in ten-thousandths, so that sums are exact."""


def of_record(row: RecordRow, body: dict[str, Any]) -> Counters:
    """What a standing record adds."""
    kind = Kind(row.kind)
    out: Counters = {}
    registry = row.registry
    _add(out, "records", registry, kind.event_name, EVER, 1)
    if kind is Kind.PROFILE and row.counted:
        _add(out, "accounts", registry, "", EVER, 1)
        _add(out, "active_accounts", registry, "", EVER, int(body["status"] == "ACTIVE"))
    elif kind is Kind.TRAINING_COMPLETION:
        _add(out, "trainings", registry, "", EVER, 1)
        _add(out, "trainings_verified", registry, "", EVER, row.counted)
        _add(out, "verified_hours_e4", registry, "", EVER, row.hours_e4)
        done, entered = day_number(body["completed_on"]), day_number(body["entered_on"])
        if done is not None and entered is not None and entered >= done:
            _add(out, "days_to_record", registry, "", EVER, entered - done)
            _add(out, "days_to_record_of", registry, "", EVER, 1)
    elif kind is Kind.CREDENTIAL and row.valid_from is not None:
        dim = row.own_type or ""
        _add(out, "credentials_active", registry, dim, row.valid_from, 1)
        if row.valid_until is not None:
            _add(out, "credentials_active", registry, dim, row.valid_until + 1, -1)
    elif kind is Kind.APPROVAL:
        _add(out, "approvals", registry, body["subject"], EVER, 1)
    return out


def of_match(match: dict[str, Any]) -> Counters:
    """What a match's timeline adds, by receiver, kind and outcome."""
    out: Counters = {}
    pair = f"{match['receiver']}|{match['kind']}"
    for interval in match["intervals"]:
        first = day_number(interval["from_on"])
        last = day_number(interval["until_on"])
        accepted, total = interval["accepted_hours"], interval["total_hours"]
        sums = {
            ("answers", f"{pair}|{interval['outcome']}"): 1,
            ("accepted_hours_e4", pair): 0 if accepted is None else int(accepted * HOURS_UNIT),
            ("total_hours_e4", pair): 0 if total is None else int(total * HOURS_UNIT),
        }
        for (name, dim), value in sums.items():
            _add(out, name, match["registry"], dim, first or 0, value)
            if last is not None:
                _add(out, name, match["registry"], dim, last + 1, -value)
    return out


def difference(new: Iterable[Counters], old: Iterable[Counters]) -> Counters:
    """New less old; zeros left out."""
    out: Counters = {}
    for sign, many in ((1, new), (-1, old)):
        for counters in many:
            for key, value in counters.items():
                out[key] = out.get(key, 0) + sign * value
    return {key: value for key, value in out.items() if value}


def _add(out: Counters, name: str, registry: str, dim: str, day: int, value: int) -> None:
    if value:
        key = CounterKey(name, registry, dim, day)
        out[key] = out.get(key, 0) + value
