"""How long a registry's new policy takes until it is in force for everybody, and what others feel.

    python -m benchmarks.policy_change --persons 50000 --records 20 --store postgresql

Linked persons, in pairs over two registries, with their records folded and answered: filled once,
kept, and copied for each run. Workers run the lanes; other completions keep coming. Then one
registry's policy gets a revision, which changes the answers on online trainings. It is in force
when no touch that follows from it waits; all answers are then read, and none may be as before.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.events import Prepared, default_folder, prepare
from benchmarks.machine import cpu_seconds, machine
from benchmarks.plan import Plan
from benchmarks.policy_meter import Held, held_figures, step_shares
from benchmarks.policy_texts import ADDED_RULE, RECEIVER, later_policy
from benchmarks.policy_watch import Ends, Others, is_spread, latencies, positions_of, wait_for
from benchmarks.policy_worker import Told, Worker, start_worker
from benchmarks.profile_lane import load_into
from benchmarks.report import Line, Report, per_event
from benchmarks.stores import Server, postgres, prepared_store
from hub import bootstrap
from hub.adapters.memory_log import MemoryEventLog
from hub.adapters.sql_store import SqlStore
from hub.domain.log import LogRecord, Message, TopicPartition, TopicSpec
from hub.domain.rows import MatchRow
from hub.domain.topics import REFERENCE
from hub.intake.reference import policy_entry, publish_reference
from hub.lanes.collector import calm_collector
from hub.lanes.evaluation import match_body

REGISTRIES = ("us-il", RECEIVER)
RATE = 100
PERSONS_MIN = 40
QUIET_SECONDS = 20.0
POLL_SECONDS = 0.25
PAGE = 20_000
GOAL_SECONDS = 180.0  # With so many records.
GOAL_RECORDS = 1_000_000
GOAL_P99_MS = 2_000.0  # Of other events meanwhile.
POLICY_SECONDS_MAX = 3_600.0
OUTBOX_SECONDS_MAX = 1_800.0


@dataclass(frozen=True, slots=True)
class Moments:
    """By the clock on the wall."""

    began: float
    policy: float
    in_force: float


def arguments_of(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(description="What a new policy costs, as JSON lines.")
    parser.add_argument("--persons", type=int, default=50_000, help="linked persons")
    parser.add_argument("--records", type=int, default=20, help="records of each")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--workers", type=int, choices=(1, 2), default=1)
    parser.add_argument("--rate", type=int, default=RATE, help="other completions a second")
    parser.add_argument("--quiet", type=float, default=QUIET_SECONDS, help="seconds before it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=default_folder(), help="prepared files")
    parser.add_argument("--fresh", action="store_true", help="fill the kept store again")
    parser.add_argument("--json", type=Path, help="also write the lines to this file")
    arguments = parser.parse_args(words)
    if arguments.persons < PERSONS_MIN or arguments.records < 1:
        parser.error(f"name {PERSONS_MIN} persons at least, and a record for each")
    if arguments.store == "sqlite" and arguments.workers > 1:
        parser.error("on SQLite there is one worker; leave --workers out")
    return arguments


def plan_of(arguments: argparse.Namespace) -> Plan:
    """Everybody has an account in both registries."""
    return Plan(
        stored=arguments.persons * arguments.records,
        measured=0,
        seed=arguments.seed,
        linked=1.0,
        registries=REGISTRIES,
        accounts=arguments.persons,
    )


def policy_message() -> Message:
    """The receiver's next policy, as its publishing appends it."""
    text = later_policy(bootstrap.seed_text(f"policies/{RECEIVER}.toml"))
    return asyncio.run(_published(text))


async def _published(text: str) -> Message:
    log = MemoryEventLog()
    await log.create_topics([TopicSpec(REFERENCE, 1)])
    await publish_reference(log, [policy_entry(text, f"{RECEIVER}.toml")])
    (record,) = await log.read(TopicPartition(REFERENCE, 0), 0, 1)
    return Message(record.topic, record.key, record.value, record.headers)


class Site:
    """A store, workers at it, and who gets which partition."""

    def __init__(self, store: SqlStore, server: Server | None, workers: Sequence[Worker]) -> None:
        self.store = store
        self.workers = workers
        self._server = server

    def give(self, record: LogRecord) -> None:
        self.workers[record.partition % len(self.workers)].give([record])

    def used(self) -> tuple[float, float]:
        """CPU seconds of the workers, and of the server."""
        server = None if self._server is None else self._server.process_id
        clients = sum(cpu_seconds(each.process.pid) for each in self.workers)
        return clients, cpu_seconds(server)

    def outbox_is_empty(self) -> bool:
        with self.store.reading() as sql:
            return not sql.tuples("SELECT 1 FROM outbox LIMIT 1")

    def in_force(self, place: TopicPartition, offset: int) -> bool:
        if not all(each.process.is_alive() for each in self.workers):
            raise RuntimeError("a worker ended by itself")
        return is_spread(self.store, place, offset)


