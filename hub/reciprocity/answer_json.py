"""Answers as JSON: what `hub match try` and `hub match explain` print.

Decimals are texts, days are ISO days. The same inputs give the same keys in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from hub.domain.states import state_name
from hub.reciprocity.answer import Answer, TriedCondition, TriedRule
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.facts import UNKNOWN, Evidence, RecordFacts, Request
from hub.reciprocity.facts_json import input_to_json
from hub.reciprocity.policy import Policy
from hub.reciprocity.timeline import Interval, interval_on
from hub.reciprocity.words import sentence

NO_POLICY = "no-policy"
"""Reason where no rule on the kind is in force on the day."""
_NO_ANSWER: dict[str, Any] = {
    "outcome": None,
    "reason": NO_POLICY,
    "rule": None,
    "accepted_hours": None,
    "total_hours": None,
    "counts_as": None,
    "not_for": None,
    "documents": None,
    "with_documents": None,
    "unknown": None,
}
_AFTER_DAYS = ("documents", "with_documents", "unknown")


def answer_document(
    policy: Policy, facts: RecordFacts, evidence: Evidence, request: Request, day: date
) -> dict[str, Any]:
    """One receiver's answer on a day, with its trace and the input that gives it again."""
    answer = evaluate(policy, facts, evidence, day, request, trace=True)
    interval = interval_on(policy, facts, evidence, request, day)
    return explained(policy.registry, answer, interval, (facts, evidence, request))


def explained(
    to: str,
    answer: Answer | None,
    interval: Interval | None,
    given: tuple[RecordFacts, Evidence, Request],
) -> dict[str, Any]:
    """An answer with trace, and the interval of the timeline that it stands in."""
    facts = given[0]
    college = facts.kind == "training" and facts.unit == "semester"
    words = sentence(answer, receiver=state_name(to), kind=facts.kind, college=college)
    said = answer_to_json(answer)
    return {
        "to": to,
        **{key: said[key] for key in _NO_ANSWER if key not in _AFTER_DAYS},
        "valid": None if interval is None else days_to_json(interval),
        **{key: said[key] for key in _AFTER_DAYS},
        "words": words,
        "tried": [tried_to_json(each) for each in (answer.tried if answer else ())],
        "input": input_to_json(*given),
    }


def answer_to_json(answer: Answer | None) -> dict[str, Any]:
    """An answer without its days, words and trace; of no policy: the same keys without values."""
    if answer is None:
        return {**_NO_ANSWER, "not_for": [], "documents": [], "unknown": []}
    lifted = answer.with_documents
    return {
        "outcome": answer.outcome,
        "reason": answer.reason,
        "rule": {"id": answer.rule_id, "version": answer.rule_version},
        "accepted_hours": plain(answer.accepted_hours),
        "total_hours": plain(answer.total_hours),
        "counts_as": answer.counts_as,
        "not_for": list(answer.not_for),
        "documents": list(answer.documents),
        "with_documents": None
        if lifted is None
        else {
            "outcome": lifted.outcome,
            "accepted_hours": plain(lifted.accepted_hours),
            "counts_as": lifted.counts_as,
        },
        "unknown": list(answer.unknown),
    }


def days_to_json(interval: Interval) -> dict[str, Any]:
    """First and last day, both inclusive; null: no end."""
    return {"from": plain(interval.from_on), "until": plain(interval.until_on)}


def tried_to_json(tried: TriedRule) -> dict[str, Any]:
    """A rule that was tried; a result of null: not known."""
    return {
        "rule": tried.rule_id,
        "version": tried.rule_version,
        "result": tried.result,
        "conditions": [_condition(each) for each in tried.conditions],
    }


def _condition(tried: TriedCondition) -> dict[str, Any]:
    return {"name": tried.name, "value": plain(tried.value), "result": tried.result}


def plain(value: Any) -> Any:
    """A value of facts or of a trace as JSON holds it; what is unknown is null."""
    if value is UNKNOWN:
        return None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, TriedCondition):
        return _condition(value)
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value
