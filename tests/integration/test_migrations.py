"""Migrations make, on empty databases of both kinds, exactly the tables that the store works on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from deploy.local.postgres import fresh_database
from hub.adapters.sql_store import SqlStore
from hub.adapters.sql_tables import metadata
from hub.bootstrap import migrate, open_store


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'deep' / 'store.sqlite'}"


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(params=["sqlite_url", "empty_postgres_url"])
def migrated(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    store = open_store(request.getfixturevalue(request.param))
    yield store
    store.close()


def differences(store: SqlStore) -> list[Any]:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, metadata))


def described(store: SqlStore) -> dict[str, Any]:
    """Columns, keys and indexes of every table but Alembic's own, and sequences."""
    found: dict[str, Any] = {}
    with store.engine.connect() as connection:
        inspector = sqlalchemy.inspect(connection)
        for name in inspector.get_table_names():
            if name == "alembic_version":
                continue
            found[name] = {
                "columns": [
                    (c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)
                ],
                "key": inspector.get_pk_constraint(name)["constrained_columns"],
                "indexes": sorted(
                    (str(i["name"]), tuple(i["column_names"]), bool(i["unique"]))
                    for i in inspector.get_indexes(name)
                ),
            }
        if store.engine.dialect.name == "postgresql":
            found["sequences"] = sorted(inspector.get_sequence_names())
    return found


def test_migrations_make_what_the_tables_say(migrated: SqlStore) -> None:
    assert differences(migrated) == []


def test_migrating_twice_changes_nothing(migrated: SqlStore) -> None:
    before = described(migrated)
    migrate(migrated)

    assert described(migrated) == before
    assert before.keys() >= set(metadata.tables)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_migrated_and_created_stores_are_alike(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    if kind == "sqlite":
        found = [_described_at(f"sqlite:///{tmp_path / name}", name) for name in ("made", "moved")]
    else:
        server = request.getfixturevalue("postgres_url")
        with fresh_database(server) as one, fresh_database(server) as two:
            found = [_described_at(one, "made"), _described_at(two, "moved")]

    assert found[0] == found[1]


def _described_at(url: str, how: str) -> dict[str, Any]:
    if how == "moved":
        store = open_store(url)
    else:
        store = SqlStore(url)
        store.create()
    try:
        return described(store)
    finally:
        store.close()


def test_what_a_store_holds_outlives_another_start(sqlite_url: str) -> None:
    first = open_store(sqlite_url)
    with first.transaction() as tx:
        tx.set_note("cut", "kept")
    first.close()

    again = open_store(sqlite_url)
    with again.transaction() as tx:
        assert tx.note("cut") == "kept"
    again.close()
