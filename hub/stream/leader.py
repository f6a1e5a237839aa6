"""What one worker does for all: leases in the store say who.

A lease is a note (holder, until) that is changed by compare-and-swap alone, so two workers never
take the same one at once. A holder that freezes or dies loses it by time. Times are the workers'
own clocks: where they differ by more than a lease, two may hold it for a while, so whatever runs
under a lease must bear to run twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time

from hub.errors import RetryableError
from hub.ports import ProjectionStore
from hub.stream.host import Host, LeaderJob
from hub.stream.patience import Patience

logger = logging.getLogger(__name__)

LEADER = "leader"
LEASE_SECONDS = 10.0
TURN_SECONDS = 3.0
SHARDS = 64
SHARD_LEASE_SECONDS = 60.0
_MS = 1_000


def take(store: ProjectionStore, name: str, holder: str, *, seconds: float = LEASE_SECONDS) -> bool:
    """Take a lease that is free, over, or one's own; whether it is held."""
    now_ms = _now_ms()
    wanted = json.dumps({"holder": holder, "until_ms": now_ms + int(seconds * _MS)})
    with store.transaction() as tx:
        held = tx.note(_note(name))
        if held is not None:
            lease = json.loads(held)
            if lease["holder"] != holder and lease["until_ms"] > now_ms:
                return False
        return tx.swap_note(_note(name), held, wanted)


def let_go(store: ProjectionStore, name: str, holder: str) -> None:
    """Give a lease back where it is still one's own."""
    with store.transaction() as tx:
        held = tx.note(_note(name))
        if held is not None and json.loads(held)["holder"] == holder:
            tx.swap_note(_note(name), held, None)


def take_shard(store: ProjectionStore, holder: str) -> int:
    """A shard for sums and roots that no other worker has; 0 where none is free, since rows of
    shards are locked as they are written: to share one is slow, not wrong."""
    for shard in range(SHARDS):
        if keep_shard(store, holder, shard):
            return shard
    logger.warning("all %d shards are taken: this worker shares one, and is slower", SHARDS)
    return 0


def keep_shard(store: ProjectionStore, holder: str, shard: int) -> bool:
    """Take this shard's lease, or make it longer; False where another worker has it."""
    return take(store, shard_lease(shard), holder, seconds=SHARD_LEASE_SECONDS)


def shard_lease(shard: int) -> str:
    """The name of a shard's lease."""
    return f"shard {shard:02}"


async def run(host: Host) -> None:
    """Lead while the lease can be had: start what is due, cut off what runs when it is lost."""
    patience = Patience(LEADER, host.telemetry)
    state = host.state(LEADER)
    tasks: dict[str, asyncio.Task[None]] = {}
    try:
        while not host.stopping.is_set():
            try:
                leads = await asyncio.to_thread(take, host.store, LEADER, host.worker_id)
                if leads:
                    await _start_due(host, tasks)
                else:
                    _cut_off(tasks)
                state.at = "leads" if leads else "follows"
                patience.over()
            except RetryableError as error:
                _cut_off(tasks)  # Whether the lease is still held is not known.
                await patience.after(error, host.stopping)
                continue
            try:
                await asyncio.wait_for(host.stopping.wait(), TURN_SECONDS)
            except TimeoutError:
                continue
    finally:
        _cut_off(tasks)
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    await _resign(host)


async def _start_due(host: Host, tasks: dict[str, asyncio.Task[None]]) -> None:
    for job in host.leader_jobs:
        running = tasks.get(job.name)
        if running is not None and not running.done():
            continue
        if await asyncio.to_thread(_is_due, host.store, job):
            tasks[job.name] = asyncio.create_task(_work(job))


def _is_due(store: ProjectionStore, job: LeaderJob) -> bool:
    """Whether it is time; if so the time is noted, so that another leader does not begin too."""
    now_ms = _now_ms()
    note = f"began|{job.name}"
    with store.transaction() as tx:
        began = tx.note(note)
        if began is not None and 0 <= now_ms - int(began) < job.every_seconds * _MS:
            return False
        return tx.swap_note(note, began, str(now_ms))


async def _work(job: LeaderJob) -> None:
    """A job that fails is told of and tried at its next time: the lanes do not depend on it."""
    try:
        await job.work()
    except RetryableError as error:
        logger.warning("%s: put off: %s", job.name, error)
    except Exception:
        logger.exception("%s ended with an error; it begins again at its next time", job.name)


def _cut_off(tasks: dict[str, asyncio.Task[None]]) -> None:
    for task in tasks.values():
        task.cancel()


async def _resign(host: Host) -> None:
    try:
        await asyncio.to_thread(let_go, host.store, LEADER, host.worker_id)
    except RetryableError as error:
        logger.info("the leader's lease ends by its time: %s", error)


def _note(name: str) -> str:
    return f"lease|{name}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
