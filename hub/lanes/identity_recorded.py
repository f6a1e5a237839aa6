"""Decisions that the log holds already, for whoever reads the claims again.

They are kept in the store before the lane begins, and each is applied, and forgotten, when its
cause is reached: after a rebuild, on an empty store, and on one that was restored from a copy.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.domain.events import Kind
from hub.domain.identity_rows import RecordedRow
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.topics import CLAIMS, IDENTITY
from hub.errors import CorruptEventError
from hub.identity.recorded import Recorded, recorded_of
from hub.lanes.identity_loading import LANE
from hub.ports import EventLog, ProjectionStore, StoreTransaction
from hub.wire.codec import decode_body, open_envelope

READ_MAX = 5_000
_RECORDS_LANE = "records"


def kept(tx: StoreTransaction, first: int, end: int) -> dict[int, list[Recorded]]:
    """What was decided of causes from first on and before end: the parts of each that follow one
    another, from the first part on."""
    found: dict[int, list[Recorded]] = {}
    for row in tx.inputs.recorded(first, end):
        parts = found.setdefault(row.claim_offset, [])
        if row.part == len(parts):
            parts.append(recorded_of(decode_body(row.schema_id, row.body)))
    return {offset: parts for offset, parts in found.items() if parts}


async def keep_recorded(store: ProjectionStore, log: EventLog, *, whole: bool = False) -> int:
    """Keep decisions that the log holds of claims which the lane has not reached. Answers how many
    there are.

    Behind what the records lane has folded nothing can be of such claims, unless that lane was
    ahead: then whole says to read from the beginning.
    """
    place = TopicPartition(IDENTITY, 0)
    end = (await log.ends()).get(place, 0)
    with store.transaction() as tx:
        reached = tx.positions.of(LANE).get(TopicPartition(CLAIMS, 0), (0, b""))[0]
        folded = tx.positions.of(_RECORDS_LANE).get(place, (0, b""))[0]
    offset = 0 if whole or not reached else folded
    count = 0
    while offset < end:
        records = await log.read(place, offset, READ_MAX)
        if not records:
            break
        rows = [row for row in _rows(records) if row.claim_offset >= reached]
        if rows:
            with store.transaction() as tx:
                tx.inputs.record(rows)
        count += len(rows)
        offset = records[-1].offset + 1
    return count


def _rows(records: Iterable[LogRecord]) -> Iterable[RecordedRow]:
    for record in records:
        try:
            envelope = open_envelope(record)
            if envelope.kind is Kind.IDENTITY_DECISION:
                # decision|offset, or decision|offset|part
                _, offset, part = f"{envelope.head.record_id}|0".split("|")[:3]
                yield RecordedRow(int(offset), int(part), envelope.schema_id, envelope.body)
        except (CorruptEventError, ValueError):
            continue  # The records lane rejects it; the claim is decided again.
