"""Plays a race on the simulated store, again and again from the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from hub.wire.leaf import leaf_of
from tests.simulation.sim_check import differences_at_rest, plain_fold
from tests.simulation.sim_database import Database
from tests.simulation.sim_log import virtual_time
from tests.simulation.sim_policies import Script, Turn
from tests.simulation.sim_races import Race
from tests.simulation.sim_scheduler import Detail, Scheduler
from tests.simulation.sim_stage import Stage, again
from tests.simulation.sim_store import SimStore


class Player:
    """One race, its stage set once."""

    def __init__(self, race: Race) -> None:
        self.race = race
        self.scheduler = Scheduler(Script([]))
        self.database = Database(self.scheduler)
        self.stage = Stage(self.scheduler)
        self.steps: Counter[str] = Counter()
        """Steps that each actor took in the last play."""
        with virtual_time(self.scheduler):
            race.before(self.stage, SimStore(self.database))
        self._rows = {name: dict(rows) for name, rows in self.database.rows.items()}
        self._log = self.stage.log.copy()
        self._plain: dict[tuple[bytes, ...], Database] = {}

    def play(self, turns: Sequence[Turn]) -> list[str]:
        """Play by these turns, let everything come to rest, and say what differs."""
        self._set()
        self.scheduler.policy = Script(turns)
        self.scheduler.trace = self._count
        for number, (name, act) in enumerate(self.race.actors.items(), 1):
            store = SimStore(self.database, shard=number)
            self.scheduler.spawn(name, None, again(partial(act, self.stage, store)))
        with virtual_time(self.scheduler):
            self.scheduler.run(lambda: False)
            self.scheduler.trace = None
            self.stage.settle(SimStore(self.database))
        return differences_at_rest(self.database, self.stage.log, self._plain_fold())

    def _plain_fold(self) -> Database:
        """Of the log as it is by now; plays that end with an equal log share it."""
        log = self.stage.log
        ends = {place: log.records(place)[-1:] for place in sorted(log.places())}
        key = tuple(leaf_of(each) for last in ends.values() for each in last)
        if key not in self._plain:
            self._plain[key] = plain_fold(log)
        return self._plain[key]

    def interrupted(self, first: str) -> dict[int, list[str]]:
        """The actor interrupted before each of its steps in turn, while all others work to their
        ends. Answers what differs by number of steps, where something does."""
        others = [Turn(name) for name in self.race.actors if name != first]
        found: dict[int, list[str]] = {}
        at = 0
        while at == 0 or at <= self.steps[first]:
            differs = self.play([Turn(first, at), *others, Turn(first)])
            if differs:
                found[at] = differs
            at += 1
        return found

    def crossed(self, first: str, second: str, stride: int) -> dict[tuple[int, int], list[str]]:
        """Both interrupted: the first at every step, the second at every `stride`th."""
        rest = [Turn(name) for name in self.race.actors if name not in (first, second)]
        found: dict[tuple[int, int], list[str]] = {}
        at = 0
        while at == 0 or at <= self.steps[first]:
            other = 1
            while other == 1 or other <= self.steps[second]:
                turns = [Turn(first, at), Turn(second, other), *rest, Turn(first), Turn(second)]
                differs = self.play(turns)
                if differs:
                    found[at, other] = differs
                other += stride
            at += 1
        return found

    def _set(self) -> None:
        self.database.rows.clear()
        for name, rows in self._rows.items():
            self.database.rows[name] = dict(rows)
        self.stage.log.become(self._log)
        self.steps.clear()
        self.scheduler.steps = 0

    def _count(self, _now_ms: int, who: str, _what: str, _detail: Detail) -> None:
        self.steps[who] += 1
