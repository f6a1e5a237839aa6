"""What a registry's own inbox says: items that stand, read from its topic alone.

A registry may read its inbox and nothing else of the hub's, so this is what its commands go by. Of
each subject the highest version stands; an item that was withdrawn says that nothing stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hub.domain.events import Head, Kind
from hub.domain.log import LogRecord
from hub.domain.topics import inbox_topic
from hub.errors import CorruptEventError
from hub.ports import EventLog
from hub.wire.codec import Body, UnknownSchemaError, read_event

_READ_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an inbox that stands. Its subject is the head's record id, its version the
    head's revision."""

    head: Head
    body: Body
    append_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an inbox shows of one record's answer."""

    version: int
    record_revision: int
    total_hours: Decimal | None
    documents: frozenset[str]
    """Documents that an answer names, on whatever day."""


async def standing_items(log: EventLog, registry: str, *, item: str, holding: str) -> list[Item]:
    """Items of this sort that stand, of those whose bytes or key hold this id: in order of their
    subjects. What is damaged, or newer than this program, is passed over."""
    topic = inbox_topic(registry)
    if topic not in await log.topics():
        return []
    found: dict[str, Item] = {}
    for place, end in sorted((await log.ends([topic])).items()):
        offset = 0
        while offset < end and (records := await log.read(place, offset, _READ_MAX)):
            offset = records[-1].offset + 1
            for each in await asyncio.to_thread(_items, records, item, holding.encode()):
                held = found.get(each.head.record_id)
                if held is None or each.head.revision >= held.head.revision:
                    found[each.head.record_id] = each
    return [found[subject] for subject in sorted(found) if not found[subject].body["withdrawn"]]


async def answer_seen(log: EventLog, receiver: str, record: Sequence[str]) -> Seen | None:
    """What the receiver's inbox shows of its answer to this record (registry, kind, id)."""
    for item in await standing_items(log, receiver, item="MATCH", holding=record[2]):
        body = item.body
        if (body["sender"], body["kind"], body["record_id"]) != tuple(record):
            continue
        hours = [each["total_hours"] for each in body["intervals"]]
        return Seen(
            version=item.head.revision,
            record_revision=body["record_revision"],
            total_hours=max((each for each in hours if each is not None), default=None),
            documents=frozenset(name for each in body["intervals"] for name in each["documents"]),
        )
    return None


def _items(records: Sequence[LogRecord], item: str, holding: bytes) -> list[Item]:
    found = []
    for record in records:
        if holding not in (record.value or b"") and holding != record.key:
            continue
        try:
            envelope, body = read_event(record)
        except (CorruptEventError, UnknownSchemaError):
            continue
        if envelope.kind is Kind.INBOX_ITEM and body["item"] == item:
            found.append(Item(envelope.head, body, record.append_at_ms))
    return found
