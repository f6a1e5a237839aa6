"""A policy: one receiving registry's dated rules, read from its file and compiled once.

A file is taken whole or refused whole: `PolicyError` names every problem with its rule, its key and
its remedy. No expressions, no patterns: a closed list of conditions and effects.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from pydantic import ValidationError

from hub.errors import ConfigurationError
from hub.reciprocity import codes
from hub.reciprocity.compile import Rule, compile_rule
from hub.reciprocity.compile_effect import Scope
from hub.reciprocity.condition import OTHERS, Condition
from hub.reciprocity.model import PolicyTable, RuleTable
from hub.reciprocity.overlap import overlapping, unreachable
from hub.reciprocity.problems import Problem, pydantic_problems, rule_place, too_deep

BYTES_MAX = 1_000_000


class PolicyError(ConfigurationError):
    """A policy file is refused; `problems` says each place, what stands there, and the remedy."""

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        lines = [f"{source}: {len(problems)} to correct, nothing of it is taken"]
        lines += [f"  {each.place}: {each.what}" for each in problems]
        super().__init__(
            "\n".join(lines),
            fix="Correct what is named, then check the file again.",
            effect="The policy that stood before still stands.",
        )
        self.problems = problems


@dataclass(frozen=True, slots=True)
class KindRules:
    """The rules on one kind of record, and what can change their answers."""

    rules: tuple[Rule, ...]
    days: tuple[date, ...]
    """First days of rules and days after their last, sorted."""
    windows: tuple[int, ...]
    """Months of windows."""
    asked: bool
    """Whether approvals or lists are tested on the day asked."""

    sets: tuple[tuple[Rule, ...], ...]
    """Rules in force before the first of these days, and from each of them on."""

    def in_force_on(self, day: date) -> tuple[Rule, ...]:
        return self.sets[bisect_right(self.days, day)]


@dataclass(frozen=True, slots=True)
class Policy:
    """One registry's rules, in the order in which they are evaluated."""

    registry: str
    revision: int
    rules: tuple[Rule, ...]
    by_kind: Mapping[str, KindRules] = field(compare=False, repr=False)

    def kinds(self) -> frozenset[str]:
        """Kinds of record on which there is a rule, in force or not."""
        return frozenset(self.by_kind)


def parse_policy(text: str, *, source: str = "policy") -> Policy:
    """The policy of one file. Raises PolicyError."""
    table = _read(text, source)
    problems: list[Problem] = []
    groups = _groups(table, problems)
    if not codes.is_registry(table.registry):
        problems.append(Problem("registry", "is no registry's code; write one such as us-oh"))
    rules = tuple(_rule(each, table.registry, groups, problems) for each in table.rule)
    problems += overlapping(rules)
    if not problems:
        problems += unreachable(rules)
    if problems:
        raise PolicyError(source, tuple(problems))
    kinds = {rule.kind: tuple(r for r in rules if r.kind == rule.kind) for rule in rules}
    by_kind = {kind: _kind_rules(of_kind) for kind, of_kind in kinds.items()}
    return Policy(table.registry, table.revision, rules, by_kind)


def _read(text: str, source: str) -> PolicyTable:
    if len(text.encode()) > BYTES_MAX:
        what = f"is larger than {BYTES_MAX} bytes; leave out rules that no longer matter"
        raise PolicyError(source, (Problem("file", what),))
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(source, (Problem("file", f"is not TOML: {error}"),)) from None
    except RecursionError:
        raise PolicyError(source, (Problem("file", "is nested too deep; flatten it"),)) from None
    deep = too_deep(data)
    if deep:
        raise PolicyError(source, deep)
    try:
        return PolicyTable.model_validate(data)
    except ValidationError as error:
        raise PolicyError(source, pydantic_problems(error, data)) from None


def _groups(table: PolicyTable, problems: list[Problem]) -> dict[str, frozenset[str]]:
    for name, members in table.groups.items():
        place = f"groups.{name}"
        if name == OTHERS or codes.is_registry(name):
            problems.append(Problem(place, "is a word of its own; name the group differently"))
        if not members:
            problems.append(Problem(place, "lists nothing; name its registries"))
        for member in members:
            if member in table.groups:
                what = f"holds the group '{member}'; a group lists registries only, name them"
                problems.append(Problem(place, what))
            elif not codes.is_registry(member):
                what = f"holds '{member}', which is no registry; write one such as us-oh"
                problems.append(Problem(place, what))
    return {name: frozenset(members) for name, members in table.groups.items()}


def _rule(
    table: RuleTable, receiver: str, groups: dict[str, frozenset[str]], problems: list[Problem]
) -> Rule:
    place = rule_place(table.id, table.version)

    def complain(key: str, what: str) -> None:
        problems.append(Problem(f"{place}, {key}", what))

    return compile_rule(
        table, Scope(receiver=receiver, kind=table.kind, groups=groups, complain=complain)
    )


def _kind_rules(rules: tuple[Rule, ...]) -> KindRules:
    days = {rule.from_on for rule in rules}
    days |= {
        rule.until_on + timedelta(days=1)
        for rule in rules
        if rule.until_on is not None and rule.until_on < date.max
    }
    conditions = [each for rule in rules for each in _with_parts(rule.conditions)]
    windows = {each.months for each in conditions if each.months is not None}
    asked = any(each.asked for each in conditions)
    first_days = tuple(sorted(days))
    sets = tuple(
        tuple(rule for rule in rules if rule.in_force_on(day)) for day in (date.min, *first_days)
    )
    return KindRules(rules, first_days, tuple(sorted(windows)), asked, sets)


def _with_parts(conditions: tuple[Condition, ...]) -> list[Condition]:
    return [part for each in conditions for part in (each, *each.parts)]


__all__ = ["KindRules", "Policy", "PolicyError", "Problem", "Rule", "parse_policy"]
