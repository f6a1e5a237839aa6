"""One answer, explained from what stands on the log by a moment, as one registry may see it.

The asker is told what its inbox would say: its own request counts; documents and decisions do where
they are its own, or about its own records and shared with it. Whether a record does not exist or
may not be learned of is never told apart. Whatever is received later changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hub.audit.explain_read import Held, Question, Referred
from hub.domain.events import Change, Kind
from hub.domain.rows import Place, RecordKey, RecordRow
from hub.domain.topics import events_topic
from hub.errors import RejectedError
from hub.lanes.decisions import Decision, decision_of
from hub.lanes.policies import references_of
from hub.lanes.sharing import Sharing, consents_of
from hub.lanes.subjects import cited_names, request_of
from hub.projections.exchange import subject_id
from hub.projections.facts import approvals_of, facts_of, judged_body, list_entry_of, word_of
from hub.projections.records import body_of
from hub.projections.verdicts import decided_body
from hub.reciprocity.answer import Answer
from hub.reciprocity.compile import Rule
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.facts import ApprovalFacts, Evidence, ListEntry, RecordFacts, Request
from hub.reciprocity.policy import Policy
from hub.reciprocity.timeline import Interval, timeline
from hub.wire.codec import decode_body

_POLICY = int(Kind.RECIPROCITY_POLICY)
_LISTS = frozenset({int(Kind.RECOGNIZED_CREDENTIAL), int(Kind.RECOGNIZED_ORGANIZATION)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """By which event something stands, and since when the hub had it."""

    what: str
    """record, policy, link, request, approval, list or decision."""
    place: Place | None
    """None of a link, which several events make."""
    since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The answer on one day, what it was made from, and since when that was known."""

    question: Question
    day: date
    answer: Answer | None
    """With its trace; None where no rule on the kind is in force."""
    rule: Rule | None
    """That gave the answer, if a rule of the policy did."""
    intervals: tuple[Interval, ...]
    facts: RecordFacts
    evidence: Evidence
    request: Request
    policy: Policy | None
    decision: dict[str, Any] | None
    """What the judging registry decided, where the asker may know it."""
    known: tuple[Known, ...]
    synthetic: bool


def explain(held: Held, question: Question, day: date) -> Explanation:
    """The answer on the day. Raises RejectedError, in the same words whether the record is not
    there or is not to be learned of."""
    if not held.person_is_known:
        name = f"{question.person.registry}/{question.person.person_id}"
        raise RejectedError(
            f"the log held nothing of {name} by then",
            reason="PERSON_NOT_KNOWN",
            fix="name a person as their own registry does, or a later --recorded-as-of",
        )
    row = held.record
    references = references_of(
        tuple(each.row for each in held.references), row is not None and row.synthetic
    )
    sharing = Sharing(references, consents_of(held.terms))
    if row is None or not _is_shown(row, held, question, sharing):
        raise RejectedError(
            f"{question.person.registry} has no record of that name to be explained: nothing on "
            "the log by then lets it learn of one",
            reason="NOT_SHOWN",
            fix="check person, record and registry; agreements and consents open what others hold",
        )
    return _explained(held, row, question, day, sharing)


def _is_shown(row: RecordRow, held: Held, question: Question, sharing: Sharing) -> bool:
    """A record of the asker's own person, by whichever account, that it may learn of."""
    person = row.person
    if word_of(row) != question.kind:
        return False
    if person is not None and person != question.person and person not in held.cluster:
        return False
    return sharing.may_learn(question.person.registry, row.registry, person, question.kind)


def _explained(
    held: Held, row: RecordRow, question: Question, day: date, sharing: Sharing
) -> Explanation:
    facts = facts_of(row, judged_body(row))
    assert facts is not None
    policy = sharing.references.policies.get(question.receiver)
    used = _used(held, row, question, facts, sharing)
    approvals = tuple(approval for approval, _ in used.approvals)
    if question.person.registry != row.registry:
        facts, approvals = _without_trainers(facts, approvals)
    evidence = Evidence(approvals, tuple(entry for entry, _ in used.lists))
    decision = decision_of(used.decision) if used.decision is not None else None
    documents = decision.documents if decision is not None else frozenset()
    requested_on = body_of(used.request)["requested_on"] if used.request is not None else None
    request = request_of(facts, requested_on, documents)
    answer = evaluate(policy, facts, evidence, day, request, trace=True) if policy else None
    return Explanation(
        question=question,
        day=day,
        answer=answer,
        rule=_rule(policy, answer),
        intervals=timeline(policy, facts, evidence, request) if policy else (),
        facts=facts,
        evidence=evidence,
        request=request,
        policy=policy,
        decision=_decided(decision, row, policy, facts, evidence),
        known=tuple(_known(held, question, row, used)),
        synthetic=row.synthetic,
    )


