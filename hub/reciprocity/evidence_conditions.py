"""Conditions on evidence: documents received, windows, approvals and lists.

Approvals and lists are tested on the record's own day, unless the condition says `asked`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from typing import Any

from hub.reciprocity.condition import (
    Condition,
    Context,
    condition,
    names_registry,
    nothing_unknown,
    reader,
    state_of,
    unknown_of,
)
from hub.reciprocity.days import why_not_in_force, window_end
from hub.reciprocity.facts import UNKNOWN, list_text
from hub.reciprocity.model import OnList, RecognizedIn


def documents_received(allowed: frozenset[str]) -> Condition:
    """The receiving registry has one of these documents."""

    def test(context: Context) -> bool | None:
        return not allowed.isdisjoint(context.request.documents)

    def read(context: Context) -> Any:
        return tuple(sorted(context.request.documents))

    return condition("documents", test, read, nothing_unknown, ("one_of", allowed))


def within_months(months: int) -> Condition:
    """The request, or where there is none the day asked, is in the window from the own day."""

    def test(context: Context) -> bool | None:
        own = context.facts.on
        if not isinstance(own, date):
            return False
        return (context.request.requested_on or context.day) <= window_end(own, months)

    read = reader("on")
    made = condition("within_months", test, read, nothing_unknown, ("months", months))
    return replace(made, months=months)


@dataclass(frozen=True, slots=True)
class Approvals:
    """Which approvals a condition asks for: of this kind, named by this field of the record."""

    kind: str
    field: str
    registries: frozenset[str]
    receiver: str
    asked: bool


def approved_by(wanted: Approvals) -> Condition:
    """The trainer or course holds an approval of the record's own registry, one of those named."""
    read_field = attrgetter(wanted.field)
    kind = wanted.kind

    def test(context: Context) -> bool | None:
        facts = context.facts
        if not names_registry(facts.registry, wanted.registries, wanted.receiver):
            return False
        id = read_field(facts)
        if id is UNKNOWN:
            return None
        day = context.day if wanted.asked else facts.on
        if id is None or not isinstance(day, date):
            return False
        for each in context.evidence.approvals:
            if each.id == id and each.facts.kind == kind:
                of_registry = each.facts.registry == facts.registry
                if of_registry and why_not_in_force(each.facts, day) is None:
                    return True
        return False

    name = f"{wanted.kind}_approved_by"
    claim = ("approved_by", wanted.registries, wanted.receiver, wanted.asked)
    read, unknown = reader(wanted.field), unknown_of(wanted.field)
    return condition(name, test, read, unknown, claim, asked=wanted.asked)


def on_list(wanted: OnList) -> Condition:
    """The organization, or the credential's own type with its registry, is on one of the lists."""
    asked = wanted.tested == "asked"
    names = tuple(sorted(wanted.list))

    def test(context: Context) -> bool | None:
        text, day = list_text(context.facts), context.day if asked else context.facts.on
        if text is UNKNOWN:
            return None
        if not isinstance(text, str) or not isinstance(day, date):
            return False
        entries = context.evidence.entries
        for name in names:
            for entry in entries(name, text):
                if entry.holds_on(day):
                    return True
        return False

    claim = ("one_of", wanted.list, asked)
    return condition("on_list", test, _read_list_text, _unknown_list_text, claim, asked=asked)


def recognized_in(wanted: RecognizedIn) -> Condition:
    """At least so many distinct states have the credential on the list."""
    asked = wanted.tested == "asked"

    def states(context: Context) -> set[str]:
        text, day = list_text(context.facts), context.day if asked else context.facts.on
        if not isinstance(text, str) or not isinstance(day, date):
            return set()
        return {
            state_of(entry.state)
            for name in wanted.list
            for entry in context.evidence.entries(name, text)
            if entry.state is not None
            and entry.holds_on(day)
            and (entry.meets_cda is True or not wanted.meets_cda)
        }

    def test(context: Context) -> bool | None:
        if list_text(context.facts) is UNKNOWN:
            return None
        return len(states(context)) >= wanted.states

    def read(context: Context) -> Any:
        return tuple(sorted(states(context)))

    claim = ("states", wanted.states, wanted.list, wanted.meets_cda, asked)
    name = "recognized_in_at_least"
    return condition(name, test, read, _unknown_list_text, claim, asked=asked)


def _read_list_text(context: Context) -> Any:
    return list_text(context.facts)


def _unknown_list_text(context: Context) -> tuple[str, ...]:
    return ("own_type",) if context.facts.kind == "credential" else ("organization",)
