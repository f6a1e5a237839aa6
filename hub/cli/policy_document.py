"""A policy as one document: what the terminal, the page and JSON all show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from hub.domain.state import Document
from hub.domain.states import state_name
from hub.errors import ConfigurationError
from hub.intake.policies import PolicyAnswer
from hub.reciprocity.model import PolicyTable, RuleTable
from hub.reciprocity.policy_changes import Changed, differences
from hub.reciprocity.policy_words import rule_words

Day = Callable[[date], str]
FROM_A_FILE = "read from a file"
NO_ANSWER = "nothing yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A policy that is to be shown, with what is known of it beside its rules."""

    table: PolicyTable
    sha256: str
    adopted_by: str | None = None
    published_ms: int | None = None
    published_why: str | None = None
    """Why it is not said when it was published."""
    answer: PolicyAnswer | None = None
    answer_why: str | None = None
    """Why there is no answer."""


def policy_document(shown: Shown, as_of: date, day: Day = date.isoformat) -> Document:
    """Every rule in words, with the days on which it holds; `day` is how words write days."""
    table = shown.table
    published = shown.published_ms
    rules = [_rule(rule, table.registry, as_of, day) for rule in table.rule]
    return {
        "registry": table.registry,
        "name": state_name(table.registry),
        "revision": table.revision,
        "sha256": shown.sha256,
        "adopted_by": shown.adopted_by,
        "published_at": None if published is None else instant(published),
        "published_at_why": shown.published_why,
        "as_of": as_of.isoformat(),
        "answer": None if shown.answer is None else _answer(shown.answer, shown.sha256),
        "answer_why": shown.answer_why,
        "in_force": sum(each["state"] == "in_force" for each in rules),
        "illustrative": sum(each["illustrative"] for each in rules),
        "rules": rules,
    }


def no_policy(registry: str, where: str) -> ConfigurationError:
    return ConfigurationError(
        f"no policy of {registry} stands {where}",
        fix="publish one with hub policy publish FILE --adopted-by STAFF-ID",
    )


def changes_document(
    old: PolicyTable | None, new: PolicyTable, day: Day = date.isoformat
) -> Document:
    """The difference of two revisions, in words."""
    return {
        "registry": new.registry,
        "revision": new.revision,
        "against": None if old is None else old.revision,
        "changes": [_change(each) for each in differences(old, new, day)],
    }


def instant(milliseconds: int) -> str:
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _change(change: Changed) -> Document:
    return {
        "id": change.rule_id,
        "version": change.version,
        "what": change.what,
        "sentence": change.sentence,
        "no_longer": list(change.no_longer),
        "now": list(change.now),
    }


def _answer(answer: PolicyAnswer, sha256: str) -> Document:
    return {
        "answer": answer.answer,
        "reason": answer.reason,
        "staff_id": answer.staff_id,
        "answered_at": instant(answer.received_ms),
        "of_this_text": answer.sha256 == sha256,
    }


def _rule(rule: RuleTable, registry: str, as_of: date, day: Day) -> Document:
    words = rule_words(rule, registry, day)
    return {
        "id": words.id,
        "version": words.version,
        "kind": words.kind,
        "state": _state(rule, as_of),
        "from": rule.from_on.isoformat(),
        "until": None if rule.until_on is None else rule.until_on.isoformat(),
        "days": words.days,
        "outcome": words.outcome,
        "title": words.title,
        "when": list(words.when),
        "answer": list(words.answer),
        "bring": list(words.bring),
        "then": words.then,
        "unknown": words.unknown,
        "citation": words.citation,
        "illustrative": words.illustrative,
        "note": words.note,
    }


def _state(rule: RuleTable, as_of: date) -> str:
    if rule.from_on > as_of:
        return "to_come"
    return "over" if rule.until_on is not None and rule.until_on < as_of else "in_force"
