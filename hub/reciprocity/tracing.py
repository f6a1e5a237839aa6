"""Rules made ready for a trace: every condition of each, equal conditions of several read once.

A trace reads all conditions of the rules on the way to the answer, so that what is printed does not
end where a rule's first condition is false.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, overload

from hub.reciprocity.answer import TriedCondition, TriedRule
from hub.reciprocity.compile import Rule
from hub.reciprocity.condition import Condition, Probe, Probed


class Step(NamedTuple):
    """A rule, the probes of conditions that no rule before it has, and how to pick its own of all
    that were read until then."""

    rule: Rule
    probes: tuple[Probe, ...]
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


def joined(results: tuple[bool | None, ...]) -> bool | None:
    """False where one is false; otherwise unknown where one is unknown; otherwise true."""
    return False if False in results else None if None in results else True


class Trace(Sequence[TriedRule]):
    """What one evaluation read: the rules that were tried, put together when looked at."""

    __slots__ = ("_steps", "found", "results", "rules")

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps
        self.found: list[Probed] = []
        self.results: list[bool | None] = []
        self.rules = 0

    def __len__(self) -> int:
        return self.rules

    @overload
    def __getitem__(self, at: int) -> TriedRule: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[TriedRule, ...]: ...
    def __getitem__(self, at: int | slice) -> TriedRule | tuple[TriedRule, ...]:
        if isinstance(at, slice):
            return tuple(self[each] for each in range(*at.indices(len(self))))
        rule, _, pick = self._steps[range(self.rules)[at]]
        conditions = tuple(map(TriedCondition._make, pick(self.found)))
        return TriedRule(rule.id, rule.version, joined(pick(self.results)), conditions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))
