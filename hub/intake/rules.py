"""What the cells of one row say together: days after the extract, ranges, sums, spans, types.

Each rule names the column to correct and the reason word; nothing here looks at another row.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hub.intake.cells import CellError, is_storable
from hub.intake.forms import Moment
from hub.intake.plan import CLOCK_HOURS, Plan, Words, holds
from hub.intake.tables import Amount, Areas

Broken = tuple[int, str] | None
"""Column and rule."""
Hours = tuple[Decimal, str, Decimal]
"""Amount, unit and clock hours of a completion."""


def broken_rule(plan: Plan, words: Words, values: list[Any], hours: Hours | None) -> Broken:
    """The first rule that the row's values break together, none where all hold."""
    return (
        _future(plan, values)
        or _amount_range(plan, words, hours)
        or _ranges(plan, values)
        or _sums(plan, values, hours)
        or _types(plan, words)
        or _spans(plan, values)
    )


def _future(plan: Plan, values: list[Any]) -> Broken:
    for index, name in enumerate(plan.names):
        if plan.file.columns[name].past and values[index] is not None:
            on = day_of(values[index])
            if on > plan.extract_on:
                return index, "future_date"
    return None


def day_of(value: date | Moment) -> date:
    """The day as written."""
    return value.on if isinstance(value, Moment) else value


def _chosen(plan: Plan, words: Words) -> Amount | None:
    for amount in plan.file.amount:
        if words[amount.column] is not None and holds(amount.when, words):
            return amount
    return None


def hours_of(plan: Plan, words: Words, values: list[Any]) -> Hours | None:
    amount = _chosen(plan, words)
    if amount is None:
        return None
    stated: Decimal = values[plan.at[amount.column]]
    return stated, amount.unit, stated * CLOCK_HOURS[amount.unit]


def _amount_range(plan: Plan, words: Words, hours: Hours | None) -> Broken:
    amount = _chosen(plan, words)
    if amount is None or hours is None:
        return None
    rule = _outside(hours[2], amount.range)
    return (plan.at[amount.column], rule) if rule else None


def _outside(number: Decimal, bounds: tuple[Decimal, Decimal]) -> str | None:
    if number < bounds[0]:
        return "negative_hours"
    return "absurd_hours" if number > bounds[1] else None


def _ranges(plan: Plan, values: list[Any]) -> Broken:
    for index, name in enumerate(plan.names):
        number = values[index]
        if not isinstance(number, Decimal):
            continue
        bounds = plan.file.columns[name].range
        if bounds and (rule := _outside(number, bounds)):
            return index, rule
        if not is_storable(number):
            return index, "not_a_number"
    return None


def _sums(plan: Plan, values: list[Any], hours: Hours | None) -> Broken:
    areas = plan.file.areas
    if areas is None:
        return None
    if areas.columns and hours is not None:
        indexes = [plan.at[part.column] for part in areas.columns]
        parts = {index: values[index] for index in indexes if values[index]}
        if sum(parts.values(), Decimal(0)) != hours[2]:
            return next(iter(parts), indexes[0]), "split_sum_mismatch"
    if areas.listed:
        return _listed_sum(plan, values, areas, areas.listed)
    return None


def _listed_sum(plan: Plan, values: list[Any], areas: Areas, listed: str) -> Broken:
    index = plan.at[listed]
    if values[index] is None:
        return None
    try:
        parts = listed_areas(values[index], plan.area_codes)
    except CellError as error:
        return index, error.rule
    total = values[plan.at[areas.total]] if areas.total else None
    if total is not None and sum((hours for _, hours in parts), Decimal(0)) != total:
        return index, "split_sum_mismatch"
    return None


def listed_areas(text: str, codes: dict[str, str | bool]) -> list[tuple[str, Decimal]]:
    """Areas of a CODE:hours list. Raises CellError."""
    parts = []
    for piece in text.split(";"):
        code, _, hours = piece.strip().partition(":")
        if code not in codes:
            raise CellError("unknown_code")
        if not hours.replace(".", "", 1).isdecimal() or not is_storable(Decimal(hours)):
            raise CellError("not_a_number")
        parts.append((code, Decimal(hours)))
    return parts


def own_type_of(plan: Plan, words: Words) -> str:
    """The registry's own type of a credential: its type columns, joined."""
    return "/".join(word for name in plan.file.type_columns if (word := words[name]))


def _types(plan: Plan, words: Words) -> Broken:
    if not plan.file.type_columns or own_type_of(plan, words) in plan.file.types:
        return None
    filled = [name for name in plan.file.type_columns if words[name]]
    return plan.at[(filled or plan.file.type_columns)[-1]], "unknown_code"


def _spans(plan: Plan, values: list[Any]) -> Broken:
    for index, name in enumerate(plan.names):
        earlier = plan.file.columns[name].not_before
        if earlier is None or values[index] is None:
            continue
        first = values[plan.at[earlier]]
        if first is not None and day_of(values[index]) < day_of(first):
            expires = plan.file.columns[name].to == "body.expires_on"
            return index, "expiry_before_issue" if expires else "end_before_start"
    return None
