"""The worker's process: it ends when told to, and with the reason when a lane cannot go on."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hub.adapters.keyring import MemoryKeyring
from hub.adapters.memory_log import MemoryEventLog
from hub.adapters.sql_store import SqlStore
from hub.domain.log import LogRecord
from hub.domain.rows import GENERATION, Advance
from hub.errors import FatalError, RetryableError
from hub.lanes import catching_up
from hub.stream import app as app_module
from hub.stream import lanes, loops, patience, worker
from hub.stream.host import Host
from hub.stream.quiet import at_most_every
from hub.wire.codec import UnknownSchemaError
from tests.unit.stream.stream_doubles import STEP_SECONDS

Run = Callable[[Host], Any]


@pytest_asyncio.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}")
    store.create()
    yield Host(store=store, log=MemoryEventLog(), keyring=MemoryKeyring())
    store.close()


def with_lanes(monkeypatch: pytest.MonkeyPatch, **runs: Run) -> None:
    """Let the app host these instead of the hub's lanes."""

    def bound(host: Host, _members: object) -> list[tuple[str, Any]]:
        return [(name, lambda run=run: run(host)) for name, run in runs.items()]

    monkeypatch.setattr(app_module, "_lanes", bound)


async def patient(host: Host) -> None:
    await host.stopping.wait()


async def run(host: Host, **options: Any) -> int:
    return await asyncio.wait_for(worker.run_worker("127.0.0.1:1", host, **options), STEP_SECONDS)


