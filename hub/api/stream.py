"""The page's stream of server-sent events: heartbeats, `summary` when it changed, `feed` lines.

A reader that comes back with the last id it saw gets every later feed line that the source still
has, in order, none twice. Only feed lines have an id. A `summary` says that the page's numbers
changed, not what they are: the reader fetches them. Nothing is sent more than once a second.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from hub.api.cache import SummaryCache
from hub.api.source import Source
from hub.errors import HubError

HEARTBEAT_SECONDS = 15.0
POLL_SECONDS = 1.0
FEED_BATCH_MAX = 200  # Of one poll; a reader that is further behind gets the rest with the next.


async def event_stream(
    source: Source, cache: SummaryCache, after: int, *, poll_seconds: float = POLL_SECONDS
) -> AsyncIterator[str]:
    """Endless; ends when the reader leaves and its task is cancelled."""
    digest = ""
    sequence = after
    beat_due = 0.0
    is_troubled = False
    while True:
        parts: list[str] = []
        try:
            snapshot = await cache.snapshot()
            if snapshot.digest != digest:
                digest = snapshot.digest
                body = {"at": snapshot.read_at.isoformat(), "digest": digest}
                parts.append(_event("summary", body))
            for line in (await source.events_after(sequence))[:FEED_BATCH_MAX]:
                sequence = max(sequence, line.sequence)
                parts.append(_event("feed", asdict(line), event_id=line.sequence))
            is_troubled = False
        except HubError:
            if not is_troubled:
                parts.append(_event("trouble", {"at": _now()}))
            is_troubled = True
            digest = ""  # What comes after is said even when it equals what came before.
        if time.monotonic() >= beat_due or parts:
            beat_due = time.monotonic() + HEARTBEAT_SECONDS
            parts.append(_event("heartbeat", {"at": _now()}))
        if parts:
            yield "".join(parts)
        await asyncio.sleep(poll_seconds)


def resume_after(header: str | None, query: str | None, newest: int) -> int:
    """The sequence a reader has seen; one that names none, or no number, starts at the newest."""
    for text in (header, query):
        if text and text.isascii() and text.isdigit() and len(text) <= 18:
            return int(text)
    return newest


def _event(name: str, body: dict[str, Any], *, event_id: int | None = None) -> str:
    head = "" if event_id is None else f"id: {event_id}\n"
    return f"{head}event: {name}\ndata: {json.dumps(body)}\n\n"


def _now() -> str:
    return datetime.now(UTC).isoformat()
