"""A log up to a moment: what of it is wanted is told by its bytes, and only that is decoded.

Until the last event received by then in every partition, by the log's own clock, so that whatever
is received later changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache

from hub.audit.replay import end_at
from hub.domain.events import Kind
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.partitioning import partition_for
from hub.domain.rows import RecordKey, RecordRow
from hub.errors import CorruptEventError
from hub.lanes.records import Batch, open_batch
from hub.ports import EventLog
from hub.wire.codec import MAGIC, check_frame
from hub.wire.schemas import FRAME_BYTES, load_schemas

READ_MAX = 5_000
Wanted = Callable[[LogRecord, Kind], bool]
Tell = Callable[[int], None]


class LogUntil:
    """A log up to the last event received by a moment, or to its end where none is given."""

    def __init__(self, log: EventLog, received_ms: int | None, tell: Tell) -> None:
        self._log = log
        self._received_ms = received_ms
        self._tell = tell
        self._ends: dict[TopicPartition, int] = {}
        self.read: dict[TopicPartition, int] = {}
        self.decoded: set[tuple[TopicPartition, int]] = set()
        self.newest_ms = 0

    async def open(self) -> LogUntil:
        """Take note of the ends: what is appended from here on is not read."""
        self._ends = await self._log.ends()
        return self

    def places(self, topic: str) -> list[TopicPartition]:
        """Partitions of a topic; none where the log has no such topic."""
        return sorted(place for place in self._ends if place.topic == topic)

    def place_of(self, topic: str, key: str) -> list[TopicPartition]:
        """The partition of a key, if the topic is there."""
        places = self.places(topic)
        return places and [places[partition_for(key.encode(), len(places))]]

    async def find(self, place: TopicPartition, wanted: Wanted) -> list[LogRecord]:
        """Events of a partition that are wanted, by their bytes alone. Raises UnknownSchemaError
        where this program is older than an event: what follows it has not been folded either."""
        if place not in self._ends:
            return []
        end = self.read.get(place)
        if end is None:
            end = self._ends[place]
            if self._received_ms is not None:
                end = await end_at(self._log, place, end, self._received_ms)
            self.read[place] = end
        found: list[LogRecord] = []
        offset = 0
        while offset < end:
            run = await self._log.read(place, offset, min(READ_MAX, end - offset))
            if not run:
                break
            found += [r for r in run if (kind := _kind_of(r)) is not None and wanted(r, kind)]
            offset = run[-1].offset + 1
            self.newest_ms = max(self.newest_ms, run[-1].append_at_ms)
            self._tell(len(run))
        return found

    def opened(self, records: Iterable[LogRecord]) -> Iterator[tuple[LogRecord, Batch]]:
        """Take events apart as the records lane does, one by one; the damaged say nothing."""
        for record in records:
            self.decoded.add((record.place, record.offset))
            batch = open_batch([[record]])
            for error in batch.halted.values():
                raise error
            yield record, batch

    def standing(self, records: Iterable[LogRecord]) -> dict[RecordKey, RecordRow]:
        """Of each record named the highest statement; of equal ones the first received."""
        best: dict[RecordKey, RecordRow] = {}
        for _, batch in self.opened(records):
            for row in batch.rows:
                held = best.get(row.key)
                if held is None or row.order > held.order or _is_earlier(row, held):
                    best[row.key] = row
        return best


def _is_earlier(row: RecordRow, held: RecordRow) -> bool:
    place = (row.received_ms, row.partition, row.log_offset)
    return row.order == held.order and place < (held.received_ms, held.partition, held.log_offset)


def _kind_of(record: LogRecord) -> Kind | None:
    """The kind that the frame names; None where an event is damaged so far that it names none."""
    value = record.value
    kind = _frames().get(value[:FRAME_BYTES]) if value is not None else None
    if kind is None:
        with suppress(CorruptEventError):
            check_frame(record)
    return kind


@cache
def _frames() -> dict[bytes, Kind]:
    """Kinds by the first bytes of their events."""
    return {
        bytes((MAGIC,)) + schema_id.to_bytes(FRAME_BYTES - 1, "big"): schema.kind
        for schema_id, schema in load_schemas().by_id.items()
        if schema.kind is not None
    }
