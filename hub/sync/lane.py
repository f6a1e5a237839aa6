"""The sync lane: reads registries' inboxes and hands rows to their connectors.

The connector takes rows first, then position and ledger move in one transaction; a crash between
the two hands the same rows over again, which the connector leaves out by their event ids. So every
item arrives, and none is written twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from hub.connector_api import Connector
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import Advance
from hub.domain.topics import registry_of_inbox
from hub.errors import CorruptEventError
from hub.ports import EventLog, ProjectionStore
from hub.sync.rows import COLUMNS, inbox_row
from hub.wire.codec import read_event
from hub.wire.leaf import leaf_of

LANE = "sync"
RECORDS_MAX = 5_000


async def sync_once(
    store: ProjectionStore, log: EventLog, connector: Connector, out: Path, today: str
) -> int:
    """Deliver what stands in every inbox. Answers how many rows were not there before."""
    ends = await log.ends()
    inboxes = {p: end for p, end in ends.items() if registry_of_inbox(p.topic) is not None}
    with store.transaction() as tx:
        positions = tx.positions.of(LANE)
    written = 0
    for place, end in sorted(inboxes.items()):
        offset = positions.get(place, (0, b""))[0]
        while offset < end:
            records = await log.read(place, offset, RECORDS_MAX)
            if not records:
                break
            written += await asyncio.to_thread(_deliver, store, records, connector, out, today)
            offset = records[-1].offset + 1
    return written


def _deliver(
    store: ProjectionStore,
    records: Sequence[LogRecord],
    connector: Connector,
    out: Path,
    today: str,
) -> int:
    place = TopicPartition(records[0].topic, records[0].partition)
    registry = registry_of_inbox(place.topic) or ""
    rows = []
    for record in records:
        try:
            envelope, body = read_event(record)
        except CorruptEventError:
            continue  # The hub wrote it; the digest tells, and the next version replaces it.
        rows.append(inbox_row(envelope.head, body, today))
    fresh = connector.write(out / registry, COLUMNS, rows)
    move = Advance(place, records[0].offset, records[-1].offset + 1, leaf_of(records[-1]))
    with store.transaction() as tx:
        tx.positions.advance(LANE, [move])
        tx.deliver(registry, [row["event_id"] for row in rows])
    return fresh
