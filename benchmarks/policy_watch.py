"""Other events that keep coming while a policy is applied, and what of it can be seen by SQL.

Every event is a completion said for the first time, by a person with an account in the other
registry, so exactly one answer follows from it. Its latency is the moment at which a reading sees
the answer, less the moment at which the event was handed over: readings come every 50 ms, and begin
with the events that have waited longest.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from benchmarks.encoding import PARTITIONS, event_of
from benchmarks.feed import Said
from benchmarks.plan import Plan
from benchmarks.policy_meter import quantile_ms
from hub.adapters.sql_store import SqlStore
from hub.domain.events import Kind
from hub.domain.log import LogRecord, Message, TopicPartition
from hub.domain.partitioning import partition_for
from hub.domain.rows import PRIORITY_FAN_OUT, REFERENCE_TOUCH, RecordKey
from hub.domain.topics import registry_of_events
from hub.lanes.records import LANE

POLL_SECONDS = 0.05
TICK_SECONDS = 0.02
LOOKED_AT = 20  # Of the events that wait; the next as soon as one of these is seen.
FIRST_NUMBER = 50_000_000  # Of records, above all that are stored.
SETTLE_SECONDS = 120.0


class Seen(NamedTuple):
    """One event: when it was handed over, and how long its answer took."""

    sent_at: float
    seconds: float


class Ends:
    """Where the next message of each partition stands."""

    def __init__(self, positions: dict[TopicPartition, int]) -> None:
        self._ends = dict(positions)

    def place(self, message: Message, append_at: float) -> LogRecord:
        registry = registry_of_events(message.topic)
        partition = partition_for(message.key, PARTITIONS if registry else 1)
        place = TopicPartition(message.topic, partition)
        offset = self._ends.get(place, 0)
        self._ends[place] = offset + 1
        now_ms, value = int(append_at * 1000), message.value
        return LogRecord(*_pair(place), offset, now_ms, message.key, value, message.headers)


def _pair(place: TopicPartition) -> tuple[str, int]:
    return place.topic, place.partition


def completions(plan: Plan) -> Iterator[tuple[RecordKey, Message]]:
    """New completions of persons drawn at random, without end."""
    drawn = random.Random(plan.seed)
    for number in count(FIRST_NUMBER):
        said = Said(Kind.TRAINING_COMPLETION, number, drawn.randrange(plan.account_count), 1)
        message = event_of(plan, said, row=1)
        registry = registry_of_events(message.topic)
        assert registry is not None
        yield RecordKey(registry, int(said.kind), f"TRA-{number:08}"), message


@dataclass(slots=True)
class Others:
    """Sends completions at a steady rate and watches for their answers, in two threads."""

    store: SqlStore
    plan: Plan
    rate: int
    give: Callable[[LogRecord], None]
    ends: Ends
    seen: list[Seen] = field(default_factory=list)
    _waiting: dict[RecordKey, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _failure: BaseException | None = None

    def start(self) -> None:
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), daemon=True)
            for work in (self._send, self._watch)
        ]
        for each in self._threads:
            each.start()

    def end(self) -> None:
        """Send no more, and wait until every answer was seen. Raises RuntimeError where one is
        not, long after."""
        self._stop.set()
        for each in self._threads:
            each.join(SETTLE_SECONDS)
        if self._failure is not None:
            raise RuntimeError("other events are not looked at any more") from self._failure
        if self._waiting:
            raise RuntimeError(f"{len(self._waiting)} completions have no answer")

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            self._failure = error

    def _send(self) -> None:
        rest = completions(self.plan)
        step = self.rate * TICK_SECONDS
        due, owed = time.monotonic(), 0.0
        while not self._stop.is_set():
            owed += step
            while owed >= 1:
                key, message = next(rest)
                now = time.time()
                self._waiting[key] = now
                self.give(self.ends.place(message, now))
                owed -= 1
            due += TICK_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))

    def _watch(self) -> None:
        deadline = None
        while not self._stop.is_set() or self._waiting:
            if self._stop.is_set():
                deadline = deadline or time.monotonic() + SETTLE_SECONDS
                if time.monotonic() > deadline:
                    return
            self._look()
            time.sleep(POLL_SECONDS)

    def _look(self) -> None:
        while True:
            oldest = list(self._waiting)[:LOOKED_AT]
            found = answered(self.store, oldest) if oldest else []
            now = time.time()
            for key in found:
                sent_at = self._waiting.pop(key)
                self.seen.append(Seen(sent_at, now - sent_at))
            if not found:
                return


def answered(store: SqlStore, keys: Sequence[RecordKey]) -> list[RecordKey]:
    """Of these records those that have an answer."""
    with store.reading() as sql:
        rows = sql.tuples(
            f"SELECT m.registry, m.kind, m.record_id FROM {sql.keys('tit')} {sql.join} match m"
            " ON m.registry = j.k0 AND m.kind = j.k1 AND m.record_id = j.k2",
            keys=keys,
        )
    return [RecordKey(*row) for row in rows]


def positions_of(store: SqlStore) -> dict[TopicPartition, int]:
    """How far the records lane is."""
    with store.reading() as sql:
        rows = sql.tuples(
            "SELECT topic, partition, next_offset FROM position WHERE lane = :lane", lane=LANE
        )
    return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}


def is_spread(store: SqlStore, place: TopicPartition, offset: int) -> bool:
    """Whether the reference at this place was applied, and nothing that follows from one waits."""
    if positions_of(store).get(place, 0) <= offset:
        return False
    with store.reading() as sql:
        waiting = sql.tuples(
            "SELECT 1 FROM touch WHERE priority >= :fan_out LIMIT 1", fan_out=PRIORITY_FAN_OUT
        ) or sql.tuples("SELECT 1 FROM touch WHERE kind = :kind LIMIT 1", kind=REFERENCE_TOUCH)
    return not waiting


def latencies(seen: Sequence[Seen], began: float, ended: float) -> dict[str, Any]:
    """Quantiles over the events that were handed over in this time."""
    seconds = sorted(each.seconds for each in seen if began <= each.sent_at < ended)
    rate = len(seconds) / (ended - began) if ended > began else 0.0
    found: dict[str, Any] = {"events": len(seconds), "rate": round(rate, 1)}
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
        found[f"{name}_ms"] = quantile_ms(seconds, share)
    return found


def wait_for(reached: Callable[[], bool], *, every: float, at_most: float, what: str) -> float:
    """Seconds until it is so. Raises RuntimeError where it is not."""
    began = time.monotonic()
    while not reached():
        if time.monotonic() - began > at_most:
            raise RuntimeError(f"{what} after {at_most:.0f} s")
        with suppress(InterruptedError):
            time.sleep(every)
    return time.monotonic() - began
