"""All lanes in one process, one after the other: for `hub demo` and small installations.

The same steps as the Faust worker runs, over any log. A lane rereads the record before its stored
position first and stops where the log no longer holds it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from hub.domain.log import TopicPartition
from hub.domain.rows import GENERATION
from hub.domain.topics import CLAIMS, is_folded
from hub.lanes import catching_up
from hub.lanes import derive as derive_lane
from hub.lanes import identity as identity_lane
from hub.lanes import records as records_lane
from hub.lanes.checks import check_leaf
from hub.lanes.relay import relay_once
from hub.ports import EventLog, Keyring, ProjectionStore

logger = logging.getLogger(__name__)

RECORDS_MAX = 20_000
Progress = Callable[[str, int], None]
Limits = Mapping[TopicPartition, int]


def _quiet(_step: str, _count: int) -> None:
    """Tells nobody."""


class Embedded:
    """Runs lanes until nothing is left to do."""

    def __init__(
        self,
        store: ProjectionStore,
        log: EventLog,
        keyring: Keyring | None,
        *,
        sync: Callable[[], Awaitable[int]] | None = None,
        progress: Progress = _quiet,
    ) -> None:
        self._store = store
        self._log = log
        self._identity = None if keyring is None else identity_lane.IdentityLane(keyring)
        self._sync = sync
        self._progress = progress
        self._checked: set[tuple[str, TopicPartition]] = set()
        self._paused: set[TopicPartition] = set()
        self._started = False
        self._generation: str | None = None
        self._wanted: catching_up.Goals = {}

    async def until_idle(self) -> None:
        """Every lane at its end, no touch and no outbox row left."""
        await self.start()
        while await self.fold() or await self.derive() or await self.relay():
            pass
        if self._sync is not None:
            self._progress("sync", await self._sync())

    async def start(self) -> None:
        """Prime an empty store and load the identity index; once."""
        if self._started:
            return
        self._wanted = await catching_up.prepare(self._store, self._log)
        if self._identity is not None:
            with self._store.transaction() as tx:
                self._generation = tx.note(GENERATION)
            self._identity.load(self._store)
        self._started = True

    async def fold(self, limits: Limits | None = None) -> int:
        """Records and identity lanes until both stand at the end (or at limits)."""
        total = 0
        while True:
            step = await self._fold_records(limits)
            if self._identity is not None:
                step += await self._decide(self._identity)
                step += await self.relay()
            total += step
            if not step:
                return total

    async def fold_registries(self, tell: Callable[[int, int], None]) -> int:
        """The records lane alone, once over every partition; tells how far it is."""
        ends = await self._log.ends()
        total = sum(end for place, end in ends.items() if is_folded(place.topic))
        done = 0

        def add(_step: str, count: int) -> None:
            nonlocal done
            done += count
            tell(done, total)

        held, self._progress = self._progress, add
        try:
            return await self._fold_records(None)
        finally:
            self._progress = held

    async def _fold_records(self, limits: Limits | None) -> int:
        ends = limits if limits is not None else await self._log.ends()
        with self._store.transaction() as tx:
            positions = tx.positions.of(records_lane.LANE)
        count = 0
        for place in sorted(p for p in ends if is_folded(p.topic) and p not in self._paused):
            offset = await self._checked_offset(records_lane.LANE, place, positions)
            while offset < ends[place]:
                size = min(RECORDS_MAX, ends[place] - offset)
                run = await self._log.read(place, offset, size)
                if not run:
                    break
                batch = records_lane.open_batch([run])
                if batch.moves:
                    self._apply(batch)
                count += batch.size
                self._progress("fold", batch.size)
                if batch.halted:
                    self._pause(batch)
                    break
                offset = run[-1].offset + 1
        return count

    def _pause(self, batch: records_lane.Batch) -> None:
        """A partition waits for a newer program; the others go on."""
        for place, error in batch.halted.items():
            logger.error("records lane: %s", error)
            self._paused.add(place)

    def _apply(self, batch: records_lane.Batch) -> None:
        with self._store.transaction() as tx:
            records_lane.apply_batch(tx, batch)

    async def _checked_offset(
        self, lane: str, place: TopicPartition, positions: dict[TopicPartition, tuple[int, bytes]]
    ) -> int:
        offset, leaf = positions.get(place, (0, b""))
        if offset and (lane, place) not in self._checked:
            check_leaf(place, offset, leaf, await self._log.read(place, offset - 1, 1))
        self._checked.add((lane, place))
        return offset

    async def _decide(self, lane: identity_lane.IdentityLane) -> int:
        place = TopicPartition(CLAIMS, 0)
        end = (await self._log.ends()).get(place, 0)
        with self._store.transaction() as tx:
            positions = tx.positions.of(identity_lane.LANE)
            generation = tx.note(GENERATION)
        offset = await self._checked_offset(identity_lane.LANE, place, positions)
        if generation != self._generation or lane.at != offset:
            lane.load(self._store)
            self._generation = generation
        count = 0
        while offset < end:
            run = await self._log.read(place, offset, RECORDS_MAX)
            if not run:
                break
            lane.step(self._store, run)
            offset = run[-1].offset + 1
            count += len(run)
            self._progress("identity", len(run))
        return count

    async def derive(self) -> int:
        """Drain every touch. Folding came first, so a rebuilt store has caught up."""
        if self._wanted and catching_up.reached(self._store, self._wanted):
            self._wanted = {}
        total = 0
        while count := derive_lane.derive_once(self._store):
            total += count
            self._progress("derive", count)
        return total

    async def relay(self) -> int:
        """Publish the whole outbox."""
        total = 0
        while count := await relay_once(self._store, self._log):
            total += count
            self._progress("relay", count)
        return total
