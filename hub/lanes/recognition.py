"""How registries' decisions agree with their rules, who accepts whose records, and rules that
people contradict: read, and told to the two registries concerned.

What was told stands in the subjects of inbox items, so it survives a store. Telling again says
nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hub.domain.rows import OutboxItem
from hub.lanes.evaluation import match_body
from hub.lanes.policies import References, load_references
from hub.ports import StoreTransaction
from hub.projections.acceptance import acceptances
from hub.projections.acceptance_document import Matrix
from hub.projections.matches import inbox_subject, notice_item
from hub.projections.recognition import (
    DECISION_SUMS,
    Contradiction,
    Ruled,
    Tally,
    contradictions_of,
    tallies_of,
)
from hub.projections.records import EPOCH, day_number
from hub.recognition_ports import Sums

CONTRADICTIONS = "contradictions"
TOLD_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """So many contradictions of the last decisions under one version of a rule are too many."""

    at_least: int = 5
    of_last: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Decisions by pair and kind, and the rules that people contradict."""

    tallies: tuple[Tally, ...]
    contradictions: tuple[Contradiction, ...]
    references: References


def read_agreement(tx: StoreTransaction, day: date, bounds: Bounds) -> Agreement:
    """Decisions so far, whole; who may see what of it is a question of whom it is shown to."""
    return Agreement(
        tallies=tuple(tallies_of(tx.recognition.sums(DECISION_SUMS, _number(day)))),
        contradictions=tuple(read_contradictions(tx, bounds)),
        references=load_references(tx),
    )


def read_contradictions(tx: StoreTransaction, bounds: Bounds) -> Iterator[Contradiction]:
    """Rules that people contradict, in order of receiver, sender, rule and version."""
    for receiver, sender in tx.recognition.deciders():
        ruled = list(_ruled(tx, receiver, sender))
        yield from contradictions_of(ruled, at_least=bounds.at_least, of_last=bounds.of_last)
        tx.go_on()


def _ruled(tx: StoreTransaction, receiver: str, sender: str) -> Iterator[Ruled]:
    for match in tx.recognition.decided(receiver, sender):
        decision: dict[str, Any] | None = match_body(match)["decision"]
        if decision is None or decision["rule_id"] is None or match.decided_ms is None:
            continue
        yield Ruled(
            receiver=receiver,
            sender=sender,
            kind=match.subject,
            record_id=match.record_id,
            decided_ms=match.decided_ms,
            verdict=decision["verdict"],
            rule_id=decision["rule_id"],
            rule_version=decision["rule_version"],
        )


def read_matrix(tx: StoreTransaction, day: date) -> Matrix:
    """Everything that the acceptance matrix of a day is made from."""
    references = load_references(tx)
    sums = tx.recognition.sums((*DECISION_SUMS, "answers"), _number(day))
    return Matrix(
        day=day,
        acceptances=tuple(acceptances(references.policies, tx.recognition.registries(), day)),
        tallies=tuple(tallies_of(sums)),
        answers=_answers(sums),
        last_decided=_last_days(tx.recognition.last_decided(_number(day))),
        policies=references.policies,
        agreements=references.agreements,
        synthetic=references.synthetic,
    )


def _answers(sums: Sums) -> dict[tuple[str, str, str], dict[str, int]]:
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    for (name, sender, dim), value in sums.items():
        if name == "answers":
            receiver, kind, outcome = dim.split("|")
            found.setdefault((sender, receiver, kind), {})[outcome] = value
    return found


def _last_days(found: Mapping[tuple[str, str], int]) -> dict[tuple[str, str, str], date]:
    """By sender, receiver and kind; documents that were noted are no decision."""
    last: dict[tuple[str, str, str], date] = {}
    for (sender, dim), number in found.items():
        receiver, kind, decision = dim.split("|")
        way, day = (sender, receiver, kind), EPOCH + timedelta(days=number)
        if decision != "PENDING" and day > last.get(way, date.min):
            last[way] = day
    return last


def _number(day: date) -> int:
    return day_number(day) or 0


def tell_contradictions(tx: StoreTransaction, bounds: Bounds) -> list[Contradiction]:
    """Tell both registries of each rule that people contradict, and take back what holds no
    longer."""
    references = load_references(tx)
    found = list(read_contradictions(tx, bounds))
    items: dict[str, OutboxItem] = {}
    for each in found:
        for registry in told_of(each, references):
            item = _item(each, registry, synthetic=references.synthetic)
            items[item.subject] = item
    after = ""
    gone: list[OutboxItem] = []
    while page := tx.recognition.told(CONTRADICTIONS, after, TOLD_AT_A_TIME):
        after = page[-1]
        gone += [
            _gone(subject, synthetic=references.synthetic)
            for subject in page
            if inbox_subject(subject) not in items
        ]
    tx.outbox.publish([*items.values(), *gone])
    return found


def told_of(found: Contradiction, references: References) -> list[str]:
    """Who is told: the registry whose rule it is, and the one whose records were decided on, where
    agreements let decisions go back to it."""
    shared = all(
        references.lets_through(found.sender, found.receiver, kind) for kind in found.kinds
    )
    return [found.receiver, found.sender] if shared else [found.receiver]


def _item(found: Contradiction, registry: str, *, synthetic: bool) -> OutboxItem:
    rule = (found.rule_id, str(found.rule_version))
    subject = "|".join((CONTRADICTIONS, found.receiver, found.sender, *rule, registry))
    fields = {
        "sender": found.sender,
        "judge": found.receiver,
        "kind": found.kinds[0] if len(found.kinds) == 1 else None,
        "contradictions": {
            "rule_id": found.rule_id,
            "rule_version": found.rule_version,
            "contradicting": found.contradicting,
            "decisions": found.decisions,
        },
    }
    return notice_item(registry, "CONTRADICTIONS", subject, fields, synthetic=synthetic)


def _gone(subject: str, *, synthetic: bool) -> OutboxItem:
    registry = subject.rpartition("|")[2]
    return notice_item(
        registry, "CONTRADICTIONS", subject, {"withdrawn": True}, synthetic=synthetic
    )