async def test_a_worker_that_is_told_to_stop_lets_its_lanes_finish(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished: list[str] = []
    stopping = asyncio.Event()

    async def busy(host: Host) -> None:
        stopping.set()
        await asyncio.sleep(0.2)
        finished.append("the step")

    with_lanes(monkeypatch, busy=busy, patient=patient)

    assert await run(host, stopping=stopping) == 0
    assert finished == ["the step"]


async def test_a_lane_that_does_not_finish_is_cut_off(
    host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "DRAIN_SECONDS", 0.1)
    stopping = asyncio.Event()

    async def endless(host: Host) -> None:
        stopping.set()
        await asyncio.Event().wait()

    with_lanes(monkeypatch, endless=endless)

    assert await run(host, stopping=stopping) == 0
    assert "cut off in the middle of a step: endless" in caplog.text


async def test_a_lane_that_cannot_go_on_ends_the_worker_with_its_reason(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(host: Host) -> None:
        raise FatalError("the keyring has no key")

    with_lanes(monkeypatch, failing=failing, patient=patient)

    with pytest.raises(FatalError, match="the keyring has no key"):
        await run(host)
    assert host.running == set()


async def test_a_lane_that_ceases_without_being_told_to_ends_the_worker(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ceasing(host: Host) -> None:
        raise asyncio.CancelledError

    with_lanes(monkeypatch, ceasing=ceasing, patient=patient)

    with pytest.raises(FatalError, match="ceasing lane"):
        await run(host)


async def test_a_stop_while_the_log_is_read_for_a_rebuild_ends_the_worker(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def long(*_: object) -> dict[str, Any]:
        host.stop()
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(catching_up, "prepare", long)

    assert await run(host) == 0


async def test_derive_waits_until_a_rebuilt_store_has_caught_up(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    answers = [False, False, True]

    def reached(*_: object) -> bool:
        seen.append("asked")
        return answers.pop(0)

    def derived(*_: object, **_options: object) -> int:
        seen.append("derived")
        host.stop()
        return 0

    monkeypatch.setattr(loops, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(catching_up, "reached", reached)
    monkeypatch.setattr(loops, "derive_once", derived)
    host.wanted = {"records": {}}
    await asyncio.wait_for(loops.derive(host), STEP_SECONDS)

    assert seen == ["asked", "asked", "asked", "derived"]


async def test_a_lane_is_woken_by_what_is_applied_meanwhile(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "IDLE_SECONDS", 60.0)
    turns: list[int] = []

    def derived(*_: object, **_options: object) -> int:
        turns.append(len(turns))
        # What is applied during a turn is looked for again at once, not a minute later.
        (host.wake if len(turns) < 3 else host.stop)()
        return 0

    monkeypatch.setattr(loops, "derive_once", derived)
    await asyncio.wait_for(loops.derive(host), STEP_SECONDS)

    assert turns == [0, 1, 2]


async def test_a_store_that_does_not_answer_is_asked_again(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST_SECONDS", 0.01)
    errors = [RetryableError("no answer from the store"), RetryableError("again")]

    def derived(*_: object, **_options: object) -> int:
        if errors:
            raise errors.pop(0)
        host.stop()
        return 0

    monkeypatch.setattr(loops, "derive_once", derived)
    await asyncio.wait_for(loops.derive(host), STEP_SECONDS)

    assert errors == []


def claims(count: int) -> list[LogRecord]:
    return [LogRecord("national.identity-claims", 0, n, 1, None, b"", ()) for n in range(count)]


class SteppingLane:
    """An identity lane that notes what it decides and how often its index is loaded."""

    def __init__(self, _keyring: object) -> None:
        self.stepped: list[list[int]] = []
        self.loads = 0
        self.at: int | None = None
        self.pairs = {2: 5}

    def held(self) -> dict[tuple[str, str], int]:
        return {("us-wi", "evidences"): 1}

    def load(self, store: SqlStore) -> None:
        self.loads += 1
        with store.transaction() as tx:
            positions = tx.positions.of("identity")
        self.at = next((offset for offset, _ in positions.values()), 0)

    def forget(self) -> None:
        self.at = None

    def step(self, store: SqlStore, run: list[LogRecord]) -> None:
        first, last = run[0], run[-1]
        with store.transaction() as tx:
            move = Advance(first.place, first.offset, last.offset + 1, b"leaf")
            tx.positions.advance("identity", [move])
        self.stepped.append([each.offset for each in run])
        self.at = last.offset + 1


@pytest.fixture
def stepping(monkeypatch: pytest.MonkeyPatch) -> SteppingLane:
    lane = SteppingLane(None)
    monkeypatch.setattr(lanes.identity_lane, "IdentityLane", lambda _keyring: lane)
    monkeypatch.setattr(lanes, "open_envelope", lambda _record: None)
    return lane


def test_the_identity_lane_waits_before_a_claim_whose_schema_it_does_not_know(
    host: Host, stepping: SteppingLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(record: LogRecord) -> None:
        if record.offset == 2:
            raise UnknownSchemaError("schema id 99 is not known")

    monkeypatch.setattr(lanes, "open_envelope", look)
    run, lane = claims(4), lanes.identity(host)
    lane.assigned()
    opened = lane.open([run])
    lane.commit(opened.work)

    assert opened.reached == {run[0].place: 2}
    assert lane.open([run[2:]]).reached == {}
    assert stepping.stepped == [[0, 1]]


def test_the_index_is_loaded_again_only_where_another_worker_decided(
    host: Host, stepping: SteppingLane
) -> None:
    run, lane = claims(6), lanes.identity(host)
    lane.assigned()
    lane.commit([run[:2]])
    lane.assigned()
    assert stepping.loads == 1

    SteppingLane.step(SteppingLane(None), host.store, run[2:4])  # type: ignore[arg-type]
    with pytest.raises(RetryableError, match="index"):
        lane.commit([run[4:]])
    lane.assigned()
    lane.commit([run[4:]])

    assert stepping.loads == 2
    assert stepping.stepped == [[0, 1], [4, 5]]


def test_the_index_is_loaded_again_after_a_rebuild_took_the_place_of_the_tables(
    host: Host, stepping: SteppingLane
) -> None:
    run, lane = claims(4), lanes.identity(host)
    lane.assigned()
    lane.commit([run[:2]])
    with host.store.transaction() as tx:
        tx.set_note(GENERATION, "2")
    with pytest.raises(RetryableError, match="index"):
        lane.commit([run[2:]])
    lane.assigned()
    lane.commit([run[2:]])

    assert stepping.loads == 2


def test_the_records_lane_reads_the_topics_that_are_folded_and_no_others(host: Host) -> None:
    pattern = re.compile(lanes.records(host).pattern)

    for topic in ("registry.us-wi.events", "alliance.reference", "national.identity"):
        assert pattern.match(topic)
    for topic in ("registry.us-wi.inbox", "national.identity-claims", "national.reciprocity"):
        assert not pattern.match(topic)


def test_repeats_of_the_driver_are_held_back_and_counted() -> None:
    now = [0.0]
    passes = at_most_every(10.0, lambda: now[0])

    def said(text: str, *values: object) -> logging.LogRecord:
        return logging.LogRecord("aiokafka", logging.ERROR, "", 0, text, values, None)

    assert passes(said("no node %s", 1))
    assert not passes(said("no node %s", 2))
    assert not passes(said("no node %s", 3))
    assert passes(said("another"))
    now[0] = 10.0
    late = said("no node %s", 4)
    assert passes(late)
    assert late.getMessage() == "no node 4 (and 2 more like it)"


def test_importing_the_package_starts_nothing_and_registers_nothing() -> None:
    program = "import hub.stream.worker, threading; print(threading.active_count())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout.split() == [b"1"]
