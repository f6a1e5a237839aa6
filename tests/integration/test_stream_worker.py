"""The worker on a real broker and a real PostgreSQL: it equals the embedded run, whatever ends it.

The broker is this module's own: topics have fixed names, and claims of other tests' people could
not be opened with this keyring.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.local.kafka import KafkaBroker
from deploy.local.postgres import fresh_database
from hub import bootstrap
from hub.adapters.kafka_log import KafkaEventLog
from hub.adapters.keyring import open_keyring
from hub.adapters.sql_store import SqlStore
from hub.domain.topics import is_derived
from hub.embedded import Embedded
from hub.errors import ConfigurationError, LogDivergedError
from hub.ports import EventLog, Keyring
from hub.stream.app import Host
from hub.stream.membership import Timing
from hub.stream.worker import run_worker
from tests.integration.stream_events import (
    AS_OF,
    PERSONS,
    REGISTRIES,
    SHARED,
    bytes_by_event_id,
    copied,
    delivered_ids,
    records_of,
    send,
    send_reference,
    submission,
)

FAST = Timing(session_ms=1_500, heartbeat_ms=300, rebalance_ms=3_000)
IDLE_SECONDS = 60.0
LEAVE_SECONDS = 10.0
HALF = PERSONS // 2
_HUB = "import sys; from hub.cli import main; sys.exit(main())"


@pytest.fixture
def broker(kafka_url: str) -> Iterator[str]:
    """An empty broker, where there can be one at all."""
    assert kafka_url
    with KafkaBroker() as started:
        yield started.bootstrap


@contextmanager
def fresh_store(postgres_url: str) -> Iterator[SqlStore]:
    with fresh_database(postgres_url) as url:
        store = bootstrap.open_store(url)
        try:
            yield store
        finally:
            store.close()


async def run_until_idle(
    broker: str, host: Host, group: str = "hub", timing: Timing = FAST
) -> None:
    """Run a worker in this process until nothing is left to do, then let it leave."""
    stopping = asyncio.Event()
    worker = asyncio.create_task(
        run_worker(broker, host, timing=timing, group=group, stopping=stopping)
    )
    assert isinstance(host.store, SqlStore)
    idle = asyncio.create_task(bootstrap.wait_idle(host.store, host.log, IDLE_SECONDS))
    await asyncio.wait({worker, idle}, return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    began = time.monotonic()
    assert await worker == 0
    await idle
    assert time.monotonic() - began < LEAVE_SECONDS


async def derived_ends(log: EventLog) -> dict[Any, int]:
    return {place: end for place, end in (await log.ends()).items() if is_derived(place.topic)}


async def document(store: SqlStore) -> dict[str, Any]:
    return await bootstrap.summary(store, None, AS_OF, "test")


async def check_equals_embedded(
    store: SqlStore, log: EventLog, keyring: Keyring, folder: Path
) -> None:
    """The same events, folded in one process over a log in memory, give the same."""
    other = bootstrap.open_store(f"sqlite:///{folder / 'embedded.sqlite'}")
    try:
        await Embedded(other, await copied(log), keyring).until_idle()
        here, there = await document(store), await document(other)
    finally:
        other.close()
    for part in ("state_root_canonical", "soar", "touches_pending"):
        assert here[part] == there[part], part
    for registry in REGISTRIES:
        written = {"inbox_written": None}  # How many rows went out depends on the order of work.
        assert {**here["registries"][registry], **written} == {
            **there["registries"][registry],
            **written,
        }
    assert here["national"] == there["national"]


async def test_the_worker_equals_the_embedded_run_and_a_rebuild_sends_nothing_again(
    broker: str, postgres_url: str, tmp_path: Path
) -> None:
    log = KafkaEventLog(broker)
    keyring = open_keyring(f"sqlite:///{tmp_path / 'keys.sqlite'}")
    whole = [submission(registry, range(PERSONS)) for registry in REGISTRIES]
    try:
        await send_reference(log)
        assert await send(log, keyring, whole) > 300
        with fresh_store(postgres_url) as store:
            await run_until_idle(broker, Host(store=store, log=log, keyring=keyring))
            first = await document(store)
            assert len(first["national"]["clusters"]) == SHARED
            assert sum(first["national"]["matches"].values()) >= SHARED
            await check_equals_embedded(store, log, keyring, tmp_path)

            ends = await derived_ends(log)
            await send(log, keyring, whole)
            await run_until_idle(broker, Host(store=store, log=log, keyring=keyring))
            assert (await document(store))["state_root"] == first["state_root"]
            assert await derived_ends(log) == ends

        with fresh_store(postgres_url) as rebuilt:
            await run_until_idle(broker, Host(store=rebuilt, log=log, keyring=keyring), "rebuild")
            assert (await document(rebuilt))["state_root"] == first["state_root"]
            assert (await document(rebuilt))["soar"] == first["soar"]
            assert await derived_ends(log) == ends
    finally:
        keyring.close()
        await log.close()


@contextmanager
def hub_run(broker: str, store: SqlStore, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`hub run` in a process of its own; what it says goes to a file."""
    urls = ["--log", f"kafka://{broker}", "--store", store.url]
    places = ["--keyring", f"sqlite:///{folder / 'keys.sqlite'}", "--out", str(folder / "out")]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
    with (folder / "run.log").open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", _HUB, "run", *urls, *places],
            stdout=said,
            stderr=said,
            env=environment,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


async def until_folded_beyond(store: SqlStore, events: int, process: Any, said: Path) -> None:
    deadline = time.monotonic() + IDLE_SECONDS
    while True:
        state = await asyncio.to_thread(bootstrap.read_progress, store)
        if sum(state.positions.get("records", {}).values()) > events:
            return
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < deadline, said.read_text()
        await asyncio.sleep(0.02)


