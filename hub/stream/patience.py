"""How a lane waits while the store or the broker is away: longer each time, and without filling the
log.

The first trouble is told at once, the same again every ten seconds, and its end with its length.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from hub.errors import FencedError, HubError
from hub.telemetry import LANES, Telemetry

logger = logging.getLogger(__name__)

FIRST_SECONDS = 0.2
MOST_SECONDS = 2.0
TELL_SECONDS = 10.0
WORTH_TELLING_SECONDS = 1.0


class Patience:
    """One lane's. Counts what it waits for."""

    def __init__(
        self, lane: str, telemetry: Telemetry, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lane = lane
        self._name = f"{lane} lane" if lane in LANES else lane
        self._telemetry = telemetry
        self._clock = clock
        self._wait_seconds = FIRST_SECONDS
        self._since: float | None = None
        self._told_at = 0.0
        self._tries = 0

    async def after(self, error: Exception, stopping: asyncio.Event) -> None:
        """Tell of what went wrong, and wait; not longer than until `stopping`."""
        if isinstance(error, FencedError):
            self._telemetry.fenced(self._lane)
            logger.warning(
                "%s: another worker went on in the meantime: this one stood still, or its"
                " partitions moved; what it had worked out is thrown away, nothing is lost, and it"
                " goes on from the store (%s)",
                self._name,
                error,
            )
        else:
            self._telemetry.retried(self._lane)
            self._tell(error)
        try:
            await asyncio.wait_for(stopping.wait(), self._wait_seconds)
        except TimeoutError:
            self._wait_seconds = min(self._wait_seconds * 2, MOST_SECONDS)

    def over(self) -> None:
        """A step succeeded."""
        if self._since is None:
            return
        lasted = self._clock() - self._since
        if lasted >= WORTH_TELLING_SECONDS:
            logger.info("%s: goes on after %.1f s", self._name, lasted)
        self._since = None
        self._tries = 0
        self._wait_seconds = FIRST_SECONDS

    def _tell(self, error: Exception) -> None:
        now = self._clock()
        self._tries += 1
        if self._since is None:
            self._since = now
        elif now - self._told_at < TELL_SECONDS:
            return
        self._told_at = now
        tried = error.tried if isinstance(error, HubError) else None
        why = f"{error} ({tried})" if tried else str(error)
        if self._tries == 1:
            logger.warning("%s: tries again: %s", self._name, why)
        else:
            lasted = now - self._since
            logger.warning(
                "%s: still tries, %d times in %.0f s: %s", self._name, self._tries, lasted, why
            )
