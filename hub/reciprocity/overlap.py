"""Rules against each other: overlapping days of one id, and rules that can never decide.

A rule is never reached where one earlier rule decides whenever it would. Conditions are compared in
the order false, unknown, true: where each condition of the earlier rule is at least what one of the
later rule's is, whatever the record says, the later one has nothing left. So a rule that is told of
is unreachable for certain; one whose conditions cannot be compared is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hub.reciprocity.compile import Rule
from hub.reciprocity.condition import NEVER_FALSE, claims_of
from hub.reciprocity.implied import Claim, Claims, Comparison, TooManyComparisonsError
from hub.reciprocity.problems import Problem, rule_place

_NEVER_UNKNOWN = frozenset({"registry", "documents", "within_months"})
"""Conditions on what every record, request or evaluation has."""


def overlapping(rules: Mapping[int, Rule]) -> list[Problem]:
    """Versions of one id that share a day, and versions that stand twice. Keyed by their place."""
    problems = []
    by_id: dict[str, list[Rule]] = {}
    for at, rule in rules.items():
        place = rule_place(rule.id, rule.version)
        for other in by_id.get(rule.id, []):
            if other.version == rule.version:
                what, fix = "stands twice", "give one of them another version"
                problems.append(Problem(place, what, fix, path=("rule", at, "version")))
                break
            if rule.from_on <= _last(other) and other.from_on <= _last(rule):
                what = f"shares days with version {other.version}"
                fix = "end one before the other begins"
                problems.append(Problem(place, what, fix, path=("rule", at, "from")))
                break
        by_id.setdefault(rule.id, []).append(rule)
    return problems


def unreachable(rules: Mapping[int, Rule]) -> list[Problem]:
    """Rules that one earlier rule, in force on all their days, leaves nothing to decide."""
    comparison = Comparison()
    common = Counter(claim for rule in rules.values() for claim in claims_of(rule.conditions))
    problems: list[Problem] = []
    earlier: dict[str, list[_Compared]] = {}
    try:
        for at, rule in rules.items():
            own = _compared(rule, common)
            before = earlier.setdefault(rule.kind, [])
            hiding = next((each for each in before if _hides(each, own, comparison)), None)
            if hiding is not None:
                named = rule_place(hiding.rule.id, hiding.rule.version)
                what = f"is never reached: {named} decides before it"
                fix = "put it first, or leave it out"
                place = rule_place(rule.id, rule.version)
                problems.append(Problem(place, what, fix, path=("rule", at)))
            before.append(own)
    except TooManyComparisonsError:
        what = "holds more conditions than can be compared with each other"
        problems.append(Problem("file", what, "use fewer conditions in any, or fewer rules"))
    return problems


@dataclass(frozen=True, slots=True)
class _Compared:
    """A rule as it is compared: what it says, and what must be implied for it to decide."""

    rule: Rule
    claims: Claims
    needed: Claims
    names: frozenset[str]
    """Names of the rule's conditions, of those in any and not, too."""
    needed_names: frozenset[str]
    stops: bool
    """Whether it decides on unknowns, or has none."""


def _compared(rule: Rule, common: Counter[Claim]) -> _Compared:
    claims = claims_of(rule.conditions)
    never_unknown = _names(claims) <= _NEVER_UNKNOWN
    stops = not rule.skips_unknown or never_unknown
    # A rule that stops on unknowns decides unless a condition is false: one that never is can be
    # left out. One that skips them decides only where all are true.
    needed = [each for each in claims if not (stops and each[1] == NEVER_FALSE)]
    needed.sort(key=common.__getitem__)  # What few rules say is what most others do not imply.
    plain = frozenset(each[0] for each in needed if each[0] not in ("any", "not", "unit"))
    return _Compared(rule, claims, tuple(needed), _names(claims), plain, stops)


def _names(claims: Claims) -> frozenset[str]:
    found: set[str] = set()
    for name, _, *rest in claims:
        if name == "any":
            found.update(*(_names(clause) for clause in rest[0]))
        elif name == "not":
            found |= _names(rest[0])
        else:
            found.add(name)
    return frozenset(found)


def _hides(earlier: _Compared, later: _Compared, comparison: Comparison) -> bool:
    if earlier.rule.from_on > later.rule.from_on or _last(earlier.rule) < _last(later.rule):
        return False
    if not earlier.stops and later.stops:
        return False  # Where the earlier one skips an unknown, this one stops and decides.
    if not earlier.needed_names <= later.names:
        return False
    return comparison.implies(later.claims, earlier.needed)


def _last(rule: Rule) -> date:
    return rule.until_on or date.max
