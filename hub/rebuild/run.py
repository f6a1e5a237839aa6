"""Rebuild without downtime: prime, fold, derive, catch up, compare, switch.

Live workers go on all the while; for the last moment their positions are held still, the generation
folds to exactly these, and takes the place of the live tables in one transaction. Cut off anywhere,
the live store is as it was and the next run goes on where this one ended. What consumers lack by
then stands in the outbox; what they have is not sent again.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

from hub.adapters.sql_generation import Generation
from hub.adapters.sql_scan import scan_store
from hub.console.progress import Progress
from hub.errors import FencedError, RetryableError
from hub.lanes import catching_up
from hub.lanes.catching_up import FOLD_VERSION_NOTE
from hub.lanes.derive import derive_once
from hub.ports import EventLog, Keyring
from hub.projections.roots import FOLD_VERSION
from hub.rebuild.fold import Fold, Goals
from hub.rebuild.lease import Lease
from hub.rebuild.pace import Pace
from hub.rebuild.report import Report
from hub.rebuild.said import Said
from hub.rebuild.takeover import LANES, DiffersError, Takeover, goals_of

FIRST_FOLD_VERSION = 1
"""Of stores that do not note their own."""
PHASE_NOTE = "phase"
AIM_NOTE = "aim"
SMALL = 2_000  # Events that may be left when the live store is held still: well under a second.
ROUNDS_MAX = 100
ATTEMPTS_MAX = 20
ATTEMPT_PAUSE_SECONDS = 0.5


@dataclass(slots=True)
class Rebuild:
    """One run."""

    generation: Generation
    log: EventLog
    keyring: Keyring
    progress: Progress
    replace: bool = False
    """Whether a generation that differs takes the live one's place all the same."""
    _parts: Takeover = field(init=False)
    _pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self._pace = Pace(self.progress)
        self._parts = Takeover(
            generation=self.generation,
            fold=Fold(self.generation.store, self.log, self.keyring, self._tell),
            said=Said(self.generation, self.log),
            lease=Lease(self.generation.live),
            report=Report(fold_version=FOLD_VERSION),
            replace=self.replace,
        )

    def _tell(self, count: int) -> None:
        self._pace.tell(count)
        if not self._parts.is_holding:
            self._parts.lease.renew()

    async def run(self) -> Report:
        """Rebuild and switch. Raises ConfigurationError while another rebuild runs."""
        began = time.monotonic()
        report = self._parts.report
        self._parts.lease.take()
        try:
            self._begin()
            await self._prime()
            if self._note(PHASE_NOTE) != "derive":
                await self._first_pass()
            await self._derive()
            await self._parts.said.find_orphans()
            await asyncio.to_thread(self.generation.analyze)
            await asyncio.to_thread(self._scan_live)
            await self._switch()
        finally:
            with suppress(RetryableError):  # It ends by its time.
                self._parts.lease.let_go()
        if report.switched:
            with self.progress.step("Checking", "Checked") as step:
                scan = await asyncio.to_thread(scan_store, self.generation.live)
                report.scan_differs = tuple(scan.differing)
                step.result = f"{scan.records:,} records, {scan.matches:,} matches by a scan"
        report.seconds = time.monotonic() - began
        return report

    def _begin(self) -> None:
        """Make the generation, or find what an earlier run left of it."""
        report = self._parts.report
        with self.generation.live.transaction() as tx:
            aim = "live" if any(tx.positions.of(lane) for lane in LANES) else "ends"
            held = tx.note(FOLD_VERSION_NOTE)
        if aim == "live":
            report.live_fold_version = int(held or FIRST_FOLD_VERSION)
        if self.generation.exists():
            report.resumed = self._is_usable()
            if report.resumed:
                self.progress.note("Goes on with what an earlier rebuild left.")
                return
            self.generation.drop()
        self.generation.begin()
        with self.generation.working() as (tx, _):
            tx.set_note(FOLD_VERSION_NOTE, str(FOLD_VERSION))
            tx.set_note(AIM_NOTE, aim)

    def _is_usable(self) -> bool:
        """Whether it was begun whole, and by this fold."""
        try:
            return self._note(FOLD_VERSION_NOTE) == str(FOLD_VERSION)
        except RetryableError:
            return False  # It has no tables yet.

    def _note(self, name: str) -> str | None:
        with self.generation.working() as (tx, _):
            return tx.note(name)

    async def _prime(self) -> None:
        with self._pace.step("Reading what was sent", "Read", "events") as step:
            total = await self._parts.said.to_prime()
            self._pace.expect(total)
            await self._parts.said.prime(self._tell)
            step.result = f"{total:,} events of the hub's own topics"

    async def _first_pass(self) -> None:
        """Everything up to where the live store stands, without touches; then whoever can have an
        answer is touched once."""
        fold, report = self._parts.fold, self._parts.report
        fold.touches = False
        with self._pace.step("Folding", "Folded", "events") as step:
            began = time.monotonic()
            while left := await fold.left(goals := await self._goals()):
                self._pace.expect(left)
                report.events += await fold.to(goals)
                if left <= SMALL:
                    break  # Live lanes go on: what they fold meanwhile is the work of later rounds.
            report.fold_seconds = time.monotonic() - began
            step.result = f"{report.events:,} events"
        fold.touches = True
        with self.progress.step("Indexing", "Indexed") as step:
            count = await asyncio.to_thread(self.generation.touch_all)
            with self.generation.working() as (tx, _):
                tx.set_note(PHASE_NOTE, "derive")
            step.result = f"{count:,} persons and approvals may have answers"

    async def _goals(self) -> Goals:
        """The live positions; where the live store had none, the ends of the log."""
        if self._note(AIM_NOTE) == "ends":
            return catching_up.goals(await self.log.ends())
        return await asyncio.to_thread(self._live_goals)

    def _live_goals(self) -> Goals:
        with self.generation.live.transaction() as tx:
            return goals_of(tx)

    async def _derive(self) -> None:
        with self._pace.step("Matching", "Matched", "touches") as step:
            with self.generation.working() as (tx, _):
                self._pace.expect(tx.touches.pending())
            count = await self._derived()
            step.result = f"{count:,} touches"

    async def _derived(self) -> int:
        total = 0
        while count := await asyncio.to_thread(derive_once, self.generation.store):
            total += count
            self._tell(count)
        self._parts.report.touches += total
        return total

    def _scan_live(self) -> None:
        """Find roots of live rows that are not what the lanes keep."""
        if self._parts.report.live_fold_version != FOLD_VERSION:
            return
        with self.progress.step("Scanning the live store", "Scanned") as step:
            scan = scan_store(self.generation.live)
            step.result = f"{scan.records:,} live records, {scan.matches:,} matches"
        self._parts.tampered = tuple(scan.differing)

    async def _switch(self) -> None:
        """Catch up until little is left, then take over, or refuse."""
        with self.progress.step("Switching", "Switched") as step:
            for attempt in range(1, ATTEMPTS_MAX + 1):
                await self._catch_up()
                try:
                    await self._parts.attempt()
                except DiffersError:
                    step.result = "not: the live store differs"
                    return
                except FencedError:
                    raise
                except RetryableError as error:
                    if attempt == ATTEMPTS_MAX:
                        raise
                    self.progress.note(f"Tries again: {error}")
                    await asyncio.sleep(ATTEMPT_PAUSE_SECONDS)
                    continue
                self.generation.drop()
                step.result = f"live lanes waited {self._parts.report.held_seconds:.2f} s"
                return

    async def _catch_up(self) -> None:
        for _ in range(ROUNDS_MAX):
            goals = await self._goals()
            if await self._parts.fold.left(goals) <= SMALL:
                return
            self._parts.report.events += await self._parts.fold.to(goals)
            await self._derived()
            await self._parts.said.follow()


def cancel(generation: Generation) -> bool:
    """Drop what an earlier rebuild left; whether there was anything. Raises ConfigurationError
    while a rebuild runs."""
    lease = Lease(generation.live)
    lease.take()
    try:
        if not generation.exists():
            return False
        generation.drop()
        return True
    finally:
        lease.let_go()
