"""Words and icons of outcomes, rules, kinds and goals, in the order in which they are shown.

A code that has no entry here is shown as its own words, so nothing that is counted can vanish.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    code: str
    words: str
    icon: str
    letter: str  # Stands for the icon where the terminal has no UTF-8.
    name: str  # Of the CSS class and of the drawn icon.


OUTCOMES = (
    Outcome("FULL", "Accepted in full", "●", "F", "full"),
    Outcome("PARTIAL", "Accepted in part", "◐", "P", "partial"),
    Outcome("NEEDS_DOCUMENT", "Needs a document", "▤", "D", "document"),
    Outcome("NEEDS_REVIEW", "Needs a review", "◇", "R", "review"),
    Outcome("DENIED", "Not accepted", "✕", "X", "denied"),
)
COUNTING_OUTCOMES = ("FULL", "PARTIAL")  # Those that count in the receiving state.

GOALS = {
    "saturation": ("Saturation", "Who is on record?"),
    "operations": ("Operations", "What do the registries do, and what do they send?"),
    "accountability": ("Accountability", "How far can the records be relied on?"),
    "reciprocity": ("Reciprocity", "What counts in another state?"),
}

RULE_WORDS = {
    "column_count": "wrong number of columns",
    "undecodable_byte": "byte not in the file's encoding",
    "missing_key": "no key",
    "orphan_person": "person not in the people file",
    "unknown_code": "code not in the list",
    "impossible_date": "impossible date",
    "future_date": "future date",
    "negative_hours": "amount below the range",
    "absurd_hours": "amount above the range",
    "split_sum_mismatch": "amounts that do not add up",
    "expiry_before_issue": "expiry before issue",
    "end_before_start": "end before start",
    "conflicting_duplicate": "second row, other content",
    "not_a_number": "not a number",
    "too_long": "cell too long",
    "trailer_count": "trailer counts other rows",
}

KIND_WORDS = {
    "training_completion": "Training completions",
    "training": "Training completions",
    "education": "Education",
    "credential": "Credentials",
    "approval": "Approvals",
    "course": "Approved courses",
    "trainer": "Approved trainers",
    "organization": "Approved organizations",
}

LANE_WORDS = {
    "records": "folds what registries send",
    "identity": "links accounts to people",
    "derive": "works out matches and measures",
    "relay": "publishes what the hub found",
    "inbox": "writes the out folders",
    "sync": "delivers to the registries",
}


def rule_words(rule: str) -> str:
    return RULE_WORDS.get(rule, rule.replace("_", " "))


def kind_words(kind: str) -> str:
    return KIND_WORDS.get(kind, kind.replace("_", " ").capitalize())
