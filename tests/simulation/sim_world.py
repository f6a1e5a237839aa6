"""A whole run: producers, workers, and what goes wrong, until everything has come to rest.

The seed draws the story, the order of steps and the faults. Faults end when the producers have said
all; then one healthy worker joins, and whoever was frozen wakes among what went on without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import Random

from hub.domain.log import Message, TopicPartition
from hub.domain.topics import CLAIMS, REFERENCE, is_folded, registry_of_events
from hub.errors import FatalError, RetryableError
from hub.lanes import identity as identity_lane
from hub.lanes import records as records_lane
from tests.simulation.sim_database import Database
from tests.simulation.sim_log import SimLog, finished, virtual_time
from tests.simulation.sim_policies import drawn
from tests.simulation.sim_scheduler import Scheduler, Task, Trace
from tests.simulation.sim_stage import Stage
from tests.simulation.sim_store import SimStore
from tests.simulation.sim_story import Story
from tests.simulation.sim_universe import topic_specs
from tests.simulation.sim_worker import SimGroup, SimWorker

IDLE_IN_TRANSACTION_MS = 3_000
SESSION_MS = 3_000
PRODUCER_MS = (10, 60, 400)
QUIET_MS = 1_000  # Longer than any idle sleep: who is silent so long has no more to do.

LOOK_EVERY = 40
FAULTS_AFTER_MS = (0, 500, 2_000)
SLUGGISH = ("", "derive", "w0.derive", "w1.derive", "w0.derive", "w0.records", "records", "relay")
SLUGGISH_MS = (20, 80, 250)


@dataclass(frozen=True, slots=True)
class Rates:
    """How often each thing goes wrong, for one step."""

    error: float
    crash: float
    freeze: float
    rebalance: float
    slow: float
    lost_tail: bool
    sluggish: str
    """A lane that is slow at every step, in one worker or in all."""


def rates_of(random: Random) -> Rates:
    """Some kinds of fault often, others never: runs differ more than with all of them evenly."""

    def one(high: float) -> float:
        return random.choice((0.0, 0.0, 0.2, 1.0)) * high

    return Rates(
        error=one(0.03),
        crash=one(0.006),
        freeze=one(0.006),
        rebalance=one(0.02),
        slow=one(0.02),
        lost_tail=random.random() < 0.1,
        sluggish=random.choice(SLUGGISH),
    )


class World:
    """Everything of one run."""

    def __init__(self, random: Random, story: Story, *, trace: Trace | None = None) -> None:
        self.random = random
        self.story = story
        self.rates = rates_of(random)
        self.scheduler = Scheduler(drawn(random), trace=trace)
        self.scheduler.watch = self._watch
        self.database = Database(self.scheduler)
        self.log = SimLog(self.scheduler)
        finished(self.log.create_topics(topic_specs()))
        places = sorted(self.log.places())
        self.groups = {
            "records": SimGroup([p for p in places if is_folded(p.topic)]),
            "identity": SimGroup([TopicPartition(CLAIMS, 0)]),
        }
        self.workers: list[SimWorker] = []
        self.lost: dict[TopicPartition, int] = {}
        """Partitions that lost what had been folded: where each ended before."""
        self._faults = True
        self._pace = random.choice(PRODUCER_MS)
        self._sluggish_ms = random.choice(SLUGGISH_MS)
        self._producing = len(story.sent)
        self._looked = 0
        self._quiet_since: int | None = None

    def run(self) -> FatalError | None:
        """To the end. Answers the error with which workers stopped, if they did."""
        with virtual_time(self.scheduler):
            stage = Stage(self.scheduler, self.log)
            stage.say(*self.story.before)
            stage.settle(SimStore(self.database))
        for _ in range(self.random.choice((2, 2, 3))):
            self._add_worker()
        self._share()
        for name, messages in self.story.sent.items():
            self.scheduler.spawn(name, None, partial(self._produce, messages))
        with virtual_time(self.scheduler):
            self.scheduler.run(lambda: self._producing == 0 or self.stopped_by() is not None)
            end_ms = self.scheduler.now_ms + self.random.choice(FAULTS_AFTER_MS)
            self.scheduler.at(end_ms - self.scheduler.now_ms, lambda: None)
            self.scheduler.run(
                lambda: self.scheduler.now_ms >= end_ms or self.stopped_by() is not None
            )
            self._calm_down()
            self.scheduler.run(self._is_over)
            self.scheduler.kill(list(self.scheduler.tasks))
        return self.stopped_by()

    def stopped_by(self) -> FatalError | None:
        return next((w.stopped_by for w in self.workers if w.stopped_by is not None), None)

    def _add_worker(self) -> None:
        number = len(self.workers)
        store = SimStore(self.database, shard=number)
        worker = SimWorker(f"w{number}", store, self.log, self.scheduler, self.groups, self.random)
        self.workers.append(worker)
        worker.start()

    def _share(self) -> None:
        """Partitions go to whoever is running, as far as the broker knows."""
        members = [w.name for w in self.workers if w.is_running and not w.is_frozen]
        self.scheduler.note("broker", "shares partitions among", *members)
        for group in self.groups.values():
            group.share(members, self.random)

    def _produce(self, messages: list[Message]) -> None:
        """In chunks; whoever gets no answer sends the chunk again. The Alliance takes its time, so
        that rules change while records are derived by the old ones."""
        rest = list(messages)
        slower = 4 if messages[0].topic == REFERENCE else 1
        while rest:
            chunk = rest[: self.random.randrange(1, 6)]
            try:
                finished(self.log.append(chunk))
                del rest[: len(chunk)]
            except RetryableError:
                pass
            self.scheduler.sleep(self.random.randrange(self._pace * slower))
        self._producing -= 1

    def _calm_down(self) -> None:
        """Nothing goes wrong any more; who is frozen wakes by and by, some others are killed."""
        self._faults = False
        self.scheduler.note("world", "calms down")
        for worker in self.workers:
            if not worker.is_frozen and self.random.random() < 0.5:
                self.scheduler.kill(worker.tasks)
        self._add_worker()
        self._share()

    def _is_over(self) -> bool:
        if self.stopped_by() is not None:
            return True
        self._looked += 1
        if self._looked % LOOK_EVERY or not self._is_idle():
            return False
        if self._quiet_since is None:
            self._quiet_since = self.scheduler.now_ms
        return self.scheduler.now_ms - self._quiet_since > QUIET_MS

    def _is_idle(self) -> bool:
        rows = self.database.rows
        idle = not rows["touch"] and not rows["outbox"]
        if not idle or any(worker.is_frozen for worker in self.workers) or self.behind():
            self._quiet_since = None
            return False
        return True

    def behind(self) -> list[TopicPartition]:
        """Partitions that are not read to their end, nor to an event of a schema to come."""
        ends = self.log.places()
        places = [("records", p) for p in ends if is_folded(p.topic)]
        places.append(("identity", TopicPartition(CLAIMS, 0)))
        behind = []
        for lane, place in places:
            at = self.database.rows["position"].get((lane, place), (0, b""))[0]
            rest = self.log.records(place)[at : at + 1]
            if rest and not records_lane.open_batch([rest]).halted:
                behind.append(place)
        return behind

    def _watch(self, task: Task, what: str) -> None:
        """What goes wrong before this step."""
        self.scheduler.now_ms += self.random.random() < 0.3
        if not self._faults:
            return
        if self.rates.sluggish and task.name.endswith(self.rates.sluggish):
            self.scheduler.sleep(self.random.randrange(self._sluggish_ms))
        rates, draw = self.rates, self.random.random()
        if draw < rates.error and not what.startswith("group"):
            self.scheduler.note(task.name, "error at", what)
            raise RetryableError(f"made to go wrong: {what}")
        worker = task.owner
        if worker is None:
            return
        draw -= rates.error
        for rate, fault in (
            (rates.crash, self._crash),
            (rates.freeze, self._freeze),
            (rates.rebalance, self._rebalance),
            (rates.slow, self._slow),
            (0.002 if rates.lost_tail else 0.0, self._lose_tail),
        ):
            if 0 <= draw < rate:
                fault(worker)
                return
            draw -= rate

    def _slow(self, worker: SimWorker) -> None:
        self.scheduler.sleep(self.random.randrange(1, 3_000))

    def _rebalance(self, worker: SimWorker) -> None:
        self._share()

    def _crash(self, worker: SimWorker) -> None:
        self.scheduler.defer(lambda: self._end(worker))

    def _end(self, worker: SimWorker) -> None:
        self.scheduler.note(worker.name, "is killed")
        self.scheduler.kill(worker.tasks)
        self.scheduler.at(self.random.randrange(50, 4_000), self._restart)
        self.scheduler.at(self.random.choice((10, SESSION_MS)), self._share)

    def _restart(self) -> None:
        if self._faults:
            self._add_worker()
            self._share()

    def _freeze(self, worker: SimWorker) -> None:
        self.scheduler.defer(lambda: self._stop_for(worker, self.random.randrange(100, 12_000)))

    def _stop_for(self, worker: SimWorker, milliseconds: int) -> None:
        self.scheduler.note(worker.name, "freezes for", milliseconds)
        for task in worker.tasks:
            task.frozen = True
        self.scheduler.at(milliseconds, lambda: self._wake(worker))
        if milliseconds > SESSION_MS:
            self.scheduler.at(SESSION_MS, self._share)
        if milliseconds > IDLE_IN_TRANSACTION_MS:
            self.scheduler.at(IDLE_IN_TRANSACTION_MS, lambda: self._end_sessions(worker))

    def _end_sessions(self, worker: SimWorker) -> None:
        if worker.is_frozen:
            for session in self.database.sessions_of(worker.tasks):
                self.scheduler.note(worker.name, "has idled in a transaction for too long")
                session.end(RetryableError("the session idled in a transaction for too long"))

    def _wake(self, worker: SimWorker) -> None:
        self.scheduler.note(worker.name, "wakes")
        for task in worker.tasks:
            task.frozen = False

    def _lose_tail(self, worker: SimWorker) -> None:
        """A broker comes back without its last records; consumers join anew."""
        if self.lost:
            return
        places = [p for p, end in self.log.places().items() if end and _may_lose(p)]
        if not places:
            return
        place = self.random.choice(places)
        end = self.log.places()[place]
        keeps = self.random.randrange(max(0, end - 6), end)
        at = max(
            self.database.rows["position"].get((lane, place), (0, b""))[0]
            for lane in (records_lane.LANE, identity_lane.LANE)
        )
        if at <= keeps and place.topic == CLAIMS:
            return  # Sent, not read by anybody, and gone: what a broker with copies does not do.
        self.log.lose_tail(place, keeps)
        if at > keeps:
            self.lost[place] = at
        self._share()


def _may_lose(place: TopicPartition) -> bool:
    return registry_of_events(place.topic) is not None or place.topic == CLAIMS
