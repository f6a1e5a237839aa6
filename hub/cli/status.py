"""`hub status`: how far each lane is on each partition, what waits, who works on it.

The store is read before the log is asked for its ends, so a lag is never below what it is.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hub import bootstrap
from hub.adapters.sql_status import Positions, read_status
from hub.adapters.sql_store import SqlStore
from hub.cli import common
from hub.console.status import print_status
from hub.domain.log import TopicPartition
from hub.domain.rows import WorkerRow
from hub.domain.state import Document
from hub.domain.topics import CLAIMS, is_folded, registry_of_inbox
from hub.errors import RetryableError
from hub.ports import EventLog
from hub.settings import Settings

AGES_MAX = 200
"""Each age is a read of the log: partitions beyond this many, least behind, are not looked up."""

READS: Mapping[str, Callable[[str], bool]] = {
    "records": is_folded,
    "identity": lambda topic: topic == CLAIMS,
    "sync": lambda topic: registry_of_inbox(topic) is not None,
}
"""Lanes that read topics, and which."""


async def run_status(
    urls: tuple[str | None, str | None],
    wait: float | None,
    target: str | None,
    settings: Settings,
) -> int:
    """Print the status; 1 where it was to wait and the time passed."""
    log_url = common.required(urls[0] or settings.log, "HUB_LOG", "--log")
    store_url = common.required(urls[1] or settings.store, "HUB_STORE", "--store")
    log = bootstrap.open_log(log_url, settings, to_read=True)
    store = SqlStore(store_url)
    try:
        if wait is not None:
            await bootstrap.wait_idle(store, log, wait)
        document = await status_of(store, log)
    finally:
        store.close()
        await log.close()
    common.write_json(document, target)
    if target != "-":
        print_status(document, sys.stdout)
    return 0


async def status_of(store: SqlStore, log: EventLog) -> Document:
    """Everything that `--json` gives."""
    state = await asyncio.to_thread(read_status, store)
    ends = await log.ends()
    now_ms = time.time_ns() // 1_000_000
    return {
        "as_of": iso(now_ms),
        "lanes": await _lanes(state.positions, ends, log, now_ms),
        "touches_pending": state.waiting.touches,
        "oldest_touch_seconds": _age(state.waiting.oldest_touch_ms, now_ms),
        "outbox_pending": state.waiting.outbox,
        "rejected": state.rejected,
        "open_reviews": state.open_reviews,
        "held_persons": held_document(state.held),
        "state_root": state.state_root,
        "state_root_canonical": state.state_root_canonical,
        "workers": [_worker(row, now_ms) for row in state.workers],
    }


def held_document(held: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Persons held from linking, by registry and cause."""
    return [
        {"registry": registry, "cause": cause, "persons": persons}
        for (registry, cause), persons in sorted(held.items())
    ]


async def _lanes(
    positions: Positions, ends: Mapping[TopicPartition, int], log: EventLog, now_ms: int
) -> Document:
    reached = {
        (lane, place): positions.get(lane, {}).get(place, (0, b""))[0]
        for lane, reads in READS.items()
        for place in ends
        if reads(place.topic)
    }
    behind = [key for key in reached if ends[key[1]] > reached[key]]
    behind.sort(key=lambda key: reached[key] - ends[key[1]])
    ages = {key: await _unread_age(log, key[1], reached[key], now_ms) for key in behind[:AGES_MAX]}
    lanes: Document = {lane: {} for lane in READS}
    for (lane, place), position in sorted(reached.items()):
        end = ends[place]
        cell = {
            "position": position,
            "end": end,
            "lag": end - position,
            "oldest_seconds": ages.get((lane, place)) if end > position else 0.0,
        }
        lanes[lane].setdefault(place.topic, {})[str(place.partition)] = cell
    return lanes


async def _unread_age(
    log: EventLog, place: TopicPartition, position: int, now_ms: int
) -> float | None:
    """Age by append time of the first record that is not read; None where it does not come."""
    try:
        records = await log.read(place, position, 1)
    except RetryableError:
        return None
    return _age(records[0].append_at_ms, now_ms) if records else None


def _age(at_ms: int | None, now_ms: int) -> float | None:
    return None if at_ms is None else round(max(0, now_ms - at_ms) / 1000, 1)


def _worker(row: WorkerRow, now_ms: int) -> Document:
    return {
        "worker_id": row.worker_id,
        "host": row.host,
        "pid": row.pid,
        "started_at": iso(row.started_ms),
        "seen_at": iso(row.seen_ms),
        "seen_seconds": _age(row.seen_ms, now_ms),
        "lanes": lanes_of_worker(row.lanes),
    }


def lanes_of_worker(text: str) -> dict[str, dict[str, Any]]:
    """What a worker says of its lanes; nothing where another version says it in another form."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(told, dict):
        return {}
    return {
        str(lane): {
            "at": str(each.get("at", "")),
            "partitions": [str(place) for place in each.get("partitions", [])],
        }
        for lane, each in told.items()
        if isinstance(each, dict)
    }


def iso(at_ms: int) -> str:
    """An instant as files and consoles write it."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
