"""The sample exports through `hub demo`, and what of it the acceptance tests read."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hub.adapters.sqlite_log import SqliteEventLog
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.topics import is_derived

ROOT = Path(__file__).resolve().parents[2]
EXPORTS = ROOT / "data" / "exports"
REGISTRIES = ("us-fl", "us-il", "us-nd", "us-nv", "us-oh", "us-wi")
RUN_SECONDS_MAX = 120


@dataclass(frozen=True, slots=True)
class SampleRun:
    """One finished `hub demo`: its data folder, its JSON, what the console showed."""

    data: Path
    document: dict[str, Any]
    console: str

    @property
    def store_url(self) -> str:
        return f"sqlite:///{self.data / 'store.sqlite'}"

    @property
    def log_url(self) -> str:
        return f"sqlite:///{self.data / 'log.sqlite'}"


@cache
def truth() -> dict[str, Any]:
    """What the makers of the sample know of it."""
    document: dict[str, Any] = json.loads((EXPORTS / "truth.json").read_text("utf-8"))
    return document


def run_hub(*words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """`hub` with these words, its settings taken from nowhere; fails unless it ends as expected."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done


def run_demo(folder: Path, *words: str) -> SampleRun:
    """`hub demo --once --no-ui` into a folder, which may hold an earlier run."""
    data, out = folder / "data", folder / "out.json"
    fixed = ("demo", "--once", "--no-ui", "--data", str(data), "--json", str(out))
    done = run_hub(*fixed, *words)
    return SampleRun(data, json.loads(out.read_text("utf-8")), done.stdout + done.stderr)


def rows_of(run: SampleRun, statement: str, *values: Any) -> list[sqlite3.Row]:
    """Rows of the run's store."""
    address = f"file:{run.data / 'store.sqlite'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(statement, values).fetchall()


def events_on(data: Path) -> dict[TopicPartition, list[LogRecord]]:
    """Every record of a data folder's log, by partition."""

    async def read() -> dict[TopicPartition, list[LogRecord]]:
        log = SqliteEventLog(data / "log.sqlite")
        try:
            ends = await log.ends()
            return {place: await log.read(place, 0, end) for place, end in ends.items() if end}
        finally:
            await log.close()

    return asyncio.run(read())


def derived_ends(data: Path) -> dict[str, int]:
    """How much the hub itself has said, by partition."""
    places = events_on(data).items()
    return {str(place): len(run) for place, run in places if is_derived(place.topic)}


def files_in(folder: Path) -> Iterator[Path]:
    """Every file under a folder."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def out_files(data: Path) -> dict[str, bytes]:
    """What went back to the registries."""
    out = data / "out"
    return {str(path.relative_to(out)): path.read_bytes() for path in files_in(out)}
