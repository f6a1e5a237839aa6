"""A decision beside the answer of the rules: whether the two agree.

The answer is the one of the day of the decision, without the documents that the decision names and
without a request, so that it says what the rules said before a person looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.reciprocity.answer import Answer

AGREES = "AGREES"
CONTRADICTS = "CONTRADICTS"
AFTER = "AFTER"
OTHER = "OTHER"
_LEFT_TO_PEOPLE = frozenset({"NEEDS_DOCUMENT", "NEEDS_REVIEW"})
_SAME = {("FULL", "ACCEPTED"), ("PARTIAL", "PARTLY"), ("DENIED", "REFUSED")}


def verdict_of(decision: Mapping[str, Any], revision: int, answer: Answer | None) -> str:
    """AGREES, CONTRADICTS, AFTER where the rules left it to people, or OTHER where nothing was
    decided, or on another revision of the record, or where no rule was in force on that day."""
    decided = decision["decision"]
    if decided == "PENDING" or decision["record_revision"] != revision or answer is None:
        return OTHER
    if answer.outcome in _LEFT_TO_PEOPLE:
        return AFTER
    if (answer.outcome, decided) not in _SAME:
        return CONTRADICTS
    if decided == "PARTLY" and not _same_hours(answer.accepted_hours, decision["accepted_hours"]):
        return CONTRADICTS
    return AGREES


def decided_body(
    decision: Mapping[str, Any], revision: int, answer: Answer | None
) -> dict[str, Any]:
    """What a match and an inbox say of a decision."""
    return {
        **{
            name: decision[name]
            for name in (
                "decision",
                "accepted_hours",
                "counts_as",
                "reason",
                "decided_on",
                "record_revision",
            )
        },
        "document_received": sorted(set(decision["document_received"])),
        "verdict": verdict_of(decision, revision, answer),
        "outcome": None if answer is None else answer.outcome,
        "rule_id": None if answer is None else answer.rule_id,
        "rule_version": None if answer is None else answer.rule_version,
    }


def _same_hours(answered: Decimal | None, decided: Decimal | None) -> bool:
    return answered == decided
