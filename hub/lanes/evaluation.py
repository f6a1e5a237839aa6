"""Matches of a set of records: only those whose basis differs are worked out again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hub.domain.events import Kind
from hub.domain.rows import Counters, MatchRow, Person, RecordRow
from hub.lanes.decisions import Decision, Decisions
from hub.lanes.sharing import LINK, Sharing
from hub.lanes.subjects import CitedApprovals, Subject, Terms
from hub.lanes.telling import Telling
from hub.lanes.terms import ALONE, Asked, Near
from hub.ports import StoreTransaction
from hub.projections.counters import add_match
from hub.projections.exchange_items import (
    Shown,
    decision_item,
    decision_subject,
    portability_item,
    portability_subject,
)
from hub.projections.facts import word_of
from hub.projections.matches import (
    Case,
    Made,
    basis_of,
    encoded_intervals,
    match_event,
    match_item,
    match_row,
    withdrawn_event,
)
from hub.projections.roots import MATCHES, change_of
from hub.projections.verdicts import decided_body
from hub.reciprocity.days import own_day
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.facts import ApprovalFacts, Request
from hub.wire.codec import decode_body
from hub.wire.schemas import load_schemas

RECORDS_AT_A_TIME = 1_000  # Worked out without a word to the database: some tenths of a second.
MatchKey = tuple[str, int, str, str]
_APPROVAL = int(Kind.APPROVAL)


@dataclass(frozen=True, slots=True)
class Work:
    """Records to be matched, who stands near their persons, and the matches that stand."""

    records: Sequence[RecordRow]
    nears: Mapping[Person, Near]
    former: Mapping[MatchKey, MatchRow]


@dataclass(slots=True)
class _Result:
    written: list[MatchRow] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    """Of each written match its body from the intervals on."""
    kept: set[MatchKey] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    """Subjects of answers to requests that stand."""


def derive_records(
    tx: StoreTransaction, work: Work, sharing: Sharing, telling: Telling
) -> set[str]:
    """Write what differs: matches, sums, events and inbox items. Answers the subjects of answers
    to requests that stand."""
    derivation = _Derivation(tx, work, sharing, telling)
    for number, subject in enumerate(derivation.subjects, 1):
        if number % RECORDS_AT_A_TIME == 0:
            tx.go_on()
        derivation.derive(subject)
    result = derivation.result
    gone = [match for key, match in work.former.items() if key not in result.kept]
    synthetic = sharing.references.synthetic
    for match in gone:
        telling.tell(withdrawn_event(match, match_body(match), synthetic=synthetic))
        telling.take_back_match(match)
    if result.written or gone:
        _write(tx, work.former, result, gone)
    return result.answered


def _write(
    tx: StoreTransaction,
    former: Mapping[MatchKey, MatchRow],
    result: _Result,
    gone: Sequence[MatchRow],
) -> None:
    written = [(former.get(match.key), match) for match in result.written]
    tx.matches.replace([*written, *((match, None) for match in gone)])
    sums: Counters = {}
    for (held, match), body, answer in zip(written, result.bodies, result.answers, strict=True):
        if held is not None and _answers_alike(held, match, answer):
            continue
        add_match(sums, body, 1, match.decided_days)
        if held is not None:
            add_match(sums, match_body(held), -1, held.decided_days)
    for match in gone:
        add_match(sums, match_body(match), -1, match.decided_days)
    _root(tx, written, gone)
    tx.count(sums)


def _root(
    tx: StoreTransaction,
    written: Sequence[tuple[MatchRow | None, MatchRow]],
    gone: Sequence[MatchRow],
) -> None:
    """Take the leaves of what was replaced out of the root, and put in those that stand."""
    changed = [(held, made) for held, made in written if held is None or held.leaf != made.leaf]
    taken = [*(held.leaf for held, _ in changed if held), *(match.leaf for match in gone)]
    if changed or gone:
        tx.roots.add({MATCHES: change_of((made.leaf for _, made in changed), taken)})


def _is_said(held: MatchRow | None, made: MatchRow) -> bool:
    """Whether the event of this very answer was queued with the match that stands. A match without
    a basis is worked out so that it is said again."""
    return held is not None and bool(held.basis) and held.body == made.body


def _answers_alike(held: MatchRow, made: MatchRow, answer: bytes) -> bool:
    """Whether the two count alike, without reading the bodies: what stands before the answer is of
    one length where record and length are the same, so equal ends are equal answers."""
    return (
        held.record_leaf == made.record_leaf
        and len(held.body) == len(made.body)
        and held.decided_days == made.decided_days
        and held.body.endswith(answer)
    )


class Judged(NamedTuple):
    """A record as one receiver's policy is asked about it."""

    case: Case
    word: str
    own_ids: Sequence[str]
    """Under which the receiver knows the person."""
    told: bool
    """Whether the receiver may learn of it."""


