"""What is judged: a record with who stands near its person, the approvals that it cites, and the
terms on which one receiver judges it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

from hub.domain.events import Kind
from hub.domain.rows import Person, RecordRow
from hub.lanes.decisions import Decision
from hub.lanes.terms import Asked, Near
from hub.ports import StoreTransaction
from hub.projections.facts import approvals_of, facts_of, judged_body
from hub.reciprocity.days import own_day
from hub.reciprocity.facts import ApprovalFacts, RecordFacts, Request

_APPROVAL = int(Kind.APPROVAL)


class CitedApprovals:
    """Approvals that the records cite, by registry and the id that names them."""

    def __init__(self, tx: StoreTransaction, records: Iterable[RecordRow]) -> None:
        cited = {(row.registry, name) for row in records for name in cited_names(row)}
        self._by_name: dict[tuple[str, str], list[tuple[ApprovalFacts, bytes]]] = {}
        for row in tx.records.approvals_cited(sorted(cited)):
            for approval in approvals_of(row):
                self._by_name.setdefault((row.registry, approval.id), []).append(
                    (approval, row.leaf)
                )

    def of(self, row: RecordRow) -> list[tuple[ApprovalFacts, bytes]]:
        names = cited_names(row)
        return [each for name in names for each in self._by_name.get((row.registry, name), [])]


def cited_names(row: RecordRow) -> list[str]:
    """Ids by which a record cites approvals of its registry, sorted; an approval cites none."""
    if row.kind == _APPROVAL:
        return []
    return sorted({name for name in (row.approval_code, row.trainer_id) if name})


class Subject:
    """A record as it is judged; what is read of its body is read once, and only when asked."""

    def __init__(self, row: RecordRow, word: str, near: Near, receivers: Sequence[str]) -> None:
        self.row = row
        self.word = word
        self.near = near
        self.receivers = receivers

    @cached_property
    def facts(self) -> RecordFacts:
        facts = facts_of(self.row, judged_body(self.row))
        assert facts is not None
        return facts

    def request_on(self, day: date | None, documents: frozenset[str]) -> Request:
        """A request of that day, where the record was there by then."""
        return request_of(self.facts, day, documents)


def request_of(facts: RecordFacts, day: date | None, documents: frozenset[str]) -> Request:
    """A request of that day, where the record was there by then."""
    own = None if day is None else own_day(facts)
    before = day is not None and own is not None and day < own
    return Request(None if before else day, documents)


class Terms(NamedTuple):
    """On which terms one receiver judges a record, and who is told."""

    receiver: str
    own_ids: Sequence[str]
    told: bool
    shown: Sequence[Person]
    """Accounts by which a receiver that knows the person by consent alone is told of them."""
    askers: Sequence[Asked]
    counted: Sequence[Asked]
    """Requests that the receiver may know of, or where nobody but askers is answered, all."""
    decision: Decision | None

    def packed(self) -> bytes:
        """What of it an answer and its items depend on."""
        plain = "|".join((str(int(self.told)), *self.own_ids))
        if self.shown or self.askers or self.counted:
            plain += repr((self.shown, self.askers, self.counted))
        return plain.encode()
