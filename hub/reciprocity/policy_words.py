"""A policy's rules in plain sentences: when each decides, what it answers, what to bring, and from
where it is.

Made from the file's tables, so that every key that a rule holds is said in words. Groups are read
as the registries that they list.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.domain.states import state_name
from hub.reciprocity import policy_code_words as code
from hub.reciprocity.model import Clause, EffectTable, Lift, PolicyTable, RuleTable
from hub.reciprocity.policy import parse_policy
from hub.reciprocity.policy_clauses import Wording, clause_parts, with_groups
from hub.reciprocity.words import OUTCOME_WORDS, hours_text

Groups = Mapping[str, frozenset[str]]
_UNITS = {"ceu": "CEU", "semester": "semester credit"}


@dataclass(frozen=True, slots=True)
class RuleWords:
    """One rule as people read it. Sentences end with a period."""

    id: str
    version: int
    kind: str
    outcome: str
    title: str
    """The answer in a few words."""
    when: tuple[str, ...]
    """Conditions that all hold; none: it decides on every record that comes to it."""
    answer: tuple[str, ...]
    bring: tuple[str, ...]
    """Documents, in plain words."""
    then: str | None
    """What the answer is once they are there."""
    unknown: str | None
    """What follows where the record does not say what a condition asks for."""
    days: str
    citation: str | None
    illustrative: bool
    note: str | None

    def sentences(self) -> tuple[str, ...]:
        """All that it says, apart from its days."""
        source = f"Source: {self.citation}." if self.citation else "It is made up."
        note = () if self.note is None else (f"Note: {self.note}",)
        bring = (f"To bring: {code.listed(self.bring, 'and')}.",) if self.bring else ()
        rest = tuple(each for each in (self.then, self.unknown) if each is not None)
        return (*self.when, *self.answer, *bring, *rest, source, *note)


def read_tables(text: str, *, source: str = "policy") -> PolicyTable:
    """A policy's tables with its groups put in their rules. Raises PolicyError where the hub would
    not take the policy."""
    parse_policy(text, source=source)
    return tables_of(text)


def tables_of(text: str) -> PolicyTable:
    """The same of a text that the hub took: it is not checked again."""
    table = PolicyTable.model_validate(tomllib.loads(text))
    groups = {name: frozenset(members) for name, members in table.groups.items()}
    rules = [
        rule.model_copy(update={"when": with_groups(rule.when, groups)}) for rule in table.rule
    ]
    return table.model_copy(update={"rule": rules})


def rule_words(
    rule: RuleTable, receiver: str, day: Callable[[date], str] = date.isoformat
) -> RuleWords:
    """A rule of `read_tables` in words. `receiver` is the policy's registry, `day` how days are
    written."""
    wording = Wording(state_name(receiver), rule.kind, day)
    when = [_sentence(each) for each in clause_parts(rule.when, wording)]
    if rule.kind == "training" and not _names_verification(rule):
        when.insert(0, _sentence(code.VERIFICATIONS["verified"]))
    effect = rule.effect
    return RuleWords(
        id=rule.id,
        version=rule.version,
        kind=rule.kind,
        outcome=effect.outcome,
        title=_title(effect),
        when=tuple(when),
        answer=tuple(_sentence(each) for each in _answer(effect, wording)),
        bring=tuple(sorted(code.plain(each) for each in effect.documents or ())),
        then=None if effect.with_ is None else _then(effect.with_, wording),
        unknown=_unknown(rule) if when else None,
        days=days_text(rule, day),
        citation=rule.citation,
        illustrative=rule.illustrative,
        note=rule.note,
    )


def days_text(rule: RuleTable, day: Callable[[date], str]) -> str:
    """`from 2024-07-01, no end`, both days inclusive."""
    if rule.until_on is None:
        return f"from {day(rule.from_on)}, no end"
    return f"from {day(rule.from_on)} until {day(rule.until_on)}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _names_verification(rule: RuleTable) -> bool:
    clauses: list[Clause] = [rule.when, *(rule.when.any or [])]
    clauses += [] if rule.when.not_ is None else [rule.when.not_]
    return any(each.verification is not None for each in clauses)


def _title(effect: EffectTable | Lift) -> str:
    words = OUTCOME_WORDS[effect.outcome]
    return f"{words}, as {code.plain(effect.counts_as)}" if effect.counts_as else words


def _answer(effect: EffectTable | Lift, wording: Wording) -> list[str]:
    found = []
    if effect.counts_as:
        found.append(f"it counts as {code.plain(effect.counts_as)}")
    if effect.not_for:
        purposes = (code.PURPOSES.get(each, f"for {code.plain(each)}") for each in effect.not_for)
        found.append(f"it does not count {code.listed(purposes)}")
    if effect.convert is not None:
        found += [
            f"one {_UNITS.get(unit, unit)} counts for {hours_text(rate)} clock hours"
            for unit, rate in effect.convert
            if rate is not None
        ]
    if effect.areas is not None:
        areas = code.areas_text(effect.areas)
        found.append(f"only hours in these knowledge areas count: {areas}")
    if effect.cap_hours is not None:
        found.append(f"at most {hours_text(effect.cap_hours)} clock hours of one record count")
    if effect.round_down_to is not None:
        step = hours_text(effect.round_down_to)
        found.append(f"hours are rounded down to a multiple of {step}")
    found += _more(effect, wording)
    return found


def _more(effect: EffectTable | Lift, wording: Wording) -> list[str]:
    """Keys that no sentence was written for, as they stand."""
    said = {*_SAID_OF_EFFECTS, "outcome", "documents", "with_"}
    return [
        f"{code.plain(key)} is {wording.value(value)}"
        for key, value in _stated(effect)
        if key not in said
    ]


_SAID_OF_EFFECTS = ("counts_as", "not_for", "convert", "areas", "cap_hours", "round_down_to")


def _stated(table: EffectTable | Lift) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in table if value is not None]


def _then(lift: Lift, wording: Wording) -> str:
    parts = [OUTCOME_WORDS[lift.outcome].lower(), *_answer(lift, wording)]
    return f"With that: {'; '.join(parts)}."


def _unknown(rule: RuleTable) -> str:
    if rule.unknown == "skip":
        return "Where the record does not say one of these, the next rule is read."
    return "Where the record does not say one of these, a person reviews it."