def _without_trainers(
    facts: RecordFacts, approvals: tuple[ApprovalFacts, ...]
) -> tuple[RecordFacts, tuple[ApprovalFacts, ...]]:
    """The same facts with other names for trainers, who are persons of the registry that holds the
    record and none of the asker's. Only whether two are one is ever asked, so no answer differs."""
    roles: dict[Any, str] = {}

    def role(trainer: Any) -> Any:
        if not isinstance(trainer, str):
            return trainer
        return roles.setdefault(trainer, f"trainer-{len(roles) + 1}")

    def veiled(each: RecordFacts) -> RecordFacts:
        return replace(each, trainer=role(each.trainer))

    own = veiled(facts)
    return own, tuple(
        ApprovalFacts(
            id=role(each.id) if each.facts.kind == "trainer" else each.id,
            facts=veiled(each.facts),
        )
        for each in approvals
    )


@dataclass(frozen=True, slots=True)
class _Used:
    """What beside the record and the policy the answer is made from."""

    approvals: Sequence[tuple[ApprovalFacts, RecordRow]]
    lists: Sequence[tuple[ListEntry, Referred]]
    decision: RecordRow | None
    request: RecordRow | None


def _used(
    held: Held, row: RecordRow, question: Question, facts: RecordFacts, sharing: Sharing
) -> _Used:
    names = cited_names(row)
    approvals = [
        (approval, each)
        for each in held.approvals
        for approval in approvals_of(each)
        if approval.id in names
    ]
    return _Used(
        sorted(approvals, key=lambda pair: (pair[0].id, pair[1].record_id)),
        _mentioned(held.references, facts),
        _shown_decision(held, row, question, sharing),
        _own_request(held.terms, question),
    )


def _own_request(terms: Iterable[RecordRow], question: Question) -> RecordRow | None:
    """The request that the asker made of this receiver for this person, if it stands."""
    registry, person_id = question.person
    name = subject_id(person_id, question.receiver)
    key = RecordKey(registry, int(Kind.PORTABILITY_REQUEST), name)
    return next((row for row in terms if row.key == key and _stands(row)), None)


def _stands(row: RecordRow) -> bool:
    return row.change == Change.STATED


def _mentioned(
    references: Iterable[Referred], facts: RecordFacts
) -> list[tuple[ListEntry, Referred]]:
    """Entries of lists that name the record's organization or own type: no other can matter."""
    entries = {
        list_entry_of(Kind(each.row.kind), decode_body(each.row.schema_id, each.row.body)): each
        for each in references
        if each.row.kind in _LISTS
    }
    named = set(Evidence(lists=tuple(entries)).mentioned(facts))
    return [(entry, each) for entry, each in entries.items() if entry in named]


def _shown_decision(
    held: Held, row: RecordRow, question: Question, sharing: Sharing
) -> RecordRow | None:
    """The decision on the record, where the asker made it, or holds the record and is carried
    back what was decided."""
    decision, viewer = held.decision, question.person.registry
    if decision is None or not _stands(decision):
        return None
    if viewer == question.receiver:
        return decision
    is_shared = sharing.may_learn(question.receiver, row.registry, row.person, question.kind)
    return decision if is_shared and viewer == row.registry else None


def _decided(
    decision: Decision | None,
    row: RecordRow,
    policy: Policy | None,
    facts: RecordFacts,
    evidence: Evidence,
) -> dict[str, Any] | None:
    """The decision beside what the rules said on its day, as the hub's matches say it."""
    if decision is None:
        return None
    on = decision.body["decided_on"]
    answer = evaluate(policy, facts, evidence, on, Request()) if policy is not None else None
    return decided_body(decision.body, row.revision, answer)


def _rule(policy: Policy | None, answer: Answer | None) -> Rule | None:
    if policy is None or answer is None:
        return None
    named = (answer.rule_id, answer.rule_version)
    return next((each for each in policy.rules if (each.id, each.version) == named), None)


def _known(held: Held, question: Question, row: RecordRow, used: _Used) -> Iterator[Known]:
    yield _known_row("record", row)
    for each in held.references:
        if each.row.kind == _POLICY and each.row.key == question.receiver:
            yield Known(what="policy", place=each.place, since_ms=each.since_ms)
    if row.person is not None and row.person != question.person:
        since = max(held.cluster[each].since_ms for each in (row.person, question.person))
        yield Known(what="link", place=None, since_ms=since)
    if used.request is not None:
        yield _known_row("request", used.request)
    if used.decision is not None:
        yield _known_row("decision", used.decision)
    for approval in dict.fromkeys(each for _, each in used.approvals):
        yield _known_row("approval", approval)
    for _, listed in used.lists:
        yield Known(what="list", place=listed.place, since_ms=listed.since_ms)


def _known_row(what: str, row: RecordRow) -> Known:
    place = Place(events_topic(row.registry), row.partition, row.log_offset)
    return Known(what=what, place=place, since_ms=row.received_ms)
