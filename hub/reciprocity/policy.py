"""A policy: one receiving registry's dated rules, read from its file and compiled once.

A file is taken whole or refused whole: `PolicyError` names every problem with its rule, its key and
its remedy. No expressions, no patterns: a closed list of conditions and effects.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from hub.reciprocity.compile import Rule, compile_rule
from hub.reciprocity.compile_effect import Scope
from hub.reciprocity.condition import Condition
from hub.reciprocity.model import RuleTable
from hub.reciprocity.overlap import overlapping, unreachable
from hub.reciprocity.places import located
from hub.reciprocity.problems import PolicyError, Problem, bounded, key_path, rule_place
from hub.reciprocity.reading import Names, head_of, names_of, read_toml, rule_tables
from hub.reciprocity.tracing import Step, steps_of

TRACED_MAX = 16
"""Sets of rules of one kind that are kept ready for traces."""


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
    traced: dict[int, tuple[Step, ...]] = field(default_factory=dict, compare=False, repr=False)
    """The same as a trace goes through them, made when first asked for."""

    def in_force_on(self, day: date) -> tuple[Rule, ...]:
        return self.sets[bisect_right(self.days, day)]

    def steps_on(self, day: date) -> tuple[Step, ...]:
        """The rules in force, as a trace goes through them."""
        at = bisect_right(self.days, day)
        steps = self.traced.get(at)
        if steps is None:
            if len(self.traced) >= TRACED_MAX:
                self.traced.clear()
            steps = self.traced[at] = steps_of(self.sets[at])
        return steps


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
    """The policy of one file. Raises PolicyError, which names every problem with its place."""
    data = read_toml(text, source)
    problems: list[Problem] = []
    head = head_of(data, problems)
    tables, partial = rule_tables(data, problems)
    names = names_of(data)
    rules = _compiled(tables, names, problems)
    problems += _unknown_words(partial, names)
    problems += overlapping(rules)
    problems += unreachable(rules)
    if problems or head is None:
        raise PolicyError(source, tuple(located(text, data, bounded(problems))))
    ordered = tuple(rules.values())
    kinds = {rule.kind: tuple(r for r in ordered if r.kind == rule.kind) for rule in ordered}
    by_kind = {kind: _kind_rules(of_kind) for kind, of_kind in kinds.items()}
    return Policy(head.registry, head.revision, ordered, by_kind)


def _compiled(
    tables: dict[int, RuleTable], names: Names, problems: list[Problem]
) -> dict[int, Rule]:
    """The rules in which nothing is wrong, by their place in the file."""
    rules = {}
    for at, table in tables.items():
        before = len(problems)
        rule = _rule(at, table, names, problems)
        if len(problems) == before:
            rules[at] = rule
    return rules


def _unknown_words(partial: dict[int, RuleTable], names: Names) -> list[Problem]:
    """Words that name nothing, in rules of which other keys do not have their form."""
    found: list[Problem] = []
    for at, table in partial.items():
        _rule(at, table, names, found)
    return [problem for problem in found if problem.word is not None]


def _rule(at: int, table: RuleTable, names: Names, problems: list[Problem]) -> Rule:
    place = rule_place(table.id, table.version)

    def complain(key: str, what: str, fix: str, word: str | None = None) -> None:
        path = ("rule", at, *key_path(key))
        problems.append(Problem(f"{place}, {key}", what, fix, path=path, word=word))

    scope = Scope(receiver=names.receiver, kind=table.kind, groups=names.groups, complain=complain)
    return compile_rule(table, scope)


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
