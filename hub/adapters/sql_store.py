"""The store on SQLAlchemy Core: SQLite for one process, PostgreSQL for many.

A transaction on SQLite takes the write lock at once, so two lanes never wait for each other in a
circle. On PostgreSQL isolation is READ COMMITTED with row locks, and a session that stalls inside a
transaction is ended by the server, so that a frozen worker holds nobody up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event

from hub.adapters import sql_tables as tables
from hub.adapters.sql_derived import SqlMatches, SqlTouches
from hub.adapters.sql_errors import translated
from hub.adapters.sql_identity import SqlAnswers, SqlClaims, SqlInputs, SqlPairs
from hub.adapters.sql_links import SqlLinks, SqlReferences
from hub.adapters.sql_outbox import SqlOutbox
from hub.adapters.sql_progress import SqlPositions, SqlRoots, SqlWorkers
from hub.adapters.sql_recognition import SqlRecognition
from hub.adapters.sql_records import SqlRecords
from hub.adapters.sql_rejected import SqlRejections
from hub.adapters.sql_reviews import SqlReviews
from hub.adapters.sql_support import Sql
from hub.domain.rows import Counters, Person, RejectedRow, WorkerRow
from hub.errors import ConfigurationError

BUSY_TIMEOUT_MS = 30_000  # A rebuild's longest transaction on SQLite takes a few seconds.
SQLITE_CACHE_KIB = 128 * 1024
SQLITE_MAPPED_BYTES = 1 << 30  # Read without a copy; the system takes it back when it must.
SQLITE_CHECKPOINT_PAGES = 16_384  # 64 MiB: pages written again and again are copied once.
IDLE_IN_TRANSACTION_MS = 3_000  # A frozen worker's locks end with this.
BESIDE_IDLE_MS = 60_000  # Of tables that are built beside the live ones.
KEEPALIVES = {  # A server that is gone without a word is missed within some ten seconds.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
LOCK_TIMEOUT_MS = 10_000


class SqlTransaction:
    """Everything a lane may read and write in one transaction."""

    def __init__(self, sql: Sql, shard: int) -> None:
        self._sql = sql
        self._shard = shard
        self.positions = SqlPositions(sql)
        self.records = SqlRecords(sql)
        self.links = SqlLinks(sql)
        self.references = SqlReferences(sql)
        self.touches = SqlTouches(sql)
        self.matches = SqlMatches(sql)
        self.outbox = SqlOutbox(sql)
        self.claims = SqlClaims(sql)
        self.pairs = SqlPairs(sql)
        self.answers = SqlAnswers(sql)
        self.reviews = SqlReviews(sql)
        self.recognition = SqlRecognition(sql)
        self.inputs = SqlInputs(sql)
        self.roots = SqlRoots(sql, shard)
        self.rejections = SqlRejections(sql)

    def reject(self, rows: Sequence[RejectedRow]) -> None:
        self.rejections.put(rows)

    def count(self, changes: Counters) -> None:
        rows = sorted((*key, self._shard, value) for key, value in changes.items() if value)
        if not rows:
            return
        self._sql.run(
            "INSERT INTO counter (name, registry, dim, day, shard, value)"
            f" SELECT k0, k1, k2, k3, k4, k5 FROM {self._sql.keys('tttiii')} WHERE true"
            " ORDER BY k0, k1, k2, k3, k4 ON CONFLICT (name, registry, dim, day, shard)"
            " DO UPDATE SET value = counter.value + excluded.value",
            keys=rows,
        )

    def lock_persons(self, persons: Iterable[Person]) -> set[Person]:
        ordered = sorted(set(persons))
        if not ordered or not self._sql.postgres:
            return set(ordered)
        self._sql.run(
            f"INSERT INTO derive_lock (registry, person_id) SELECT k0, k1 FROM"
            f" {self._sql.keys('tt')} ORDER BY k0, k1 ON CONFLICT DO NOTHING",
            keys=ordered,
        )
        rows = self._sql.tuples(
            f"SELECT l.registry, l.person_id FROM {self._sql.keys('tt')} JOIN derive_lock l"
            " ON l.registry = j.k0 AND l.person_id = j.k1"
            " ORDER BY l.registry, l.person_id FOR UPDATE OF l SKIP LOCKED",
            keys=ordered,
        )
        return {Person(*row) for row in rows}

    def beat(self, row: WorkerRow) -> None:
        SqlWorkers(self._sql).beat(row)

    def workers(self) -> list[WorkerRow]:
        return SqlWorkers(self._sql).all()

    def forget_workers(self, seen_before_ms: int) -> None:
        SqlWorkers(self._sql).forget(seen_before_ms)

    def go_on(self) -> None:
        if self._sql.postgres:
            self._sql.tuples("SELECT 1")

    def note(self, name: str) -> str | None:
        rows = self._sql.rows("SELECT text FROM note WHERE name = :name", name=name)
        return str(rows[0]["text"]) if rows else None

    def set_note(self, name: str, text: str | None) -> None:
        if text is None:
            self._sql.run("DELETE FROM note WHERE name = :name", name=name)
        else:
            self._sql.upsert(tables.note, [{"name": name, "text": text}])

    def swap_note(self, name: str, old: str | None, new: str | None) -> bool:
        if old is None:
            statement = (
                "INSERT INTO note (name, text) VALUES (:name, :new) ON CONFLICT (name) DO NOTHING"
            )
            return self._sql.run(statement, name=name, new=new) == 1
        if new is None:
            statement = "DELETE FROM note WHERE name = :name AND text = :old"
            return self._sql.run(statement, name=name, old=old) == 1
        statement = "UPDATE note SET text = :new WHERE name = :name AND text = :old"
        return self._sql.run(statement, name=name, old=old, new=new) == 1

    def deliver(self, registry: str, event_ids: Sequence[str]) -> None:
        rows = [{"registry": registry, "event_id": event_id} for event_id in event_ids]
        self._sql.insert_absent(tables.delivery, rows)


class SqlStore:
    """The projection store behind its port. Tables are made by migrations, or by create().

    On PostgreSQL `schema` says where its tables stand; where the server does by default, without.
    """

    def __init__(self, url: str, *, shard: int = 0, schema: str | None = None) -> None:
        self.url = url
        self.engine = make_engine(url, schema)
        self._shard = shard

    def create(self) -> None:
        """Make the tables that are absent."""
        with self.translated():
            tables.metadata.create_all(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        with self.translated(), self.engine.begin() as connection:
            yield SqlTransaction(Sql(connection), self._shard)

    @contextmanager
    def reading(self) -> Iterator[Sql]:
        """One consistent view for reports; takes no write lock."""
        with self.translated(), self.engine.connect() as connection:
            readable = connection.execution_options(**_reading_options(connection.dialect.name))
            with readable.begin():
                yield Sql(readable)

    def translated(self) -> AbstractContextManager[None]:
        """Turn the driver's errors into the hub's."""
        return translated(self.url)

    def close(self) -> None:
        self.engine.dispose()


def _reading_options(dialect: str) -> dict[str, Any]:
    return {"isolation_level": "REPEATABLE READ"} if dialect == "postgresql" else {"plain": True}


def make_engine(url: str, schema: str | None = None) -> Engine:
    """An engine for a store's address. Raises ConfigurationError on any other form."""
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if url.startswith("postgresql+psycopg://"):
        options = (
            "-c plan_cache_mode=force_custom_plan"  # Arrays of keys differ in length.
            f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}"
            f" -c lock_timeout={LOCK_TIMEOUT_MS}"
        )
        if schema is not None:
            # Tables beside the live ones hold up nobody, and a lost commit is made again.
            options += f" -c search_path={schema} -c synchronous_commit=off"
            options += f" -c idle_in_transaction_session_timeout={BESIDE_IDLE_MS}"
        arguments = {"options": options, **KEEPALIVES}
        return create_engine(url, connect_args=arguments, pool_pre_ping=True)
    if url.startswith("sqlite:///"):
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    raise ConfigurationError(
        "HUB_STORE has a form that is not known",
        fix="use sqlite:///path or postgresql://host/database",
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is said by _begin_sqlite, at once for writers.
    cursor = connection.cursor()
    pragmas = (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"cache_size = -{SQLITE_CACHE_KIB}",
        f"wal_autocheckpoint = {SQLITE_CHECKPOINT_PAGES}",
        "temp_store = MEMORY",
        f"mmap_size = {SQLITE_MAPPED_BYTES}",
    )
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    plain = connection.get_execution_options().get("plain", False)
    connection.exec_driver_sql("BEGIN" if plain else "BEGIN IMMEDIATE")
