"""Conditions on a record's own fields, compiled to plain functions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from hub.reciprocity.condition import (
    Condition,
    Context,
    Test,
    names_registry,
    reader,
    state_of,
    unknown_of,
)
from hub.reciprocity.facts import UNKNOWN
from hub.reciprocity.model import Bounds, Span


def one_of(field: str, allowed: frozenset[str]) -> Condition:
    """The field is one of these texts."""
    read_field = attrgetter(field)

    def test(context: Context) -> bool | None:
        value = read_field(context.facts)
        return None if value is UNKNOWN else value in allowed

    return _on_field(field, test, ("one_of", allowed))


def present(field: str, wanted: bool) -> Condition:
    """The field has a value (true), or is known to be none (false)."""
    read_field = attrgetter(field)

    def test(context: Context) -> bool | None:
        value = read_field(context.facts)
        return None if value is UNKNOWN else (value is not None) is wanted

    return _on_field(field, test, ("present", wanted))


def flag(field: str, wanted: bool) -> Condition:
    read_field = attrgetter(field)

    def test(context: Context) -> bool | None:
        value = read_field(context.facts)
        return None if value is UNKNOWN else value is wanted

    return _on_field(field, test, ("flag", wanted))


def within(field: str, span: Span) -> Condition:
    """The field is a day of the span."""
    read_field = attrgetter(field)
    first, last = span.from_on or date.min, span.until_on or date.max

    def test(context: Context) -> bool | None:
        value = read_field(context.facts)
        if value is UNKNOWN:
            return None
        return value is not None and first <= value <= last

    return _on_field(field, test, ("span", first, last))


def bounded(field: str, bounds: Bounds) -> Condition:
    """The field is at least `min` and below `below`."""
    read_field = attrgetter(field)
    low, high = bounds.min, bounds.below

    def test(context: Context) -> bool | None:
        value = read_field(context.facts)
        if value is UNKNOWN:
            return None
        if value is None or (low is not None and value < low):
            return False
        return high is None or value < high

    return _on_field(field, test, ("bounds", low, high))


def state_one_of(field: str, allowed: frozenset[str]) -> Condition:
    """The field is one of these states, written ND or us-nd."""
    states = frozenset(state_of(each) for each in allowed)
    read_field = attrgetter(field)

    def test(context: Context) -> bool | None:
        value = read_field(context.facts)
        if value is UNKNOWN:
            return None
        return value is not None and state_of(value) in states

    return _on_field(field, test, ("one_of", states))


def registry_one_of(allowed: frozenset[str], receiver: str) -> Condition:
    """The record's registry is one of these; `others` names all but the policy's own."""

    def test(context: Context) -> bool | None:
        return names_registry(context.facts.registry, allowed, receiver)

    return _on_field("registry", test, ("one_of", allowed))


def own_type_one_of(allowed: frozenset[str]) -> Condition:
    """The record's own type, written with its registry: us-wi:WI-ITC."""

    def test(context: Context) -> bool | None:
        facts = context.facts
        if facts.own_type is UNKNOWN:
            return None
        return f"{facts.registry}:{facts.own_type}" in allowed

    return _on_field("own_type", test, ("one_of", allowed))


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
    return Condition("min_amount", test, read, unknown, ("amount", amount, unit))


def has_area(areas: frozenset[str]) -> Condition:
    """The record has hours in one of these knowledge areas."""

    def test(context: Context) -> bool | None:
        split = context.facts.hours_by_area
        if split is UNKNOWN:
            return None
        return split is not None and any(area in areas and hours > 0 for area, hours in split)

    return _on_field("hours_by_area", test, ("areas", areas))


def split_is_known() -> Condition:
    """What an effect on knowledge areas needs: hours, where there are any, stand by area."""

    def test(context: Context) -> bool | None:
        facts = context.facts
        if not isinstance(facts.amount, Decimal) or facts.hours_by_area is not UNKNOWN:
            return True
        return None

    return _on_field("hours_by_area", test, ("split",))


def _on_field(field: str, test: Test, claim: tuple[Any, ...]) -> Condition:
    return Condition(field, test, reader(field), unknown_of(field), claim)
