"""What status and doctor read of a store: counts and positions, never a person's row."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from alembic.config import Config
from alembic.script import ScriptDirectory

from hub.adapters.sql_identity_status import held_counts, open_reviews
from hub.adapters.sql_progress import SqlRoots
from hub.adapters.sql_store import SqlStore
from hub.adapters.sql_support import Sql
from hub.domain.events import Kind
from hub.domain.log import TopicPartition
from hub.domain.rows import WorkerRow
from hub.projections.roots import roots_of

Positions = Mapping[str, Mapping[TopicPartition, tuple[int, bytes]]]
"""Of each lane the next offset of a partition, and the leaf of the record before it."""


class Waiting(NamedTuple):
    """What the store itself says is still to be done."""

    touches: int
    oldest_touch_ms: int | None
    outbox: int
    oldest_outbox_ms: int | None
    """When the oldest was queued; claims are left out, they carry the profile's own time."""
    oldest_lease_ms: int | None
    """Until when the oldest lease held: long past where nobody publishes it again."""


class StoreStatus(NamedTuple):
    """A store at one moment."""

    positions: Positions
    waiting: Waiting
    rejected: int
    open_reviews: int
    held: Mapping[tuple[str, str], int]
    """Persons held from linking, by registry and cause."""
    state_root: str | None
    state_root_canonical: str | None
    workers: tuple[WorkerRow, ...]


class ServerFacts(NamedTuple):
    """The database itself."""

    version: str
    postgres_number: int | None
    """180001 for PostgreSQL 18.1; None for SQLite."""
    now_ms: int
    """By the database's own clock."""
    revision: str | None
    """The migration that the store has seen last."""


def read_status(store: SqlStore, *, with_roots: bool = True) -> StoreStatus:
    """One consistent view. Raises RetryableError where the store cannot be read."""
    with store.reading() as sql:
        root, canonical = _roots(sql) if with_roots else (None, None)
        return StoreStatus(
            positions=_positions(sql),
            waiting=_waiting(sql),
            rejected=int(sql.rows("SELECT count(*) AS n FROM rejected")[0]["n"]),
            open_reviews=open_reviews(sql),
            held=held_counts(sql),
            state_root=root,
            state_root_canonical=canonical,
            workers=tuple(
                WorkerRow(**row) for row in sql.rows("SELECT * FROM worker ORDER BY worker_id")
            ),
        )


def _roots(sql: Sql) -> tuple[str, str]:
    """As kept live; hub audit and hub rebuild work them out again from the rows."""
    return roots_of(SqlRoots(sql, 0).read())


def _positions(sql: Sql) -> Positions:
    found: dict[str, dict[TopicPartition, tuple[int, bytes]]] = {}
    for row in sql.rows("SELECT * FROM position ORDER BY lane, topic, partition"):
        place = TopicPartition(row["topic"], row["partition"])
        found.setdefault(row["lane"], {})[place] = (row["next_offset"], bytes(row["leaf"]))
    return found


def _waiting(sql: Sql) -> Waiting:
    touches = sql.rows("SELECT count(*) AS n, min(touched_ms) AS oldest FROM touch")[0]
    outbox = sql.rows(
        "SELECT count(*) AS n,"
        " min(CASE WHEN kind <> :claim THEN recorded_at END) AS queued_us,"
        " min(CASE WHEN claimed_until > 0 THEN claimed_until END) AS lease FROM outbox",
        claim=int(Kind.IDENTITY_CLAIM),
    )[0]
    queued_us = outbox["queued_us"]
    return Waiting(
        touches=int(touches["n"]),
        oldest_touch_ms=touches["oldest"],
        outbox=int(outbox["n"]),
        oldest_outbox_ms=None if queued_us is None else int(queued_us) // 1000,
        oldest_lease_ms=outbox["lease"],
    )


def read_server(store: SqlStore) -> ServerFacts:
    """Version, clock and migrations of the database. Raises RetryableError."""
    with store.reading() as sql:
        if not sql.postgres:
            version = sql.rows("SELECT sqlite_version() AS v")[0]["v"]
            now_ms, number = time.time_ns() // 1_000_000, None
        else:
            row = sql.rows(
                "SELECT current_setting('server_version') AS v,"
                " CAST(current_setting('server_version_num') AS integer) AS n,"
                " CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now_ms"
            )[0]
            version, number, now_ms = row["v"], int(row["n"]), int(row["now_ms"])
        return ServerFacts(str(version), number, now_ms, _revision(sql))


def _revision(sql: Sql) -> str | None:
    if not _has_table(sql, "alembic_version"):
        return None  # The database is there, the hub's tables are not.
    rows = sql.rows("SELECT version_num FROM alembic_version")
    return str(rows[0]["version_num"]) if rows else None


def _has_table(sql: Sql, name: str) -> bool:
    if sql.postgres:
        return bool(sql.rows("SELECT 1 AS n WHERE to_regclass(:name) IS NOT NULL", name=name))
    return bool(sql.rows("SELECT 1 AS n FROM sqlite_master WHERE name = :name", name=name))


def newest_revision() -> str:
    """The migration that this program wants a store to have seen."""
    config = Config()
    config.set_main_option("script_location", str(files("deploy") / "migrations"))
    return str(ScriptDirectory.from_config(config).get_current_head())


def count_keys(url: str) -> int | None:
    """How many keys a keyring holds, without making one; None where there is no keyring. Raises
    RetryableError where the database does not answer."""
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists():
        return None
    ring = SqlStore(url)
    try:
        with ring.reading() as sql:
            if not _has_table(sql, "person_key"):
                return None
            return int(sql.rows("SELECT count(*) AS n FROM person_key")[0]["n"])
    finally:
        ring.close()
