"""What is done to workers, broker and database while they work, one fault after the other."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.chaos_check import Findings
from benchmarks.chaos_world import LEAVE_SECONDS_MAX, Worker
from deploy.local import postgres
from deploy.local.kafka import KafkaBroker
from hub import bootstrap
from hub.adapters.sql_store import SqlStore
from hub.domain.rows import WorkerRow
from hub.errors import FatalError, RetryableError
from hub.ports import EventLog

BROKER_DOWN_SECONDS = 2.0
DATABASE_DOWN_SECONDS = 2.0
REST_SECONDS = 2.0
BEGIN_SECONDS_MAX = 60.0
TELL_SECONDS = 2.0
OWN_ENDS_MAX = 5

Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done to the workers. Shares say after which part of the events."""

    events: int = 300_000
    seed: int = 1
    kill_every_seconds: float = 6.0
    kills_max: int = 1_000
    freeze_seconds: float = 8.0
    events_per_second: float | None = None
    """How fast events come; as fast as they can be made where None."""
    faults: tuple[tuple[float, str], ...] = (
        (0.15, "broker"),
        (0.35, "freeze"),
        (0.55, "database"),
        (0.75, "leave"),
    )


SMALL = Plan(
    events=8_000,
    kills_max=0,
    freeze_seconds=6.0,
    events_per_second=400.0,
    faults=((0.05, "kill"), (0.25, "freeze"), (0.5, "broker")),
)


@dataclass(slots=True, kw_only=True)
class Run:
    """One run's servers, workers and counts."""

    plan: Plan
    broker: KafkaBroker
    server_url: str
    store: SqlStore
    log: EventLog
    workers: list[Worker]
    tell: Tell
    findings: Findings = field(default_factory=Findings)
    done: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    told_at: float = 0.0


async def torment(run: Run, feeding: asyncio.Task[int]) -> None:
    """Faults one after the other while there is input."""
    chance = random.Random(run.plan.seed)
    waiting = list(run.plan.faults)
    killed_at = time.monotonic()
    while not feeding.done() or waiting or await _folded_share(run) < 0.95:
        await asyncio.sleep(0.2)
        keep_running(run)
        share = await _folded_share(run)
        if waiting and (share >= waiting[0][0] or (feeding.done() and share > 0.99)):
            await _FAULTS[waiting.pop(0)[1]](run, chance.choice(run.workers))
            await asyncio.sleep(REST_SECONDS)
        elif (
            time.monotonic() - killed_at > run.plan.kill_every_seconds
            and run.done["kill"] < run.plan.kills_max
        ):
            await _kill(run, chance.choice(run.workers))
            killed_at = time.monotonic()
        elif not waiting and feeding.done() and run.done["kill"] >= run.plan.kills_max:
            return


async def _kill(run: Run, worker: Worker) -> None:
    await until_at_work(run, worker)
    worker.kill()
    _note(run, "kill", worker=worker.number)
    worker.start()


async def _broker(run: Run, _worker: Worker) -> None:
    _note(run, "broker")
    await asyncio.to_thread(run.broker.crash, BROKER_DOWN_SECONDS)


async def _database(run: Run, _worker: Worker) -> None:
    _note(run, "database")
    await asyncio.to_thread(postgres.crash, run.server_url, DATABASE_DOWN_SECONDS)


async def until_at_work(run: Run, worker: Worker) -> None:
    """A worker that was just started is let begin."""
    deadline = time.monotonic() + BEGIN_SECONDS_MAX
    while time.monotonic() < deadline and not await _is_at_work(run, worker):
        keep_running(run)
        await asyncio.sleep(0.2)


async def _is_at_work(run: Run, worker: Worker) -> bool:
    """To end an interpreter that has not begun shows nothing."""
    number = worker.process.pid if worker.process else 0
    try:
        rows = await asyncio.to_thread(_workers, run.store)
    except RetryableError:
        return False
    return any(row.pid == number and '"at": "reads"' in row.lanes for row in rows)


def _workers(store: SqlStore) -> list[WorkerRow]:
    with store.transaction() as tx:
        return tx.workers()


async def _freeze(run: Run, worker: Worker) -> None:
    await until_at_work(run, worker)
    _note(run, "freeze", worker=worker.number)
    worker.freeze()
    before = await folded(run)
    await asyncio.sleep(run.plan.freeze_seconds)
    run.findings.figures["folded_while_frozen"] = await folded(run) - before
    worker.thaw()


async def _leave(run: Run, worker: Worker) -> None:
    await until_at_work(run, worker)
    _note(run, "leave", worker=worker.number)
    seconds = await asyncio.to_thread(worker.leave)
    run.findings.figures["leave_seconds"] = round(seconds, 1)
    run.findings.expect(seconds < LEAVE_SECONDS_MAX, f"a worker took {seconds:.1f} s to leave")
    worker.start()


_FAULTS = {
    "kill": _kill,
    "broker": _broker,
    "freeze": _freeze,
    "database": _database,
    "leave": _leave,
}


def _note(run: Run, fault: str, **more: Any) -> None:
    run.done[fault] += 1
    run.tell({"fault": fault, **more})


def keep_running(run: Run) -> None:
    """A worker that ended by itself is a finding; a supervisor would start it again."""
    for worker in run.workers:
        if not worker.is_running():
            run.tell({"ended_by_itself": worker.number, "said": worker.own_ends[-1]})
            if len(worker.own_ends) > OWN_ENDS_MAX:
                raise FatalError(f"worker {worker.number} does not stay: {worker.own_ends[-1]}")
            worker.start()


async def folded(run: Run) -> int:
    try:
        state = await asyncio.to_thread(bootstrap.read_progress, run.store)
    except RetryableError:
        return 0
    count = sum(state.positions.get("records", {}).values())
    if time.monotonic() - run.told_at > TELL_SECONDS:
        run.told_at = time.monotonic()
        run.tell(
            {
                "sent": run.sent,
                "folded": count,
                "touches": state.touches_pending,
                "outbox": state.outbox_pending,
            }
        )
    return count


async def _folded_share(run: Run) -> float:
    return await folded(run) / run.plan.events
