"""Positions, records, links, references and rejections of the simulated store.

Each port call is one statement or several, as it is in SQL; others may go on before each of them.
Keys are locked in sorted order, whatever order they are given in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from hub.domain.events import Kind
from hub.domain.log import TopicPartition
from hub.domain.rows import (
    APPLIED,
    Advance,
    LinkRow,
    Merged,
    Person,
    Place,
    RecordKey,
    RecordRow,
    RedriveRow,
    ReferenceRow,
    RejectedRow,
)
from hub.errors import FencedError
from hub.projections.exchange import judged_record
from tests.simulation.sim_database import Session

PLACEHOLDER = "made to be locked"
"""Stands in a table where a row was made only to be locked; for readers there is none."""
_APPROVAL_NAMES = ("record_id", "approval_code", "trainer_id")


def _found(rows: Iterable[Any]) -> list[Any]:
    return [row for row in rows if row is not PLACEHOLDER]


def lock_made(session: Session, table: str, keys: Sequence[Any]) -> dict[Any, Any]:
    """Rows made where absent, then locked, sorted, in a statement of their own."""
    session.statement(f"{table}.make", *keys)
    for key in keys:
        session.insert_absent(table, key, PLACEHOLDER)
    session.statement(f"{table}.lock", *keys)
    locked = {key: session.lock(table, key) for key in keys if key in session.read(table)}
    return {key: row for key, row in locked.items() if row is not None and row is not PLACEHOLDER}


class SimPositions:
    """Next offsets of lanes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, lane: str) -> dict[TopicPartition, tuple[int, bytes]]:
        self._session.statement("positions.of", lane)
        rows = self._session.read("position")
        return {place: row for (name, place), row in rows.items() if name == lane}

    def advance(self, lane: str, moves: Sequence[Advance]) -> None:
        for move in sorted(moves, key=lambda m: m.place):
            key = (lane, move.place)
            if move.old == 0:
                self._session.statement("positions.make", lane, move.place)
                self._session.insert_absent("position", key, (0, b""))
            self._session.statement("positions.advance", lane, move.place, move.old, move.new)
            if not self._moved(key, move):
                raise FencedError(
                    f"the {lane} lane is not at offset {move.old} of {move.place} any more",
                    effect="another worker went on from there; this batch is thrown away",
                )

    def _moved(self, key: tuple[str, TopicPartition], move: Advance) -> bool:
        """The row is looked at before the wait and after it, as an UPDATE does."""
        seen = self._session.read("position").get(key)
        if seen is None or seen[0] != move.old:
            return False
        if self._session.lock("position", key)[0] != move.old:
            return False
        self._session.put("position", key, (move.new, move.leaf))
        return True


