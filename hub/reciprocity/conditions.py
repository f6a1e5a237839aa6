"""Conditions on a record's own fields, compiled to plain functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from hub.reciprocity.condition import (
    NEVER_FALSE,
    Condition,
    Context,
    Probed,
    condition,
    names_registry,
    reader,
    state_of,
    unknown_of,
)
from hub.reciprocity.effect import Effect
from hub.reciprocity.facts import UNKNOWN
from hub.reciprocity.model import Bounds, Span


def one_of(field: str, allowed: frozenset[str]) -> Condition:
    """The field is one of these texts."""
    return _on_field(field, allowed.__contains__, ("one_of", allowed))


def present(field: str, wanted: bool) -> Condition:
    """The field has a value (true), or is known to be none (false)."""
    return _on_field(field, lambda value: (value is not None) is wanted, ("present", wanted))


def flag(field: str, wanted: bool) -> Condition:
    return _on_field(field, lambda value: value is wanted, ("flag", wanted))


def within(field: str, span: Span) -> Condition:
    """The field is a day of the span."""
    first, last = span.from_on or date.min, span.until_on or date.max

    def judge(value: Any) -> bool:
        return value is not None and first <= value <= last

    return _on_field(field, judge, ("span", first, last))


def bounded(field: str, bounds: Bounds) -> Condition:
    """The field is at least `min` and below `below`."""
    low, high = bounds.min or Decimal(0), bounds.below or Decimal("Infinity")

    def judge(value: Any) -> bool:
        return value is not None and low <= value < high

    return _on_field(field, judge, ("bounds", low, high))


def state_one_of(field: str, allowed: frozenset[str]) -> Condition:
    """The field is one of these states, written ND or us-nd."""
    states = frozenset(state_of(each) for each in allowed)

    def judge(value: Any) -> bool:
        return value is not None and state_of(value) in states

    return _on_field(field, judge, ("one_of", states))


def registry_one_of(allowed: frozenset[str], receiver: str) -> Condition:
    """The record's registry is one of these; `others` names all but the policy's own."""

    def judge(value: Any) -> bool:
        return names_registry(value, allowed, receiver)

    return _on_field("registry", judge, ("registries", allowed, receiver))


def own_code_one_of(field: str, allowed: frozenset[str]) -> Condition:
    """The registry's own code, written with its registry: us-wi:WI-ITC."""
    read_field = attrgetter(field)

    def test(context: Context) -> bool | None:
        facts = context.facts
        own = read_field(facts)
        return None if own is UNKNOWN else f"{facts.registry}:{own}" in allowed

    read = reader(field)
    return condition(field, test, read, unknown_of(field), ("one_of", allowed))


def min_amount(amount: Decimal, unit: str) -> Condition:
    """The record has at least this amount, in this unit; an amount in another unit is false."""

    def test(context: Context) -> bool | None:
        facts = context.facts
        if facts.unit is not UNKNOWN and facts.unit != unit:
            return False
        if facts.unit is UNKNOWN or facts.amount is UNKNOWN:
            return None
        return facts.amount is not None and facts.amount >= amount

    def unknown(context: Context) -> tuple[str, ...]:
        names = ("unit", "amount")
        return tuple(name for name in names if getattr(context.facts, name) is UNKNOWN)

    read = reader("amount")
    return condition("min_amount", test, read, unknown, ("amount", amount, unit))


def has_area(areas: frozenset[str]) -> Condition:
    """The record has hours in one of these knowledge areas."""

    def judge(split: Any) -> bool:
        return any(area in areas and hours > 0 for area, hours in split or ())

    return _on_field("hours_by_area", judge, ("areas", areas))


def hours_known(effect: Effect) -> list[Condition]:
    """What an effect on hours needs to be worked out, of a record that has an amount: its unit, and
    for an effect on areas the hours by area."""
    parts = [effect, *([effect.lifted] if effect.lifted else [])]
    found = []
    if any(each.takes_hours for each in parts):
        found.append(_known_where_there_are_hours("unit"))
    if any(each.areas is not None for each in parts):
        found.append(_known_where_there_are_hours("hours_by_area"))
    return found


def _known_where_there_are_hours(field: str) -> Condition:
    read_field = attrgetter(field)

    def test(context: Context) -> bool | None:
        facts = context.facts
        has_hours = isinstance(facts.amount, Decimal)
        return None if has_hours and read_field(facts) is UNKNOWN else True

    return condition(field, test, reader(field), unknown_of(field), (NEVER_FALSE,))


def _on_field(field: str, judge: Callable[[Any], bool], claim: tuple[Any, ...]) -> Condition:
    """A condition on one field alone: unknown where it is, otherwise what `judge` says."""
    read = reader(field)

    def test(context: Context) -> bool | None:
        value = read(context)
        return None if value is UNKNOWN else judge(value)

    def probe(context: Context) -> Probed:
        value = read(context)
        return field, value, None if value is UNKNOWN else judge(value)

    return Condition(field, test, read, unknown_of(field), claim, probe)
