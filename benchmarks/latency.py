"""How long it takes from the broker's append to the row that others can read.

Events go out at a steady rate. The records lane's positions are read by SQL every ten milliseconds;
they commit with the rows, so an event below its partition's position is visible. Its latency is
the moment of that reading less the broker's append time, by the clock that both share.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from benchmarks.workers import Site
from hub.adapters.sql_store import SqlStore
from hub.domain.log import Appended, Message
from hub.lanes.records import LANE

RATE = 500
TICK_SECONDS = 0.02
POLL_SECONDS = 0.01
SETTLE_SECONDS = 30.0

Waiting = dict[tuple[str, int], deque[tuple[int, int]]]
"""Of each partition the offsets under way, each with its append time in milliseconds."""


async def measure_latency(site: Site, messages: Sequence[Message]) -> dict[str, Any]:
    """Send these at RATE events a second, and watch them become visible."""
    waiting: Waiting = defaultdict(deque)
    found: list[float] = []
    done = asyncio.Event()
    watcher = asyncio.create_task(_watch(site.store, waiting, found, done))
    began = time.monotonic()
    await _send(site, messages, waiting)
    seconds = time.monotonic() - began
    done.set()
    await asyncio.wait_for(watcher, SETTLE_SECONDS)
    found.sort()
    return {
        "events": len(found),
        "rate": round(len(messages) / seconds),
        "p50_ms": _quantile(found, 0.50),
        "p95_ms": _quantile(found, 0.95),
        "p99_ms": _quantile(found, 0.99),
        "max_ms": round(found[-1], 1),
        "workers": len(site.workers),
    }


async def _send(site: Site, messages: Sequence[Message], waiting: Waiting) -> None:
    rest: Iterator[Message] = iter(messages)
    step = round(RATE * TICK_SECONDS)
    due = time.monotonic()
    while batch := list(islice(rest, step)):
        for appended in await site.log.append(batch):
            _note(waiting, appended)
        due += TICK_SECONDS
        await asyncio.sleep(max(0.0, due - time.monotonic()))


def _note(waiting: Waiting, appended: Appended) -> None:
    place = (appended.topic, appended.partition)
    waiting[place].append((appended.offset, appended.append_at_ms))


async def _watch(
    store: SqlStore, waiting: Waiting, found: list[float], done: asyncio.Event
) -> None:
    """Until everything sent is visible."""
    while not done.is_set() or any(waiting.values()):
        positions = await asyncio.to_thread(_positions, store)
        now_ms = time.time() * 1000
        for place, events in waiting.items():
            while events and events[0][0] < positions.get(place, 0):
                found.append(now_ms - events.popleft()[1])
        await asyncio.sleep(POLL_SECONDS)


def _positions(store: SqlStore) -> dict[tuple[str, int], int]:
    with store.reading() as sql:
        rows = sql.rows(
            "SELECT topic, partition, next_offset FROM position WHERE lane = :lane", lane=LANE
        )
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


def _quantile(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1)
