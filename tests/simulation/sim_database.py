"""A database in memory that locks as PostgreSQL does at READ COMMITTED, or as SQLite does.

A statement sees what is committed when it starts and what its own transaction wrote. Writes and
locking reads wait for the transaction that holds the row, and look at the row anew when it has
ended. Whoever would close a circle of waiting is rolled back, as is whoever idles in a transaction
for too long. With a single writer a transaction waits for the one before it instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from typing import Any

from hub.errors import RetryableError
from tests.simulation.sim_scheduler import Detail, Scheduler, Task

Row = Any
Rows = dict[Any, Row]
Place = tuple[str, Hashable]
_GONE = None  # A row that its transaction deleted.


class Session:
    """One connection inside one transaction."""

    __slots__ = ("_database", "_error", "_writes", "ended", "locks", "task", "waits_for")

    def __init__(self, database: Database, task: Task | None) -> None:
        self._database = database
        self._writes: dict[str, Rows] = {}
        self._error: RetryableError | None = None
        self.task = task
        self.locks: set[Place] = set()
        self.ended = False
        self.waits_for: Session | None = None

    def statement(self, what: str, *detail: Any) -> None:
        """A statement begins here: others may go on before it. Nothing pauses until the next,
        except a wait for a row."""
        self._check()
        self._database.pause(what, detail)
        self._check()

    def _check(self) -> None:
        if self.ended:
            raise self._error or RetryableError("the connection to the store is closed")

    def read(self, table: str) -> Rows:
        """All rows as this statement sees them, not to be changed."""
        committed = self._database.rows[table]
        own = self._writes.get(table)
        if not own:
            return committed
        return {key: row for key, row in (committed | own).items() if row is not _GONE}

    def lock(self, table: str, key: Hashable) -> Row:
        """Hold this row, there or not; answer it as it is by then, None where there is none."""
        place = (table, key)
        holders = self._database.holders
        while (holder := holders.get(place)) is not None and holder is not self:
            self._wait_for(holder, place)
        holders[place] = self
        self.locks.add(place)
        return self.newest(table, key)

    def newest(self, table: str, key: Hashable) -> Row:
        own = self._writes.get(table, {})
        return own[key] if key in own else self._database.rows[table].get(key)

    def is_free(self, table: str, key: Hashable) -> bool:
        """Whether the row can be locked without waiting, as SKIP LOCKED asks."""
        return self._database.holders.get((table, key)) in (None, self)

    def put(self, table: str, key: Hashable, row: Row) -> None:
        """Write a locked row."""
        if not self._database.single_writer:
            assert (table, key) in self.locks, f"{table} {key} is written without its lock"
        self._writes.setdefault(table, {})[key] = row

    def upsert(self, table: str, key: Hashable, row: Row) -> None:
        self.lock(table, key)
        self.put(table, key, row)

    def insert_absent(self, table: str, key: Hashable, row: Row) -> None:
        """Insert where there is none; waits for whoever is writing the same. A row that is there
        already is not locked, and a lock on it alone is not waited for."""
        holder = self._database.holders.get((table, key))
        written = holder not in (None, self) and key in holder._writes.get(table, ())
        if key in self._database.rows[table] and not written:
            return
        if self.lock(table, key) is None:
            self.put(table, key, row)

    def delete(self, table: str, key: Hashable) -> None:
        self.upsert(table, key, _GONE)

    def next_of(self, sequence: str) -> int:
        """The next of a sequence: given out once, whether this transaction commits or not."""
        self._database.sequences[sequence] += 1
        return self._database.sequences[sequence]

    def _wait_for(self, holder: Session, place: Place) -> None:
        database = self._database
        other: Session | None = holder
        while other is not None:
            if other is self:
                database.scheduler.note(self._name, "deadlock", *place)
                self.end(RetryableError(f"the store asks for another try: deadlock at {place}"))
                self._check()
            other = other.waits_for
        if self.task is None:
            raise RetryableError(f"the store asks for another try: {place} is held by another")
        database.scheduler.note(self._name, "waits for", holder._name, *place)
        self.waits_for = holder
        try:
            database.scheduler.wait_for(holder)
        finally:
            self.waits_for = None
        self._check()

    @property
    def _name(self) -> str:
        return "" if self.task is None else self.task.name

    def commit(self) -> None:
        """All of it, at once. An error after it may hide that it happened."""
        self.statement("commit")
        for table, rows in self._writes.items():
            committed = self._database.rows[table]
            for key, row in rows.items():
                if row is _GONE:
                    committed.pop(key, None)
                else:
                    committed[key] = row
        self.end(None)
        self._database.pause("committed", ())

    def end(self, error: RetryableError | None) -> None:
        """Let go of everything. What was not committed before is rolled back."""
        if self.ended:
            return
        self.ended = True
        self._error = error
        holders = self._database.holders
        for place in self.locks:
            if holders.get(place) is self:
                del holders[place]
        self._database.sessions.pop(id(self), None)


class Database:
    """Tables by name, rows by key."""

    def __init__(self, scheduler: Scheduler, *, single_writer: bool = False) -> None:
        self.scheduler = scheduler
        self.single_writer = single_writer
        self.rows: dict[str, Rows] = defaultdict(dict)
        self.holders: dict[Place, Session] = {}
        self.sequences: dict[str, int] = defaultdict(int)
        self.sessions: dict[int, Session] = {}

    def pause(self, what: str, detail: Detail) -> None:
        self.scheduler.pause(what, detail)

    def begin(self) -> Session:
        session = Session(self, self.scheduler.current)
        self.sessions[id(session)] = session
        if self.single_writer:
            session.statement("begin")
            session.lock("", "writer")
        return session

    def sessions_of(self, tasks: list[Task]) -> list[Session]:
        """Open transactions of these tasks."""
        return [each for each in self.sessions.values() if each.task in tasks]
