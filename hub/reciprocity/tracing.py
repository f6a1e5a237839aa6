"""Rules made ready for a trace: every condition of each, equal conditions of several read once.

A trace reads all conditions of the rules on the way to the answer, so that what is printed does not
end where a rule's first condition is false.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from hub.reciprocity.answer import TriedCondition, TriedRule
from hub.reciprocity.compile import Rule
from hub.reciprocity.condition import Condition, Context


class Step(NamedTuple):
    """A rule, the probes of conditions that no rule before it has, and how to pick its own of all
    that were read until then."""

    rule: Rule
    probes: tuple[Callable[[Context], TriedCondition], ...]
    pick: Callable[[Sequence[Any]], tuple[Any, ...]]


def steps_of(rules: tuple[Rule, ...]) -> tuple[Step, ...]:
    """The rules in their order; conditions are numbered as they are first read."""
    numbers: dict[tuple[Any, ...], int] = {}
    steps = []
    for rule in rules:
        probes = []
        places = []
        for each in rule.conditions:
            key = _key(each)
            if key not in numbers:
                numbers[key] = len(numbers)
                probes.append(each.probe)
            places.append(numbers[key])
        steps.append(Step(rule, tuple(probes), _picker(places)))
    return tuple(steps)


def _key(condition: Condition) -> tuple[Any, ...]:
    return (condition.name, *condition.claim)


def _picker(places: list[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    if not places:
        return lambda items: ()
    if len(places) == 1:
        at = places[0]
        return lambda items: (items[at],)
    return itemgetter(*places)


class Trace:
    """What one evaluation read so far."""

    __slots__ = ("_found", "_results", "tried")

    def __init__(self) -> None:
        self._found: list[TriedCondition] = []
        self._results: list[bool | None] = []
        self.tried: list[TriedRule] = []

    def result_of(self, step: Step, context: Context) -> bool | None:
        """Whether the rule holds; notes it with its conditions. Steps are taken in their order."""
        for probe in step.probes:
            one = probe(context)
            self._found.append(one)
            self._results.append(one[2])
        held = step.pick(self._results)
        result = False if False in held else None if None in held else True
        rule = step.rule
        noted = (rule.id, rule.version, result, step.pick(self._found))
        self.tried.append(tuple.__new__(TriedRule, noted))
        return result
