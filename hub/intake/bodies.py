"""Good rows of one statement to the event's body, its private part, identity and change.

A body is filled from the mapping alone: columns first, then settings, types, hours and areas. What
no column gives stays at the schema's own default. Numbers are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.domain.events import Change
from hub.domain.statements import IdentityFields
from hub.intake.cells import identity_of
from hub.intake.forms import Moment
from hub.intake.plan import CLOCK_HOURS, Plan, Target, holds
from hub.intake.rows import Checked
from hub.intake.rules import listed_areas, own_type_of

PRIVATE_LISTS = ("races", "languages")
PRIVATE_FIELDS = (
    "sex",
    "hispanic",
    "birth_year",
    "county",
    "credential_number",
    "position_title",
    "remarks",
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What an event is made of."""

    body: dict[str, Any]
    private: dict[str, Any]
    identity: IdentityFields | None
    change: Change


def build(plan: Plan, rows: Sequence[Checked]) -> Parts:
    """The statement that these rows make, the first row speaking for all."""
    first = rows[0]
    body = {name: [] if value == [] else value for name, value in plan.defaults.items()}
    found: dict[str, dict[str, Any]] = {"body": body, "private": {}, "identity": {}}
    for target in plan.targets:
        value = _converted(first.values[target.at], target)
        if value is not None:
            _put(found[target.section], target.field, value)
    change = _settle(plan, first, found)
    if plan.file.type_columns:
        own_type = own_type_of(plan, first.words)
        body |= plan.file.types[own_type].model_dump(exclude_none=True) | {"own_type": own_type}
    if first.hours:
        body["amount"], body["unit"], body["clock_hours"] = first.hours
    if plan.file.areas:
        body["areas"] = _areas(plan, rows)
    identity = identity_of(found["identity"]) if plan.file.kind == "profile" else None
    if identity and identity.birth_on:
        found["private"]["birth_year"] = identity.birth_on.year
    return Parts(body, _whole_private(found["private"]), identity, change)


def _put(section: dict[str, Any], field: str, value: Any) -> None:
    """Lists grow: two columns may fill one."""
    section[field] = [*section[field], *value] if isinstance(section.get(field), list) else value


def _converted(value: Any, target: Target) -> Any:
    """A value as its field holds it. A code that has no common code gives no value."""
    if target.codes is not None:
        if isinstance(value, tuple):
            return [code for word in value if (code := target.codes.get(word, word)) != ""]
        code = None if value is None else target.codes.get(value, value)
        if code == "":
            return None
        return [code] if code is not None and target.field in PRIVATE_LISTS else code
    if isinstance(value, Moment):
        return value.on
    if isinstance(value, tuple) and target.section != "identity":
        return ";".join(value)
    return value


def _settle(plan: Plan, row: Checked, found: dict[str, dict[str, Any]]) -> Change:
    """Apply the settings; the first that holds for a field wins."""
    change, settled = Change.STATED, set()
    for setting in plan.file.set:
        if setting.to in settled or not holds(setting.when, row.words):
            continue
        settled.add(setting.to)
        value: Any = setting.value
        if setting.column is not None:
            cell = row.values[plan.at[setting.column]]
            value = cell.on if isinstance(cell, Moment) else cell
        if setting.to == "change":
            change = Change[str(value)]
        else:
            section, _, field = setting.to.partition(".")
            found[section][field] = value
    return change


def _area(plan: Plan, own: str, hours: Decimal | None) -> dict[str, Any]:
    return {"area": str(plan.area_codes[own]), "own_area": own, "clock_hours": hours}


def _areas(plan: Plan, rows: Sequence[Checked]) -> list[dict[str, Any]]:
    areas = plan.file.areas
    assert areas is not None
    first = rows[0]
    if areas.columns:
        return [
            {"area": part.area, "own_area": part.own, "clock_hours": hours}
            for part in areas.columns
            if (hours := first.values[plan.at[part.column]])
        ]
    if areas.listed:
        text = first.words[areas.listed]
        listed = listed_areas(text, plan.area_codes) if text else []
        return [_area(plan, own, hours) for own, hours in listed]
    assert areas.column is not None
    found = []
    for row in rows:
        own = row.words[areas.column]
        if own is not None:
            found.append(_area(plan, own, _row_hours(plan, row)))
    return found


def _row_hours(plan: Plan, row: Checked) -> Decimal | None:
    """Clock hours of the row's own area, where the layout gives them."""
    areas = plan.file.areas
    if areas is None or areas.amount is None or row.hours is None:
        return None
    stated: Decimal | None = row.values[plan.at[areas.amount]]
    return None if stated is None else stated * CLOCK_HOURS[row.hours[1]]


def _whole_private(found: dict[str, Any]) -> dict[str, Any]:
    """Every field of the private part but evidence; empty where nothing is to be sealed."""
    if not found:
        return {}
    empty: dict[str, Any] = dict.fromkeys(PRIVATE_FIELDS)
    return empty | {name: [] for name in PRIVATE_LISTS} | found
