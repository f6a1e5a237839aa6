"""A small stage for races: a log, a store, and the lanes' steps as things that one actor does.

Nothing here knows which store it is: the races are played on the simulated one and on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub.domain.log import Message, TopicPartition
from hub.domain.topics import CLAIMS, is_folded
from hub.errors import RetryableError
from hub.lanes import identity as identity_lane
from hub.lanes import records as records_lane
from hub.lanes import relay
from hub.lanes.derive import derive_once
from hub.ports import ProjectionStore
from tests.simulation.sim_log import SimLog, finished
from tests.simulation.sim_scheduler import Scheduler
from tests.simulation.sim_universe import FixedKeyring, topic_specs

TRIES_MAX = 20
ROUNDS_MAX = 200


class Stage:
    """The log and the clock of one race; stores are given to each step."""

    def __init__(self, scheduler: Scheduler, log: SimLog | None = None) -> None:
        self.scheduler = scheduler
        self.log = log or SimLog(scheduler)
        finished(self.log.create_topics(topic_specs()))

    def say(self, *messages: Message) -> None:
        """Append, one after the other."""
        finished(self.log.append(messages))

    def fold(
        self,
        store: ProjectionStore,
        topics: Sequence[str] | None = None,
        partition: int | None = None,
    ) -> int:
        """The records lane: all that is not read of these topics, in one transaction."""
        with store.transaction() as tx:
            positions = tx.positions.of(records_lane.LANE)
        runs = []
        for place in sorted(finished(self.log.ends())):
            wanted = topics is None or place.topic in topics
            if is_folded(place.topic) and wanted and partition in (None, place.partition):
                offset = positions.get(place, (0, b""))[0]
                run = finished(self.log.read(place, offset, 10_000))
                runs += [run] if run else []
        batch = records_lane.open_batch(runs)
        if batch.moves:
            with store.transaction() as tx:
                records_lane.apply_batch(tx, batch)
        return batch.size

    def decide(self, store: ProjectionStore) -> int:
        """The identity lane: all claims that are not decided."""
        lane = identity_lane.IdentityLane(FixedKeyring())
        lane.load(store)
        place = TopicPartition(CLAIMS, 0)
        with store.transaction() as tx:
            offset = tx.positions.of(identity_lane.LANE).get(place, (0, b""))[0]
        run = finished(self.log.read(place, offset, 10_000))
        if run:
            lane.step(store, run)
        return len(run)

    def derive(self, store: ProjectionStore) -> int:
        """The derive lane: until it finds nothing that others are not at."""
        total = 0
        for _ in range(ROUNDS_MAX):
            done = derive_once(store)
            if not done:
                return total
            total += done
        raise AssertionError("the derive lane does not come to rest")

    def relay(self, store: ProjectionStore) -> int:
        """One lease of the outbox, published and deleted."""
        return finished(relay.relay_once(store, self.log))

    def settle(self, store: ProjectionStore) -> None:
        """Every lane until nothing is left to do; leases of the dead have ended."""
        self.scheduler.now_ms += 10 * relay.LEASE_MS
        for _ in range(ROUNDS_MAX):
            steps = (self.fold, self.decide, self.derive, self.relay)
            if not sum(step(store) for step in steps):
                return
        raise AssertionError("the lanes do not come to rest")


def again(step: Callable[[], object]) -> Callable[[], None]:
    """As the lanes' hosts do: what may be mended by another try is tried again."""

    def tried() -> None:
        for _ in range(TRIES_MAX):
            try:
                step()
                return
            except RetryableError:
                continue
        raise AssertionError("no try went through")

    return tried
