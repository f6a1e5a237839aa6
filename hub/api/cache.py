"""One recent snapshot for all readers, so that many open pages cost the store what one costs.

A reader gets a document at most as old as it asks for; while one is being read, others wait for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.api.source import Source

AGE_SECONDS_MAX = 1.0  # The page changes at most once a second.
REST_FACTOR = 4  # A slow store is read at most a fifth of the time.


@dataclass(frozen=True, slots=True)
class Snapshot:
    document: dict[str, Any]
    acceptance: dict[str, Any]
    read_at: datetime
    digest: str  # Of both documents: equal digests, nothing to redraw.


class SummaryCache:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = asyncio.Lock()
        self._snapshot: Snapshot | None = None
        self._good_until = 0.0

    async def snapshot(self) -> Snapshot:
        """Raises whatever the source raises; an error is not kept."""
        async with self._lock:
            started = time.monotonic()
            if self._snapshot is None or started >= self._good_until:
                self._snapshot = await read_fresh(self._source)
                taken = time.monotonic() - started
                self._good_until = started + taken + max(AGE_SECONDS_MAX, taken * REST_FACTOR)
            return self._snapshot


async def read_fresh(source: Source) -> Snapshot:
    document, acceptance = await source.summary(), await source.acceptance()
    text = json.dumps([document, acceptance], sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Snapshot(document, acceptance, datetime.now(UTC), digest)
