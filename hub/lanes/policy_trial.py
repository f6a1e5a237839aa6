"""A draft of a policy tried on the records of a store, beside the policy that stands: who would
gain or lose what on a day. Writes nothing.

Every record is judged that the draft's registry judges, as the derive lane has it: those of persons
whom it knows or was asked about, and approvals. What is told of it is bounded: sums, and records of
the viewer's own persons, of those that it may learn of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from hub.domain.events import Kind
from hub.domain.rows import Person, RecordRow
from hub.lanes.clusters import clusters_of
from hub.lanes.evaluation import RECORDS_AT_A_TIME, Judged, Work, judged_by
from hub.lanes.policies import load_references
from hub.lanes.sharing import LINK, Sharing, consents_of
from hub.lanes.terms import ALONE, Near, nears_of, read_terms
from hub.ports import StoreTransaction
from hub.projections.facts import APPROVAL_SUBJECTS, SUBJECTS
from hub.projections.matches import Case
from hub.reciprocity.answer import Answer
from hub.reciprocity.codes import OUTCOMES
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.policy import Policy

PERSONS_AT_A_TIME = 250
APPROVALS_AT_A_TIME = 1_000

GAIN, LOSS, OTHER, SAME = "gain", "loss", "other", "same"
CHANGES = (GAIN, LOSS, OTHER, SAME)
_RANK = {outcome: len(OUTCOMES) - at for at, outcome in enumerate(OUTCOMES)}
_NOTHING = Decimal(0)
Tell = Callable[[int, int], None]
"""Takes how many of the registry's persons were gone through, and of how many."""


class TrialPages(Protocol):
    """What a trial goes through, page by page."""

    def persons_count(self, registry: str) -> int:
        """How many linked persons the registry has."""

    def persons(self, registry: str, after: str, count_max: int) -> list[Person]:
        """The registry's next linked persons behind this id, sorted."""

    def approvals(self, registry: str, after: str, count_max: int) -> list[RecordRow]:
        """The registry's next approvals behind this id, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried, on which day, and in whose eyes."""

    draft: Policy
    day: date
    viewer: str
    named_max: int


class Cell(NamedTuple):
    """What sums are kept of."""

    kind: str
    sender: str
    change: str
    shared: bool
    """Whether the viewer may learn of these records, and that they are judged."""


@dataclass(slots=True)
class Sums:
    records: int = 0
    hours_before: Decimal = _NOTHING
    hours_after: Decimal = _NOTHING

    def add(self, other: Sums) -> None:
        self.records += other.records
        self.hours_before += other.hours_before
        self.hours_after += other.hours_after


class Named(NamedTuple):
    """A record of the viewer's own person of which the answer would differ."""

    person_ids: Sequence[str]
    kind: str
    registry: str
    record_id: str
    change: str
    before: Answer | None
    after: Answer | None


@dataclass(slots=True)
class Tried:
    """What a trial found."""

    standing: int | None
    """Revision of the policy that stands; None where there is none."""
    cells: dict[Cell, Sums] = field(default_factory=dict)
    named: list[Named] = field(default_factory=list)
    named_count: int = 0
    """How many there were to name; at most so many are."""
    persons: dict[str, int] = field(default_factory=dict)
    """By change, how many of the viewer's own persons have a record with it."""


def change_of(before: Answer | None, after: Answer | None) -> str:
    """Whether the answer is better, worse, another one, or the same to whoever asks. No answer is
    less than any."""
    ranks = [0 if each is None else _RANK[each.outcome] for each in (before, after)]
    hours = [_hours(before), _hours(after)]
    if (ranks[1], hours[1]) != (ranks[0], hours[0]):
        return GAIN if (ranks[1], hours[1]) > (ranks[0], hours[0]) else LOSS
    return SAME if _said(before) == _said(after) else OTHER


def _answer(policy: Policy, case: Case, day: date) -> Answer | None:
    return evaluate(policy, case.facts, case.evidence, day, case.request)


def _hours(answer: Answer | None) -> Decimal:
    return _NOTHING if answer is None or answer.accepted_hours is None else answer.accepted_hours


def _said(answer: Answer | None) -> tuple[object, ...]:
    if answer is None:
        return ()
    return (answer.counts_as, answer.not_for, answer.documents, answer.with_documents)


def try_policy(tx: StoreTransaction, pages: TrialPages, trial: Trial, tell: Tell) -> Tried:
    """Judge every record by the draft and by the policy that stands, in one view of the store."""
    return _Trying(tx, pages, trial).run(tell)


