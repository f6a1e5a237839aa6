"""The Faust app: start, stop and supervision of the lanes' services.

Nothing is registered by importing; services are bound inside build_app, under names that do not
follow from class names. Faust's own consumers, tables and commits are not used: they lose events.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import faust

from hub.domain.log import TopicPartition
from hub.errors import FatalError, RetryableError
from hub.lanes import catching_up
from hub.lanes.derive import derive_once
from hub.lanes.relay import relay_once
from hub.ports import EventLog, Keyring, ProjectionStore
from hub.stream import lanes
from hub.stream.consumer import LaneConsumer, Timing

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.2
RETRY_SECONDS = 0.5
SYNC_SECONDS = 0.5
Sync = Callable[[], Awaitable[int]]


@dataclass(slots=True)
class Host:
    """What the services share."""

    store: ProjectionStore
    log: EventLog
    keyring: Keyring
    sync: Sync | None
    consumers: tuple[LaneConsumer, ...] = ()
    wanted: dict[str, dict[TopicPartition, int]] = field(default_factory=dict)
    applied: asyncio.Event = field(default_factory=asyncio.Event)
    failure: BaseException | None = None


def build_app(
    bootstrap: str, host: Host, *, timing: Timing | None = None, group: str = "hub"
) -> faust.App:
    """An app that runs the lanes. Its `crash` ends it; `host.failure` says why."""
    app = faust.App(
        "registry-hub",
        broker=f"kafka://{bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
        autodiscover=False,
    )
    app.producer_only = True  # Lanes have consumers of their own; Faust needs none.
    times = timing or Timing()
    settings = {
        "bootstrap_servers": bootstrap,
        "session_timeout_ms": times.session_ms,
        "heartbeat_interval_ms": times.heartbeat_ms,
        "rebalance_timeout_ms": times.rebalance_ms,
        "request_timeout_ms": max(40_000, times.session_ms * 2),
    }
    host.consumers = tuple(
        LaneConsumer(lane, host.store, host.log, settings)
        for lane in (
            lanes.records(host.store, group),
            lanes.identity(host.store, host.keyring, group),
        )
    )
    for name, run in _loops(host):
        app.service(_service(name, run, host, app))
    return app


def _loops(host: Host) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    found: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("records", lambda: host.consumers[0].run(host.applied)),
        ("identity", lambda: host.consumers[1].run(host.applied)),
        ("derive", lambda: _derive(host)),
        ("relay", lambda: _relay(host)),
    ]
    if host.sync is not None:
        found.append(("sync", lambda: _sync(host)))
    return found


def _service(
    name: str, run: Callable[[], Awaitable[None]], host: Host, app: faust.App
) -> type[faust.Service]:
    class LaneService(faust.Service):  # type: ignore[misc]
        """One lane. A fatal error ends the process, whatever the other lanes do."""

        @property
        def label(self) -> str:
            return f"lane {name}"

        @faust.Service.task  # type: ignore[untyped-decorator]
        async def _run(self) -> None:
            try:
                await run()
            except asyncio.CancelledError:
                raise
            except BaseException as error:
                logger.critical("%s lane stops the process: %s", name, error)
                host.failure = host.failure or error
                await app.crash(error)

    return LaneService


async def _derive(host: Host) -> None:
    """Drain touches; on a rebuilt store only once records and identity have caught up."""
    while True:
        try:
            if host.wanted and not await asyncio.to_thread(
                catching_up.reached, host.store, host.wanted
            ):
                await asyncio.sleep(IDLE_SECONDS)
                continue
            host.wanted = {}
            if await asyncio.to_thread(derive_once, host.store):
                continue
            await _woken(host)
        except RetryableError as error:
            logger.warning("derive lane: again: %s", error)
            await asyncio.sleep(RETRY_SECONDS)


async def _woken(host: Host) -> None:
    host.applied.clear()
    try:
        await asyncio.wait_for(host.applied.wait(), IDLE_SECONDS)
    except TimeoutError:
        return


async def _relay(host: Host) -> None:
    while True:
        try:
            if not await relay_once(host.store, host.log):
                await asyncio.sleep(IDLE_SECONDS)
        except RetryableError as error:
            logger.warning("relay: again: %s", error)
            await asyncio.sleep(RETRY_SECONDS)


async def _sync(host: Host) -> None:
    if host.sync is None:
        raise FatalError("the sync lane has nothing to run")
    while True:
        try:
            await host.sync()
            await asyncio.sleep(SYNC_SECONDS)
        except RetryableError as error:
            logger.warning("sync lane: again: %s", error)
            await asyncio.sleep(RETRY_SECONDS)
