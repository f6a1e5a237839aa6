"""What a rejection says and how to fix it: a function of rule and field, never of a value.

The same words stand at the state's desk, in receipts, events, logs and JSON.
"""

from __future__ import annotations

from dataclasses import dataclass

RULES = {
    "column_count": (
        "the row has more or fewer columns than the layout",
        "write every column of the layout, with quotes where a field holds the separator",
    ),
    "undecodable_byte": (
        "{field} holds a byte that the file's encoding does not have",
        "write {field} in the layout's encoding, then send the row again",
    ),
    "missing_key": (
        "{field} has no value",
        "fill in {field}, then send the row again",
    ),
    "orphan_person": (
        "{field} names a person who is in no people file",
        "correct {field}, or send this person in the people file",
    ),
    "unknown_code": (
        "{field} holds a word that is not in its code list",
        "use a code of the layout, or have the code added to the mapping file",
    ),
    "impossible_date": (
        "{field} is not a day of the calendar in the layout's form",
        "correct {field}, then send the row again",
    ),
    "future_date": (
        "{field} is after the day of the extract",
        "correct {field}, then send the row again",
    ),
    "negative_hours": (
        "{field} is below the layout's range",
        "correct {field}, then send the row again",
    ),
    "absurd_hours": (
        "{field} is above the layout's range",
        "correct {field}, then send the row again",
    ),
    "split_sum_mismatch": (
        "the amounts by knowledge area do not add up to the total",
        "correct the amounts or the total, then send every row of this record again",
    ),
    "expiry_before_issue": (
        "{field} is before the first day of validity",
        "correct the two days, then send the row again",
    ),
    "end_before_start": (
        "{field} is before the first day",
        "correct the two days, then send the row again",
    ),
    "conflicting_duplicate": (
        "an earlier row has the same record and stamp, but another {field}",
        "send the row that holds, with a later stamp",
    ),
    "not_a_number": (
        "{field} is not a number below a hundred million with at most four decimals",
        "correct {field}, then send the row again",
    ),
    "too_long": (
        "{field} is longer than 10,000 characters",
        "shorten {field}, then send the row again",
    ),
    "trailer_count": (
        "the closing line does not count the rows of the file",
        "send the whole file again: it may be cut short",
    ),
}
OTHER = ("{field} breaks the rule", "correct {field}, then send the row again")
WHOLE_ROW = "the row"


@dataclass(frozen=True, slots=True)
class Message:
    """What is the matter, and what to do about it."""

    what: str
    fix: str


def message(rule: str, field: str) -> Message:
    """The words for a rejected row."""
    what, fix = RULES.get(rule, OTHER)
    place = field or WHOLE_ROW
    return Message(what.format(field=place), fix.format(field=place))


def message_text(rule: str, field: str) -> str:
    """The words in one line."""
    words = message(rule, field)
    return f"{words.what}; {words.fix}"
