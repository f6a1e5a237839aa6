"""The machine a figure was taken on, and what processes of it used."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from deploy.local.kafka import jars

LIBRARIES = (
    "aiokafka",
    "blake3",
    "fastavro",
    "faust-streaming",
    "numpy",
    "polars",
    "psycopg",
    "sqlalchemy",
)
_TICKS = os.sysconf("SC_CLK_TCK")


def machine() -> dict[str, Any]:
    """CPU, cores, Python and libraries."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
    }


def cpu_model() -> str:
    """As the kernel names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except ImportError:
        return None


def cpu_seconds(process_id: int | None) -> float:
    """CPU that a process and its descendants have used, those that have ended included; 0 for
    none. Precise to the kernel's tick, a hundredth of a second."""
    if process_id is None:
        return 0.0
    children: dict[int, list[int]] = {}
    own: dict[int, tuple[int, int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (found := _stat(int(entry.name))) is not None:
            parent, alive, ended = found
            children.setdefault(parent, []).append(int(entry.name))
            own[int(entry.name)] = (alive, ended)
    total, waiting = 0, [process_id]
    while waiting:
        each = waiting.pop()
        total += sum(own.get(each, (0, 0)))
        waiting += children.get(each, [])
    return total / _TICKS


def _stat(process_id: int) -> tuple[int, int, int] | None:
    """Parent, ticks of the process, ticks of its children that have ended."""
    try:
        text = Path(f"/proc/{process_id}/stat").read_text("utf-8")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    user, system, user_ended, system_ended = map(int, fields[11:15])
    return int(fields[1]), user + system, user_ended + system_ended


def resident_mb(process_id: int | None = None) -> float:
    """Memory that a process holds now."""
    own = os.getpid() if process_id is None else process_id
    try:
        pages = int(Path(f"/proc/{own}/statm").read_text("utf-8").split()[1])
    except OSError:
        return 0.0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def pin(core: int | None, *process_ids: int) -> None:
    """Let these processes, every thread of them, run on one core alone; the caller where none is
    named. Where there is but one core, that; None lets them run anywhere again."""
    every = os.cpu_count() or 1
    cores = range(every) if core is None else {core % every}
    for each in process_ids or (os.getpid(),):
        for thread in Path(f"/proc/{each}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)


def family(process_id: int) -> list[int]:
    """A process and its descendants."""
    found = [process_id]
    for each in found:
        for task in Path(f"/proc/{each}/task").iterdir():
            try:
                found += map(int, (task / "children").read_text("utf-8").split())
            except OSError:
                continue
    return found


@dataclass(slots=True)
class Meter:
    """Wall and own CPU of what runs inside its `with` blocks, added up."""

    wall: float = 0.0
    client: float = 0.0
    _began: tuple[float, float] = (0.0, 0.0)

    def __enter__(self) -> Meter:
        self._began = (time.perf_counter(), time.process_time())
        return self

    def __exit__(self, *_: object) -> None:
        wall, client = self._began
        self.wall += time.perf_counter() - wall
        self.client += time.process_time() - client


def kafka_version() -> str | None:
    """Of the broker's jars that stand in the cache."""
    found = [each.name for each in jars().glob("kafka-clients-*.jar")]
    return found[0].removeprefix("kafka-clients-").removesuffix(".jar") if found else None