class SimRecords:
    """Standing statements."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def merge(self, rows: Sequence[RecordRow]) -> Merged:
        merged = Merged([], [])
        if not rows:
            return merged
        ordered = sorted(rows, key=lambda row: row.key)
        self._session.statement("records.merge", *(_shown(row) for row in ordered))
        refused = []
        for row in ordered:
            held = self._session.lock("record", row.key)
            if held is None or row.order > held.order:
                self._session.put("record", row.key, row)
                merged.stood.append((row, held))
            else:
                refused.append(row)
        if refused:
            self._session.statement("records.get", *(_shown(row) for row in refused))
            standing = self._session.read("record")
            merged.refused.extend((row, standing[row.key]) for row in refused)
        return merged

    def _rows(self, what: str, *detail: Any) -> list[RecordRow]:
        self._session.statement(what, *detail)
        rows = self._session.read("record")
        return [rows[key] for key in sorted(rows)]

    def of_persons(self, persons: Sequence[Person], kinds: Sequence[int]) -> list[RecordRow]:
        if not persons:
            return []
        wanted = set(persons)
        rows = self._rows("records.of_persons", *persons)
        return [row for row in rows if row.kind in kinds and row.person in wanted]

    def count_of(self, persons: Collection[Person], kinds: Iterable[int]) -> dict[Person, int]:
        if not persons:
            return {}
        wanted = set(kinds)
        counts: dict[Person, int] = {}
        for row in self._rows("records.count_of", *sorted(persons)):
            if row.kind in wanted and row.person in persons:
                counts[row.person] = counts.get(row.person, 0) + 1
        return counts

    def matchable(self, keys: Sequence[RecordKey]) -> dict[RecordKey, Person | None]:
        if not keys:
            return {}
        self._session.statement("records.matchable", *keys)
        records = self._session.read("record")
        followed = not_alone(self._session) | spoken_of(self._session)
        decided = decided_on(self._session)
        matched = {key[:3] for key in self._session.read("match")}
        return {
            key: records[key].person
            for key in keys
            if key in records
            and (
                key.kind == Kind.APPROVAL
                or records[key].person in followed
                or key in decided
                or tuple(key) in matched
            )
        }

    def get(self, keys: Sequence[RecordKey]) -> dict[RecordKey, RecordRow]:
        if not keys:
            return {}
        self._session.statement("records.get", *keys)
        rows = self._session.read("record")
        return {key: rows[key] for key in keys if key in rows}

    def approvals_cited(self, names: Sequence[tuple[str, str]]) -> list[RecordRow]:
        wanted = set(names)
        found: dict[RecordKey, RecordRow] = {}
        for column in _APPROVAL_NAMES if names else ():
            rows = self._rows("records.approvals_cited", column, *names)
            found |= {
                row.key: row
                for row in rows
                if row.kind == Kind.APPROVAL and (row.registry, getattr(row, column)) in wanted
            }
        return list(found.values())

    def approvals_of(self, registries: Sequence[str] | None) -> list[RecordRow]:
        rows = self._rows("records.approvals_of", *(registries or ()))
        approvals = [row for row in rows if row.kind == Kind.APPROVAL]
        return [row for row in approvals if registries is None or row.registry in registries]

    def are_synthetic(self) -> bool:
        rows = self._rows("records.are_synthetic")
        return any(row.synthetic for row in rows if row.kind == Kind.SUBMISSION)

    def decisions_on(self, names: Sequence[str]) -> list[RecordRow]:
        if not names:
            return []
        wanted = set(names)
        rows = self._rows("records.decisions_on", *names)
        return [r for r in rows if r.kind == Kind.RECOGNITION_DECISION and r.record_id in wanted]

    def decided(self, registry: str | None) -> list[str]:
        rows = self._rows("records.decided", registry)
        made = [row for row in rows if row.kind == Kind.RECOGNITION_DECISION]
        return sorted({row.record_id for row in made if registry in (None, row.registry)})

    def persons_with(self, kinds: Sequence[int]) -> list[Person]:
        rows = self._rows("records.persons_with", *kinds)
        return sorted({row.person for row in rows if row.kind in kinds and row.person is not None})

    def citing(
        self, registry: str, approval_ids: Sequence[str], trainer_id: str | None
    ) -> list[Person]:
        rows = self._rows("records.citing", registry, *approval_ids, trainer_id)
        persons = {
            row.person
            for row in rows
            if row.registry == registry
            and (
                row.approval_code in approval_ids
                or (trainer_id is not None and row.trainer_id == trainer_id)
            )
        }
        return sorted(person for person in persons if person is not None)


def _shown(row: RecordRow) -> str:
    return f"{row.registry}/{Kind(row.kind).event_name}/{row.record_id}@{row.revision}"


def spoken_of(session: Session) -> set[Person]:
    """Persons about whom a request or an appeal was made."""
    kinds = (Kind.PORTABILITY_REQUEST, Kind.DISPUTE)
    rows = session.read("record").values()
    return {row.person for row in rows if row.kind in kinds and row.person is not None}


def decided_on(session: Session) -> set[RecordKey]:
    """Records on which some registry decided."""
    rows = session.read("record").values()
    named = (judged_record(r.record_id) for r in rows if r.kind == Kind.RECOGNITION_DECISION)
    return {key for key in named if key is not None}


def not_alone(session: Session) -> set[Person]:
    """Persons in a cluster of two or more."""
    sizes: dict[str, int] = {}
    links = _found(session.read("link").values())
    for row in links:
        sizes[row.national_id] = sizes.get(row.national_id, 0) + 1
    return {row.person for row in links if sizes[row.national_id] > 1}


class SimLinks:
    """Links of persons to national persons."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, persons: Iterable[Person]) -> dict[Person, LinkRow]:
        ordered = sorted(set(persons))
        return lock_made(self._session, "link", ordered) if ordered else {}

    def put(self, rows: Sequence[LinkRow]) -> None:
        if rows:
            ordered = sorted(rows, key=lambda row: row.person)
            self._session.statement("links.put", *ordered)
            for row in ordered:
                self._session.upsert("link", row.person, row)

    def of(self, persons: Sequence[Person]) -> dict[Person, LinkRow]:
        if not persons:
            return {}
        self._session.statement("links.of", *persons)
        rows = self._session.read("link")
        return {row.person: row for row in _found(rows[p] for p in persons if p in rows)}

    def members(self, national_ids: Sequence[str]) -> list[LinkRow]:
        if not national_ids:
            return []
        self._session.statement("links.members", *national_ids)
        rows = self._session.read("link")
        found = _found(rows[person] for person in sorted(rows))
        return [row for row in found if row.national_id in national_ids]

    def persons_beside(self, registries: Sequence[str]) -> list[Person]:
        self._session.statement("links.persons_beside", *registries)
        clusters: dict[str, list[Person]] = {}
        for row in _found(self._session.read("link").values()):
            clusters.setdefault(row.national_id, []).append(row.person)
        found = [
            person
            for members in clusters.values()
            if len(members) > 1 and set(registries) <= {member.registry for member in members}
            for person in members
        ]
        return sorted(found)


