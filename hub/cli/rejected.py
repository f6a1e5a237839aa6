"""What `hub rejected list`, `show` and `redrive` do.

What is shown of an event is its place, kind, record id, revision and the rule: never its person,
its body or its sealed part.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from hub import bootstrap
from hub.adapters.sql_rejected import (
    Seen,
    find_rejected,
    read_rejected,
    redrives_of,
    rejected_by_rule,
)
from hub.adapters.sql_store import SqlStore
from hub.cli import common
from hub.cli.status import iso
from hub.console.rejected import ROWS_SHOWN, print_one, print_redriven, print_rejected
from hub.domain.events import Kind
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rejections import rejection_words
from hub.domain.rows import APPLIED, NOT_REJECTED, Place
from hub.domain.state import Document
from hub.errors import CorruptEventError, RejectedError
from hub.lanes.redrive import redrive
from hub.ports import EventLog
from hub.settings import Settings
from hub.wire.codec import UnknownSchemaError, open_envelope

Urls = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedriveOptions:
    """Which events to try again."""

    places: Sequence[str]
    reason: str | None
    everything: bool
    dry_run: bool
    json: str | None


def run_list(
    store_url: str | None,
    registry: str | None,
    reason: str | None,
    target: str | None,
    settings: Settings,
) -> int:
    """Print how many events each rule rejected, and where they stand."""
    store = SqlStore(common.required(store_url or settings.store, "HUB_STORE", "--store"))
    try:
        with store.reading() as sql:
            rules = rejected_by_rule(sql, registry=registry, reason=reason)
            count_max = None if target is not None else ROWS_SHOWN
            rows = read_rejected(sql, registry=registry, reason=reason, count_max=count_max)
    finally:
        store.close()
    document = {
        "by_rule": [
            {
                "registry": each.registry,
                "reason": each.reason,
                "events": each.events,
                "first_received_at": _instant(each.first_ms),
                "last_received_at": _instant(each.last_ms),
                **_words(each.reason),
            }
            for each in rules
        ],
        "rejected": [_row(each) for each in rows],
    }
    common.write_json(document, target)
    if target != "-":
        print_rejected(document, sys.stdout)
    return 0


async def run_show(urls: Urls, place_text: str, target: str | None, settings: Settings) -> int:
    """Print one rejection. Raises RejectedError where there is none at the place."""
    place = place_of(place_text)
    async with _opened(urls, settings) as (log, store):
        with store.reading() as sql:
            seen = find_rejected(sql, place)
            tries = redrives_of(sql, place)
        if seen is None:
            gone = " It was applied when it was tried again." if tries else ""
            raise RejectedError(
                f"no event is rejected at {place}.{gone}",
                reason="NOT_REJECTED",
                fix="see those that are with hub rejected list",
            )
        records = await log.read(TopicPartition(place.topic, place.partition), place.log_offset, 1)
    document = {
        **_row(seen),
        **_words(seen.row.reason),
        "event": _said(records),
        "redrives": [{"at": iso(t.at_ms), "outcome": t.outcome, "reason": t.reason} for t in tries],
    }
    common.write_json(document, target)
    if target != "-":
        print_one(document, sys.stdout)
    return 0


async def run_redrive(urls: Urls, options: RedriveOptions, settings: Settings) -> int:
    """Fold rejected events again; 1 where one of them is not applied."""
    given = [bool(options.places), options.reason is not None, options.everything]
    if sum(given) != 1:
        raise common.UsageError(
            "which events to try again is not said, or said twice",
            fix="give places, or --reason RULE, or --all",
        )
    named = [place_of(text) for text in options.places]
    async with _opened(urls, settings) as (log, store):
        places = named or await asyncio.to_thread(_of_rule, store, options.reason)
        done = await redrive(
            store, log, places, at_ms=time.time_ns() // 1_000_000, dry_run=options.dry_run
        )
    document = {
        "dry_run": options.dry_run,
        "redriven": [
            {"place": str(each.place), "outcome": each.outcome, "reason": each.reason}
            for each in done
        ],
    }
    common.write_json(document, options.json)
    if options.json != "-":
        print_redriven(document, sys.stdout)
    return int(any(each.outcome not in (APPLIED, NOT_REJECTED) for each in done))


def place_of(text: str) -> Place:
    """`TOPIC/PARTITION/OFFSET`, as lists, logs and the inbox write it. Raises UsageError."""
    topic, _, rest = text.partition("/")
    partition, _, offset = rest.partition("/")
    if not topic or not partition.isdecimal() or not offset.isdecimal():
        raise common.UsageError(
            f"{text} is not a place on the log",
            fix="write TOPIC/PARTITION/OFFSET, such as registry.us-oh.events/0/1234",
        )
    return Place(topic, int(partition), int(offset))


@asynccontextmanager
async def _opened(urls: Urls, settings: Settings) -> AsyncIterator[tuple[EventLog, SqlStore]]:
    log_url = common.required(urls[0] or settings.log, "HUB_LOG", "--log")
    store_url = common.required(urls[1] or settings.store, "HUB_STORE", "--store")
    log = bootstrap.open_log(log_url, settings, to_read=True)
    store = SqlStore(store_url)
    try:
        yield log, store
    finally:
        store.close()
        await log.close()


def _of_rule(store: SqlStore, reason: str | None) -> list[Place]:
    with store.reading() as sql:
        seen = read_rejected(sql, reason=reason, count_max=None)
    return [each.row.place for each in seen]


def _row(seen: Seen) -> Document:
    row = seen.row
    return {
        "place": str(row.place),
        "registry": row.registry,
        "reason": row.reason,
        "fold_version": row.fold_version,
        "received_at": _instant(row.received_ms),
        "times": seen.times,
        "last_at": _instant(seen.last_ms),
    }


def _instant(at_ms: int) -> str | None:
    """None for what an older program did not note."""
    return iso(at_ms) if at_ms else None


def _words(reason: str) -> dict[str, str]:
    words = rejection_words(reason)
    return {"what": words.what, "fix": words.fix}


def _said(records: Sequence[LogRecord]) -> dict[str, Any] | None:
    """Head of the event as far as it can be read; None where it cannot."""
    for record in records:
        try:
            envelope = open_envelope(record)
        except (CorruptEventError, UnknownSchemaError):
            return None
        head = envelope.head
        is_person = envelope.kind is Kind.PROFILE
        return {
            "kind": envelope.kind.event_name,
            "schema_id": envelope.schema_id,
            "event_registry": head.registry,
            "record_id": None if is_person else head.record_id,
            "record_id_why": "not shown: a profile's id is its person's" if is_person else None,
            "revision": head.revision,
            "change": head.change.name,
            "submission_id": head.submission_id,
            "submission_row": head.submission_row,
        }
    return None
