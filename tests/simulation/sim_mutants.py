"""Faults put in on purpose: a simulation that finds none of them would prove nothing.

Each is a way in which a store or a lane could go wrong that no test of one worker notices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hub.domain.rows import Advance, MatchRow, Merged, RecordRow, ReferenceRow, Touch, TouchKey
from hub.lanes import relay
from hub.ports import EventLog, ProjectionStore
from tests.simulation import sim_facts, sim_queues, sim_worker
from tests.simulation.sim_database import Database, Session
from tests.simulation.sim_facts import PLACEHOLDER, SimPositions, SimRecords, SimReferences
from tests.simulation.sim_queues import SimMatches, SimTouches
from tests.simulation.sim_store import SimStore, SimTransaction

Patch = Callable[[object, str, object], None]
"""As pytest's monkeypatch.setattr does it."""
Mutate = Callable[[Patch], None]


def touches_deleted_whatever_their_stamp(patch: Patch) -> None:
    def delete(self: SimTouches, touches: Sequence[Touch]) -> None:
        if touches:
            self._session.statement("touches.delete")
            for touch in sorted(touches, key=lambda each: (each.kind, each.key)):
                self._session.delete("touch", TouchKey(touch.kind, touch.key))

    patch(SimTouches, "delete", delete)


def stamps_used_again(patch: Patch) -> None:
    """Every touch gets the same stamp."""
    add = SimTouches.add

    def same(self: SimTouches, *given: Any) -> None:
        add(self, *given)
        touches = self._session._writes.get("touch", {})
        touches.update({k: Touch(*k, 1, t.priority) for k, t in touches.items() if t is not None})

    patch(SimTouches, "add", same)


def touches_committed_before_the_rows(patch: Patch) -> None:
    add = SimTouches.add

    def at_once(self: SimTouches, *given: Any) -> None:
        database = self._session._database
        if database.single_writer:
            add(self, *given)
            return
        with SimStore(database).transaction() as tx:
            add(tx.touches, *given)
        self._session.statement("touches.add")

    patch(SimTouches, "add", at_once)


def positions_moved_without_comparison(patch: Patch) -> None:
    def moved(self: SimPositions, key: Any, move: Advance) -> bool:
        self._session.upsert("position", key, (move.new, move.leaf))
        return True

    patch(SimPositions, "_moved", moved)


def records_decided_before_their_lock(patch: Patch) -> None:
    def merge(self: SimRecords, rows: Sequence[RecordRow]) -> Merged:
        standing = self.get([row.key for row in rows])
        merged = Merged([], [])
        self._session.statement("records.merge")
        for row in sorted(rows, key=lambda each: each.key):
            held = standing.get(row.key)
            if held is None or row.order > held.order:
                self._session.upsert("record", row.key, row)
                merged.stood.append((row, held))
            else:
                merged.refused.append((row, held))
        return merged

    patch(SimRecords, "merge", merge)


def matches_replaced_without_lock_or_comparison(patch: Patch) -> None:
    """Either of the two alone saves the other."""

    def replace(
        self: SimMatches, changes: Sequence[tuple[MatchRow | None, MatchRow | None]]
    ) -> None:
        self._session.statement("matches.replace")
        by_key = {row.key: made for read, made in changes if (row := read or made) is not None}
        for key in sorted(by_key):
            self._session.upsert("match", key, by_key[key])

    patch(SimMatches, "replace", replace)
    patch(SimTransaction, "lock_persons", lambda self, persons: set(persons))


def references_read_before_the_locks(patch: Patch) -> None:
    """A transaction sees the references as they were when it began."""
    begin, began = Database.begin, {}

    def remembering(self: Database) -> Session:
        session = begin(self)
        began[id(session)] = list(self.rows["reference"].values())
        return session

    def stale(self: SimReferences) -> list[ReferenceRow]:
        self._session.statement("references.all")
        rows = [row for row in began[id(self._session)] if row is not PLACEHOLDER]
        return sorted(rows, key=lambda row: (row.kind, row.key))

    patch(Database, "begin", remembering)
    patch(SimReferences, "all", stale)


def outbox_emptied_before_it_is_published(patch: Patch) -> None:
    async def relay_once(store: ProjectionStore, log: EventLog, *, rows_max: int) -> int:
        rows = relay.lease(store, rows_max=rows_max)
        if rows:
            relay.release(store, rows)
            await log.append([relay.message_of(row) for row in rows])
        return len(rows)

    patch(sim_worker, "relay_once", relay_once)


def lost_tails_overlooked(patch: Patch) -> None:
    patch(sim_worker, "check_leaf", lambda *given: None)


def former_persons_forgotten(patch: Patch) -> None:
    """Whose record went to another person is not looked at again."""
    add = SimTouches.add

    def only_new(self: SimTouches, keys: Any, owned: Any = ()) -> None:
        kept = {k: v for k, v in keys.items() if not (owned and k.kind == "person")}
        add(self, kept, owned)

    patch(SimTouches, "add", only_new)


def askers_overlooked(patch: Patch) -> None:
    """A rule or an agreement changes, and whom somebody asked about is not looked at again."""
    patch(SimRecords, "persons_with", lambda self, kinds: [])


def decisions_overlooked(patch: Patch) -> None:
    """What was decided on a record of somebody who is alone is not looked at."""
    patch(sim_facts, "decided_on", lambda session: set())
    patch(sim_queues, "decided_on", lambda session: set())


MUTANTS: dict[str, Mutate] = {
    mutate.__name__: mutate
    for mutate in (
        touches_deleted_whatever_their_stamp,
        stamps_used_again,
        touches_committed_before_the_rows,
        positions_moved_without_comparison,
        records_decided_before_their_lock,
        matches_replaced_without_lock_or_comparison,
        references_read_before_the_locks,
        outbox_emptied_before_it_is_published,
        lost_tails_overlooked,
        former_persons_forgotten,
        askers_overlooked,
        decisions_overlooked,
    )
}
