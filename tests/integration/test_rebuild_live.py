"""`hub rebuild` beside a running worker, on a real broker and a real PostgreSQL.

Registries publish, the worker folds, tables are switched under it, and nobody notices but by a
short wait.
"""

from __future__ import annotations

import asyncio
import json
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
from hub.adapters.sql_scan import scan_store
from hub.adapters.sql_store import SqlStore
from hub.embedded import Embedded
from hub.ports import EventLog
from hub.rebuild.lease import NOTE
from tests.integration.stream_events import (
    PERSONS,
    REGISTRIES,
    bytes_by_event_id,
    copied,
    delivered_ids,
    records_of,
    send,
    send_reference,
    submission,
)

IDLE_SECONDS = 90.0
ENOUGH_SECONDS = 120
_HUB = "import sys; from hub.cli import main; sys.exit(main())"


class Site:
    """Where everything of one test is, and how to run the hub's commands on it."""

    def __init__(self, broker: str, store: SqlStore, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.log = KafkaEventLog(broker)
        self.keyring = open_keyring(f"sqlite:///{folder / 'keys.sqlite'}")
        self._log_url = f"kafka://{broker}"

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A command in a process of its own; stdout to a pipe, stderr to a file."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
        environment |= {
            "HUB_LOG": self._log_url,
            "HUB_STORE": self.store.url,
            "HUB_KEYRING": f"sqlite:///{self.folder / 'keys.sqlite'}",
            "HUB_OUT": str(self.folder / "out"),
        }
        with (self.folder / f"{words[0]}.log").open("ab") as said:
            return subprocess.Popen(
                [sys.executable, "-c", _HUB, *words],
                stdout=subprocess.PIPE if words[0] != "run" else said,
                stderr=said,
                env=environment,
            )

    async def run(self, *words: str) -> tuple[int, Any]:
        """A command to its end: its exit code, and the JSON it wrote."""
        process = self.start(*words, "--json", "-")
        out, _ = await asyncio.to_thread(process.communicate, timeout=ENOUGH_SECONDS)
        return process.returncode, json.loads(out) if out else None

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        process = self.start("run")
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def said(self, command: str) -> str:
        path = self.folder / f"{command}.log"
        return path.read_text() if path.exists() else ""

    async def until_idle(self, worker: subprocess.Popen[bytes]) -> None:
        idle = asyncio.create_task(
            bootstrap.wait_idle(self.store, self.log, IDLE_SECONDS, with_sync=True)
        )
        while not idle.done():
            assert worker.poll() is None, self.said("run")
            await asyncio.wait({idle}, timeout=0.5)
        await idle


@pytest.fixture
def site(kafka_url: str, postgres_url: str, tmp_path: Path) -> Iterator[Site]:
    """A broker and a database of this test's own."""
    assert kafka_url
    with KafkaBroker() as broker, fresh_database(postgres_url) as url:
        site = Site(broker.bootstrap, bootstrap.open_store(url), tmp_path)
        try:
            yield site
        finally:
            site.store.close()
            site.keyring.close()


async def single_pass(log: EventLog, site: Site) -> Any:
    """Roots of the same events, folded in one go over a log in memory."""
    store = bootstrap.open_store(f"sqlite:///{site.folder / 'single.sqlite'}")
    try:
        await Embedded(store, await copied(log), site.keyring).until_idle()
        return await bootstrap.summary(store, None, None, "test")
    finally:
        store.close()


async def test_rebuilds_beside_a_worker_that_folds_change_nothing_and_lose_nothing(
    site: Site,
) -> None:
    await send_reference(site.log)
    await send(site.log, site.keyring, [submission(r, range(PERSONS)) for r in REGISTRIES])
    reports: list[dict[str, Any]] = []
    with site.worker() as worker:
        await site.until_idle(worker)

        async def publish() -> None:
            later = 0
            while len(reports) < 3:
                later += 1
                persons = range(later % 5, PERSONS, 3)
                changed = [submission(r, persons, later_us=later) for r in REGISTRIES]
                await send(site.log, site.keyring, changed)
                await asyncio.sleep(0.1)

        publishing = asyncio.create_task(publish())
        while len(reports) < 3 and not publishing.done():
            code, report = await site.run("rebuild")
            assert code == 0, site.said("rebuild") + site.said("run")
            reports.append(report)
        await publishing
        await site.until_idle(worker)
        code, scan = await site.run("audit", "scan")
        for partition in (0, 3):
            place = f"registry.us-il.events/{partition}"
            sampled, sample = await site.run(
                "audit", "sample", "--partition", place, "--one-in", "1"
            )
            assert sampled == 0, sample
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(worker.wait, 20) == 0, site.said("run")

    assert code == 0, scan
    for report in reports:
        assert report["switched"]
        assert report["difference"] is None
        assert {"records", "links"} <= set(report["compared"])
        assert report["scan_differs"] == []
        assert report["held_seconds"] < 10
    assert reports[-1]["events"] > reports[0]["events"] > 300
    here = await bootstrap.summary(site.store, None, None, "test")
    there = await single_pass(site.log, site)
    assert here["state_root_canonical"] == there["state_root_canonical"]
    assert here["soar"] == there["soar"]
    assert scan_store(site.store).differing == []
    events = bytes_by_event_id(await records_of(site.log))
    assert all(len(values) == 1 for values in events.values())
    rows = delivered_ids(site.folder / "out")
    assert len(rows) == len(set(rows)) > 0
    await site.log.close()


async def test_a_killed_rebuild_is_gone_on_with_or_dropped(site: Site) -> None:
    await send_reference(site.log)
    await send(site.log, site.keyring, [submission(r, range(PERSONS)) for r in REGISTRIES])
    await Embedded(site.store, site.log, site.keyring).until_idle()
    before = await bootstrap.summary(site.store, None, None, "test")

    for end in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
        process = site.start("rebuild")
        await asyncio.to_thread(_until_begun, site.store, process)
        process.send_signal(end)
        await asyncio.to_thread(process.communicate, timeout=ENOUGH_SECONDS)
        code = process.returncode
        assert (
            code == {signal.SIGKILL: -signal.SIGKILL, signal.SIGINT: 130, signal.SIGTERM: 143}[end]
        ), site.said("rebuild")
        _forget_the_killed(site.store)
    after = await bootstrap.summary(site.store, None, None, "test")
    assert after["state_root"] == before["state_root"]

    code, report = await site.run("rebuild")
    assert code == 0, site.said("rebuild")
    assert report["resumed"]
    assert not _has_generation(site.store)

    process = site.start("rebuild", "--cancel")
    out, _ = await asyncio.to_thread(process.communicate, timeout=ENOUGH_SECONDS)
    assert (process.returncode, out) == (0, b"There was nothing to drop.\n")
    await site.log.close()


def _until_begun(store: SqlStore, process: subprocess.Popen[bytes]) -> None:
    """Until it holds its lease and has made its tables."""
    while process.poll() is None:
        with store.transaction() as tx:
            is_held = tx.note(NOTE) is not None
        if is_held and _has_generation(store):
            return
        time.sleep(0.02)


def _has_generation(store: SqlStore) -> bool:
    with store.reading() as sql:
        return bool(sql.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'hub_rebuild'"))


def _forget_the_killed(store: SqlStore) -> None:
    """As two minutes would."""
    with store.transaction() as tx:
        tx.set_note(NOTE, None)
