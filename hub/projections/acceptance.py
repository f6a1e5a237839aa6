"""Who accepts whose records by rule, read from the policies alone, and where trust goes one way.

Static: no record is looked at. A rule can apply to a sender unless one of its conditions is false
of every record of that registry; conditions on the record itself may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.projections.exchange import RECORD_KINDS
from hub.projections.recognition import ACCEPTING
from hub.reciprocity.compile import Rule
from hub.reciprocity.condition import NEVER_FALSE, Condition, names_registry
from hub.reciprocity.policy import Policy

KINDS = tuple(RECORD_KINDS)
ACCEPTS = "accepts"
WITH_DOCUMENTS = "with_documents"
REVIEWS = "reviews"
DENIES = "denies"
NO_RULE = "no_rule"
"""The policy has rules on the kind in force; none can apply to the sender."""
NO_POLICY = "no_policy"
STANDINGS = (ACCEPTS, WITH_DOCUMENTS, REVIEWS, DENIES, NO_RULE, NO_POLICY)
"""What rules say of one registry's records of one kind, the most that they let through first."""
LETS_THROUGH = frozenset({ACCEPTS, WITH_DOCUMENTS})
SHUT = frozenset({DENIES, NO_RULE, NO_POLICY})
_OWN_CODES = frozenset({"own_type", "level"})
"""Conditions whose words name the registry whose codes they are: us-wi:CODE."""
_Test = Callable[[str, tuple[Any, ...], str, str], bool]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What one receiver's rules in force on a day say of one sender's records of one kind."""

    sender: str
    receiver: str
    kind: str
    standing: str
    rules: tuple[Rule, ...]
    """Those that can apply, in the order in which they are evaluated."""


@dataclass(frozen=True, slots=True)
class OneWay:
    """A registry lets another's records through, which shuts out its own of the same kind."""

    accepts: Acceptance
    other: Acceptance
    """The way back; its standing says how it is shut."""

    @property
    def is_unused_trust(self) -> bool:
        """The other registry refuses nothing: it has no rule."""
        return self.other.standing != DENIES


def acceptances(
    policies: Mapping[str, Policy], registries: Iterable[str], day: date
) -> list[Acceptance]:
    """Every ordered pair of registries and every kind, in the order of receiver, sender, kind."""
    known = sorted({*registries, *policies})
    return [
        acceptance_of(policies.get(receiver), (sender, receiver), kind, day)
        for receiver in known
        for sender in known
        if sender != receiver
        for kind in KINDS
    ]


def acceptance_of(policy: Policy | None, pair: tuple[str, str], kind: str, day: date) -> Acceptance:
    """What a policy's rules say; pair is the sender and the receiver."""
    sender, receiver = pair
    of_kind = policy.by_kind.get(kind) if policy is not None else None
    in_force = of_kind.in_force_on(day) if of_kind is not None else ()
    rules = rules_for(in_force, sender, receiver)
    return Acceptance(sender, receiver, kind, _standing(in_force, rules), rules)


def rules_for(rules: Sequence[Rule], sender: str, receiver: str) -> tuple[Rule, ...]:
    """Rules that can apply to a sender's records: none behind one that decides them all."""
    found = []
    for rule in rules:
        if any(excludes(each, sender, receiver) for each in rule.conditions):
            continue
        found.append(rule)
        if _decides_all(rule, sender, receiver):
            break
    return tuple(found)


def _decides_all(rule: Rule, sender: str, receiver: str) -> bool:
    """Whether no record of the sender comes to the rules behind this one: it holds of all of them,
    or stops where something is not known."""
    return all(
        _holds(each.name, each.claim, sender, receiver)
        or (each.claim[0] == NEVER_FALSE and not rule.skips_unknown)
        for each in rule.conditions
    )


def lifts_to(rule: Rule) -> str | None:
    """The outcome that its documents lead to, where it asks for any."""
    lifted = rule.effect.lifted
    return None if lifted is None else lifted.outcome


def _standing(in_force: Sequence[Rule], rules: Sequence[Rule]) -> str:
    if not in_force:
        return NO_POLICY
    if not rules:
        return NO_RULE
    return min((_standing_of(rule) for rule in rules), key=STANDINGS.index)


def _standing_of(rule: Rule) -> str:
    asks_documents = any(each.name == "documents" for each in rule.conditions)
    if rule.effect.outcome in ACCEPTING:
        return WITH_DOCUMENTS if asks_documents else ACCEPTS
    if lifts_to(rule) in ACCEPTING:
        return WITH_DOCUMENTS
    return DENIES if rule.effect.outcome == "DENIED" and lifts_to(rule) is None else REVIEWS


def excludes(condition: Condition, sender: str, receiver: str) -> bool:
    """Whether a condition is false of every record that the sender holds."""
    return _fails(condition.name, condition.claim, sender, receiver)


def _fails(name: str, claim: tuple[Any, ...], sender: str, receiver: str) -> bool:
    form = claim[0]
    if form == "any":
        return all(_any(_fails, clause, sender, receiver) for clause in claim[1])
    if form == "not":
        return _all(_holds, claim[1], sender, receiver)
    if form == "approved_by" or name == "registry":
        return not names_registry(sender, claim[1], receiver)
    if name in _OWN_CODES and form == "one_of":
        return not any(member.startswith(f"{sender}:") for member in claim[1])
    return False


def _holds(name: str, claim: tuple[Any, ...], sender: str, receiver: str) -> bool:
    """Whether a condition is true of every record that the sender holds."""
    form = claim[0]
    if form == "any":
        return any(_all(_holds, clause, sender, receiver) for clause in claim[1])
    if form == "not":
        return _any(_fails, claim[1], sender, receiver)
    return name == "registry" and names_registry(sender, claim[1], receiver)


def _any(test: _Test, clause: Iterable[tuple[Any, ...]], sender: str, receiver: str) -> bool:
    return any(test(name, tuple(claim), sender, receiver) for name, *claim in clause)


def _all(test: _Test, clause: Iterable[tuple[Any, ...]], sender: str, receiver: str) -> bool:
    return all(test(name, tuple(claim), sender, receiver) for name, *claim in clause)


def one_way(found: Iterable[Acceptance]) -> Iterator[OneWay]:
    """Where a registry lets another's records through, also with documents, and the other has no
    rule for its own or denies them."""
    by_way = {(each.receiver, each.sender, each.kind): each for each in found}
    for (receiver, sender, kind), each in sorted(by_way.items()):
        back = by_way.get((sender, receiver, kind))
        if each.standing in LETS_THROUGH and back is not None and back.standing in SHUT:
            yield OneWay(each, back)
