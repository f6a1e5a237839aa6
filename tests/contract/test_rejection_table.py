"""Rejections on SQLite and PostgreSQL: one row a place, tries counted, migrated rows kept."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from deploy.local.postgres import fresh_database
from hub.adapters.sql_rejected import find_rejected, read_rejected, redrives_of, rejected_by_rule
from hub.adapters.sql_store import SqlStore
from hub.bootstrap import open_store
from hub.domain.rows import APPLIED, REJECTED, Place, RedriveRow
from tests.contract.store_rows import rejected

AT_MS = 1_790_000_000_000


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as made:
        yield made


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = open_store(url)
    yield store
    store.close()


def tried(place: Place, outcome: str, reason: str | None = None) -> RedriveRow:
    return RedriveRow(place=place, at_ms=AT_MS, outcome=outcome, reason=reason, fold_version=1)


def test_of_a_place_noted_again_the_later_reason_stands(store: SqlStore) -> None:
    for reason in ("KEY_EMPTY", "NUL_IN_TEXT"):
        with store.transaction() as tx:
            tx.rejections.put([rejected(3, reason=reason), rejected(2, reason=reason)])

    with store.reading() as sql:
        seen = read_rejected(sql, count_max=None)
    assert [(each.row.log_offset, each.row.reason) for each in seen] == [
        (2, "NUL_IN_TEXT"),
        (3, "NUL_IN_TEXT"),
    ]


def test_only_rejections_that_exist_are_locked(store: SqlStore) -> None:
    there, absent = rejected(2**40), Place("registry.us-wi.events", 0, 8)
    with store.transaction() as tx:
        tx.rejections.put([there])
        assert tx.rejections.lock([absent, there.place, there.place]) == {there.place: there}
        assert tx.rejections.lock([]) == {}


def test_an_applied_event_leaves_and_its_tries_stay(store: SqlStore) -> None:
    gone, kept = rejected(1), rejected(2, registry=None, topic="alliance.reference")
    with store.transaction() as tx:
        tx.rejections.put([gone, kept])
        tx.rejections.settle([])
        tx.rejections.settle(
            [tried(gone.place, REJECTED, "KEY_EMPTY"), tried(kept.place, REJECTED)]
        )
    with store.transaction() as tx:
        tx.rejections.settle([tried(gone.place, APPLIED)])

    with store.reading() as sql:
        (left,) = read_rejected(sql, count_max=None)
        assert (left.row, left.times, left.last_ms) == (kept, 2, AT_MS)
        assert find_rejected(sql, gone.place) is None
        assert [(t.outcome, t.reason) for t in redrives_of(sql, gone.place)] == [
            (REJECTED, "KEY_EMPTY"),
            (APPLIED, None),
        ]
        (counted,) = rejected_by_rule(sql)
        assert (counted.registry, counted.reason, counted.events) == (None, "KEY_EMPTY", 1)
        assert rejected_by_rule(sql, registry="us-wi") == []


def test_rejections_of_the_first_tables_are_kept_with_their_registry(url: str) -> None:
    store = SqlStore(url)
    config = Config()
    config.set_main_option("script_location", str(files("deploy") / "migrations"))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for topic in ("registry.us-wi.events", "alliance.reference"):
            connection.exec_driver_sql(
                "INSERT INTO rejected (topic, partition, log_offset, reason, fold_version)"
                f" VALUES ('{topic}', 0, 4, 'KEY_EMPTY', 1)"
            )
        command.upgrade(config, "0002")
    with store.reading() as sql:
        seen = read_rejected(sql, count_max=None)
    store.close()

    assert [(each.row.topic, each.row.registry, each.row.received_ms) for each in seen] == [
        ("alliance.reference", None, 0),
        ("registry.us-wi.events", "us-wi", 0),
    ]
