"""What the lanes of one worker share: their adapters, their wake-ups, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hub.domain.log import TopicPartition
from hub.ports import EventLog, Keyring, ProjectionStore


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
    wanted: dict[str, dict[TopicPartition, int]] = field(default_factory=dict)
    """Ends that lanes must reach before anything is derived."""
    wakes: dict[str, asyncio.Event] = field(default_factory=_wakes)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
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

    def stop(self) -> None:
        """Let every lane end after what it is doing."""
        self.stopping.set()
        self.wake()

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
        self.stop()