class SimReferences:
    """Policies, list entries, agreements, models."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], ReferenceRow]:
        ordered = sorted(set(keys))
        return lock_made(self._session, "reference", ordered) if ordered else {}

    def put(self, rows: Sequence[ReferenceRow]) -> None:
        if rows:
            ordered = sorted(rows, key=lambda row: (row.kind, row.key))
            self._session.statement("references.put", *((row.kind, row.key) for row in ordered))
            for row in ordered:
                self._session.upsert("reference", (row.kind, row.key), row)

    def all(self) -> list[ReferenceRow]:
        self._session.statement("references.all")
        rows = self._session.read("reference")
        return _found(rows[key] for key in sorted(rows))


class SimRejections:
    """Events that were not applied, and further tries at them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, places: Iterable[Place]) -> dict[Place, RejectedRow]:
        ordered = sorted(set(places))
        self._session.statement("rejections.lock", *ordered)
        present = [place for place in ordered if place in self._session.read("rejected")]
        locked = {place: self._session.lock("rejected", place) for place in present}
        return {place: row for place, row in locked.items() if row is not None}

    def put(self, rows: Sequence[RejectedRow]) -> None:
        if rows:
            ordered = sorted(rows, key=lambda row: row.place)
            self._session.statement("rejections.put", *(row.place for row in ordered))
            for row in ordered:
                self._session.upsert("rejected", row.place, row)

    def settle(self, tries: Sequence[RedriveRow]) -> None:
        if not tries:
            return
        self._session.statement("rejections.settle", *(each.place for each in tries))
        for each in tries:
            self._session.upsert("redrive", self._session.next_of("redrive"), each)
        for place in sorted(each.place for each in tries if each.outcome == APPLIED):
            self._session.delete("rejected", place)
