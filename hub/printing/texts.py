"""The words of a report in one language: what each language must have, so that none lacks a code.

Keys are the codes of policies, answers and decisions. A document or purpose that a policy names
under a code of its own is shown as the code, with blanks for underscores, and said to be so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hub.domain.states import state_name
from hub.reciprocity.policy_code_words import plain

CENTS = 2

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """Words for codes."""

    outcomes: Words
    kinds: Words
    """Kinds of record, as one is called."""
    these: Words
    """The same, pointed at: "this training"."""
    reasons: Words
    """May name {unknown}, {why} and {cuts}."""
    why_not_in_force: Words
    cuts: Words
    """What took hours; each may name {value}."""
    areas: Words
    unknown: Words
    """What a record does not say, by the name of the condition that asks."""
    documents: Words
    purposes: Words
    decisions: Words
    """Each names {day}."""
    states: Words
    """Names of states by registry, where they are not the English ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Whole phrases. {asker} and {receiver} are names of states."""

    title: str
    name: str
    accepted_of: str
    accepted_of_one: str
    none_shown: str
    none_lead: str
    lead_hours: str
    lead_without_hours: str
    warning: str
    synthetic: str
    who: str
    person: str
    person_name: str
    for_registry: str
    asked_on: str
    answers_on: str
    summary: str
    summary_caption: str
    answer: str
    records: str
    hours_accepted: str
    hours_shown: str
    all_records: str
    no_hours: str
    no_rule_in_force: str
    no_rule_sentence: str
    bring: str
    bring_intro: str
    bring_nothing: str
    bring_for: str
    own_word: str
    has_already: str
    decided_count: str
    each_record: str
    record_named: str
    counts_hours: str
    accepts_full: str
    accepts_part: str
    but_not: str
    needs_documents: str
    needs_review: str
    denied: str
    with_documents: str
    hours: str
    hours_of: str
    record_without_hours: str
    counts_as: str
    not_for: str
    holds: str
    holds_from: str
    holds_until: str
    no_end: str
    then: str
    documents: str
    why: str
    rule: str
    rule_version: str
    rule_of_all: str
    source: str
    decided: str
    not_decided: str
    decided_reason: str
    decided_earlier: str
    received: str
    other_request: str
    not_shown: str
    silent_kinds: str
    gate: str
    wrong: str
    wrong_text: str
    footer_source: str
    footer_received: str
    footer_command: str
    page_of: str
    last: str
    """Between the last two of a list: "and"."""
    last_before_i: str
    """The same where the last begins with the sound of an i."""


@dataclass(frozen=True, slots=True)
class Texts:
    """One language."""

    language: str
    codes: Codes
    phrases: Phrases
    day: Callable[[date], str]

    def state(self, registry: str) -> str:
        """Name of a registry's state."""
        return self.codes.states.get(registry) or state_name(registry)

    def document(self, code: str) -> tuple[str, bool]:
        """Words for a document, and whether they are only the code itself."""
        known = self.codes.documents.get(code)
        return (plain(code), True) if known is None else (known, False)

    def listed(self, parts: Sequence[str]) -> str:
        """`a, b and c`."""
        if len(parts) < 2:
            return "".join(parts)
        before_i = parts[-1].lower().startswith(("i", "hi"))
        last = self.phrases.last_before_i if before_i else self.phrases.last
        return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def hours_cell(hours: Decimal) -> str:
    """Clock hours in a column: two places, more only where there are more."""
    exponent = hours.normalize().as_tuple().exponent
    places = max(CENTS, -exponent) if isinstance(exponent, int) else CENTS
    return f"{hours:,.{places}f}"
