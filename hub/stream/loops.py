"""The lanes that read the store, not the log: derive, relay, sync.

Each does a little at a time, goes on while there is more, and otherwise waits for a lane to have
applied something, or a moment. What may be mended by another try is tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from hub.errors import RetryableError
from hub.lanes import catching_up
from hub.lanes.derive import derive_once
from hub.lanes.relay import lease, message_of, release
from hub.stream.host import Host

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.2
RETRY_SECONDS = 0.5
SYNC_SECONDS = 0.5

Step = Callable[[], Awaitable[bool]]
"""One bounded piece of work; whether there may be more."""


async def derive(host: Host) -> None:
    """Drain touches; on a rebuilt store only once records and identity have caught up."""

    async def step() -> bool:
        if host.wanted:
            if not await asyncio.to_thread(catching_up.reached, host.store, host.wanted):
                return False
            host.wanted = {}
        count = await asyncio.to_thread(derive_once, host.store)
        if count:
            host.wakes["relay"].set()
        return count > 0

    await _repeat(host, "derive", step, IDLE_SECONDS)


async def relay(host: Host) -> None:
    """Publish the outbox. SQL runs in threads, so that no lane's heartbeat waits for it."""

    async def step() -> bool:
        rows = await asyncio.to_thread(lease, host.store)
        if not rows:
            return False
        await host.log.append([message_of(row) for row in rows])
        await asyncio.to_thread(release, host.store, rows)
        return True

    await _repeat(host, "relay", step, IDLE_SECONDS)


async def sync(host: Host) -> None:
    """Deliver inboxes through the registries' connectors."""

    async def step() -> bool:
        if host.sync is not None:
            await host.sync()
        return False

    await _repeat(host, "sync", step, SYNC_SECONDS)


async def _repeat(host: Host, name: str, step: Step, idle_seconds: float) -> None:
    wake = host.wakes[name]
    while not host.stopping.is_set():
        wake.clear()  # Before the step: what is applied during it is looked for again.
        try:
            if await step():
                continue
        except RetryableError as error:
            logger.warning("%s lane: again: %s", name, error)
            await asyncio.sleep(RETRY_SECONDS)
            continue
        try:
            await asyncio.wait_for(wake.wait(), idle_seconds)
        except TimeoutError:
            continue
