"""Replay: the log alone, folded into a store of its own, up to a cut.

The same lanes fold, with the recorded identity decisions and without a keyring; nothing is sent.
A cut is one position for every partition; as of a time it is the last event received by then, by
the log's own clock, in every partition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import zip_longest

from hub.audit.recorded_pairs import RecordedPairs
from hub.domain.log import TopicPartition
from hub.domain.topics import IDENTITY, is_folded
from hub.lanes import derive as derive_lane
from hub.lanes import records as records_lane
from hub.lanes.relay import lease, release
from hub.ports import EventLog, ProjectionStore

RECORDS_MAX = 10_000
Cut = Mapping[TopicPartition, int]
Tell = Callable[[int, int], None]


async def cut_at_end(log: EventLog) -> dict[TopicPartition, int]:
    """Everything the log holds."""
    return {place: end for place, end in (await log.ends()).items() if is_folded(place.topic)}


async def cut_at_time(log: EventLog, received_ms: int) -> dict[TopicPartition, int]:
    """For every partition the offset after its last event received by then."""
    ends = (await cut_at_end(log)).items()
    return {place: await end_at(log, place, end, received_ms) for place, end in ends}


async def end_at(log: EventLog, place: TopicPartition, end: int, received_ms: int) -> int:
    """The offset after the last event before `end` that was received by then.

    Append time never goes back within a partition, so a binary search finds it.
    """
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        record = (await log.read(place, middle, 1))[0]
        if record.append_at_ms <= received_ms:
            low = middle + 1
        else:
            high = middle
    return low


async def replay(log: EventLog, store: ProjectionStore, cut: Cut, tell: Tell) -> int:
    """Fold up to the cut and derive what follows. Answers how many events were folded.

    Raises UnknownSchemaError where this program is older than an event.
    """
    total = sum(cut.values())
    done = 0
    pairs = RecordedPairs()
    for place, end in sorted(cut.items()):
        offset = 0
        while offset < end:
            run = await log.read(place, offset, min(RECORDS_MAX, end - offset))
            batch = records_lane.open_batch([run])
            for error in batch.halted.values():
                raise error
            with store.transaction() as tx:
                records_lane.apply_batch(tx, batch)
            if place.topic == IDENTITY:
                pairs.take(run)
            offset = run[-1].offset + 1
            done += len(run)
            tell(done, total)
    with store.transaction() as tx:
        tx.pairs.put(pairs.standing())
    while derive_lane.derive_once(store):
        pass
    while rows := lease(store):
        release(store, rows)  # What a replay would say, the log says already.
    return done


Row = tuple[str, ...]


def first_difference(
    replayed: Iterable[Row], live: Iterable[Row]
) -> tuple[Row | None, Row | None] | None:
    """The first pair of sorted rows that are not equal; None where all are."""
    pairs: Iterator[tuple[Row | None, Row | None]] = zip_longest(replayed, live)
    return next((pair for pair in pairs if pair[0] != pair[1]), None)