def measure(prepared: Prepared, server: Server | None, arguments: argparse.Namespace) -> list[Line]:
    """Run it on a copy of the prepared store."""
    name = prepared.folder.name.removeprefix("events-")

    def load(store: SqlStore) -> None:
        load_into(store, prepared)

    folder = prepared.folder.parent
    with prepared_store(server, folder, name, load, fresh=arguments.fresh) as store:
        bases = _bases(store)
        context = multiprocessing.get_context("spawn")
        workers = [start_worker(context, store.url, n) for n in range(arguments.workers)]
        try:
            lines, told = _run(Site(store, server, workers), prepared.plan, arguments)
        finally:
            for each in workers:
                each.process.kill()
        found = lines[0][1]
        found |= _answers(store, bases)
    if prepared.plan.stored >= GOAL_RECORDS:
        found |= {"goal": GOAL_SECONDS, "goal_reached": found["seconds"] <= GOAL_SECONDS}
    clients, servers = found["client_cpu_seconds"], found["server_cpu_seconds"]
    server_used = None if server is None else servers
    found |= per_event(found["answers"], client=clients, wall=found["seconds"], server=server_used)
    found["sent"] = dict(sum((Counter(each.sent) for each in told), Counter()))
    found["resident_max_mb"] = max(each.resident_mb for each in told)
    return lines


def _run(site: Site, plan: Plan, arguments: argparse.Namespace) -> tuple[list[Line], list[Told]]:
    ends = Ends(positions_of(site.store))
    others = Others(site.store, plan, arguments.rate, site.give, ends)
    message = policy_message()
    others.start()
    began = time.time()
    time.sleep(arguments.quiet)
    before = site.used()
    policy = time.time()
    record = ends.place(message, policy)
    site.give(record)
    wait_for(
        lambda: site.in_force(record.place, record.offset),
        every=POLL_SECONDS,
        at_most=POLICY_SECONDS_MAX,
        what="the policy is not in force",
    )
    moments = Moments(began, policy, time.time())
    used = [now - then for then, now in zip(before, site.used(), strict=True)]
    others.end()
    wait_for(
        site.outbox_is_empty,
        every=POLL_SECONDS,
        at_most=OUTBOX_SECONDS_MAX,
        what="the outbox is not sent",
    )
    sent = time.time() - policy
    told = [each.end() for each in site.workers]
    lines = figures(moments, (used[0], used[1]), others, [h for each in told for h in each.held])
    lines[0][1]["outbox_sent_seconds"] = round(sent, 1)
    return lines, told


def figures(
    moments: Moments, used: tuple[float, float], others: Others, held: Sequence[Held]
) -> list[Line]:
    """Lines of the policy, of other events before and during it, and of the derive lane."""
    seconds = moments.in_force - moments.policy
    during = [each for each in held if moments.policy <= each.ended_at <= moments.in_force + 0.5]
    policy = {
        "seconds": round(seconds, 1),
        "client_cpu_seconds": round(used[0], 1),
        "server_cpu_seconds": round(used[1], 1),
        **held_figures(during),
    }
    spans = pairwise((moments.began, moments.policy, moments.in_force))
    before, meanwhile = (latencies(others.seen, *span) for span in spans)
    slowest = meanwhile["p99_ms"]
    meanwhile["goal_p99"] = GOAL_P99_MS
    meanwhile["goal_reached"] = None if slowest is None else slowest <= GOAL_P99_MS
    return [
        ("policy-change", policy),
        ("others-before", before),
        ("others-during", meanwhile),
        ("derive-seconds", step_shares(during)),
    ]


def _bases(store: SqlStore) -> set[bytes]:
    """What the receiver's answers were made from."""
    return {match.basis for match in _matches(store)}


def _answers(store: SqlStore, before: set[bytes]) -> dict[str, int]:
    """The receiver's answers: all, and those that its new rule gives. Raises RuntimeError where
    one was made from what stood before."""
    counted = Counter[str]()
    for match in _matches(store):
        if match.basis in before:
            raise RuntimeError("an answer was left as the policy before had it")
        counted["answers"] += 1
        intervals = match_body(match)["intervals"]
        counted["changed"] += any(each["rule_id"] == ADDED_RULE for each in intervals)
    return dict(counted)


def _matches(store: SqlStore) -> Iterator[MatchRow]:
    """The receiver's matches, page by page: nothing is worked out inside a transaction."""
    columns = ", ".join(MatchRow._fields)
    after: tuple[Any, ...] = ("", 0, "")
    while True:
        with store.reading() as sql:
            page = sql.tuples(
                f"SELECT {columns} FROM match WHERE receiver = :receiver"
                " AND (registry, kind, record_id) > (:registry, :kind, :record_id)"
                " ORDER BY registry, kind, record_id LIMIT :count",
                receiver=RECEIVER,
                count=PAGE,
                **dict(zip(("registry", "kind", "record_id"), after, strict=True)),
            )
        if not page:
            return
        yield from map(MatchRow._make, page)
        after = page[-1][:3]


def main() -> None:
    """Measure, print JSON lines and a table."""
    calm_collector()
    arguments = arguments_of()
    plan = plan_of(arguments)
    context = postgres(arguments.folder) if arguments.store == "postgresql" else nullcontext(None)
    with context as server:
        about = {
            "plan": plan.as_dict(),
            "workers": arguments.workers,
            "rate": arguments.rate,
            "store": arguments.store,
            "load_before": round(os.getloadavg()[0], 2),
            "postgresql": None if server is None else server.version,
            "machine": machine(),
        }
        report = Report(about, arguments.json)
        report.add(measure(prepare(arguments.folder, plan), server, arguments))
        report.close()
    sys.stderr.flush()


if __name__ == "__main__":
    main()
