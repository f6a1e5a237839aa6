"""Leases and what is done under them: one holder at a time, whatever dies or freezes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.adapters.keyring import MemoryKeyring
from hub.adapters.memory_log import MemoryEventLog
from hub.adapters.sql_store import SqlStore
from hub.errors import RetryableError
from hub.stream import heartbeat, leader, loops
from hub.stream.host import Host, LeaderJob
from tests.unit.stream.stream_doubles import STEP_SECONDS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}")
    opened.create()
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader, "TURN_SECONDS", 0.01)
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)


def host_of(store: SqlStore, name: str, *jobs: LeaderJob) -> Host:
    return Host(
        store=store,
        log=MemoryEventLog(),
        keyring=MemoryKeyring(),
        worker_id=name,
        leader_jobs=list(jobs),
    )


def notes(store: SqlStore, name: str) -> str | None:
    with store.transaction() as tx:
        return tx.note(name)


def test_a_lease_has_one_holder_until_it_is_over(store: SqlStore) -> None:
    assert leader.take(store, "job", "a")
    assert not leader.take(store, "job", "b")
    assert leader.take(store, "job", "a")

    assert leader.take(store, "job", "a", seconds=-1.0)
    assert leader.take(store, "job", "b")
    assert not leader.take(store, "job", "a")


def test_a_lease_that_is_given_back_is_free_and_only_its_holder_gives_it_back(
    store: SqlStore,
) -> None:
    leader.take(store, "job", "a")
    leader.let_go(store, "job", "b")
    assert not leader.take(store, "job", "b")

    leader.let_go(store, "job", "a")
    assert leader.take(store, "job", "b")


def test_a_lease_that_another_took_in_between_is_not_taken(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.transaction() as tx:
        assert tx.swap_note("lease|job", None, "another's")
        assert not tx.swap_note("lease|job", None, "mine")
        assert not tx.swap_note("lease|job", "what was read", "mine")
        assert tx.note("lease|job") == "another's"
        assert tx.swap_note("lease|job", "another's", None)
        assert tx.note("lease|job") is None


def test_workers_take_shards_of_their_own_and_leave_them_to_others(store: SqlStore) -> None:
    assert [leader.take_shard(store, name) for name in ("a", "b", "c")] == [0, 1, 2]
    leader.let_go(store, leader.shard_lease(1), "b")

    assert leader.take_shard(store, "d") == 1


def test_a_worker_beyond_the_last_shard_shares_one(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "SHARDS", 2)

    assert [leader.take_shard(store, name) for name in ("a", "b", "c")] == [0, 1, 0]


async def run_leaders(*hosts: Host, until: asyncio.Event) -> None:
    tasks = [asyncio.create_task(leader.run(each)) for each in hosts]
    await asyncio.wait_for(until.wait(), STEP_SECONDS)
    for each in hosts:
        each.stop()
    await asyncio.wait_for(asyncio.gather(*tasks), STEP_SECONDS)


async def test_one_of_two_workers_does_a_job_and_once_in_its_time(store: SqlStore) -> None:
    begun: list[str] = []
    other_looked = asyncio.Event()

    def job(name: str) -> LeaderJob:
        async def work() -> None:
            begun.append(name)
            await asyncio.sleep(0.1)
            other_looked.set()

        return LeaderJob("job", 60.0, work)

    await run_leaders(
        host_of(store, "a", job("a")), host_of(store, "b", job("b")), until=other_looked
    )

    assert len(begun) == 1
    assert notes(store, "lease|leader") is None


async def test_a_job_that_fails_is_tried_at_its_next_time_and_stops_nobody(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    errors: list[Exception] = [RetryableError("no answer"), ValueError("a fault of ours")]
    done = asyncio.Event()

    async def work() -> None:
        if errors:
            raise errors.pop(0)
        done.set()

    host = host_of(store, "a", LeaderJob("job", 0.0, work))
    await run_leaders(host, until=done)

    assert host.failure is None
    assert "job: put off: no answer" in caplog.text
    assert "job ended with an error" in caplog.text


async def test_a_leader_that_lost_its_lease_cuts_its_job_off(store: SqlStore) -> None:
    begun, cut = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    host = host_of(store, "a", LeaderJob("job", 60.0, work))
    task = asyncio.create_task(leader.run(host))
    await asyncio.wait_for(begun.wait(), STEP_SECONDS)
    with store.transaction() as tx:
        held = tx.note("lease|leader")
        assert held is not None
        tx.swap_note("lease|leader", held, held.replace('"a"', '"b"'))
    await asyncio.wait_for(cut.wait(), STEP_SECONDS)
    host.stop()
    await asyncio.wait_for(task, STEP_SECONDS)

    assert '"b"' in str(notes(store, "lease|leader"))


async def test_a_worker_is_seen_while_it_runs_and_not_after_it_left(store: SqlStore) -> None:
    host = host_of(store, "a")
    host.state("records").at = "reads"
    leader.keep_shard(store, "a", 0)
    task = asyncio.create_task(heartbeat.run(host))
    seen = []
    while not seen:
        await asyncio.sleep(0.01)
        with store.transaction() as tx:
            seen = tx.workers()
    host.stop()
    await asyncio.wait_for(task, STEP_SECONDS)
    with store.transaction() as tx:
        after = tx.workers()

    assert seen[0].worker_id == "a"
    assert '"reads"' in seen[0].lanes
    assert after == []
    assert notes(store, f"lease|{leader.shard_lease(0)}") is None


async def test_rows_of_dead_workers_are_dropped_and_those_of_living_ones_stay(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.transaction() as tx:
        tx.beat(heartbeat.row_of(host_of(store, "dead"), 1))
        tx.beat(heartbeat.row_of(host_of(store, "living"), 2**60))
    await heartbeat.forgetting(store).work()
    with store.transaction() as tx:
        assert [row.worker_id for row in tx.workers()] == ["living"]


async def test_one_worker_delivers_at_a_time(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "SYNC_SECONDS", 0.01)
    delivering: list[str] = []
    enough = asyncio.Event()

    def host(name: str) -> Host:
        async def deliver() -> int:
            delivering.append(name)
            if len(delivering) > 5:
                enough.set()
            return 0

        made = host_of(store, name)
        made.sync = deliver
        return made

    hosts = [host("a"), host("b")]
    tasks = [asyncio.create_task(loops.sync(each)) for each in hosts]
    await asyncio.wait_for(enough.wait(), STEP_SECONDS)
    for each in hosts:
        each.stop()
    await asyncio.wait_for(asyncio.gather(*tasks), STEP_SECONDS)

    assert len(set(delivering[:6])) == 1
    assert leader.take(store, "sync", "c")
