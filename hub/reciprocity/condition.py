"""The condition: what one is, when one follows from another, and how several join.

Conditions are true, false or unknown; one false makes the whole false, whatever else is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from hub.reciprocity.facts import Evidence, RecordFacts, Request

OTHERS = "others"
"""Names every registry but the policy's own, where registries are named."""


class Context(NamedTuple):
    """What one evaluation reads."""

    facts: RecordFacts
    evidence: Evidence
    day: date
    request: Request


Test = Callable[[Context], bool | None]


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. `test` gives None where a field it needs is unknown."""

    name: str
    test: Test
    read: Callable[[Context], Any]
    unknown: Callable[[Context], tuple[str, ...]]
    claim: tuple[Any, ...]
    asked: bool = False  # Whether it reads approvals or lists on the day asked.
    months: int | None = None
    parts: tuple[Condition, ...] = ()


def follows(claim: tuple[Any, ...], given: tuple[Any, ...]) -> bool:
    """Whether a condition with `claim` holds whenever one of the same name with `given` does."""
    if claim == given:
        return True
    if claim == ("present", True):
        return given[0] in ("one_of", "span")
    if claim[0] != given[0]:
        return False
    if claim[0] == "one_of":
        return bool(given[1] <= claim[1])
    if claim[0] == "months":
        return bool(given[1] <= claim[1])
    if claim[0] in ("amount", "states"):
        return bool(claim[2:] == given[2:] and claim[1] <= given[1])
    return False


def any_of(clauses: tuple[tuple[Condition, ...], ...]) -> Condition:
    """One of the clauses holds."""
    parts = tuple(condition for clause in clauses for condition in clause)

    def test(context: Context) -> bool | None:
        results = [all_hold(clause, context) for clause in clauses]
        return True if True in results else None if None in results else False

    claim = ("any", frozenset(_claims(clause) for clause in clauses))
    return Condition("any", test, _nested(parts), _unknown_in(parts), claim, parts=parts)


def none_of(clause: tuple[Condition, ...]) -> Condition:
    """The clause does not hold."""

    def test(context: Context) -> bool | None:
        result = all_hold(clause, context)
        return None if result is None else not result

    claim = ("not", _claims(clause))
    return Condition("not", test, _nested(clause), _unknown_in(clause), claim, parts=clause)


def all_hold(conditions: tuple[Condition, ...], context: Context) -> bool | None:
    """False where one is false; otherwise unknown where one is unknown; otherwise true."""
    result: bool | None = True
    for condition in conditions:
        held = condition.test(context)
        if held is False:
            return False
        if held is None:
            result = None
    return result


def unknown_names(conditions: tuple[Condition, ...], context: Context) -> tuple[str, ...]:
    """Sorted names of the fields that leave conditions unknown."""
    names = {
        name
        for condition in conditions
        if condition.test(context) is None
        for name in condition.unknown(context)
    }
    return tuple(sorted(names))


def reader(field: str) -> Callable[[Context], Any]:
    read_field = attrgetter(field)
    return lambda context: read_field(context.facts)


def unknown_of(field: str) -> Callable[[Context], tuple[str, ...]]:
    return lambda context: (field,)


def nothing_unknown(context: Context) -> tuple[str, ...]:
    return ()


def names_registry(registry: str, allowed: frozenset[str], receiver: str) -> bool:
    return registry in allowed or (OTHERS in allowed and registry != receiver)


def state_of(text: str) -> str:
    return text.upper().removeprefix("US-")


def _nested(parts: tuple[Condition, ...]) -> Callable[[Context], Any]:
    return lambda context: [(part.name, part.read(context), part.test(context)) for part in parts]


def _unknown_in(parts: tuple[Condition, ...]) -> Callable[[Context], tuple[str, ...]]:
    return lambda context: unknown_names(parts, context)


def _claims(clause: tuple[Condition, ...]) -> frozenset[tuple[Any, ...]]:
    return frozenset((condition.name, *condition.claim) for condition in clause)
