"""Folds the log into a generation: the same lanes as a worker's, in big batches.

While one batch is committed, the next is read and taken apart. A generation remembers its own
positions, so a fold that was cut off goes on from there. In the first pass nothing is touched: who
can have an answer is touched once when all is folded, and derived once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, cast

from hub.domain.log import LogRecord, TopicPartition
from hub.errors import LogDivergedError
from hub.lanes import identity as identity_lane
from hub.lanes import records as records_lane
from hub.lanes.checks import check_leaf
from hub.lanes.identity_recorded import keep_recorded
from hub.ports import EventLog, Keyring, ProjectionStore, StoreTransaction
from hub.rebuild.reading import read

RECORDS_MAX = 20_000  # In memory twice: what is committed and what is read ahead.
CLAIMS_MAX = 5_000
Goals = Mapping[str, Mapping[TopicPartition, int]]
"""For each lane the offset before which it stops, by partition."""
Tell = Callable[[int], None]


class Fold:
    """The lanes over one generation."""

    def __init__(self, store: ProjectionStore, log: EventLog, keyring: Keyring, tell: Tell) -> None:
        self._store = store
        self._log = log
        self._keyring = keyring
        self._tell = tell
        self._identity: identity_lane.IdentityLane | None = None
        self._checked: set[tuple[str, TopicPartition]] = set()
        self.touches = True
        """Whether what is folded is touched; not in the first pass."""

    async def to(self, goals: Goals) -> int:
        """Fold every partition up to its goal. Answers how many events were folded.

        Raises LogDivergedError where the log ends before a goal, UnknownSchemaError where this
        program is older than an event.
        """
        count = 0
        for place, end in sorted(goals.get(records_lane.LANE, {}).items()):
            count += await self._fold_records(place, end)
        for place, end in sorted(goals.get(identity_lane.LANE, {}).items()):
            count += await self._decide(place, end)
        return count

    async def left(self, goals: Goals) -> int:
        """How many events stand between the generation and its goals."""
        left = 0
        for lane, ends in goals.items():
            positions = await asyncio.to_thread(self.positions, lane)
            left += sum(max(0, end - positions.get(p, (0, b""))[0]) for p, end in ends.items())
        return left

    def positions(self, lane: str) -> dict[TopicPartition, tuple[int, bytes]]:
        """Where the generation stands."""
        with self._store.transaction() as tx:
            return tx.positions.of(lane)

    async def _start(self, lane: str, place: TopicPartition) -> int:
        offset, leaf = (await asyncio.to_thread(self.positions, lane)).get(place, (0, b""))
        if offset and (lane, place) not in self._checked:
            check_leaf(place, offset, leaf, await read(self._log, place, offset - 1, 1))
        self._checked.add((lane, place))
        return offset

    async def _fold_records(self, place: TopicPartition, end: int) -> int:
        offset = start = await self._start(records_lane.LANE, place)
        committing: asyncio.Future[None] | None = None
        try:
            while offset < end:
                run = await self._run(place, offset, min(RECORDS_MAX, end - offset))
                batch = await asyncio.to_thread(records_lane.open_batch, [run])
                for error in batch.halted.values():
                    raise error
                if committing is not None:
                    await committing
                committing = asyncio.ensure_future(asyncio.to_thread(self._commit, batch))
                offset += len(run)
            if committing is not None:
                await committing
        finally:
            # A thread is not cut off: wait for it, so that nobody drops tables under it.
            if committing is not None and not committing.done():
                await asyncio.wait({committing})
        return offset - start

    async def _run(self, place: TopicPartition, offset: int, size: int) -> list[LogRecord]:
        """As many records, however few a fetch of the log brings."""
        run: list[LogRecord] = []
        while len(run) < size:
            more = await read(self._log, place, offset + len(run), size - len(run))
            if not more:
                raise LogDivergedError(
                    f"{place} ends at offset {offset + len(run)}, before what was folded from it",
                    fix="restore the log, or give the one that belongs to this store",
                    effect="the live tables stay as they are (LOG_DIVERGED)",
                )
            run += more
        return run

    def _commit(self, batch: records_lane.Batch) -> None:
        with self._store.transaction() as tx:
            records_lane.apply_batch(tx if self.touches else _untouched(tx), batch)
        self._tell(batch.size)

    async def _decide(self, place: TopicPartition, end: int) -> int:
        offset = start = await self._start(identity_lane.LANE, place)
        lane = self._identity
        if offset < end and lane is None:
            await keep_recorded(self._store, self._log, whole=True)
            lane = self._identity = identity_lane.IdentityLane(self._keyring)
        while offset < end:
            assert lane is not None
            run = await self._run(place, offset, min(CLAIMS_MAX, end - offset))
            if lane.at != offset:
                await asyncio.to_thread(lane.load, self._store)
            await asyncio.to_thread(lane.step, self._store, run)
            offset += len(run)
            self._tell(len(run))
        return offset - start


class _NoTouches:
    """Takes touches and keeps none."""

    def add(self, *_touches: object, **_owned: object) -> None:
        """Left out."""


class _Untouched:
    """A transaction but for its touches."""

    def __init__(self, tx: StoreTransaction) -> None:
        self._tx = tx
        self.touches = _NoTouches()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


def _untouched(tx: StoreTransaction) -> StoreTransaction:
    return cast(StoreTransaction, _Untouched(tx))
