"""The simulated store behind its port: many writers as on PostgreSQL, or one as on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import Any

from sqlalchemy import insert

from hub.adapters import sql_tables
from hub.adapters.sql_store import SqlStore
from hub.adapters.sql_support import Sql
from hub.domain.rows import Counters, Person, RejectedRow, WorkerRow
from tests.simulation.sim_database import Database, Session
from tests.simulation.sim_facts import (
    PLACEHOLDER,
    SimLinks,
    SimPositions,
    SimRecords,
    SimReferences,
    SimRejections,
)
from tests.simulation.sim_identity import SimAnswers, SimClaims, SimInputs, SimPairs
from tests.simulation.sim_queues import SimMatches, SimOutbox, SimRoots, SimTouches, count


class SimTransaction:
    """Everything a lane may read and write in one transaction."""

    def __init__(self, session: Session, database: Database, shard: int) -> None:
        self._session = session
        self._single_writer = database.single_writer
        self._shard = shard
        self.positions = SimPositions(session)
        self.records = SimRecords(session)
        self.links = SimLinks(session)
        self.references = SimReferences(session)
        self.touches = SimTouches(session, single_writer=database.single_writer)
        self.matches = SimMatches(session)
        self.outbox = SimOutbox(session, database.scheduler.now_ms)
        self.claims = SimClaims(session)
        self.pairs = SimPairs(session)
        self.answers = SimAnswers(session)
        self.inputs = SimInputs(session)
        self.roots = SimRoots(session, shard)
        self.rejections = SimRejections(session)

    def reject(self, rows: Sequence[RejectedRow]) -> None:
        self.rejections.put(rows)

    def count(self, changes: Counters) -> None:
        count(self._session, self._shard, changes)

    def lock_persons(self, persons: Iterable[Person]) -> set[Person]:
        ordered = sorted(set(persons))
        if not ordered or self._single_writer:
            return set(ordered)
        self._session.statement("derive_lock.make", *ordered)
        for person in ordered:
            self._session.insert_absent("derive_lock", person, PLACEHOLDER)
        self._session.statement("derive_lock.lock", *ordered)
        seen = self._session.read("derive_lock")
        free = [p for p in ordered if p in seen and self._session.is_free("derive_lock", p)]
        for person in free:
            self._session.lock("derive_lock", person)
        return set(free)

    def beat(self, row: WorkerRow) -> None:
        self._session.statement("worker.beat", row.worker_id)
        self._session.upsert("worker", row.worker_id, row)

    def workers(self) -> list[WorkerRow]:
        self._session.statement("worker.all")
        rows = self._session.read("worker")
        return [rows[worker_id] for worker_id in sorted(rows)]

    def forget_workers(self, seen_before_ms: int) -> None:
        self._session.statement("worker.forget", seen_before_ms)
        rows = self._session.read("worker")
        for worker_id in sorted(w for w, row in rows.items() if row.seen_ms < seen_before_ms):
            self._session.delete("worker", worker_id)

    def go_on(self) -> None:
        self._session.statement("go_on")

    def note(self, name: str) -> str | None:
        self._session.statement("note.get", name)
        found: str | None = self._session.read("note").get(name)
        return found

    def set_note(self, name: str, text: str | None) -> None:
        self._session.statement("note.set", name, text)
        if text is None:
            self._session.delete("note", name)
        else:
            self._session.upsert("note", name, text)

    def swap_note(self, name: str, old: str | None, new: str | None) -> bool:
        self._session.statement("note.swap", name, old, new)
        seen: str | None = self._session.read("note").get(name)
        if seen != old or self._session.lock("note", name) != old:
            return False
        self._session.put("note", name, new)
        return True

    def deliver(self, registry: str, event_ids: Sequence[str]) -> None:
        ordered = sorted(set(event_ids))
        self._session.statement("delivery.add", registry, *ordered)
        for event_id in ordered:
            self._session.insert_absent("delivery", (registry, event_id), (registry, event_id))


class SimStore:
    """A worker's way to the database. Each worker has a shard of its own."""

    def __init__(self, database: Database, *, shard: int = 0) -> None:
        self.database = database
        self._shard = shard

    @contextmanager
    def transaction(self) -> Iterator[SimTransaction]:
        session = self.database.begin()
        try:
            yield SimTransaction(session, self.database, self._shard)
            session.commit()
        finally:
            session.end(None)

    @contextmanager
    def reading(self) -> Iterator[Sql]:
        """What is committed, as a SQLite database that any report can read."""
        copy = SqlStore("sqlite:///:memory:")
        copy.create()
        try:
            with copy.engine.begin() as connection:
                for table in sql_tables.metadata.sorted_tables:
                    rows = list(values_of(self.database, table.name))
                    if rows:
                        connection.execute(insert(table), rows)
            with copy.reading() as sql:
                yield sql
        finally:
            copy.close()

    def close(self) -> None:
        """Nothing is held."""


def values_of(database: Database, table: str) -> Iterator[dict[str, Any]]:
    """Committed rows of a table as the columns of SQL; what was made to be locked is left out."""
    for key, row in sorted(database.rows[table].items(), key=lambda pair: repr(pair[0])):
        if row is not PLACEHOLDER:
            yield _VALUES.get(table, _plain)(key, row)


def _plain(_key: Any, row: Any) -> dict[str, Any]:
    return asdict(row) if is_dataclass(row) else dict(row._asdict())  # type: ignore[arg-type]


def _position(key: Any, row: Any) -> dict[str, Any]:
    lane, place = key
    values = {"lane": lane, "topic": place.topic, "partition": place.partition}
    return {**values, "next_offset": row[0], "leaf": row[1]}


def _touch(_key: Any, row: Any) -> dict[str, Any]:
    return {**_plain(None, row), "touched_ms": 0}


def _outbox(_key: Any, row: Any) -> dict[str, Any]:
    return {**_plain(None, row.row), "claimed_until": row.claimed_until}


def _published(_key: Any, row: Any) -> dict[str, Any]:
    values = _plain(None, row)
    return {**values, "sort": values.pop("order")}


def _pair(_key: Any, row: Any) -> dict[str, Any]:
    values = _plain(None, row)
    return {**values, "both_have": values.pop("both")}


def _counter(key: Any, row: Any) -> dict[str, Any]:
    name, registry, dim, day, shard = key
    values = {"name": name, "registry": registry, "dim": dim, "day": day}
    return {**values, "shard": shard, "value": row}


def _root(key: Any, row: Any) -> dict[str, Any]:
    return {"name": key[0], "shard": key[1], "lanes": row}


def _delivery(key: Any, _row: Any) -> dict[str, Any]:
    return {"registry": key[0], "event_id": key[1]}


def _note(key: Any, row: Any) -> dict[str, Any]:
    return {"name": key, "text": row}


def _redrive(key: Any, row: Any) -> dict[str, Any]:
    values = _plain(None, row)
    return {"seq": key, **row.place._asdict(), **{n: v for n, v in values.items() if n != "place"}}


_VALUES = {
    "position": _position,
    "touch": _touch,
    "outbox": _outbox,
    "published": _published,
    "identity_pair": _pair,
    "counter": _counter,
    "root": _root,
    "delivery": _delivery,
    "note": _note,
    "redrive": _redrive,
}
