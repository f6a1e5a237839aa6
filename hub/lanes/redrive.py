"""Redrive: rejected events tried again, through the very path by which live events are folded.

For what another program, or a mended one, would take. Each event is read from the log at its own
place; positions stay where they are, since folding commutes and a repeat changes nothing. What is
applied leaves the rejections, and its registry is told that it counts after all; what is rejected
again keeps its place, under the rule that holds by then. A rebuild by the same program decides the
same: the same bytes meet the same fold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import (
    ABSENT,
    APPLIED,
    HALTED,
    NOT_REJECTED,
    REJECTED,
    Place,
    RedriveRow,
    RejectedRow,
)
from hub.errors import RetryableError
from hub.lanes.records import Batch, apply_batch, open_batch, rejected_item
from hub.ports import EventLog, ProjectionStore, StoreTransaction
from hub.projections.roots import FOLD_VERSION

PLACES_MAX = 200  # In one transaction: lanes wait for its row locks.
TRIES_MAX = 5
RETRY_SECONDS = 0.2


class Redriven(NamedTuple):
    """What became of one event."""

    place: Place
    outcome: str
    """APPLIED, REJECTED, HALTED, ABSENT or NOT_REJECTED."""
    reason: str | None
    """The rule that rejects it."""


async def redrive(
    store: ProjectionStore,
    log: EventLog,
    places: Sequence[Place],
    *,
    at_ms: int,
    dry_run: bool = False,
) -> list[Redriven]:
    """Try these places again, in this order, each once. A dry run writes nothing."""
    wanted = list(dict.fromkeys(places))
    topics = await log.topics()
    done: list[Redriven] = []
    for start in range(0, len(wanted), PLACES_MAX):
        chunk = wanted[start : start + PLACES_MAX]
        read = [await _read(log, place, topics) for place in chunk]
        records = [record for record in read if record is not None]
        found = await _tried(store, records, at_ms, dry_run)
        done += [found.get(place, Redriven(place, ABSENT, None)) for place in chunk]
    return done


async def _read(log: EventLog, place: Place, topics: dict[str, int]) -> LogRecord | None:
    if not 0 <= place.partition < topics.get(place.topic, 0):
        return None
    start = TopicPartition(place.topic, place.partition)
    for record in await log.read(start, place.log_offset, 1):
        if record.offset == place.log_offset:
            return record
    return None


async def _tried(
    store: ProjectionStore, records: Sequence[LogRecord], at_ms: int, dry_run: bool
) -> dict[Place, Redriven]:
    """The transaction, again where lanes were in its way."""
    for attempt in range(1, TRIES_MAX + 1):
        try:
            return await asyncio.to_thread(_step, store, records, at_ms, dry_run)
        except RetryableError:
            if attempt == TRIES_MAX:
                raise
        await asyncio.sleep(RETRY_SECONDS * attempt)
    raise AssertionError("the last attempt returns or raises")


def _step(
    store: ProjectionStore, records: Sequence[LogRecord], at_ms: int, dry_run: bool
) -> dict[Place, Redriven]:
    with store.transaction() as tx:
        held = tx.rejections.lock([_place(record) for record in records])
        batch = open_batch([[record] for record in records if _place(record) in held])
        done = _outcomes(records, held, batch)
        if not dry_run:
            _apply(tx, batch, held, [each for each in done if each.place in held], at_ms)
    return {each.place: each for each in done}


def _place(record: LogRecord) -> Place:
    return Place(record.topic, record.partition, record.offset)


def _outcomes(
    records: Sequence[LogRecord], held: dict[Place, RejectedRow], batch: Batch
) -> list[Redriven]:
    """A run of one record that was taken apart has a move, rejected or not."""
    moved = {Place(m.place.topic, m.place.partition, m.old) for m in batch.moves}
    reasons = {row.place: row.reason for row in batch.rejected}
    done = []
    for place in map(_place, records):
        if place not in held:
            done.append(Redriven(place, NOT_REJECTED, None))
        elif place not in moved:
            done.append(Redriven(place, HALTED, held[place].reason))
        elif place in reasons:
            done.append(Redriven(place, REJECTED, reasons[place]))
        else:
            done.append(Redriven(place, APPLIED, None))
    return done


def _apply(
    tx: StoreTransaction,
    batch: Batch,
    held: dict[Place, RejectedRow],
    done: Sequence[Redriven],
    at_ms: int,
) -> None:
    """History and notices first: the batch writes touches, and they come last."""
    tx.rejections.settle(
        [
            RedriveRow(
                place=each.place,
                at_ms=at_ms,
                outcome=each.outcome,
                reason=each.reason,
                fold_version=FOLD_VERSION,
            )
            for each in done
            if each.outcome in (APPLIED, REJECTED)
        ]
    )
    applied = [held[each.place] for each in done if each.outcome == APPLIED]
    notices = [rejected_item(row, withdrawn=True) for row in applied]
    tx.outbox.publish([notice for notice in notices if notice is not None])
    batch.moves = []
    apply_batch(tx, batch)
