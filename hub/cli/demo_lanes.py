"""How a demo's lanes run: in this process, or in a child `hub run` over Kafka."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from hub import bootstrap
from hub.adapters.sql_reads import table_counts
from hub.cli.demo_state import Demo
from hub.cli.notices import tell_on
from hub.embedded import Embedded
from hub.errors import FatalError
from hub.settings import Settings
from hub.sync.lane import sync_once

WAIT_SECONDS = 600.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.5


class EmbeddedLanes:
    """All lanes in this process, step by step, with a line for each."""

    def __init__(self, demo: Demo, settings: Settings) -> None:
        self._demo = demo
        self._settings = settings
        self._lanes = Embedded(demo.store, demo.log, demo.keyring)

    async def run_until_idle(self) -> None:
        """Fold, link, match, send back, each a step on the console."""
        demo, progress = self._demo, self._demo.progress
        with progress.step("Folding", "Folded") as step:
            await self._lanes.start()
            while await self._lanes.fold_registries(
                lambda done, total: step.update(done, total, "events")
            ):
                pass
            step.result = f"{table_counts(demo.store)['record']:,} records"
        with progress.step("Linking", "Linked") as step:
            await self._lanes.fold()
            counts = table_counts(demo.store)
            step.result = f"{counts['link']:,} accounts to {counts['people']:,} people"
        with progress.step("Matching", "Matched") as step:
            while await self._lanes.derive() or await self._lanes.relay():
                pass
            matches = table_counts(demo.store)["match"]
            step.result = f"{matches:,} answers of the receiving policies"
        with progress.step("Sending back", "Sent back") as step:
            await self._tell()
            await self.sync()
            items = table_counts(demo.store)["delivery"]
            step.result = f"{items:,} inbox items in the out folders"

    async def _tell(self) -> None:
        """What a running hub tells once a day, as of the demo's day."""
        await asyncio.to_thread(tell_on, self._demo.store, self._demo.as_of, self._settings)
        await self._lanes.relay()

    async def sync(self) -> int:
        """Write inboxes into the out folders."""
        demo = self._demo
        return await sync_once(
            demo.store,
            demo.log,
            bootstrap.connector("csv_drop"),
            demo.options.data / "out",
            demo.as_of.isoformat(),
        )

    async def keep_up(self) -> None:
        """Work off what came since, quietly."""
        await self._lanes.until_idle()
        await self._tell()
        await self.sync()

    async def stop(self) -> None:
        """Nothing runs beside this process."""


class ChildLanes:
    """`hub run` as a child process, stopped by its own process id."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._child: subprocess.Popen[bytes] | None = None

    async def run_until_idle(self) -> None:
        """Start the child and wait until no lane lags."""
        demo = self._demo
        self._child = self._start()
        with demo.progress.step("Folding and matching", "Folded and matched") as step:
            loop = asyncio.get_running_loop()
            deadline = loop.time() + WAIT_SECONDS
            while not await bootstrap.is_idle(demo.store, demo.log, with_sync=True):
                self._check(loop.time() > deadline)
                counts = await asyncio.to_thread(table_counts, demo.store)
                step.update(counts["record"], None, "records")
                await asyncio.sleep(POLL_SECONDS)
            counts = table_counts(demo.store)
            step.result = f"{counts['record']:,} records, {counts['match']:,} answers"

    def _start(self) -> subprocess.Popen[bytes]:
        demo = self._demo
        environment = {k: v for k, v in os.environ.items() if k != "HUB_TOKEN_KEY"}
        environment |= {
            "HUB_LOG": demo.log_url,
            "HUB_STORE": demo.store_url,
            "HUB_KEYRING": demo.keyring_url,
            "HUB_OUT": str((demo.options.data / "out").resolve()),
        }
        log_file = (demo.options.data / "hub-run.log").open("ab")
        with log_file:
            return subprocess.Popen(
                [sys.executable, "-m", "hub.cli", "run"],
                env=environment,
                stdout=log_file,
                stderr=subprocess.STDOUT,
            )

    def _check(self, late: bool) -> None:
        child = self._child
        ended = child is not None and child.poll() is not None
        if ended or late:
            log = Path(self._demo.options.data) / "hub-run.log"
            raise FatalError(
                "hub run ended before all was folded"
                if ended
                else f"hub run did not finish in {WAIT_SECONDS:g} s",
                fix=f"see {log}",
                effect="what was committed stays; the same command goes on from there",
            )

    async def keep_up(self) -> None:
        """The child works by itself; only notice when it ends."""
        self._check(False)

    async def stop(self) -> None:
        """End the child and wait for it."""
        child = self._child
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(child.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            await asyncio.to_thread(child.wait)
