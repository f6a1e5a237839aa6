"""Workers as they are run: `hub run` in processes of their own, over a real broker.

Everything a worker does counts: group membership, both lanes, claims and decisions, the outbox to
Kafka, inbox items into the out folders. What is measured is sent while workers stand idle at the
end of the log, so that neither start nor joining counts; the sender's own CPU is not theirs.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.brokers import append_all
from benchmarks.encoding import key_of
from benchmarks.machine import cpu_seconds, pin, resident_mb
from benchmarks.plan import Plan, person_of
from benchmarks.report import per_event
from hub.adapters.kafka_log import KafkaEventLog
from hub.adapters.keyring import SqlKeyring
from hub.adapters.sql_store import SqlStore
from hub.domain.log import Message, TopicPartition
from hub.domain.topics import CLAIMS, is_folded, registry_of_events

POLL_SECONDS = 0.05
STOP_SECONDS = 15.0
IDLE_POLLS = 4  # Found idle as often as this in a row, it is.
IDLE_SECONDS_MAX = 1_800.0
JOIN_SECONDS = 8.0

Ends = dict[TopicPartition, int]


class State(NamedTuple):
    """How far a store is."""

    positions: dict[str, Ends]
    touches: bool
    outbox: bool


@dataclass(slots=True)
class Site:
    """Where workers run: broker, store, folder, and who else uses CPU for them."""

    bootstrap: str
    broker: int
    server: int | None
    store: SqlStore
    log: KafkaEventLog
    folder: Path
    core: int | None = None
    """The one core that workers run on; None: any."""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    """Memory of the first worker in MB, as polled while events were under way."""


def write_keyring(plan: Plan, path: Path) -> None:
    """A keyring that opens every sealed part of a plan."""
    SqlKeyring(f"sqlite:///{path}").close()
    persons = [person_of(plan, account) for account in range(plan.account_count)]
    keys = [(person, key_of(plan, person)) for person in persons]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO person_key (registry, person_id, key_id, key) VALUES (?, ?, ?, ?)",
            [(*person, key.key_id, key.key) for person, key in keys],
        )


def hub_command(site: Site, *words: str) -> list[str]:
    """A command of the hub on the site's log, store and keyring."""
    command = [sys.executable, "-m", "hub.cli", *words]
    command += ["--log", f"kafka://{site.bootstrap}", "--store", site.store.url]
    return [*command, "--keyring", f"sqlite:///{site.folder / 'keys.sqlite'}"]


def bare_environment() -> dict[str, str]:
    """The environment without settings of the hub."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}


@contextmanager
def worker(site: Site) -> Iterator[None]:
    """One more worker for the length of the block."""
    command = [*hub_command(site, "run"), "--out", str(site.folder / "out")]
    environment = bare_environment()
    said = site.folder / f"worker-{len(site.workers)}.log"
    with said.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env=environment, start_new_session=True
        )
    site.workers.append(process)
    try:
        if site.core is not None:
            pin(site.core, process.pid)
        yield
        if process.poll() is not None:
            raise RuntimeError(f"a worker ended by itself:\n{last_words(site)}")
    finally:
        site.workers.remove(process)
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def last_words(site: Site) -> str:
    """What each worker said last."""
    said = sorted(site.folder.glob("worker-*.log"))
    return "\n".join(
        "\n".join(each.read_text(errors="replace").splitlines()[-15:]) for each in said
    )


async def until(site: Site, *, everything: bool) -> float:
    """Wait until the records lane has all that registries sent, and no touch is left; with
    everything, also until claims, decisions and the outbox are done. Answers the moment at which it
    was first seen so. The log is asked only when the store looks done: asking costs the broker."""
    deadline = time.monotonic() + IDLE_SECONDS_MAX
    ends = await site.log.ends()
    seen, since = 0, 0.0
    while seen < IDLE_POLLS:
        if any(each.poll() is not None for each in site.workers):
            raise RuntimeError(f"a worker ended by itself:\n{last_words(site)}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"not idle after {IDLE_SECONDS_MAX:.0f} s")
        now = time.monotonic()
        state = await asyncio.to_thread(_state, site.store)
        idle = _is_done(state, ends, everything)
        if idle:
            ends = await site.log.ends()
            idle = _is_done(state, ends, everything)
        since = (since or now) if idle else 0.0
        seen = seen + 1 if idle else 0
        if site.workers:
            site.resident.append(resident_mb(site.workers[0].pid))
        await asyncio.sleep(POLL_SECONDS)
    return since


def _is_done(state: State, ends: Ends, everything: bool) -> bool:
    folded = is_folded if everything else registry_of_events
    wanted = {"records": folded, "identity": lambda topic: everything and topic == CLAIMS}
    for lane, reads in wanted.items():
        found = state.positions.get(lane, {})
        if any(found.get(place, 0) < end for place, end in ends.items() if reads(place.topic)):
            return False
    return not state.touches and not (everything and state.outbox)


def _state(store: SqlStore) -> State:
    with store.reading() as sql:
        positions: dict[str, Ends] = {}
        for row in sql.rows("SELECT lane, topic, partition, next_offset FROM position"):
            place = TopicPartition(row["topic"], row["partition"])
            positions.setdefault(row["lane"], {})[place] = row["next_offset"]
        touches = bool(sql.rows("SELECT 1 AS n FROM touch LIMIT 1"))
        return State(positions, touches, bool(sql.rows("SELECT 1 AS n FROM outbox LIMIT 1")))


async def measure_events(site: Site, messages: Iterable[Message]) -> dict[str, Any]:
    """Send these and wait. Per event: everything, and when records and derive lanes were done."""
    site.resident.clear()
    before = _used(site)
    began = time.monotonic()
    events = await append_all(site.log, messages)
    sent = time.monotonic() - began
    derived = await until(site, everything=False) - began
    whole = await until(site, everything=True) - began
    after = _used(site)
    clients = [now - then for then, now in zip(before[2:], after[2:], strict=True)]
    found = per_event(
        events,
        client=sum(clients),
        wall=whole,
        server=None if site.server is None else after[0] - before[0],
        broker=after[1] - before[1],
    )
    return {
        **found,
        "workers": len(site.workers),
        "client_seconds_each": [round(each, 2) for each in clients],
        "send_seconds": round(sent, 2),
        "derived_seconds": round(derived, 2),
        "events_per_second_derived": round(events / derived),
        "resident_max_mb": max(site.resident),
    }


def _used(site: Site) -> list[float]:
    """CPU seconds of server and broker, then of each worker."""
    others = [cpu_seconds(site.server), cpu_seconds(site.broker)]
    return others + [cpu_seconds(each.pid) for each in site.workers]


async def joined(site: Site) -> None:
    """Wait until the newest worker has partitions: members are let in within a session."""
    await asyncio.sleep(JOIN_SECONDS)
    await until(site, everything=True)
