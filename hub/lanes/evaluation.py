"""Matches of a set of records: only those whose basis differs are worked out again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.domain.events import Kind
from hub.domain.rows import Counters, MatchRow, OutboxItem, Person, RecordRow
from hub.lanes.policies import References
from hub.ports import StoreTransaction
from hub.projections.counters import add_match
from hub.projections.facts import approvals_of, facts_of, judged_body
from hub.projections.matches import (
    Made,
    basis_of,
    inbox_subject,
    match_event,
    match_item,
    match_row,
    subject_name,
    withdrawn_event,
    withdrawn_match_item,
)
from hub.projections.roots import MATCHES, change_of
from hub.reciprocity.facts import ApprovalFacts, RecordFacts
from hub.wire.codec import decode_body
from hub.wire.schemas import load_schemas

RECORDS_AT_A_TIME = 1_000  # Worked out without a word to the database: some tenths of a second.
MatchKey = tuple[str, int, str, str]


@dataclass(frozen=True, slots=True)
class Work:
    """Records to be matched, who stands beside their persons, and the matches that stand."""

    records: Sequence[RecordRow]
    beside: dict[Person, list[Person]]
    former: dict[MatchKey, MatchRow]


@dataclass(slots=True)
class _Result:
    written: list[MatchRow] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    kept: set[MatchKey] = field(default_factory=set)
    items: list[OutboxItem] = field(default_factory=list)
    silenced: list[MatchRow] = field(default_factory=list)


def derive_records(tx: StoreTransaction, work: Work, references: References) -> None:
    """Write what differs: matches, sums, events and inbox items."""
    former = work.former
    result = _Result()
    approvals = _Approvals(tx, work.records)
    for number, row in enumerate(work.records, 1):
        if number % RECORDS_AT_A_TIME == 0:
            tx.go_on()
        _derive_record(row, work, references, approvals, former, result)
    gone = [match for key, match in former.items() if key not in result.kept]
    _withdraw(tx, gone, references, result)
    if result.written or gone:
        written = [(former.get(match.key), match) for match in result.written]
        tx.matches.replace([*written, *((match, None) for match in gone)])
        taken = [*(held for held, _ in written if held), *gone]
        sums: Counters = {}
        for body in result.bodies:
            add_match(sums, body, 1)
        for match in taken:
            add_match(sums, match_body(match), -1)
        tx.roots.add(
            {MATCHES: change_of((m.leaf for m in result.written), (m.leaf for m in taken))}
        )
        tx.count(sums)
    tx.outbox.publish(result.items)


def match_body(match: MatchRow) -> dict[str, Any]:
    """A match's body, read."""
    return decode_body(load_schemas().of(Kind.RECIPROCITY_MATCH).schema_id, match.body)


class _Approvals:
    """Approvals that the records cite, by registry and the id that names them."""

    def __init__(self, tx: StoreTransaction, records: Iterable[RecordRow]) -> None:
        cited = {
            (row.registry, name)
            for row in records
            for name in (row.approval_code, row.trainer_id)
            if name and row.kind != Kind.APPROVAL
        }
        self._by_name: dict[tuple[str, str], list[tuple[ApprovalFacts, bytes]]] = {}
        for row in tx.records.approvals_cited(sorted(cited)):
            for approval in approvals_of(row):
                self._by_name.setdefault((row.registry, approval.id), []).append(
                    (approval, row.leaf)
                )

    def of(self, row: RecordRow) -> list[tuple[ApprovalFacts, bytes]]:
        if row.kind == Kind.APPROVAL:
            return []
        names = {name for name in (row.approval_code, row.trainer_id) if name}
        return [
            each for name in sorted(names) for each in self._by_name.get((row.registry, name), [])
        ]


def _receivers(row: RecordRow, facts: RecordFacts, work: Work, references: References) -> list[str]:
    """Other registries with a policy on the kind that know the person; all, of an approval."""
    if row.kind == Kind.APPROVAL:
        near = set(references.policies)
    else:
        person = row.person
        near = {other.registry for other in work.beside.get(person, [])} if person else set()
    near.discard(row.registry)
    return sorted(
        receiver
        for receiver in near
        if receiver in references.policies and facts.kind in references.policies[receiver].kinds()
    )


def _derive_record(
    row: RecordRow,
    work: Work,
    references: References,
    approvals: _Approvals,
    former: dict[MatchKey, MatchRow],
    result: _Result,
) -> None:
    near = work.beside.get(row.person, []) if row.person else []
    if not near and row.kind != Kind.APPROVAL:
        return
    facts = facts_of(row, judged_body(row))
    if facts is None:
        return
    cited = approvals.of(row)
    evidence = references.lists.with_approvals(tuple(approval for approval, _ in cited))
    for receiver in _receivers(row, facts, work, references):
        own_ids = sorted(other.person_id for other in near if other.registry == receiver)
        allowed = references.lets_through(row.registry, receiver, facts.kind)
        told = "|".join((str(int(allowed)), *own_ids)).encode()
        basis = basis_of(
            row,
            references.digests[receiver],
            [references.lists_digest, told, *(leaf for _, leaf in cited)],
        )
        key = (row.registry, row.kind, row.record_id, receiver)
        held = former.get(key)
        if held is not None and held.basis == basis:
            result.kept.add(key)
            continue
        made = match_row(row, facts, references.policies[receiver], evidence, basis)
        if made is None:
            continue
        _keep(result, made, own_ids if allowed else None, row.synthetic)


def _keep(result: _Result, made: Made, own_ids: list[str] | None, synthetic: bool) -> None:
    match = made.match
    result.kept.add(match.key)
    result.written.append(match)
    result.bodies.append(made.body)
    result.items.append(match_event(match, synthetic=synthetic))
    if own_ids is not None:
        result.items.append(match_item(made, own_ids, synthetic=synthetic))
    else:
        result.silenced.append(match)


def _withdraw(
    tx: StoreTransaction, gone: Sequence[MatchRow], references: References, result: _Result
) -> None:
    """Say that answers hold no longer, to those who were told of them."""
    quiet = [*gone, *result.silenced]
    if not quiet:
        return
    names = [inbox_subject(subject_name(*match.key)) for match in quiet]
    known = tx.outbox.published(names)
    synthetic = references.synthetic
    for match in gone:
        result.items.append(withdrawn_event(match, match_body(match), synthetic=synthetic))
    for match, name in zip(quiet, names, strict=True):
        if name in known:
            result.items.append(withdrawn_match_item(match, synthetic=synthetic))
