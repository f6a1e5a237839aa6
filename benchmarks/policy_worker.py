"""A worker's records, derive and relay lanes in a process of their own, without a broker.

Derive and relay are the loops that `hub run` has, and records the lane that its consumer feeds. A
queue stands for the broker: events come through it, and what the relay sends is counted and thrown
away. Membership, identity and delivery into the out folders have no part here.
"""

from __future__ import annotations

import asyncio
import queue
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.context import SpawnContext
from typing import Any, NamedTuple

from benchmarks.events import runs_of
from benchmarks.machine import resident_mb
from benchmarks.policy_meter import Held, MeteredStore
from hub.domain.log import LogRecord, Message
from hub.stream.consumer import FETCH_MS, RECORDS_MAX

END_SECONDS = 60.0


class Told(NamedTuple):
    """What a worker says when it ends."""

    held: list[Held]
    sent: dict[str, int]
    """Messages of the relay, by topic."""
    resident_mb: float
    failure: str | None


@dataclass(slots=True)
class Worker:
    """A process and the two queues between."""

    process: Any
    inlet: Any
    outlet: Any

    def give(self, records: Sequence[LogRecord]) -> None:
        """Never waits, however far behind the worker is."""
        self.inlet.put(list(records))

    def end(self) -> Told:
        """Let it end, and hear what it did. Raises RuntimeError where it says nothing."""
        self.inlet.put(None)
        try:
            told: Told = self.outlet.get(timeout=END_SECONDS)
        except queue.Empty:
            raise RuntimeError("a worker ended without a word") from None
        finally:
            self.process.join(END_SECONDS)
            if self.process.is_alive():
                self.process.kill()
        if told.failure is not None:
            raise RuntimeError(f"a worker's lane ended by itself: {told.failure}")
        return told


def start_worker(context: SpawnContext, url: str, shard: int) -> Worker:
    """A worker on the store, with sums and roots in a shard of its own; ready when answered."""
    inlet, outlet = context.Queue(), context.Queue()
    process = context.Process(target=run_worker, args=(url, shard, inlet, outlet), daemon=True)
    process.start()
    if outlet.get(timeout=END_SECONDS) != "ready":
        raise RuntimeError("a worker did not start")
    return Worker(process, inlet, outlet)


@dataclass(slots=True)
class _Sink:
    """A log that counts what is appended, by topic."""

    sent: Counter[str] = field(default_factory=Counter)

    async def append(self, messages: Sequence[Message]) -> list[Any]:
        self.sent.update(message.topic for message in messages)
        return []


def run_worker(url: str, shard: int, inlet: Any, outlet: Any) -> None:
    """The process: lanes until None comes through the inlet."""
    from hub.adapters.sql_store import SqlStore
    from hub.lanes.collector import calm_collector

    store = MeteredStore(SqlStore(url, shard=shard))
    sink = _Sink()
    calm_collector()
    outlet.put("ready")
    try:
        failure = asyncio.run(_lanes(store, sink, inlet))
    finally:
        store.close()
    outlet.put(Told(store.held, dict(sink.sent), resident_mb(), failure))


async def _lanes(store: Any, sink: Any, inlet: Any) -> str | None:
    from hub.stream import lanes, loops
    from hub.stream.host import Host

    host = Host(store=store, log=sink, keyring=None)  # type: ignore[arg-type]

    async def guarded(lane: Any) -> None:
        try:
            await lane
        except Exception as error:
            host.fail(error)

    records = _feed(host, lanes.records(host), inlet)
    await asyncio.gather(*map(guarded, (records, loops.derive(host), loops.relay(host))))
    return None if host.failure is None else repr(host.failure)


async def _feed(host: Any, lane: Any, inlet: Any) -> None:
    while not host.stopping.is_set():
        records, ended = await asyncio.to_thread(received, inlet)
        if records:
            opened = await asyncio.to_thread(lane.open, runs_of(records))
            await asyncio.to_thread(lane.commit, opened.work)
            host.wake()
        if ended:
            host.stop()


def received(inlet: Any) -> tuple[list[LogRecord], bool]:
    """What has come, waiting as long as a fetch does for the first; and whether it was the end."""
    found: list[LogRecord] = []
    deadline = time.monotonic() + FETCH_MS / 1000
    while len(found) < RECORDS_MAX:
        try:
            rest = max(deadline - time.monotonic(), 0.0)
            each = inlet.get_nowait() if found else inlet.get(timeout=rest)
        except queue.Empty:
            break
        if each is None:
            return found, True
        found += each
    return found, False