def judged_by(
    tx: StoreTransaction, work: Work, sharing: Sharing, receiver: str
) -> Iterator[Judged]:
    """Each record of the work that the receiver judges, as its policy would be asked now. Writes
    nothing."""
    derivation = _Derivation(tx, work, sharing, Telling(sharing.references.synthetic))
    for subject in derivation.subjects:
        if receiver in subject.receivers:
            yield derivation.judged(subject, receiver)


def match_body(match: MatchRow) -> dict[str, Any]:
    """A match's body, read."""
    return decode_body(load_schemas().of(Kind.RECIPROCITY_MATCH).schema_id, match.body)


class _Derivation:
    """One batch of records, judged."""

    def __init__(
        self, tx: StoreTransaction, work: Work, sharing: Sharing, telling: Telling
    ) -> None:
        self._former = work.former
        self._sharing = sharing
        self._references = sharing.references
        self._telling = telling
        self._decisions = Decisions(tx, _worded(work.records))
        self.subjects = [
            Subject(row, word, near, self._receivers(row, word, near))
            for row, word in _worded(work.records)
            for near in [work.nears.get(row.person, ALONE) if row.person else ALONE]
        ]
        judged = (s.row for s in self.subjects if s.receivers or self._decisions.on(s.row, s.word))
        self._approvals = CitedApprovals(tx, judged)
        self.result = _Result()

    def _receivers(self, row: RecordRow, word: str, near: Near) -> list[str]:
        """Other registries with a policy on the kind that know the person or were asked about
        them; all, of an approval."""
        policies = self._references.policies
        if row.kind == _APPROVAL:
            found = set(policies)
        elif near.others or near.requests:
            found = {other.registry for other in near.others} | near.asked()
        else:
            return []
        found.discard(row.registry)
        return sorted(r for r in found if r in policies and word in policies[r].kinds())

    def derive(self, subject: Subject) -> None:
        """Its matches, and what is told of it."""
        decisions = self._decisions.on(subject.row, subject.word)
        decided: dict[str, dict[str, Any]] = {}
        for each in decisions.values():
            if each.stands:
                decided[each.registry] = self._carry_back(subject, each)
            else:
                self._unsay(subject, each)
        for appeal in subject.near.appeals:
            self._telling.hand_on(appeal, subject.row, subject.word, self._sharing)
        for receiver in subject.receivers:
            self._match(subject, self._terms(subject, receiver, decisions), decided.get(receiver))
        for asked in subject.near.requests:
            name = portability_subject(asked.person, asked.receiver, subject.row, subject.word)
            if name not in self.result.answered:
                self._telling.take_back(asked.person.registry, "PORTABILITY", name)

    def judged(self, subject: Subject, receiver: str) -> Judged:
        """The record as this receiver's policy is asked about it."""
        terms = self._terms(subject, receiver, self._decisions.on(subject.row, subject.word))
        cited = tuple(approval for approval, _ in self._approvals.of(subject.row))
        case = self._case(subject, terms, None, cited)
        return Judged(case, subject.word, terms.own_ids, terms.told)

    def _terms(self, subject: Subject, receiver: str, decisions: Mapping[str, Decision]) -> Terms:
        row, word, near, sharing = subject.row, subject.word, subject.near, self._sharing
        own_ids = near.own_ids(receiver)
        by_consent = sharing.consented(receiver, row.person, word)
        known = bool(own_ids) or by_consent or row.kind == _APPROVAL
        told = known and sharing.may_learn(receiver, row.registry, row.person, word)
        shown = []
        if told and not own_ids and row.person is not None:
            shows = sharing.may_learn(receiver, row.registry, row.person, LINK)
            shown = [row.person] if shows else []
        requests = [r for r in near.requests if r.stands and r.receiver == receiver]
        return Terms(
            receiver=receiver,
            own_ids=own_ids,
            told=told,
            shown=shown,
            askers=[
                r
                for r in requests
                if sharing.may_learn(r.person.registry, row.registry, row.person, word)
            ],
            counted=[
                r for r in requests if not known or sharing.consented(receiver, r.person, word)
            ],
            decision=decisions.get(receiver),
        )

    def _match(self, subject: Subject, terms: Terms, decided: dict[str, Any] | None) -> None:
        row, receiver = subject.row, terms.receiver
        cited = self._approvals.of(row)
        evidence = [self._references.lists_digest, terms.packed(), *(leaf for _, leaf in cited)]
        if terms.decision is not None:
            evidence.append(terms.decision.leaf)
        basis = basis_of(row, self._references.digests[receiver], evidence)
        key = (row.registry, row.kind, row.record_id, receiver)
        held = self._former.get(key)
        is_kept = held is not None and held.basis == basis
        if is_kept:
            self.result.kept.add(key)
            if not terms.askers:
                return
        case = self._case(subject, terms, decided, tuple(approval for approval, _ in cited))
        for asked in terms.askers:
            self._answer(subject, asked, terms, case)
        if not is_kept:
            self._write_down(match_row(case, basis), subject, terms)

    def _write_down(self, made: Made | None, subject: Subject, terms: Terms) -> None:
        """The match, and what is told of it; a policy without a rule on the kind makes none."""
        if made is None:
            return
        result, telling, row = self.result, self._telling, subject.row
        result.kept.add(made.match.key)
        result.written.append(made.match)
        result.bodies.append(made.body)
        result.answers.append(made.answer)
        if not _is_said(self._former.get(made.match.key), made.match):
            telling.tell(match_event(made.match, synthetic=row.synthetic))
        if terms.told:
            telling.tell(
                match_item(made, terms.own_ids, others=terms.shown, synthetic=row.synthetic)
            )
        else:
            telling.take_back_match(made.match)

    def _case(
        self,
        subject: Subject,
        terms: Terms,
        decided: dict[str, Any] | None,
        approvals: tuple[ApprovalFacts, ...],
    ) -> Case:
        decision = terms.decision
        stands = decision is not None and decision.stands
        days = [asked.requested_on for asked in terms.counted]
        own = own_day(subject.facts) if days else None
        after = [day for day in days if own is None or own <= day]
        documents = decision.documents if decision is not None else frozenset()
        return Case(
            row=subject.row,
            facts=subject.facts,
            policy=self._references.policies[terms.receiver],
            evidence=self._references.lists.with_approvals(approvals),
            request=Request(min(after, default=None), documents),
            decision=decided if stands else None,
            decided=(None, None) if decision is None else decision.timing(subject.row),
        )

    def _answer(self, subject: Subject, asked: Asked, terms: Terms, case: Case) -> None:
        """Tell the asker, who learns of documents and decisions about its own records alone. Told
        again though the match is kept: meanwhile the record may not have been the person's."""
        is_own = asked.person.registry == subject.row.registry and self._may_carry_back(
            subject, terms.receiver
        )
        documents = case.request.documents if is_own else frozenset()
        request = subject.request_on(asked.requested_on, documents)
        intervals = encoded_intervals(case._replace(request=request))
        shown = Shown(subject.row, subject.word, intervals, case.decision if is_own else None)
        item = portability_item(asked.person, asked.receiver, asked.requested_on, shown)
        self._telling.tell(item)
        self.result.answered.add(_answer_name(subject, asked))

    def _may_carry_back(self, subject: Subject, decider: str) -> bool:
        row = subject.row
        return self._sharing.may_learn(decider, row.registry, row.person, subject.word)

    def _carry_back(self, subject: Subject, decision: Decision) -> dict[str, Any]:
        """Tell the registry that holds the record what was decided, as far as it is shared."""
        row, word, policies = subject.row, subject.word, self._references.policies
        answer = None
        if decision.registry in policies:
            approvals = self._approvals.of(row)
            evidence = self._references.lists.with_approvals(tuple(a for a, _ in approvals))
            day = decision.body["decided_on"]
            policy = policies[decision.registry]
            answer = evaluate(policy, subject.facts, evidence, day, Request())
        decided = decided_body(decision.body, row.revision, answer)
        if self._may_carry_back(subject, decision.registry):
            item = decision_item(
                row, word, decision.registry, decided, synthetic=decision.synthetic
            )
            self._telling.tell(item)
        else:
            self._unsay(subject, decision)
        return decided

    def _unsay(self, subject: Subject, decision: Decision) -> None:
        """The decision was taken back, or is shared no longer."""
        name = decision_subject(subject.row, subject.word, decision.registry)
        self._telling.take_back(subject.row.registry, "DECISION", name)


def _answer_name(subject: Subject, asked: Asked) -> str:
    return portability_subject(asked.person, asked.receiver, subject.row, subject.word)


def _worded(records: Iterable[RecordRow]) -> list[tuple[RecordRow, str]]:
    """Records that are judged, with the policies' word for their kind."""
    return [(row, word) for row in records if (word := word_of(row)) is not None]