class _Trying:
    def __init__(self, tx: StoreTransaction, pages: TrialPages, trial: Trial) -> None:
        self._tx, self._pages, self._trial = tx, pages, trial
        self._registry = trial.draft.registry
        references = load_references(tx)
        self._standing = references.policies.get(self._registry)
        held = {} if self._standing is None else self._standing.by_kind
        either = replace(trial.draft, by_kind={**held, **trial.draft.by_kind})
        # Whatever one of the two has rules on is judged.
        self._references = replace(
            references,
            policies={self._registry: either},
            digests={self._registry: b""},
        )
        self._kinds = either.kinds()
        revision = None if self._standing is None else self._standing.revision
        self._tried = Tried(revision)

    def run(self, tell: Tell) -> Tried:
        self._known(tell)
        self._asked_about()
        if not APPROVAL_SUBJECTS.isdisjoint(self._kinds):
            self._approvals()
        return self._tried

    def _known(self, tell: Tell) -> None:
        """Persons whom the registry knows, with everybody of their clusters."""
        total = self._pages.persons_count(self._registry)
        done, after = 0, ""
        while page := self._pages.persons(self._registry, after, PERSONS_AT_A_TIME):
            after = page[-1].person_id
            clusters = clusters_of(self._tx, page)
            self._judge_clusters(
                clusters[person]
                for person in page
                if person == min(m for m in clusters[person] if m.registry == self._registry)
            )
            done += len(page)
            tell(done, total)

    def _asked_about(self) -> None:
        """Persons of clusters without one of the registry's, about whom it was asked."""
        asking = self._tx.records.persons_with([int(Kind.PORTABILITY_REQUEST)])
        everybody = set(asking)
        for start in range(0, len(asking), PERSONS_AT_A_TIME):
            page = asking[start : start + PERSONS_AT_A_TIME]
            clusters = clusters_of(self._tx, page)
            self._judge_clusters(
                clusters[person]
                for person in page
                if all(each.registry != self._registry for each in clusters[person])
                and person == min(each for each in clusters[person] if each in everybody)
            )

    def _judge_clusters(self, clusters: Iterable[Sequence[Person]]) -> None:
        around = {person: members for members in clusters for person in members}
        terms = read_terms(self._tx, around)
        rows = self._tx.records.of_persons(sorted(around), list(SUBJECTS))
        sharing = Sharing(self._references, consents_of(terms))
        self._judge(rows, nears_of(around, terms), sharing)

    def _approvals(self) -> None:
        sharing = Sharing(self._references)
        for registry in self._tx.recognition.registries():
            after = ""
            while page := self._pages.approvals(registry, after, APPROVALS_AT_A_TIME):
                after = page[-1].record_id
                self._judge(page, {}, sharing)

    def _judge(
        self, rows: Sequence[RecordRow], nears: dict[Person, Near], sharing: Sharing
    ) -> None:
        changed: dict[str, set[str]] = {}
        judged = judged_by(self._tx, Work(rows, nears, {}), sharing, self._registry)
        for number, each in enumerate(judged, 1):
            if number % RECORDS_AT_A_TIME == 0:
                self._tx.go_on()
            person = each.case.row.person
            near = ALONE if person is None else nears.get(person, ALONE)
            self._add(each, self._shown_ids(each, near, sharing), changed)
        for change, persons in changed.items():
            self._tried.persons[change] = self._tried.persons.get(change, 0) + len(persons)

    def _shown_ids(self, judged: Judged, near: Near, sharing: Sharing) -> Sequence[str] | None:
        """Ids of the viewer's own persons, where it may learn of the record and that it is judged;
        None where it may not."""
        row, viewer = judged.case.row, self._trial.viewer
        if viewer == self._registry:
            own_ids = judged.own_ids if row.person_id is not None else ()
            return own_ids if judged.told else None
        if viewer != row.registry:
            return None
        if row.person_id is None:
            return ()  # Whoever has rules on approvals judges them all.
        has_asked = any(
            asked.stands and asked.receiver == self._registry and asked.person.registry == viewer
            for asked in near.requests
        )
        # That a person of its own is judged tells a registry that they are known there.
        knows_link = any(
            sharing.may_learn(viewer, self._registry, Person(self._registry, own_id), LINK)
            for own_id in judged.own_ids
        )
        return [row.person_id] if has_asked or knows_link else None

    def _add(
        self, judged: Judged, shown: Sequence[str] | None, changed: dict[str, set[str]]
    ) -> None:
        trial, case, row = self._trial, judged.case, judged.case.row
        before = None if self._standing is None else _answer(self._standing, case, trial.day)
        after = _answer(trial.draft, case, trial.day)
        if before is None and after is None:
            return
        change = change_of(before, after)
        cell = Cell(judged.word, row.registry, change, shown is not None)
        sums = self._tried.cells.setdefault(cell, Sums())
        sums.add(Sums(1, _hours(before), _hours(after)))
        if change == SAME or not shown:
            return
        changed.setdefault(change, set()).update(shown)
        self._tried.named_count += 1
        if len(self._tried.named) < trial.named_max:
            self._tried.named.append(
                Named(shown, judged.word, row.registry, row.record_id, change, before, after)
            )


SMALL = 10
"""Counts below this are hidden from who neither judges nor holds the records."""


class Shown(NamedTuple):
    """Sums that may be shown, and those that only may together."""

    cells: dict[Cell, Sums]
    together: Sums
    """What is not shown apart; no records where all is."""
    hidden: bool
    """Whether even that is too small to be shown."""


def shown_cells(cells: dict[Cell, Sums]) -> Shown:
    """The cells as the viewer may see them: small ones of records that are not shared are put
    together, with the smallest others until they are not small, so that no sum tells one apart."""
    together = Sums()
    shown = {cell: sums for cell, sums in cells.items() if cell.shared}
    rest = sorted(
        ((sums.records, cell) for cell, sums in cells.items() if not cell.shared),
        key=lambda each: (each[0], each[1]),
    )
    for records, cell in rest:
        if records < SMALL or 0 < together.records < SMALL:
            together.add(cells[cell])
        else:
            shown[cell] = cells[cell]
    return Shown(shown, together, hidden=0 < together.records < SMALL)
