"""A simulated worker: the very lanes of the product, fed the way the stream host feeds them.

Its consumers join a simulated group, read positions from the store, check the record before each,
walk what they read and commit. What a rebalance, a crash or a frozen process leaves behind is the
run's business, not theirs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from types import SimpleNamespace
from typing import Any

from hub.domain.log import LogRecord, TopicPartition
from hub.errors import FatalError, RetryableError
from hub.lanes import identity_decisions
from hub.lanes.checks import check_leaf, fresh_run
from hub.lanes.derive import derive_once
from hub.lanes.relay import relay_once
from hub.stream import lanes as stream_lanes
from hub.stream.consumer import Lane
from tests.simulation.sim_log import SimLog, finished
from tests.simulation.sim_scheduler import Scheduler, Task
from tests.simulation.sim_store import SimStore
from tests.simulation.sim_universe import FixedKeyring

IDLE_MS = 200
RETRY_MS = 300
READ_MAX = 12
CHANGES_MAX = 3


class SimGroup:
    """Which member reads which partition; every change is a generation."""

    def __init__(self, places: list[TopicPartition]) -> None:
        self._places = places
        self._owners: dict[TopicPartition, str] = {}
        self.generation = 0

    def share(self, members: list[str], random: Random) -> None:
        """Give every partition to one of these."""
        self.generation += 1
        self._owners = {place: random.choice(members) for place in self._places if members}

    def places_of(self, member: str) -> list[TopicPartition]:
        return [place for place in self._places if self._owners.get(place) == member]


class SimConsumer:
    """Feeds one lane of one worker."""

    def __init__(self, lane: Lane, group: SimGroup, worker: SimWorker) -> None:
        self._lane = lane
        self._group = group
        self._worker = worker
        self._generation = -1
        self._places: list[TopicPartition] = []
        self._expected: dict[TopicPartition, int] = {}
        self._halted: set[TopicPartition] = set()

    def step(self) -> int:
        """Read and commit once. Answers how many events were applied."""
        self._worker.scheduler.pause("group.poll")
        if self._generation != self._group.generation:
            self._seek()
        runs = [run for run in map(self._read, self._places) if run]
        if not runs:
            return 0
        opened = self._lane.open(runs)
        try:
            if opened.reached:
                self._lane.commit(opened.work)
        except BaseException:
            self._generation = -1
            raise
        for run in runs:
            place = run[0].place
            self._expected[place] = opened.reached.get(place, run[0].offset)
            if self._expected[place] <= run[-1].offset:
                self._halted.add(place)
        return len(opened.reached)

    def _seek(self) -> None:
        """Positions from the store, each checked against the log. Raises LogDivergedError."""
        self._generation = -1
        generation = self._group.generation
        self._places = self._group.places_of(self._worker.name)
        self._expected = {}
        if self._places:
            self._lane.assigned()
            with self._worker.store.transaction() as tx:
                positions = tx.positions.of(self._lane.name)
            for place in self._places:
                offset, leaf = positions.get(place, (0, b""))
                if offset:
                    before = finished(self._worker.log.read(place, offset - 1, 1))
                    check_leaf(place, offset, leaf, before)
                self._expected[place] = offset
        self._halted = set()
        self._generation = generation

    def _read(self, place: TopicPartition) -> list[LogRecord]:
        """The next run. A fetch may hold again what was fetched before."""
        random = self._worker.random
        expected = self._expected[place]
        if place in self._halted:
            return []
        again = random.randrange(3) if random.random() < 0.2 else 0
        start = max(0, expected - again)
        records = finished(self._worker.log.read(place, start, random.randrange(1, READ_MAX)))
        if not records and self._worker.log.places()[place] < expected:
            self._generation = -1
            raise RetryableError(f"offset {expected} of {place} is out of range")
        return fresh_run(records, expected)


class _Telemetry:
    """Counts nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *given, **named: None


class SimWorker:
    """One process: four lanes over one store."""

    def __init__(
        self,
        name: str,
        store: SimStore,
        log: SimLog,
        scheduler: Scheduler,
        groups: dict[str, SimGroup],
        random: Random,
    ) -> None:
        self.name = name
        self.store = store
        self.log = log
        self.scheduler = scheduler
        self.random = random
        self.stopped_by: FatalError | None = None
        self.tasks: list[Task] = []
        host: Any = SimpleNamespace(
            store=store,
            keyring=FixedKeyring(),
            telemetry=_Telemetry(),
            state=lambda lane: SimpleNamespace(at="", places=()),
        )
        records = SimConsumer(stream_lanes.records(host), groups["records"], self)
        identity = SimConsumer(stream_lanes.identity(host), groups["identity"], self)
        touches_max = random.choice((1, 3, 8, 40))
        relay_max = random.choice((1, 4, 50))
        self._steps: dict[str, Callable[[], int]] = {
            "records": records.step,
            "identity": identity.step,
            "derive": lambda: derive_once(store, touches_max=touches_max),
            "relay": lambda: finished(relay_once(store, log, rows_max=relay_max)),
        }

    def start(self) -> None:
        for lane, step in self._steps.items():
            name = f"{self.name}.{lane}"
            self.tasks.append(self.scheduler.spawn(name, self, self._repeated(name, step)))

    @property
    def is_frozen(self) -> bool:
        return any(task.frozen for task in self.tasks)

    @property
    def is_running(self) -> bool:
        return any(not task.done for task in self.tasks)

    def _repeated(self, name: str, step: Callable[[], int]) -> Callable[[], None]:
        def repeat() -> None:
            while self.stopped_by is None:
                try:
                    if not step():
                        self.scheduler.sleep(self.random.randrange(1, IDLE_MS))
                except RetryableError as error:
                    self.scheduler.note(name, "tries again", type(error).__name__, error)
                    self.scheduler.sleep(self.random.randrange(1, RETRY_MS))
                except FatalError as error:
                    self.scheduler.note(name, "stops", error)
                    self.stopped_by = error

        return repeat


@contextmanager
def small_parts() -> Iterator[None]:
    """What a model changes is written in parts, however little it is here."""
    held = identity_decisions.CHANGES_MAX
    identity_decisions.CHANGES_MAX = CHANGES_MAX
    try:
        yield
    finally:
        identity_decisions.CHANGES_MAX = held


@contextmanager
def quiet_lanes() -> Iterator[None]:
    """Lanes say in their log what a run makes go wrong on purpose, thousands of times."""
    loggers = [logging.getLogger(name) for name in ("hub.lanes", "hub.stream", "hub.identity")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
