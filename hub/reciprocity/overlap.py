"""Rules against each other: overlapping days of one id, and rules that can never decide."""

from __future__ import annotations

from datetime import date

from hub.reciprocity.compile import Rule
from hub.reciprocity.condition import follows
from hub.reciprocity.problems import Problem, rule_place


def overlapping(rules: tuple[Rule, ...]) -> list[Problem]:
    """Versions of one id that share a day, and versions that stand twice."""
    problems = []
    by_id: dict[str, list[Rule]] = {}
    for rule in rules:
        place = rule_place(rule.id, rule.version)
        for other in by_id.get(rule.id, []):
            if other.version == rule.version:
                problems.append(Problem(place, "stands twice; give one of them another version"))
            elif rule.from_on <= _last(other) and other.from_on <= _last(rule):
                what = f"shares days with version {other.version}; end one before the other begins"
                problems.append(Problem(place, what))
        by_id.setdefault(rule.id, []).append(rule)
    return problems


def unreachable(rules: tuple[Rule, ...]) -> list[Problem]:
    """Rules whose conditions all imply those of one earlier rule in force on all their days."""
    problems = []
    for at, rule in enumerate(rules):
        for earlier in rules[:at]:
            if earlier.kind == rule.kind and _hides(earlier, rule):
                what = (
                    f"is never reached: {rule_place(earlier.id, earlier.version)} decides before "
                    "it; put it first, or leave it out"
                )
                problems.append(Problem(rule_place(rule.id, rule.version), what))
                break
    return problems


def _hides(earlier: Rule, rule: Rule) -> bool:
    if earlier.from_on > rule.from_on or _last(earlier) < _last(rule):
        return False
    if earlier.skips_unknown and not rule.skips_unknown:
        return False  # Where the earlier one skips an unknown, this one stops and decides.
    return all(
        any(
            given.name == claimed.name and follows(claimed.claim, given.claim)
            for given in rule.conditions
        )
        for claimed in earlier.conditions
    )


def _last(rule: Rule) -> date:
    return rule.until_on or date.max
