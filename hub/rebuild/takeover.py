"""The last moment of a rebuild: the live store held still, the last events, compare, switch.

Whatever fails in it undoes it whole. A generation that differs from the live store, though both
were made by one fold from one cut, does not take its place unless that is wanted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hub.adapters.sql_generation import Generation
from hub.adapters.sql_said import newest_waiting
from hub.adapters.sql_store import SqlTransaction
from hub.adapters.sql_switch import Still, standing_still
from hub.domain.log import TopicPartition
from hub.errors import RetryableError
from hub.lanes import catching_up
from hub.lanes.catching_up import FOLD_VERSION_NOTE
from hub.lanes.derive import derive_once
from hub.ports import ProjectionStore, StoreTransaction
from hub.projections.roots import FOLD_VERSION
from hub.rebuild.compare import check_leaves, comparable, compare
from hub.rebuild.fold import Fold, Goals
from hub.rebuild.lease import NOTE as LEASE_NOTE
from hub.rebuild.lease import Lease
from hub.rebuild.report import Report
from hub.rebuild.said import Said

LANES = ("records", "identity")
DRAIN_SECONDS_MAX = 10.0
OUTBOX_ROWS = 2_000


class DiffersError(ValueError):
    """Undoes the transaction of a switch that is not to be."""


@dataclass(slots=True, kw_only=True)
class Takeover:
    """What it takes."""

    generation: Generation
    fold: Fold
    said: Said
    lease: Lease
    report: Report
    replace: bool
    tampered: tuple[str, ...] = ()
    """Roots of live rows that are not what the lanes keep, by a scan."""
    is_holding: bool = False

    async def attempt(self) -> None:
        """Switch. Raises DiffersError where the generation must not take over, RetryableError where
        another try may help."""
        began = time.monotonic()
        try:
            with standing_still(self.generation) as still:
                self.is_holding = True
                self.lease.check(still.tx)
                self.report.events += await self.fold.to(goals_of(still.tx))
                await asyncio.to_thread(derive_all, self.generation.store)
                await asyncio.to_thread(self._drain, still)
                still.lock_all()
                _check_free(still)
                await self.said.follow()
                waiting = newest_waiting(still.sql, OUTBOX_ROWS)
                kept = await asyncio.to_thread(self.said.resolve, waiting)
                await asyncio.to_thread(derive_all, self.generation.store)
                await asyncio.to_thread(self._compare, still)
                await asyncio.to_thread(self._put_in_place, still, kept)
        finally:
            self.is_holding = False
            self.report.held_seconds = time.monotonic() - began
        self.report.switched = True

    def _drain(self, still: Still) -> None:
        """Work out what the live store still has to, so that matches can be compared."""
        live: ProjectionStore = self.generation.live if still.sql.postgres else _Held(still.tx)
        deadline = time.monotonic() + DRAIN_SECONDS_MAX
        if still.tx.note(catching_up.NOTE) is not None:
            return
        while time.monotonic() < deadline:
            try:
                if not derive_once(live):
                    return
            except RetryableError:
                continue  # A worker was at the same persons.

    def _compare(self, still: Still) -> None:
        live = {lane: still.tx.positions.of(lane) for lane in LANES}
        rebuilt = {lane: self.fold.positions(lane) for lane in LANES}
        check_leaves(live, rebuilt)
        self.report.live_roots = still.tx.roots.read() if any(live.values()) else None
        with self.generation.working() as (tx, _):
            self.report.rebuilt_roots = tx.roots.read()
        names = comparable(self.report, live, rebuilt, still.tx.touches.pending())
        if names:
            self.report.difference = compare(still, self.report, names, self.tampered)
        if self.report.difference is not None and not self.replace:
            raise DiffersError

    def _put_in_place(self, still: Still, kept: list[int]) -> None:
        with self.generation.working() as (tx, _):
            self.report.to_send = tx.outbox.pending() + len(kept)
        positions = {lane: self.fold.positions(lane) for lane in LANES}
        self.generation.close()
        still.switch(positions, kept, {FOLD_VERSION_NOTE: str(FOLD_VERSION), LEASE_NOTE: None})


class _Held:
    """The live store behind its port, inside the transaction that holds it still."""

    def __init__(self, tx: SqlTransaction) -> None:
        self._tx = tx

    @contextmanager
    def transaction(self) -> Iterator[StoreTransaction]:
        yield self._tx

    def close(self) -> None:
        """The transaction is another's."""


def goals_of(tx: StoreTransaction) -> Goals:
    """Where a store stands."""
    return {lane: _offsets(tx.positions.of(lane)) for lane in LANES}


def _offsets(positions: dict[TopicPartition, tuple[int, bytes]]) -> dict[TopicPartition, int]:
    return {place: offset for place, (offset, _) in positions.items()}


def derive_all(store: ProjectionStore) -> int:
    """Until no touch is left. Answers how many there were."""
    total = 0
    while count := derive_once(store):
        total += count
    return total


def _check_free(still: Still) -> None:
    """On SQLite a relay tells rows by numbers that are given anew: it must not be between sending
    and deleting. On PostgreSQL what it sends keeps its number."""
    if not still.sql.postgres and still.leased(time.time_ns() // 1_000_000):
        raise RetryableError("the relay is sending", effect="nothing was switched yet")
