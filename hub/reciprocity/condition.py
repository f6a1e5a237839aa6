"""The condition: what one is, and how several join.

Conditions are true, false or unknown; one false makes the whole false, whatever else is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from hub.reciprocity.answer import TriedCondition
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
Probed = tuple[str, Any, bool | None]
"""Name, value and result of a condition; a trace makes a TriedCondition of it when looked at."""
Probe = Callable[[Context], Probed]

NEVER_FALSE = "never_false"
"""Claim of a condition that is true or unknown."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. `test` gives None where a field it needs is unknown."""

    name: str
    test: Test
    read: Callable[[Context], Any]
    unknown: Callable[[Context], tuple[str, ...]]
    claim: tuple[Any, ...]
    """What it says, as data: two conditions of one name and claim are one condition."""
    probe: Probe
    """What it read and whether it held, in one call."""
    asked: bool = False  # Whether it reads approvals or lists on the day asked.
    months: int | None = None
    parts: tuple[Condition, ...] = ()


def condition(
    name: str,
    test: Test,
    read: Callable[[Context], Any],
    unknown: Callable[[Context], tuple[str, ...]],
    claim: tuple[Any, ...],
    *,
    asked: bool = False,
) -> Condition:
    """A condition whose trace reads and tests anew."""

    def probe(context: Context) -> Probed:
        return name, read(context), test(context)

    return Condition(name, test, read, unknown, claim, probe, asked)


def any_of(clauses: tuple[tuple[Condition, ...], ...]) -> Condition:
    """One of the clauses holds."""
    parts = tuple(condition for clause in clauses for condition in clause)

    def test(context: Context) -> bool | None:
        results = [all_hold(clause, context) for clause in clauses]
        return True if True in results else None if None in results else False

    claim = ("any", tuple(claims_of(clause) for clause in clauses))
    return _joined("any", test, parts, claim)


def none_of(clause: tuple[Condition, ...]) -> Condition:
    """The clause does not hold."""

    def test(context: Context) -> bool | None:
        result = all_hold(clause, context)
        return None if result is None else not result

    return _joined("not", test, clause, ("not", claims_of(clause)))


def _joined(
    name: str, test: Test, parts: tuple[Condition, ...], claim: tuple[Any, ...]
) -> Condition:
    def read(context: Context) -> Any:
        return tuple(TriedCondition._make(part.probe(context)) for part in parts)

    def unknown(context: Context) -> tuple[str, ...]:
        return unknown_names(parts, context)

    return replace(condition(name, test, read, unknown, claim), parts=parts)


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
    """Reads one field of the record."""
    return attrgetter(f"facts.{field}")


def unknown_of(field: str) -> Callable[[Context], tuple[str, ...]]:
    return lambda context: (field,)


def nothing_unknown(context: Context) -> tuple[str, ...]:
    return ()


def names_registry(registry: str, allowed: frozenset[str], receiver: str) -> bool:
    return registry in allowed or (OTHERS in allowed and registry != receiver)


def state_of(text: str) -> str:
    return text.upper().removeprefix("US-")


def claims_of(clause: tuple[Condition, ...]) -> tuple[tuple[Any, ...], ...]:
    """Name and claim of each condition."""
    return tuple((each.name, *each.claim) for each in clause)