async def until_idle(store: SqlStore, log: EventLog, process: Any, said: Path) -> None:
    idle = asyncio.create_task(bootstrap.wait_idle(store, log, IDLE_SECONDS, with_sync=True))
    while not idle.done():
        assert process.poll() is None, said.read_text()
        await asyncio.wait({idle}, timeout=0.5)
    await idle


async def test_a_killed_worker_goes_on_where_its_store_stands_and_doubles_nothing(
    broker: str, postgres_url: str, tmp_path: Path
) -> None:
    log = KafkaEventLog(broker)
    keyring = open_keyring(f"sqlite:///{tmp_path / 'keys.sqlite'}")
    said = tmp_path / "run.log"
    try:
        await send_reference(log)
        await send(log, keyring, [submission("us-il", range(PERSONS))])
        with fresh_store(postgres_url) as store:
            with hub_run(broker, store, tmp_path) as process:
                await until_folded_beyond(store, 0, process, said)
                process.send_signal(signal.SIGKILL)
            folded = sum((await log.ends()).values())
            await send(log, keyring, [submission("us-fl", range(HALF))])
            await send(log, keyring, [submission("us-il", range(HALF), later_us=1)])
            with hub_run(broker, store, tmp_path) as process:
                await until_folded_beyond(store, 100, process, said)
                await send(log, keyring, [submission("us-fl", range(PERSONS))])
                await until_idle(store, log, process, said)
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                code = await asyncio.to_thread(process.wait, LEAVE_SECONDS)
            assert code == 0, said.read_text()
            assert time.monotonic() - began < LEAVE_SECONDS

            await check_equals_embedded(store, log, keyring, tmp_path)
        assert sum((await log.ends()).values()) > folded
        events = bytes_by_event_id(await records_of(log))
        assert all(len(values) == 1 for values in events.values())
        rows = delivered_ids(tmp_path / "out")
        assert len(rows) == len(set(rows)) > 0
    finally:
        keyring.close()
        await log.close()


async def test_a_session_that_the_broker_does_not_allow_ends_the_worker_with_the_reason(
    broker: str, tmp_path: Path
) -> None:
    log = KafkaEventLog(broker)
    keyring = open_keyring(f"sqlite:///{tmp_path / 'keys.sqlite'}")
    store = bootstrap.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    timing = Timing(session_ms=2_000_000, heartbeat_ms=1_000, rebalance_ms=3_000)
    try:
        await send_reference(log)
        host = Host(store=store, log=log, keyring=keyring)
        with pytest.raises(ConfigurationError, match="session") as caught:
            await asyncio.wait_for(run_worker(broker, host, timing=timing), IDLE_SECONDS)
    finally:
        store.close()
        keyring.close()
        await log.close()

    assert "group.max.session.timeout.ms" in str(caught.value.fix)


async def test_a_session_too_short_for_the_broker_is_made_longer_and_the_lanes_run(
    broker: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = KafkaEventLog(broker)
    keyring = open_keyring(f"sqlite:///{tmp_path / 'keys.sqlite'}")
    store = bootstrap.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    too_short = Timing(session_ms=500, heartbeat_ms=100, rebalance_ms=3_000)
    try:
        await send_reference(log)
        await send(log, keyring, [submission("us-il", range(3))])
        host = Host(store=store, log=log, keyring=keyring)
        await run_until_idle(broker, host, timing=too_short)
        assert sum(bootstrap.read_progress(store).positions["records"].values()) > 0
    finally:
        store.close()
        keyring.close()
        await log.close()

    assert caplog.text.count("the broker allows no session of 500 ms") == 1


async def test_another_log_under_the_same_store_stops_the_worker(
    broker: str, tmp_path: Path
) -> None:
    log = KafkaEventLog(broker)
    keyring = open_keyring(f"sqlite:///{tmp_path / 'keys.sqlite'}")
    store = bootstrap.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    try:
        await send_reference(log)
        other = await copied(log)
        await send(other, keyring, [submission("us-fl", range(3))])
        await Embedded(store, other, keyring).until_idle()
        host = Host(store=store, log=log, keyring=keyring)
        with pytest.raises(LogDivergedError):
            await asyncio.wait_for(run_worker(broker, host, timing=FAST), IDLE_SECONDS)
    finally:
        store.close()
        keyring.close()
        await log.close()


async def test_a_worker_whose_broker_is_gone_goes_on_trying_and_leaves_when_told(
    kafka_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keyring = open_keyring(f"sqlite:///{tmp_path / 'keys.sqlite'}")
    store = bootstrap.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    stopping = asyncio.Event()
    assert kafka_url
    with KafkaBroker() as broker:
        log = KafkaEventLog(broker.bootstrap)
        await send_reference(log)
        host = Host(store=store, log=log, keyring=keyring)
        worker = asyncio.create_task(
            run_worker(broker.bootstrap, host, timing=FAST, stopping=stopping)
        )
        await bootstrap.wait_idle(store, log, IDLE_SECONDS)
        os.kill(broker.process_id, signal.SIGKILL)
        caplog.clear()
        await asyncio.sleep(4.0)
        lanes = set(host.running)
        lines = len(caplog.records)
        stopping.set()
        code = await asyncio.wait_for(worker, LEAVE_SECONDS)
        await log.close()
    store.close()
    keyring.close()

    assert code == 0
    assert lanes == {"records", "identity", "derive", "relay", "heartbeat", "leader"}
    assert lines < 60  # The driver alone would say some ninety a second.
