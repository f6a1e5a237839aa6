"""The switch: a generation takes the place of the live tables, in one transaction.

The live store is held still by its positions: every lane moves its own first, so whoever folds
waits, and readers go on until the last moment. On PostgreSQL tables change their schema, and
sessions find the others by name; on SQLite rows are copied from the second file. A switch that
does not happen leaves the live store as it was.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import psycopg
from sqlalchemy import Index
from sqlalchemy.schema import CreateIndex

from hub.adapters import sql_tables as tables
from hub.adapters.sql_generation import MOVED, SCHEMA, Generation
from hub.adapters.sql_store import SqlTransaction
from hub.adapters.sql_support import Sql, columns_of
from hub.domain.log import TopicPartition
from hub.domain.rows import GENERATION
from hub.errors import RetryableError

HOLD_MS_MAX = 120_000  # A frozen rebuild lets the lanes go on after this.
LOCK_WAIT_MS = 400  # Below the server's wait for a deadlock: whoever else waits is not harmed.
LOCK_TRIES_MAX = 20
LOCK_PAUSE_SECONDS = 0.1
FRESH = "fresh"

_GRANTS = """
SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, a.privilege_type
FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
WHERE c.oid = CAST(:name AS regclass) AND a.grantee <> c.relowner
"""

Positions = Mapping[TopicPartition, tuple[int, bytes]]


class Still:
    """The live store while its positions are held."""

    def __init__(self, generation: Generation, tx: SqlTransaction, sql: Sql) -> None:
        self.tx = tx
        self.sql = sql
        self._generation = generation
        self._is_attached = False

    def lock_all(self) -> None:
        """Let what is under way in the other tables end, and nothing begin there.

        Raises RetryableError where somebody holds one for too long.
        """
        if not self.sql.postgres:
            return  # One writer, which this is; readers have their own view.
        self.sql.run(f"SET LOCAL lock_timeout = '{LOCK_WAIT_MS}ms'")
        for _ in range(LOCK_TRIES_MAX):
            try:
                with self.sql.connection.begin_nested():
                    self.sql.run(f"LOCK TABLE {', '.join(MOVED)} IN ACCESS EXCLUSIVE MODE")
            except psycopg.errors.LockNotAvailable:
                time.sleep(LOCK_PAUSE_SECONDS)
                continue
            return
        raise RetryableError(
            "the live tables were in use all the time",
            fix="see who reads them for long, then run hub rebuild again",
            effect="nothing was switched",
        )

    def sides(self) -> tuple[str, str]:
        """How statements name live tables and those of the generation, which must be at rest."""
        if self.sql.postgres:
            schema = self.sql.tuples("SELECT current_schema()")[0][0]
            return f'"{schema}".', f"{SCHEMA}."
        if not self._is_attached:
            path = str(self._generation.path)
            self.sql.driver.execute(f"ATTACH DATABASE ? AS {FRESH}", (path,))
            self._is_attached = True
        return "main.", f"{FRESH}."

    def leased(self, now_ms: int) -> int:
        """Live outbox rows that a relay is sending."""
        count = "SELECT count(*) FROM outbox WHERE claimed_until > :now"
        found = self.sql.tuples(count, now=now_ms)
        return int(found[0][0])

    def switch(
        self,
        positions: Mapping[str, Positions],
        kept_outbox: Sequence[int],
        notes: Mapping[str, str | None],
    ) -> None:
        """Put the generation in place. `kept_outbox` are live rows that go out all the same."""
        self.sql.upsert(
            tables.position,
            [
                {
                    "lane": lane,
                    "topic": place.topic,
                    "partition": place.partition,
                    "next_offset": offset,
                    "leaf": leaf,
                }
                for lane, places in positions.items()
                for place, (offset, leaf) in sorted(places.items())
            ],
        )
        move = self._move_postgres if self.sql.postgres else self._move_sqlite
        move(kept_outbox)
        count = int(self.tx.note(GENERATION) or "0") + 1
        for name, text in {**notes, GENERATION: str(count)}.items():
            self.tx.set_note(name, text)

    def _move_postgres(self, kept_outbox: Sequence[int]) -> None:
        live, fresh = self.sides()
        listed = columns_of(tables.outbox)
        if kept_outbox:
            self.sql.run(
                f"INSERT INTO {fresh}outbox ({listed}) SELECT {columns_of(tables.outbox, 'o')}"
                f" FROM {self.sql.keys('i')} JOIN {live}outbox o ON o.seq = j.k0",
                keys=[(seq,) for seq in kept_outbox],
            )
        for name in MOVED:
            grants = self.sql.tuples(_GRANTS, name=f"{live}{name}")
            self.sql.run(f"DROP TABLE {live}{name}")
            self.sql.run(f"ALTER TABLE {fresh}{name} SET SCHEMA {live.rstrip('.')}")
            for grantee, privilege in grants:
                self.sql.run(f"GRANT {privilege} ON {live}{name} TO {grantee}")
        self.sql.run(f"DROP SCHEMA {SCHEMA} CASCADE")

    def _move_sqlite(self, kept_outbox: Sequence[int]) -> None:
        live, fresh = self.sides()
        for name in MOVED:
            if name != "outbox":
                self._copy(name, live, fresh)
        last = self.sql.tuples(f"SELECT coalesce(max(seq), 0) FROM {live}outbox")[0][0]
        self.sql.run(
            f"DELETE FROM {live}outbox WHERE seq NOT IN (SELECT k0 FROM {self.sql.keys('i')})",
            keys=[(seq,) for seq in kept_outbox],
        )
        rest = ", ".join(c.name for c in tables.outbox.columns if c.name != "seq")
        self.sql.run(
            f"INSERT INTO {live}outbox (seq, {rest}) SELECT seq + :last, {rest}"
            f" FROM {fresh}outbox ORDER BY seq",
            last=last,
        )

    def _copy(self, name: str, live: str, fresh: str) -> None:
        table = tables.metadata.tables[name]
        indexes: list[Index] = sorted(table.indexes, key=lambda each: str(each.name))
        for index in indexes:  # Sorting once costs less than finding each row's place.
            self.sql.run(f"DROP INDEX {live}{index.name}")
        listed = columns_of(table)
        key = ", ".join(column.name for column in table.primary_key)
        self.sql.run(f"DELETE FROM {live}{name}")
        self.sql.run(
            f"INSERT INTO {live}{name} ({listed}) SELECT {listed} FROM {fresh}{name} ORDER BY {key}"
        )
        for index in indexes:
            self.sql.connection.execute(CreateIndex(index))

    def leave(self) -> None:
        """After the transaction: let go of the second file."""
        if self._is_attached:
            self.sql.driver.execute(f"DETACH DATABASE {FRESH}")


@contextmanager
def standing_still(generation: Generation) -> Iterator[Still]:
    """Hold the live positions; commit on leaving, roll back on an exception."""
    live = generation.live
    with live.translated(), live.engine.connect() as connection:
        still: Still | None = None
        try:
            with connection.begin():
                sql = Sql(connection)
                if sql.postgres:
                    sql.run(f"SET LOCAL idle_in_transaction_session_timeout = '{HOLD_MS_MAX}ms'")
                    sql.run("LOCK TABLE position IN EXCLUSIVE MODE")
                still = Still(generation, SqlTransaction(sql, 0), sql)
                yield still
        finally:
            if still is not None:
                still.leave()
