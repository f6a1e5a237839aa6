"""The lanes that read the store, not the log: derive, relay, sync.

Each does a little at a time, goes on while there is more, and otherwise waits for a lane to have
applied something, or a moment. What may be mended by another try is tried again. Any number of
workers derive and relay at once; one delivers, under a lease, since a registry's folder bears one
writer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from hub.domain.log import Message
from hub.domain.rows import OutboxRow
from hub.errors import RetryableError
from hub.lanes import catching_up
from hub.lanes.derive import TOUCHES_MAX, derive_once
from hub.lanes.relay import lease, message_of, release, send
from hub.stream import leader
from hub.stream.host import Host
from hub.stream.patience import Patience

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.2
SYNC_SECONDS = 0.5
SYNC_LEASE_SECONDS = 30.0
TOUCHES_MIN = 100

Step = Callable[[], Awaitable[int | None]]
"""One bounded piece of work; how much was done, 0 where there is no more, None where nothing was
tried that could have failed again."""


async def derive(host: Host) -> None:
    """Drain touches; on a rebuilt store only once records and identity have caught up."""
    touches_max = TOUCHES_MAX

    async def step() -> int:
        nonlocal touches_max
        if host.wanted:
            host.state("derive").at = "waits until the store has caught up"
            if not await asyncio.to_thread(catching_up.reached, host.store, host.wanted):
                return 0
            host.wanted = {}
            host.state("derive").at = "works"
        try:
            count = await asyncio.to_thread(derive_once, host.store, touches_max=touches_max)
        except RetryableError:
            # A batch that takes longer than the database grants a session would never end.
            touches_max = max(touches_max // 2, TOUCHES_MIN)
            raise
        touches_max = min(touches_max * 2, TOUCHES_MAX)
        if count:
            host.wakes["relay"].set()
        return count

    await _repeat(host, "derive", step, IDLE_SECONDS)


async def relay(host: Host) -> None:
    """Publish the outbox. SQL and encoding run in threads, so that no heartbeat waits for them."""

    async def step() -> int | None:
        rows, messages = await asyncio.to_thread(_leased, host)
        if not rows:
            return None  # What could not be sent is still leased, and the broker perhaps away.
        lost = await send(host.log, rows, messages)
        await asyncio.to_thread(release, host.store, rows, lost)
        return len(rows)

    await _repeat(host, "relay", step, IDLE_SECONDS)


def _leased(host: Host) -> tuple[Sequence[OutboxRow], list[Message]]:
    rows = lease(host.store)
    return rows, [message_of(row) for row in rows]


async def sync(host: Host) -> None:
    """Deliver inboxes through the registries' connectors, while this worker has the lease."""
    state = host.state("sync")

    async def step() -> int:
        if host.sync is None or not await asyncio.to_thread(_may_deliver, host):
            state.at = "follows"
            return 0
        state.at = "delivers"
        await host.sync()
        return 0

    await _repeat(host, "sync", step, SYNC_SECONDS)
    try:
        await asyncio.to_thread(leader.let_go, host.store, "sync", host.worker_id)
    except RetryableError as error:
        logger.info("the sync lane's lease ends by its time: %s", error)


def _may_deliver(host: Host) -> bool:
    return leader.take(host.store, "sync", host.worker_id, seconds=SYNC_LEASE_SECONDS)


async def _repeat(host: Host, name: str, step: Step, idle_seconds: float) -> None:
    wake = host.wakes[name]
    patience = Patience(name, host.telemetry)
    host.state(name).at = "works"
    while not host.stopping.is_set():
        wake.clear()  # Before the step: what is applied during it is looked for again.
        began = time.monotonic()
        try:
            count = await step()
        except RetryableError as error:
            await patience.after(error, host.stopping)
            continue
        if count is not None:
            patience.over()
        if count:
            host.telemetry.batch(name, count, time.monotonic() - began)
            continue
        try:
            await asyncio.wait_for(wake.wait(), idle_seconds)
        except TimeoutError:
            continue
