"""The store on PostgreSQL keeps the contract of projection stores, with several writers at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy

from deploy.local.postgres import fresh_database
from hub.adapters.sql_store import SqlStore
from hub.adapters.sql_tables import metadata
from hub.domain.rows import CounterKey, Person, TouchKey
from hub.errors import FencedError, RetryableError
from hub.ports import StoreTransaction
from tests.contract.projection_store import ProjectionStoreContract
from tests.contract.projection_store_queues import ProjectionQueuesContract
from tests.contract.store_rows import advance, item, record, record_key

WAIT_SECONDS = 15
PERSONS = [Person("us-wi", f"P{n}") for n in range(20)]


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        store = SqlStore(url)
        store.create()
        store.close()
        yield url


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = SqlStore(url)
    names = ", ".join(table.name for table in metadata.sorted_tables)
    with store.engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"TRUNCATE {names}"))
    yield store
    store.close()


@pytest.fixture
def other(url: str) -> Iterator[SqlStore]:
    other = SqlStore(url, shard=1)
    yield other
    other.close()


class TestPostgresStore(ProjectionStoreContract, ProjectionQueuesContract):
    """The fixtures are the module's: one database, emptied for each test."""


Step = Callable[[StoreTransaction], None]


def both_at_once(stores: Iterable[SqlStore], first: Step, then: Step, steps_back: Step) -> None:
    """Two threads: one does first and then, the other the same with steps_back in between."""
    barrier = threading.Barrier(2)

    def work(store: SqlStore, lock: Step) -> None:
        for _ in range(5):
            barrier.wait(WAIT_SECONDS)
            with store.transaction() as tx:
                lock(tx)
                then(tx)

    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(work, store, lock)
            for store, lock in zip(stores, (first, steps_back), strict=True)
        ]
        for job in jobs:
            job.result(WAIT_SECONDS)


def test_locking_the_same_records_in_opposite_order_does_not_deadlock(
    store: SqlStore, other: SqlStore
) -> None:
    keys = [record_key(f"R{n}") for n in range(200)]

    def put(tx: StoreTransaction) -> None:
        tx.records.put([record(key.record_id) for key in keys])

    both_at_once(
        (store, other),
        lambda tx: _ignore(tx.records.lock(keys)),
        put,
        lambda tx: _ignore(tx.records.lock(keys[::-1])),
    )

    with store.transaction() as tx:
        assert len(tx.records.get(keys)) == 200


def test_locking_persons_links_and_references_in_opposite_order_does_not_deadlock(
    store: SqlStore, other: SqlStore
) -> None:
    names = [(8, person.person_id) for person in PERSONS]

    def forward(tx: StoreTransaction) -> None:
        tx.lock_persons(PERSONS)
        tx.links.lock(PERSONS)
        tx.references.lock(names)

    def backward(tx: StoreTransaction) -> None:
        tx.lock_persons(PERSONS[::-1])
        tx.links.lock(PERSONS[::-1])
        tx.references.lock(names[::-1])

    def touch(tx: StoreTransaction) -> None:
        tx.outbox.publish([item(p.person_id, b"x") for p in PERSONS])
        tx.count({CounterKey("records", p.person_id, "", 0): 1 for p in PERSONS})
        tx.touches.add({TouchKey("person", p.person_id): 0 for p in PERSONS})

    both_at_once((store, other), forward, touch, backward)

    with store.reading() as sql:
        (row,) = sql.rows("SELECT sum(value) AS n, count(DISTINCT shard) AS shards FROM counter")
    assert (int(row["n"]), row["shards"]) == (10 * len(PERSONS), 2)


def _ignore(_answer: object) -> None:
    """Locks are taken for their own sake here."""


def test_of_two_writers_at_one_position_exactly_one_commits(
    store: SqlStore, other: SqlStore
) -> None:
    barrier = threading.Barrier(2)

    def step(each: SqlStore) -> bool:
        barrier.wait(WAIT_SECONDS)
        try:
            with each.transaction() as tx:
                tx.positions.advance("records", [advance(0, 3)])
        except FencedError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        results = [
            job.result(WAIT_SECONDS) for job in [pool.submit(step, s) for s in (store, other)]
        ]

    assert sorted(results) == [False, True]


def test_two_relays_lease_different_rows_without_waiting(store: SqlStore, other: SqlStore) -> None:
    with store.transaction() as tx:
        tx.outbox.publish([item(f"s{n}", b"x") for n in range(10)])

    with store.transaction() as one, other.transaction() as two:
        first = one.outbox.lease(6, 1_000, 9_000)
        second = two.outbox.lease(6, 1_000, 9_000)

    seqs = [row.seq for row in (*first, *second)]
    assert len(seqs) == len(set(seqs)) == 10


def test_a_row_that_another_holds_too_long_can_be_tried_again(
    url: str, store: SqlStore, other: SqlStore
) -> None:
    with store.transaction() as tx:
        tx.records.lock([record_key("R1")])
        with pytest.raises(RetryableError), other.transaction() as late:
            _lock_without_patience(late)


def _lock_without_patience(tx: StoreTransaction) -> None:
    sql = tx.records._sql  # type: ignore[attr-defined]
    sql.run("SET LOCAL lock_timeout = 100")
    tx.records.lock([record_key("R1")])


def test_a_touch_made_while_another_derives_is_not_lost(store: SqlStore, other: SqlStore) -> None:
    key = TouchKey("person", "us-wi|P1")
    with store.transaction() as tx:
        tx.touches.add({key: 0})
    with store.transaction() as deriving:
        read = deriving.touches.take(10)
        with other.transaction() as tx:
            tx.touches.add({key: 0})
        deriving.touches.delete(read)

    with store.transaction() as tx:
        assert tx.touches.pending() == 1
