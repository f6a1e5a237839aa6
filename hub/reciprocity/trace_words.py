"""A trace in plain words: each rule that was tried, its conditions, what each read, if it held.

Trainers and third parties go by their role: neither an organization's name nor an id stands here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from hub.reciprocity.answer import Answer, TriedCondition, TriedRule
from hub.reciprocity.facts import UNKNOWN
from hub.reciprocity.words import hours_text

LABELS = {
    "registry": "the registry that holds it",
    "standing": "its standing",
    "type": "its type",
    "subtype": "its setting",
    "own_type": "its type in its registry's own words",
    "on": "its own day",
    "expires": "its expiry day",
    "revoked_on": "its day of revocation",
    "amount": "its amount",
    "unit": "its unit",
    "min_amount": "its amount",
    "hours_by_area": "its hours by knowledge area",
    "verification": "its verification",
    "evidence": "its evidence",
    "event_type": "its type of event",
    "delivery": "its delivery",
    "organization": "its training organization",
    "approval_code": "its approval code",
    "trainer": "its trainer",
    "level": "its level",
    "held_in": "the state where it was held",
    "grade": "its grade",
    "accredited": "an accredited institution",
    "birth_to_8_percent": "its share about children from birth to 8, in percent",
    "documents": "documents that the receiving registry has",
    "trainer_approved_by": "an approval of its trainer",
    "course_approved_by": "an approval of the course",
    "on_list": "what the list may name",
    "recognized_in_at_least": "states that recognize it",
    "within_months": "a request within the months since its own day",
    "any": "one of these",
    "not": "not all of these",
}
_BY_ROLE = frozenset(
    {
        "organization",
        "trainer",
        "approval_code",
        "trainer_approved_by",
        "course_approved_by",
        "on_list",
    }
)
_RESULTS = {True: "yes", False: "no", None: "not known"}
_RULE_RESULTS = {
    True: "it holds, and decides",
    False: "it does not hold",
    None: "something it asks for is not known",
}


def trace_lines(answer: Answer) -> list[str]:
    """A line for each rule in the order of trying, and one for each of its conditions below it."""
    return [line for tried in answer.tried for line in _rule_lines(tried)]


def _rule_lines(tried: TriedRule) -> Iterator[str]:
    name = f"rule {tried.rule_id} version {tried.rule_version}"
    yield f"{name}: {_RULE_RESULTS[tried.result]}"
    for each in tried.conditions:
        yield from _condition_lines(each, "  ")


def _condition_lines(tried: TriedCondition, indent: str) -> Iterator[str]:
    label = LABELS.get(tried.name, tried.name.replace("_", " "))
    head = f"{indent}{_RESULTS[tried.result]:<9}  {label}"
    if tried.name in ("any", "not"):
        yield f"{head}:"
        for part in tried.value:
            yield from _condition_lines(part, indent + "  ")
        return
    yield f"{head}: {_value(tried)}"


def _value(tried: TriedCondition) -> str:
    value = tried.value
    if value is UNKNOWN:
        return "the record does not say"
    if value is None:
        return "none"
    if tried.name in _BY_ROLE:
        return "one is named"
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return hours_text(value)
    if isinstance(value, tuple):
        return ", ".join(_item(each) for each in value) or "none"
    return str(value).replace("_", " ")


def _item(value: Any) -> str:
    if isinstance(value, tuple):  # Hours of one knowledge area.
        area, hours = value
        return f"{area}: {hours_text(hours)}"
    return _text(value)
