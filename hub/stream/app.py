"""The Faust app: start, stop and supervision of the lanes' services.

Nothing is registered by importing; services are bound inside build_app, under names that do not
follow from class names. Faust's own consumers, producer, tables and commits are not used: they
lose events. Faust itself holds no connection to the broker.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import faust

from hub.adapters.kafka_clients import is_cancelled
from hub.errors import FatalError
from hub.stream import heartbeat, lanes, leader, loops
from hub.stream.consumer import LaneConsumer
from hub.stream.host import Host
from hub.stream.membership import GROUP, Membership, Timing

__all__ = ["Host", "Timing", "build_app"]

logger = logging.getLogger(__name__)

APP_ID = "registry-hub"


def build_app(
    bootstrap: str, host: Host, *, timing: Timing | None = None, group: str = GROUP
) -> faust.App:
    """An app that runs the lanes, each in a group of its own whose name begins with `group`.

    A lane that cannot go on stops the host; `host.failure` says why.
    """
    app = faust.App(
        APP_ID,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
        autodiscover=False,
    )
    app.producer_only = True
    app.boot_strategy.enable_kafka_producer = False
    membership = Membership(bootstrap, host.security, timing=timing, group=group)
    for name, run in _lanes(host, membership):
        app.service(_service(name, run, host))
    return app


def close_unused(app: faust.App) -> None:
    """Close the event loop that Faust keeps for a consumer thread, which is never started."""
    thread = getattr(app.consumer, "_thread", None)
    if thread is not None and not thread.thread_loop.is_running():
        thread.thread_loop.close()


def _lanes(host: Host, membership: Membership) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    found: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("records", LaneConsumer(lanes.records(host), host, membership).run),
        ("identity", LaneConsumer(lanes.identity(host), host, membership).run),
        ("derive", lambda: loops.derive(host)),
        ("relay", lambda: loops.relay(host)),
        (heartbeat.NAME, lambda: heartbeat.run(host)),
        (leader.LEADER, lambda: leader.run(host)),
    ]
    if host.sync is not None:
        found.append(("sync", lambda: loops.sync(host)))
    return found


def _service(name: str, run: Callable[[], Awaitable[None]], host: Host) -> type[faust.Service]:
    class LaneService(faust.Service):  # type: ignore[misc]
        """One lane. What it cannot go on after ends the process, whatever the other lanes do."""

        @property
        def label(self) -> str:
            return f"lane {name}"

        @faust.Service.task  # type: ignore[untyped-decorator]
        async def _run(self) -> None:
            with host.lane(name):
                try:
                    await run()
                except asyncio.CancelledError:
                    if is_cancelled():
                        raise
                    # A lane that just ceases would leave a process that looks alive.
                    host.fail(FatalError(f"the {name} lane was ended by a driver's cancellation"))
                except BaseException as error:
                    logger.critical("%s lane stops the process: %s", name, error)
                    host.telemetry.alarm("lane_stopped")
                    host.fail(error)

    LaneService.logger = logging.getLogger("mode")  # Its comings and goings are nobody's news.
    return LaneService
