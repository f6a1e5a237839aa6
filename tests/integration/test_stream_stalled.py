"""Sessions that stand still within a statement are ended where others wait for them, else not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from deploy.local.postgres import fresh_database
from hub import bootstrap
from hub.adapters import sql_watch
from hub.adapters.sql_store import SqlStore
from hub.stream import leader

SECONDS_MAX = 15.0


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlStore]:
    with fresh_database(postgres_url) as url:
        opened = bootstrap.open_store(url)
        yield opened
        opened.close()


def session(store: SqlStore) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(store.url.replace("postgresql+psycopg", "postgresql"))


def until_one_is_ended(store: SqlStore) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not sql_watch.end_stalled(store):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_session_frozen_in_a_copy_is_ended_only_while_others_wait_for_its_locks(
    store: SqlStore,
) -> None:
    with store.transaction() as tx:
        tx.set_note("wanted", "1")
    waited: list[float] = []

    def wait_for_it() -> None:
        began = time.monotonic()
        with store.transaction() as tx:
            tx.set_note("wanted", "3")
        waited.append(time.monotonic() - began)

    with session(store) as frozen:
        frozen.execute("UPDATE note SET text = '2' WHERE name = 'wanted'")

        def stand_still() -> None:
            with frozen.cursor().copy("COPY note (name, text) FROM STDIN") as copy:
                copy.write_row(("other", "x"))
                time.sleep(sql_watch.STALLED_SECONDS + 0.2)
                assert sql_watch.end_stalled(store) == 0
                waiting = threading.Thread(target=wait_for_it)
                waiting.start()
                until_one_is_ended(store)
                waiting.join(SECONDS_MAX)
                copy.write_row(("other", "y"))

        with pytest.raises(psycopg.OperationalError):
            stand_still()

    assert waited
    assert waited[0] < SECONDS_MAX
    with store.transaction() as tx:
        assert tx.note("wanted") == "3"
        assert tx.note("other") is None


def test_of_workers_that_reach_for_one_lease_at_once_one_has_it(store: SqlStore) -> None:
    gate = threading.Barrier(8)
    taken: list[str] = []

    def reach(name: str) -> None:
        gate.wait()
        if leader.take(store, "job", name):
            taken.append(name)

    for expected in range(1, 6):
        threads = [threading.Thread(target=reach, args=(f"{expected} {n}",)) for n in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(SECONDS_MAX)
        assert len(taken) == expected
        leader.let_go(store, "job", taken[-1])


def test_workers_that_start_together_take_shards_of_their_own(store: SqlStore) -> None:
    gate = threading.Barrier(6)
    shards: list[int] = []

    def start(name: str) -> None:
        gate.wait()
        shards.append(leader.take_shard(store, name))

    threads = [threading.Thread(target=start, args=(str(n),)) for n in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(SECONDS_MAX)

    assert sorted(shards) == list(range(6))


def test_workers_that_start_together_on_an_empty_database_all_find_its_tables(
    postgres_url: str,
) -> None:
    gate = threading.Barrier(3)
    failed: list[BaseException] = []

    def start(url: str) -> None:
        gate.wait()
        try:
            opened = bootstrap.open_store(url)
            with opened.transaction() as tx:
                tx.workers()
            opened.close()
        except BaseException as error:
            failed.append(error)

    with fresh_database(postgres_url) as url:
        threads = [threading.Thread(target=start, args=(url,)) for _ in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(SECONDS_MAX)

    assert failed == []
