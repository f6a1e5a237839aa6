"""The background check: some persons of one partition, folded again and compared with the store.

One scan of the partition up to the store's position, at any time, beside the live lanes: position
and rows are of one moment, what moved to or from another partition is looked up by its own event,
and what the lanes fold during the scan is folded here, too. Nothing is written. A difference is no
chance: somebody changed rows or log, or a lane does not do what the fold says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import Person, Place, RecordKey, RecordRow
from hub.domain.samples import SampleDifference, SampleReport, Standing
from hub.domain.topics import events_topic
from hub.lanes.checks import check_leaf
from hub.lanes.records import open_batch
from hub.ports import EventLog
from hub.projections.roots import FOLD_VERSION

READ_MAX = 10_000
ONE_IN = 100
DIFFERENCES_MAX = 100
Read = Callable[[TopicPartition, Sequence[Person], Sequence[RecordKey]], Standing]
"""What the store holds of a sample, in one consistent view."""


async def check_sample(
    read: Read, log: EventLog, place: TopicPartition, *, one_in: int = ONE_IN, turn: int = 0
) -> SampleReport:
    """Fold one part in `one_in` of the partition's persons again and compare; `turn` says which.

    Raises LogDivergedError where the log is not the one that was folded.
    """
    fold = _Fold(place, one_in, turn % one_in)
    first = await asyncio.to_thread(read, place, (), ())
    await _scan(log, fold, first.position)
    persons, keys = fold.persons(), list(fold.rows)
    standing = await asyncio.to_thread(read, place, persons, keys)
    await _scan(log, fold, standing.position)
    if standing.position:
        before = await log.read(place, standing.position - 1, 1)
        check_leaf(place, standing.position, standing.leaf, before)
    compared = set(keys) | {k for k in standing.rows if k not in fold.rows}
    found = []
    for key in sorted(compared):
        stored, folded = standing.rows.get(key), fold.row(key, standing)
        if not _same(stored, folded) and not await _explained(log, place, stored, folded):
            found.append(fold.difference(key, stored, folded, standing.position))
    return SampleReport(
        place=place,
        one_in=one_in,
        turn=turn % one_in,
        position=standing.position,
        persons=len(fold.names),
        records=len(compared),
        differences=tuple(found[:DIFFERENCES_MAX]),
        differing=len(found),
    )


async def _scan(log: EventLog, fold: _Fold, end: int) -> None:
    while fold.offset < end:
        records = await log.read(fold.place, fold.offset, min(READ_MAX, end - fold.offset))
        if not records:
            return  # The log lost its tail: the leaf before the position tells.
        await asyncio.to_thread(fold.take, records)


@dataclass(slots=True)
class _Fold:
    """The sample, folded so far: every statement that ever stood, the last one last."""

    place: TopicPartition
    one_in: int
    turn: int
    offset: int = 0
    rows: dict[RecordKey, list[RecordRow]] = field(default_factory=dict)
    names: set[bytes] = field(default_factory=set)

    def take(self, records: Sequence[LogRecord]) -> None:
        self.offset = records[-1].offset + 1
        sampled = [record for record in records if self._is_sampled(record.key or b"")]
        if not sampled:
            return
        batch = open_batch([sampled])
        for error in batch.halted.values():
            raise error
        self.names |= {record.key or b"" for record in sampled}
        for row in batch.rows:
            self.rows.setdefault(row.key, []).append(row)

    def _is_sampled(self, key: bytes) -> bool:
        digest = blake2b(key, digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.one_in == self.turn

    def persons(self) -> list[Person]:
        """Of whom something was folded."""
        found = {row.person for rows in self.rows.values() for row in rows}
        return sorted(person for person in found if person is not None)

    def row(self, key: RecordKey, standing: Standing) -> RecordRow | None:
        """What stands of a record by this partition alone. Events that another version of the fold
        rejected stay rejected until they are tried again."""
        best: RecordRow | None = None
        for row in self.rows.get(key, ()):
            if standing.rejected.get(row.log_offset, FOLD_VERSION) != FOLD_VERSION:
                continue
            if best is None or row.order > best.order:
                best = row
        return best

    def difference(
        self, key: RecordKey, stored: RecordRow | None, folded: RecordRow | None, position: int
    ) -> SampleDifference:
        person_id = (folded or stored or _NOBODY).person_id
        offset = self._first_event(key, stored, position)
        return SampleDifference(
            key=key,
            person_id=person_id,
            stored=stored,
            folded=folded,
            event=Place(self.place.topic, self.place.partition, offset),
        )

    def _first_event(self, key: RecordKey, stored: RecordRow | None, position: int) -> int:
        """Where the stored row stops being what the events up to there make."""
        best: RecordRow | None = None
        was_equal = stored is None
        for row in self.rows.get(key, ()):
            if best is not None and row.order <= best.order:
                continue
            if was_equal or (stored is not None and row.order == stored.order):
                if not _same(stored, row):
                    return row.log_offset
                was_equal = True
            best = row
        if best is not None:
            return best.log_offset
        return position if stored is None else stored.log_offset


_NOBODY = RecordRow("", 0, "", None, 0, 0, 0, b"", b"", 0, b"", None, None, 0, 0, 0, False)
_AT = slice(RecordRow._fields.index("partition"), RecordRow._fields.index("received_ms") + 1)


def _same(stored: RecordRow | None, folded: RecordRow | None) -> bool:
    """Equal statements may have been folded from any of the places where they stand."""
    if stored is None or folded is None:
        return stored is folded
    return stored[: _AT.start] + stored[_AT.stop :] == folded[: _AT.start] + folded[_AT.stop :]


async def _explained(
    log: EventLog, place: TopicPartition, stored: RecordRow | None, folded: RecordRow | None
) -> bool:
    """Whether the record stands by an event of another partition, which says just that."""
    if stored is None or stored.partition == place.partition:
        return False
    if folded is not None and stored.order < folded.order:
        return False
    other = TopicPartition(events_topic(stored.registry), stored.partition)
    if other.partition >= (await log.topics()).get(other.topic, 0):
        return False
    records = await log.read(other, stored.log_offset, 1)
    if not records or records[0].offset != stored.log_offset:
        return False
    return open_batch([records[:1]]).rows == [stored]
