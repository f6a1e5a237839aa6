"""Who goes on at each step: drawn from a seed, or told by a script.

Drawn in two ways, since they find different faults: evenly, or by ranks that change now and then,
so that some tasks starve for long.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from tests.simulation.sim_scheduler import Task


class Even:
    """Whoever is ready, evenly; a task goes on for a while with probability `stay`."""

    def __init__(self, random: Random, stay: float) -> None:
        self._random = random
        self._stay = stay

    def goes_on(self, task: Task, what: str) -> bool:
        return self._random.random() < self._stay

    def choose(self, ready: list[Task]) -> Task:
        return self._random.choice(ready)


class Ranked:
    """Whoever ranks first; at some steps the one that runs falls behind all others."""

    def __init__(self, random: Random, falls: float) -> None:
        self._random = random
        self._falls = falls
        self._ranks: dict[Task, float] = {}

    def goes_on(self, task: Task, what: str) -> bool:
        if self._random.random() < self._falls:
            self._ranks[task] = -self._random.random()
            return False
        return True

    def choose(self, ready: list[Task]) -> Task:
        for task in ready:
            if task not in self._ranks:
                self._ranks[task] = self._random.random()
        return max(ready, key=lambda task: self._ranks[task])


def drawn(random: Random) -> Even | Ranked:
    """A policy for one run."""
    if random.random() < 0.3:
        return Ranked(random, random.choice((0.01, 0.05, 0.2)))
    return Even(random, random.choice((0.0, 0.5, 0.9, 0.97)))


class Turn(NamedTuple):
    """A task runs until it is about to take the step after so many; None: to its end."""

    task: str
    steps: int | None = None


class Script:
    """Told turn by turn. Whoever has to wait for another gives up the turn; at the script's end the
    tasks run to theirs, in the order of the script."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = list(turns)
        self._names = list(dict.fromkeys(turn.task for turn in turns))
        self._taken = 0

    def goes_on(self, task: Task, what: str) -> bool:
        if not self._turns or self._turns[0].task != task.name:
            return True
        if self._turns[0].steps == self._taken:
            self._next_turn()
            return False
        self._taken += 1
        return True

    def choose(self, ready: list[Task]) -> Task:
        by_name = {task.name: task for task in ready}
        while self._turns and self._turns[0].task not in by_name:
            self._next_turn()
        names = [self._turns[0].task] if self._turns else self._names
        return next((by_name[name] for name in names if name in by_name), ready[0])

    def _next_turn(self) -> None:
        self._turns.pop(0)
        self._taken = 0
