"""A second generation of the store's tables, built beside the live ones.

On PostgreSQL it is the schema hub_rebuild of the same database, on SQLite a file beside the live
one. Until the switch nothing of the live store is touched. What is not on the log stays with the
live store: positions, delivery ledger, worker rows, notes, tries at rejected events.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.schema import CreateIndex

from hub.adapters import sql_tables as tables
from hub.adapters.sql_records import DECIDED_ON, FIRST_SAID
from hub.adapters.sql_store import SqlStore, SqlTransaction
from hub.adapters.sql_support import Sql
from hub.domain.events import Kind
from hub.domain.rows import PERSON_TOUCH, PRIORITY_REBUILD, RECORD_TOUCH
from hub.projections.exchange import TERM_KINDS

SCHEMA = "hub_rebuild"
SUFFIX = ".rebuild"
MOVED = (
    "record",
    "link",
    "reference",
    "touch",
    "match",
    "outbox",
    "published",
    "claim",
    "identity_pair",
    "identity_answer",
    "identity_input",
    "identity_recorded",
    "rejected",
    "counter",
    "root",
)
"""Tables that a generation brings along: functions of the log."""
KEPT = ("position", "stamp", "derive_lock", "redrive", "worker", "delivery", "note")
"""Tables that stay with the live store."""
OUTBOX_GAP = 1_000_000_000
"""A relay that leased rows before the switch deletes them by number after it: the numbers of the
two generations must not meet."""

Make = Callable[[SqlStore], None]


class Generation:
    """The tables beside the live ones. `make` brings an empty place up to date."""

    def __init__(self, live: SqlStore, make: Make) -> None:
        self.live = live
        self._make = make
        self.postgres = live.engine.dialect.name == "postgresql"
        self.path = None if self.postgres else Path(f"{live.engine.url.database}{SUFFIX}")
        self.store = (
            SqlStore(live.url, schema=SCHEMA)
            if self.postgres
            else SqlStore(f"sqlite:///{self.path}")
        )

    def exists(self) -> bool:
        """Whether one was begun."""
        if self.path is not None:
            return self.path.exists()
        with self.live.reading() as sql:
            return bool(sql.tuples("SELECT 1 FROM pg_namespace WHERE nspname = :name", name=SCHEMA))

    def begin(self) -> None:
        """Make the tables, without the indexes that only deriving needs."""
        if self.postgres:
            with self.live.translated(), self.live.engine.begin() as connection:
                connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        self._make(self.store)
        with self.working() as (_, sql):
            for index in tables.record.indexes:
                sql.run(f"DROP INDEX {index.name}")
        if self.postgres:
            self._number_apart()

    def _number_apart(self) -> None:
        with self.live.reading() as sql:
            last = sql.tuples("SELECT last_value FROM outbox_seq_seq")[0][0]
        with self.working() as (_, sql):
            sql.tuples("SELECT setval('outbox_seq_seq', :last)", last=int(last) + OUTBOX_GAP)

    def drop(self) -> None:
        """Leave nothing of it."""
        self.close()
        if self.path is None:
            with self.live.translated(), self.live.engine.begin() as connection:
                connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            return
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of connections."""
        self.store.close()

    @contextmanager
    def working(self) -> Iterator[tuple[SqlTransaction, Sql]]:
        """One transaction on the generation, for lanes and for statements of its own."""
        with held(self.store) as both:
            yield both

    def touch_all(self) -> int:
        """Touch, once, whoever can have an answer or was told of one. Answers how many."""
        with self.working() as (_, sql):
            count = self._touch_all(sql)
        self.analyze()
        return count

    def analyze(self) -> None:
        """Statistics before the planner is asked: what was loaded has none yet. SQLite is not given
        any: its statements say themselves which way to go."""
        if self.postgres:
            with self.working() as (_, sql):
                sql.run(f"ANALYZE {', '.join(MOVED)}")

    def _touch_all(self, sql: Sql) -> int:
        for index in sorted(tables.record.indexes, key=lambda each: str(each.name)):
            sql.connection.execute(CreateIndex(index, if_not_exists=True))
        return sql.run(
            "INSERT INTO touch (kind, key, stamp, priority, touched_ms)"
            f" SELECT kind, key, 0, {PRIORITY_REBUILD}, :now FROM ({_TO_TOUCH}) AS t"
            " WHERE true ON CONFLICT DO NOTHING",
            now=time.time_ns() // 1_000_000,
        )


_TO_TOUCH = f"""
SELECT '{PERSON_TOUCH}' AS kind, l.registry || '|' || l.person_id AS key FROM link l
WHERE l.version >= 0 AND EXISTS (SELECT 1 FROM link o WHERE o.national_id = l.national_id
  AND (o.registry <> l.registry OR o.person_id <> l.person_id))
UNION SELECT '{PERSON_TOUCH}', substr(p.subject, {len("inbox|link|") + 1}) FROM published p
WHERE p.subject LIKE 'inbox|link|%'
UNION SELECT '{RECORD_TOUCH}', r.registry || '|' || CAST(r.kind AS text) || '|' || r.record_id
FROM record r WHERE r.kind = {int(Kind.APPROVAL)}
UNION SELECT '{PERSON_TOUCH}', r.registry || '|' || r.person_id FROM record r
WHERE r.kind IN ({", ".join(map(str, TERM_KINDS))}) AND r.kind >= {FIRST_SAID}
UNION SELECT '{RECORD_TOUCH}', r.registry || '|' || CAST(r.kind AS text) || '|' || r.record_id
FROM record r WHERE EXISTS (SELECT 1 FROM record d WHERE d.kind = {int(Kind.RECOGNITION_DECISION)})
  AND {DECIDED_ON}
"""


@contextmanager
def held(store: SqlStore) -> Iterator[tuple[SqlTransaction, Sql]]:
    """One transaction of a store, with the statements beside the lanes' tables."""
    with store.translated(), store.engine.begin() as connection:
        sql = Sql(connection)
        yield SqlTransaction(sql, 0), sql
