"""What a registry has to decide: records that its rules leave to people, the oldest first.

A read in pages over the receiver's matches, each with what sharing lets the receiver see of it.
Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from heapq import nsmallest
from typing import Any, NamedTuple

from hub.domain.events import Kind
from hub.domain.rows import MatchRow, Person, RecordKey
from hub.lanes.audience import Audience
from hub.lanes.evaluation import match_body
from hub.lanes.policies import References, load_references
from hub.lanes.terms import Appeal
from hub.ports import StoreTransaction
from hub.projections.recognition import (
    LEFT_TO_PEOPLE,
    answer_of,
    left_to_people,
    waits_since,
)
from hub.reciprocity.answer import Answer
from hub.recognition_ports import Judged
from hub.wire.schemas import load_schemas
from hub.wire.skim import skim_of

MATCHES_AT_A_TIME = 2_000
Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A record that waits for one registry's decision."""

    key: RecordKey
    kind: str
    own_ids: Sequence[str]
    answer: Answer
    since: date
    """Day from which there was something to do."""
    days: int
    decision: dict[str, Any] | None
    """What was decided so far: documents are noted, or an earlier revision was decided on."""
    appeal: Appeal | None
    record_revision: int

    @property
    def missing(self) -> tuple[str, ...]:
        """Documents that the rules ask for and the registry has not noted."""
        noted = () if self.decision is None else self.decision["document_received"]
        return tuple(each for each in self.answer.documents if each not in noted)


@dataclass(frozen=True, slots=True)
class Queue:
    """A registry's open records, and how many there are."""

    opened: tuple[Open, ...]
    total: int
    matches: int
    """How many answers of the registry's policy were looked at."""
    synthetic: bool


def _quiet(_count: int) -> None:
    """Tells nobody."""


def read_queue(
    tx: StoreTransaction, registry: str, day: date, *, limit: int | None, tell: Tell = _quiet
) -> Queue:
    """The registry's queue on a day; of more than the limit the oldest. tell hears how many answers
    were looked at so far."""
    reader = _Reader(tx, registry, day, tell, load_references(tx))
    if limit is None:
        rows = sorted(reader.found(), key=_age)
    else:
        rows = nsmallest(limit, reader.found(), key=_age)
    return Queue(tuple(rows), reader.opened, reader.matches, reader.references.synthetic)


def _age(each: Open) -> tuple[date, RecordKey]:
    return each.since, each.key


@dataclass(slots=True)
class _Reader:
    """One pass over the matches of a receiver."""

    tx: StoreTransaction
    receiver: str
    day: date
    tell: Tell
    references: References
    matches: int = 0
    opened: int = 0

    def found(self) -> Iterator[Open]:
        """Every record that waits, in order of record."""
        after: RecordKey | None = None
        while page := self.tx.recognition.judged_by(self.receiver, after, MATCHES_AT_A_TIME):
            after = _key(page[-1])
            waiting = [
                _Waiting(judged, body, interval)
                for judged in page
                if not LEFT_TO_PEOPLE.isdisjoint(outcomes_of(judged.match))
                for body in [match_body(judged.match)]
                for interval in [left_to_people(body, self.day)]
                if interval is not None
            ]
            yield from self._shown(waiting)
            self.matches += len(page)
            self.tell(self.matches)

    def _shown(self, waiting: Sequence[_Waiting]) -> Iterator[Open]:
        audience = Audience(self.tx, self.references, (each.person for each in waiting))
        for each in waiting:
            key, kind = _key(each.judged), each.judged.match.subject
            if audience.is_told(self.receiver, key, each.person, kind):
                self.opened += 1
                yield self._open(each, audience)

    def _open(self, each: _Waiting, audience: Audience) -> Open:
        key, kind = _key(each.judged), each.judged.match.subject
        since = waits_since(each.interval, _day_of(each.judged.received_ms))
        return Open(
            key=key,
            kind=kind,
            record_revision=each.body["record_revision"],
            own_ids=audience.own_ids(self.receiver, each.person),
            answer=answer_of(each.interval),
            since=since,
            days=max(0, (self.day - since).days),
            decision=each.body["decision"],
            appeal=audience.appeal(self.receiver, key, each.person, kind),
        )


class _Waiting(NamedTuple):
    judged: Judged
    body: Mapping[str, Any]
    interval: Mapping[str, Any]

    @property
    def person(self) -> Person | None:
        match = self.judged.match
        return None if match.person_id is None else Person(match.registry, match.person_id)


def outcomes_of(match: MatchRow) -> list[str]:
    """Outcomes of a match's timeline; most answers are passed over without reading the rest."""
    schema_id = load_schemas().of(Kind.RECIPROCITY_MATCH).schema_id
    outcomes: list[str] = skim_of(schema_id, ("intervals.outcome",))(match.body)[0]
    return outcomes


def _key(judged: Judged) -> RecordKey:
    return RecordKey(*judged.match.key[:3])


def _day_of(at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date()
