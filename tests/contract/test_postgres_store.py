"""The store on PostgreSQL keeps the contract of projection stores, with several writers at once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
import sqlalchemy

from deploy.local.postgres import fresh_database
from hub.adapters.sql_scan import scan_store
from hub.adapters.sql_store import SqlStore
from hub.adapters.sql_tables import metadata
from hub.domain.rows import (
    CounterKey,
    MatchRow,
    Merged,
    Person,
    RecordKey,
    RecordRow,
    TouchKey,
)
from hub.errors import FencedError, RetryableError
from hub.lanes.records import Batch, apply_batch
from hub.ports import StoreTransaction
from hub.projections.roots import change_of, record_leaf
from tests.contract.projection_store import ProjectionStoreContract
from tests.contract.projection_store_exchange import ProjectionExchangeContract
from tests.contract.projection_store_identity import ProjectionIdentityContract
from tests.contract.projection_store_queues import ProjectionQueuesContract
from tests.contract.projection_store_writing import ProjectionWritingContract
from tests.contract.store_rows import advance, item, match, record, record_key

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


class TestPostgresStore(
    ProjectionStoreContract,
    ProjectionWritingContract,
    ProjectionQueuesContract,
    ProjectionIdentityContract,
    ProjectionExchangeContract,
):
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


def test_merging_the_same_records_in_opposite_order_does_not_deadlock(
    store: SqlStore, other: SqlStore
) -> None:
    """Whatever the interleaving, the highest stands and what was added up was replaced once."""
    keys = [record_key(f"R{n}") for n in range(200)]
    revisions = {store.url: iter(range(10, 20)), "other": iter(range(15, 25))}
    sums: list[int] = []

    def merge(tx: StoreTransaction, name: str, ordered: list[RecordKey]) -> None:
        revision = next(revisions[name])
        merged = tx.records.merge([record(key.record_id, revision=revision) for key in ordered])
        sums.append(sum(row.revision - (old.revision if old else 0) for row, old in merged.stood))

    both_at_once(
        (store, other),
        lambda tx: merge(tx, store.url, keys),
        lambda _tx: None,
        lambda tx: merge(tx, "other", keys[::-1]),
    )

    with store.transaction() as tx:
        found = tx.records.get(keys)
    assert {row.revision for row in found.values()} == {19}
    assert sum(sums) == 19 * 200


def test_of_two_merges_the_second_decides_against_what_the_first_committed(
    store: SqlStore, other: SqlStore
) -> None:
    """It waits for the first; what was to stand over the row before it may be refused then."""
    low, middle, high = (record("R1", revision=n) for n in (5, 6, 7))
    with store.transaction() as tx:
        tx.records.merge([low])
    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as first:
            stood, _ = first.records.merge([high])
            job = pool.submit(_merge, other, middle)
            wait_for_a_blocked_session(first)
        late = job.result(WAIT_SECONDS)

    assert stood == [(high, low)]
    assert late == Merged([], [(middle, high)])


def _merge(store: SqlStore, row: RecordRow) -> Merged:
    with store.transaction() as tx:
        return tx.records.merge([row])


def wait_for_a_blocked_session(tx: StoreTransaction) -> None:
    """Until another session of this database waits for a lock."""
    sql = tx.records._sql  # type: ignore[attr-defined]
    until = time.monotonic() + WAIT_SECONDS
    while not sql.tuples(
        "SELECT 1 FROM pg_locks WHERE NOT granted AND pid IN"
        " (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
    ):
        assert time.monotonic() < until, "nobody came to wait"
        time.sleep(0.02)


@pytest.mark.parametrize("change", [(match("R1"), match("R1", basis=b"mine")), (match("R1"), None)])
def test_a_match_that_another_is_changing_is_waited_for_and_not_written_over(
    store: SqlStore, other: SqlStore, change: tuple[MatchRow, MatchRow | None]
) -> None:
    theirs = match("R1", basis=b"theirs")
    with store.transaction() as tx:
        tx.matches.replace([(None, match("R1"))])
    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as first:
            first.matches.replace([(match("R1"), theirs)])
            job = pool.submit(_replace, other, change)
            wait_for_a_blocked_session(first)
        with pytest.raises(FencedError):
            job.result(WAIT_SECONDS)

    with store.transaction() as tx:
        assert tx.matches.of_records([record_key("R1")]) == [theirs]


def test_a_match_that_another_is_making_is_waited_for_and_not_written_over(
    store: SqlStore, other: SqlStore
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as first:
            first.matches.replace([(None, match("R1"))])
            job = pool.submit(_replace, other, (None, match("R1", basis=b"mine")))
            wait_for_a_blocked_session(first)
        with pytest.raises(FencedError):
            job.result(WAIT_SECONDS)

    with store.transaction() as tx:
        assert tx.matches.of_records([record_key("R1")]) == [match("R1")]


def _replace(store: SqlStore, change: tuple[MatchRow | None, MatchRow | None]) -> None:
    with store.transaction() as tx:
        tx.matches.replace([change])


def test_persons_whom_another_holds_are_passed_over_without_waiting(
    store: SqlStore, other: SqlStore
) -> None:
    with store.transaction() as one:
        assert one.lock_persons(PERSONS[:6]) == set(PERSONS[:6])
    with store.transaction() as one, other.transaction() as two:
        assert one.lock_persons(PERSONS[2:4]) == set(PERSONS[2:4])
        assert two.lock_persons(PERSONS[:6]) == {*PERSONS[:2], *PERSONS[4:6]}
        assert one.lock_persons(PERSONS[:4]) == set(PERSONS[2:4])
    with other.transaction() as two:
        assert two.lock_persons(PERSONS[:6]) == set(PERSONS[:6])


def test_records_of_persons_who_are_alone_are_touched_all_the_same(store: SqlStore) -> None:
    """A link that another transaction is making is not to be seen yet."""
    owned = [(record_key(f"R{n}"), person) for n, person in enumerate(PERSONS[:3])]
    with store.transaction() as tx:
        tx.touches.add({}, owned)
        taken = tx.touches.take(9)

    assert [touch.key for touch in taken] == ["us-wi|4|R0", "us-wi|4|R1", "us-wi|4|R2"]


def test_two_workers_with_one_shard_by_mistake_still_add_up(url: str, store: SqlStore) -> None:
    same = SqlStore(url)
    leaves = [bytes([n]) * 32 for n in range(10)]

    def add(each: SqlStore, part: list[bytes]) -> None:
        for leaf in part:
            with each.transaction() as tx:
                tx.roots.add({"records": change_of([leaf], [])})

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(add, store, leaves[:5]), pool.submit(add, same, leaves[5:])]
        for job in jobs:
            job.result(WAIT_SECONDS)
    same.close()

    with store.transaction() as tx:
        assert tx.roots.read() == {"records": change_of(leaves, [])}


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


def test_roots_of_two_workers_that_write_at_once_equal_the_scan(
    store: SqlStore, other: SqlStore
) -> None:
    """Both say the same records, at revisions that overtake each other."""
    chosen = random.Random(7)
    batches = [
        [
            record(f"R{n}", person_id=f"P{chosen.randint(1, 3)}", revision=chosen.randint(0, 9))
            for n in chosen.sample(range(60), 40)
        ]
        for _ in range(10)
    ]

    def apply(each: SqlStore, part: list[list[RecordRow]]) -> None:
        for rows in part:
            rooted = [row._replace(leaf=record_leaf(row)) for row in rows]
            with each.transaction() as tx:
                apply_batch(tx, Batch(rows=rooted))

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(apply, store, batches[:5]), pool.submit(apply, other, batches[5:])]
        for job in jobs:
            job.result(WAIT_SECONDS)
    scan = scan_store(store)

    best = {row.key: row for row in sorted(chain(*batches), key=lambda row: row.order)}
    expected = change_of((record_leaf(row) for row in best.values()), [])
    assert scan.differing == []
    assert (scan.records, scan.kept["records"]) == (len(best), expected)


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
        tx.records.merge([record("R1")])
        with pytest.raises(RetryableError), other.transaction() as late:
            _lock_without_patience(late)


def _lock_without_patience(tx: StoreTransaction) -> None:
    sql = tx.records._sql  # type: ignore[attr-defined]
    sql.run("SET LOCAL lock_timeout = 100")
    tx.records.merge([record("R1", revision=9)])


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
