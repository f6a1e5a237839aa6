"""Runs the Faust app until told to stop, or until a lane cannot go on."""

from __future__ import annotations

import asyncio
import logging
import signal

from hub.lanes import catching_up
from hub.stream.app import Host, build_app
from hub.stream.consumer import Timing

logger = logging.getLogger(__name__)

STOP_SECONDS = 10.0


async def run_worker(
    bootstrap: str,
    host: Host,
    *,
    timing: Timing | None = None,
    stopping: asyncio.Event | None = None,
) -> int:
    """Host the lanes; 0 after SIGTERM, SIGINT or `stopping`. Raises what ended a lane."""
    host.wanted = await catching_up.prepare(host.store, host.log)
    app = build_app(bootstrap, host, timing=timing)
    told = stopping or asyncio.Event()
    if stopping is None:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, told.set)
    app.finalize()
    await app.start()
    logger.info("lanes run")
    try:
        await _until(told, app, host)
    finally:
        for consumer in host.consumers:
            consumer.stop()
        await asyncio.wait_for(app.stop(), STOP_SECONDS)
    if host.failure is not None:
        raise host.failure
    return 0


async def _until(told: asyncio.Event, app: object, host: Host) -> None:
    while not told.is_set() and host.failure is None:
        try:
            await asyncio.wait_for(told.wait(), 0.5)
        except TimeoutError:
            continue
