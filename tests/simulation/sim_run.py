"""One seed, one run, one verdict."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from random import Random

from tests.simulation.sim_check import differences
from tests.simulation.sim_scheduler import Detail, RestlessError, Trace
from tests.simulation.sim_story import story_of
from tests.simulation.sim_worker import quiet_lanes, small_parts
from tests.simulation.sim_world import World


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a run."""

    seed: int
    differences: list[str]
    steps: int
    diverged: bool
    """Whether it ended because the log had lost what was folded, as it must."""

    @property
    def is_good(self) -> bool:
        return not self.differences


def run(seed: int, *, trace: Trace | None = None) -> Verdict:
    """Run a seed to its end and look at what is left."""
    random = Random(seed)
    world = World(random, story_of(random), trace=trace)
    with quiet_lanes(), small_parts():
        try:
            error = world.run()
            found = differences(world)
        except RestlessError as restless:
            error, found = None, [str(restless)]
    return Verdict(seed, found, world.scheduler.steps, error is not None)


class Fingerprint:
    """A trace that is told from any other by a few digits."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def __call__(self, now_ms: int, who: str, what: str, detail: Detail) -> None:
        self._hash.update(f"{now_ms} {who} {what} {detail!r}\n".encode())

    def digits(self) -> str:
        return self._hash.hexdigest()[:16]
