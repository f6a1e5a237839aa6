"""What the lanes of one worker share: their adapters, their wake-ups, and how they end."""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hub.domain.log import TopicPartition
from hub.ports import EventLog, Keyring, ProjectionStore
from hub.telemetry import Telemetry


class LeaderJob(NamedTuple):
    """Work that one worker does for all."""

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[None]]
    """May be cut off, and may rarely run twice at once: it must bear both."""


class Waiting(NamedTuple):
    """What waits in the store, for the gauges."""

    touches: int
    oldest_touch_seconds: float | None
    outbox: int
    open_reviews: int


@dataclass(slots=True)
class LaneState:
    """What a lane is at, as the worker's sign of life shows it."""

    at: str = "starting"
    places: tuple[TopicPartition, ...] = ()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def worker_name() -> str:
    """A new name for a worker: unique, and to be read: machine, process, a random part."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def _wakes() -> dict[str, asyncio.Event]:
    return {name: asyncio.Event() for name in ("derive", "relay", "sync")}


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass(slots=True, kw_only=True)
class Host:
    """One worker's. A host serves one run: it does not start again after it was stopped."""

    store: ProjectionStore
    log: EventLog
    keyring: Keyring
    sync: Callable[[], Awaitable[int]] | None = None
    security: Mapping[str, Any] = field(default_factory=dict)
    """The Kafka client's settings that say who the worker is."""
    worker_id: str = field(default_factory=worker_name)
    started_ms: int = field(default_factory=_now_ms)
    shard: int = 0
    """Where this worker's sums and roots go; its lease is kept up by the heartbeat."""
    telemetry: Telemetry = field(default_factory=Telemetry)
    leader_jobs: list[LeaderJob] = field(default_factory=list)
    waiting: Callable[[], Waiting] | None = None
    """Asks the store what waits, in a thread."""
    end_stalled: Callable[[], int] | None = None
    """Ends sessions of others that stand still and hold locks; in a thread."""
    wanted: dict[str, dict[TopicPartition, int]] = field(default_factory=dict)
    """Ends that lanes must reach before anything is derived."""
    wakes: dict[str, asyncio.Event] = field(default_factory=_wakes)
    states: dict[str, LaneState] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    reason: str = "told to"
    """Why the host stops."""
    running: set[str] = field(default_factory=set)
    """Lanes that have started and not ended."""
    ended: asyncio.Event = field(default_factory=_set)
    """No lane runs."""
    failure: BaseException | None = None
    """Of the first lane that could not go on."""

    def wake(self) -> None:
        """Tell the lanes that read the store that there may be work."""
        for event in self.wakes.values():
            event.set()

    def stop(self, reason: str = "told to") -> None:
        """Let every lane end after what it is doing."""
        if not self.stopping.is_set():
            self.reason = reason
        self.stopping.set()
        self.wake()

    def state(self, lane: str) -> LaneState:
        """What this lane is at, to be kept up to date by the lane."""
        return self.states.setdefault(lane, LaneState())

    @contextmanager
    def lane(self, name: str) -> Iterator[None]:
        """The length of a lane's run."""
        self.running.add(name)
        self.ended.clear()
        try:
            yield
        finally:
            self.running.discard(name)
            if not self.running:
                self.ended.set()

    def fail(self, error: BaseException) -> None:
        """A lane cannot go on: the others end too, and the first reason is kept."""
        self.failure = self.failure or error
        self.stop(str(error))
