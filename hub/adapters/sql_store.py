"""The store on SQLAlchemy Core: SQLite for one process, PostgreSQL for many.

A transaction on SQLite takes the write lock at once, so two lanes never wait for each other in a
circle. On PostgreSQL isolation is READ COMMITTED with row locks, and a session that stalls inside a
transaction is ended by the server, so that a frozen worker holds nobody up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from hub.adapters import sql_tables as tables
from hub.adapters.sql_derived import SqlMatches, SqlTouches
from hub.adapters.sql_outbox import SqlClaims, SqlOutbox, SqlPositions
from hub.adapters.sql_records import SqlLinks, SqlRecords, SqlReferences
from hub.adapters.sql_support import Sql, packed
from hub.domain.rows import Counters, Person, RejectedRow
from hub.errors import ConfigurationError, RetryableError

BUSY_TIMEOUT_MS = 30_000  # A rebuild's longest transaction on SQLite takes a few seconds.
IDLE_IN_TRANSACTION_MS = 5_000  # A frozen worker's locks end with this.
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

    def reject(self, rows: Sequence[RejectedRow]) -> None:
        self._sql.insert_absent(tables.rejected, [asdict(row) for row in rows])

    def count(self, changes: Counters) -> None:
        rows = sorted((*key, self._shard, value) for key, value in changes.items() if value)
        if not rows:
            return
        self._sql.run(
            "INSERT INTO counter (name, registry, dim, day, shard, value)"
            f" SELECT k0, k1, k2, k3, k4, k5 FROM {self._sql.keys('tttiii')} WHERE true"
            " ORDER BY k0, k1, k2, k3, k4 ON CONFLICT (name, registry, dim, day, shard)"
            " DO UPDATE SET value = counter.value + excluded.value",
            keys=packed(rows),
        )

    def lock_persons(self, persons: Iterable[Person]) -> None:
        ordered = sorted(set(persons))
        if not ordered or not self._sql.postgres:
            return
        self._sql.insert_absent(tables.derive_lock, [person._asdict() for person in ordered])
        self._sql.rows(
            f"SELECT l.registry FROM {self._sql.keys('tt')} JOIN derive_lock l"
            " ON l.registry = j.k0 AND l.person_id = j.k1"
            " ORDER BY l.registry, l.person_id FOR UPDATE OF l",
            keys=packed(ordered),
        )

    def note(self, name: str) -> str | None:
        rows = self._sql.rows("SELECT text FROM note WHERE name = :name", name=name)
        return str(rows[0]["text"]) if rows else None

    def set_note(self, name: str, text: str | None) -> None:
        if text is None:
            self._sql.run("DELETE FROM note WHERE name = :name", name=name)
        else:
            self._sql.upsert(tables.note, [{"name": name, "text": text}])

    def deliver(self, registry: str, event_ids: Sequence[str]) -> None:
        rows = [{"registry": registry, "event_id": event_id} for event_id in event_ids]
        self._sql.insert_absent(tables.delivery, rows)


class SqlStore:
    """The projection store behind its port. Tables are made by migrations, or by create()."""

    def __init__(self, url: str, *, shard: int = 0) -> None:
        self.url = url
        self.engine = make_engine(url)
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

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn the driver's errors into the hub's."""
        try:
            yield
        except (OperationalError, ProgrammingError) as error:
            if _lacks_tables(error):
                raise RetryableError(
                    f"the store at {shown_url(self.url)} holds no tables of the hub yet",
                    setting="HUB_STORE",
                    fix="start hub run with this store, or correct HUB_STORE",
                ) from error
            if isinstance(error, ProgrammingError):
                raise
            raise RetryableError(
                f"no answer from the store at {shown_url(self.url)}",
                tried=_first_line(error),
                setting="HUB_STORE",
                fix="start the database there or correct HUB_STORE, then run this again",
                effect="nothing of this transaction was written",
            ) from error
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") in {"40001", "40P01", "55P03", "25P03"}:
                raise RetryableError(f"the store asks for another try: {error.orig}") from error
            raise

    def close(self) -> None:
        self.engine.dispose()


def _reading_options(dialect: str) -> dict[str, Any]:
    return {"isolation_level": "REPEATABLE READ"} if dialect == "postgresql" else {"plain": True}


def _lacks_tables(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", "") == "42P01" or "no such table" in str(error.orig)


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).splitlines()[0]


def shown_url(url: str) -> str:
    """The address without name and password."""
    parsed = make_url(url)
    return parsed._replace(username=None, password=None).render_as_string()


def make_engine(url: str) -> Engine:
    """An engine for a store's address. Raises ConfigurationError on any other form."""
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if url.startswith("postgresql+psycopg://"):
        options = (
            f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}"
            f" -c lock_timeout={LOCK_TIMEOUT_MS}"
        )
        return create_engine(url, connect_args={"options": options}, pool_pre_ping=True)
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
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -65536"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    plain = connection.get_execution_options().get("plain", False)
    connection.exec_driver_sql("BEGIN" if plain else "BEGIN IMMEDIATE")
