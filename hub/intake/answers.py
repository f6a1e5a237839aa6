"""What a registry, or the Alliance, says of two persons: answers onto the publisher's own topic.

An answer replaces the publisher's earlier one about the same two, and stands until it is withdrawn.
Nothing here looks at who the persons are: ids alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.domain.events import Change, Kind
from hub.domain.rows import Person
from hub.errors import ConfigurationError
from hub.identity.statements import Answer, pair_of
from hub.intake.exchange import Statement, refuse_strangers, send_statement
from hub.intake.reference import Entry, publish_reference
from hub.ports import EventLog
from hub.projections.answers import Answered, answer_id, speaker_of
from hub.reciprocity.codes import is_registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """An answer to be published."""

    one: Person
    other: Person
    answer: Answer
    reason: str
    staff_id: str | None
    sample: str | None = None
    withdrawn: bool = False

    @property
    def change(self) -> Change:
        return Change.WITHDRAWN if self.withdrawn else Change.STATED


def person_named(text: str) -> Person:
    """The person of `us-oh/P-1042`; an id may hold slashes. Raises ConfigurationError."""
    registry, _, person_id = text.partition("/")
    if not is_registry(registry) or not person_id:
        raise ConfigurationError(
            "a person is named by registry and id, parted by a slash",
            fix="write it as us-oh/P-1042",
            effect="nothing was published",
        )
    return Person(registry, person_id)


async def publish_answer(
    log: EventLog, saying: Saying, registry: str | None, *, synthetic: bool
) -> bool:
    """Publish an answer of a registry, whose data are synthetic or not, or of the Alliance where
    none is named. Answers whether anything was sent: what the Alliance has said already is no new
    fact.

    Raises ConfigurationError where the publisher may not say it, before anything is sent.
    """
    record_id, body = _record(saying)
    if registry is not None:
        person_id = speaker_of(_said(body), registry)
        if person_id is None:
            raise ConfigurationError(
                f"neither of the two is a person of {registry}",
                fix="let a registry that has one of them answer",
                effect="nothing was published",
            )
        await refuse_strangers(log, registry)
        statement = Statement(
            Kind.REVIEW_ANSWER, registry, person_id, record_id, body, saying.withdrawn
        )
        await send_statement(log, statement, synthetic=synthetic)
        return True
    if saying.answer is not Answer.NEVER:
        raise ConfigurationError(
            "the Alliance can say of two persons that they are never one, and nothing else",
            fix="name the registry that answers with --registry",
            effect="nothing was published",
        )
    entry = Entry(Kind.REVIEW_ANSWER, record_id, body, None, False, change=saying.change)
    return await publish_reference(log, [entry]) == 1


def _record(saying: Saying) -> tuple[str, dict[str, Any]]:
    """Record id and body."""
    if saying.one == saying.other:
        raise ConfigurationError(
            "both ids name one account",
            fix="name two accounts",
            effect="nothing was published",
        )
    one, other = pair_of(saying.one, saying.other)
    return answer_id(one, other), {
        "registry": one.registry,
        "person_id": one.person_id,
        "other_registry": other.registry,
        "other_person_id": other.person_id,
        "answer": saying.answer.name,
        "reason": saying.reason,
        "staff_id": saying.staff_id,
        "sample": saying.sample,
    }


def _said(body: dict[str, Any]) -> Answered:
    return Answered._make(body[name] for name in Answered._fields)
