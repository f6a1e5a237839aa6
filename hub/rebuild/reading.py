"""Reading a log for hours: what another try may mend is tried again."""

from __future__ import annotations

import asyncio

from hub.domain.log import LogRecord, TopicPartition
from hub.errors import RetryableError
from hub.ports import EventLog

TRIES_MAX = 6
PAUSE_SECONDS = 2.0


async def read(log: EventLog, place: TopicPartition, offset: int, size: int) -> list[LogRecord]:
    """At most `size` records from offset on. Raises RetryableError when no try brought any."""
    for _ in range(TRIES_MAX - 1):
        try:
            return await log.read(place, offset, size)
        except RetryableError:
            await asyncio.sleep(PAUSE_SECONDS)
    return await log.read(place, offset, size)
