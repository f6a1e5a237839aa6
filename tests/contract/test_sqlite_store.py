"""The store on SQLite keeps the contract of projection stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.adapters.sql_store import SqlStore
from hub.domain.rows import Person
from hub.errors import ConfigurationError, RetryableError
from tests.contract.projection_store import ProjectionStoreContract
from tests.contract.projection_store_exchange import ProjectionExchangeContract
from tests.contract.projection_store_identity import ProjectionIdentityContract
from tests.contract.projection_store_queues import ProjectionQueuesContract
from tests.contract.projection_store_writing import ProjectionWritingContract
from tests.contract.store_rows import advance, link, record_key


class TestSqliteStore(
    ProjectionStoreContract,
    ProjectionWritingContract,
    ProjectionQueuesContract,
    ProjectionIdentityContract,
    ProjectionExchangeContract,
):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'store.sqlite'}"

    @pytest.fixture
    def store(self, url: str) -> Iterator[SqlStore]:
        store = SqlStore(url)
        store.create()
        yield store
        store.close()

    @pytest.fixture
    def other(self, url: str, store: SqlStore) -> Iterator[SqlStore]:
        other = SqlStore(url, shard=1)
        yield other
        other.close()

    def test_records_of_persons_who_are_alone_are_not_touched(self, store: SqlStore) -> None:
        """There is one writer: a link that is not there is not being made."""
        persons = [Person("us-wi", f"P{n}") for n in (1, 2, 3)]
        owned = [(record_key(f"R{n}"), person) for n, person in enumerate(persons, 1)]
        with store.transaction() as tx:
            tx.links.put([link(*persons[0], "n-1"), link("us-nv", "P1", "n-1")])
            tx.links.put([link(*persons[1], "n-2")])
            tx.touches.add({}, owned)
            assert [touch.key for touch in tx.touches.take(9)] == ["us-wi|4|R1"]
            tx.touches.delete(tx.touches.take(9))
            tx.touches.add({}, owned[1:])
            assert tx.touches.pending() == 0

    def test_a_report_does_not_wait_for_a_writer(self, store: SqlStore, other: SqlStore) -> None:
        with store.transaction() as tx, other.reading() as sql:
            tx.positions.advance("records", [advance(0, 3)])
            assert sql.rows("SELECT count(*) AS n FROM position") == [{"n": 0}]


@pytest.mark.parametrize("url", ["", "sqlite://", "mysql://host/store", "postgres"])
def test_an_unknown_address_of_a_store_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="HUB_STORE"):
        SqlStore(url)


def test_a_store_without_tables_says_what_to_do(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'empty.sqlite'}")

    with pytest.raises(RetryableError) as caught, store.transaction() as tx:
        tx.touches.pending()

    store.close()
    assert caught.value.setting == "HUB_STORE"
    assert caught.value.fix
