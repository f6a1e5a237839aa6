"""Runs the Faust app until told to stop, or until a lane cannot go on.

Told to stop, lanes end after what they are doing, so that nothing is left half done or leased; what
lasts longer than a few seconds is cut off, which the next worker mends from the store.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import faust

from hub.errors import RetryableError
from hub.lanes import catching_up
from hub.stream.app import build_app, close_unused
from hub.stream.host import Host
from hub.stream.membership import GROUP, Timing
from hub.stream.patience import Patience
from hub.stream.quiet import quiet_driver

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 6.0
CUT_SECONDS = 1.5  # With the drain below the ten seconds that a supervisor grants.


async def run_worker(
    bootstrap: str,
    host: Host,
    *,
    timing: Timing | None = None,
    group: str = GROUP,
    stopping: asyncio.Event | None = None,
) -> int:
    """Host the lanes; 0 after SIGTERM, SIGINT or `stopping`. Raises what ended a lane.

    Signals are the caller's where it gives `stopping`. Topics that lanes write must exist.
    """
    with quiet_driver(), _told_by_signals(host, wanted=stopping is None):
        if stopping is not None:
            host.stopping = stopping
        if not await _unless_stopped(host, _prepare(host)):
            return 0
        app = build_app(bootstrap, host, timing=timing, group=group)
        app.finalize()
        try:
            await app.start()
            logger.info("lanes run")
            await host.stopping.wait()
        finally:
            await _leave(app, host)
    if host.failure is not None:
        raise host.failure
    return 0


@contextmanager
def _told_by_signals(host: Host, *, wanted: bool) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT) if wanted else ()
    for each in signals:
        loop.add_signal_handler(each, host.stop, f"told by {each.name}")
    try:
        yield
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


async def _prepare(host: Host) -> None:
    """An empty store learns first what consumers have; however often that takes."""
    patience = Patience("start", host.telemetry)
    while True:
        try:
            host.wanted = await catching_up.prepare(host.store, host.log)
            return
        except RetryableError as error:
            await patience.after(error, host.stopping)


async def _unless_stopped(host: Host, work: Coroutine[Any, Any, None]) -> bool:
    """Whether it was done before the host was told to stop. What was begun is cut off."""
    task, told = asyncio.create_task(work), asyncio.create_task(host.stopping.wait())
    try:
        await asyncio.wait({task, told}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            return False
        task.result()
        return True
    finally:
        for each in (task, told):
            each.cancel()
        await asyncio.gather(task, told, return_exceptions=True)


async def _leave(app: faust.App, host: Host) -> None:
    host.stop("the app ended")
    try:
        await asyncio.wait_for(host.ended.wait(), DRAIN_SECONDS)
    except TimeoutError:
        logger.warning("cut off in the middle of a step: %s", ", ".join(sorted(host.running)))
    try:
        await asyncio.wait_for(app.stop(), CUT_SECONDS)
    except TimeoutError:
        logger.warning("lanes did not end within %g s", DRAIN_SECONDS + CUT_SECONDS)
    close_unused(app)
