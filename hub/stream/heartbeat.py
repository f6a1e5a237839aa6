"""A worker's sign of life: a row in the store every two seconds, with what each lane is at.

The row goes when the worker leaves; rows of workers that died are dropped by the leader. Beside it
the worker keeps its shard's lease, measures what waits, and has sessions ended that stand still
while others wait for their locks.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import time

from hub.domain.rows import WorkerRow
from hub.errors import RetryableError
from hub.ports import ProjectionStore
from hub.stream import leader
from hub.stream.host import Host, LeaderJob
from hub.stream.patience import Patience

logger = logging.getLogger(__name__)

NAME = "heartbeat"
BEAT_SECONDS = 2.0
MEASURE_EVERY_BEATS = 5
DEAD_SECONDS = 300.0  # So long a dead worker's last sign is shown.
FORGET_EVERY_SECONDS = 60.0
_FORGOTTEN_MS = 0


async def run(host: Host) -> None:
    """Beat until told to stop; then leave no row behind."""
    patience = Patience(NAME, host.telemetry)
    beats = 0
    while not host.stopping.is_set():
        try:
            await asyncio.to_thread(_beat, host, measured=beats % MEASURE_EVERY_BEATS == 0)
            patience.over()
        except RetryableError as error:
            await patience.after(error, host.stopping)
            continue
        beats += 1
        try:
            await asyncio.wait_for(host.stopping.wait(), BEAT_SECONDS)
        except TimeoutError:
            continue
    try:
        await asyncio.to_thread(_leave, host)
    except RetryableError as error:
        logger.info("the worker's row stays until the leader drops it: %s", error)


def forgetting(store: ProjectionStore) -> LeaderJob:
    """The leader's job that drops rows of workers that died."""

    async def work() -> None:
        await asyncio.to_thread(_forget, store, _now_ms() - int(DEAD_SECONDS * 1_000))

    return LeaderJob("forget dead workers", FORGET_EVERY_SECONDS, work)


def row_of(host: Host, seen_ms: int) -> WorkerRow:
    """The sign of life of this worker."""
    lanes = {
        name: {"at": state.at, "partitions": [str(place) for place in state.places]}
        for name, state in sorted(host.states.items())
    }
    return WorkerRow(
        worker_id=host.worker_id,
        host=socket.gethostname(),
        pid=os.getpid(),
        started_ms=host.started_ms,
        seen_ms=seen_ms,
        lanes=json.dumps(lanes),
    )


def _beat(host: Host, *, measured: bool) -> None:
    with host.store.transaction() as tx:
        tx.beat(row_of(host, _now_ms()))
    leader.keep_shard(host.store, host.worker_id, host.shard)
    if host.end_stalled is not None and (ended := host.end_stalled()):
        logger.warning("ended %d sessions that stood still while others waited for them", ended)
    if measured and host.waiting is not None:
        waiting = host.waiting()
        host.telemetry.touches(waiting.touches, waiting.oldest_touch_seconds)
        host.telemetry.outbox(waiting.outbox)
        host.telemetry.open_reviews(waiting.open_reviews)


def _leave(host: Host) -> None:
    with host.store.transaction() as tx:
        tx.beat(row_of(host, _FORGOTTEN_MS))
        tx.forget_workers(_FORGOTTEN_MS + 1)
    leader.let_go(host.store, leader.shard_lease(host.shard), host.worker_id)


def _forget(store: ProjectionStore, seen_before_ms: int) -> None:
    with store.transaction() as tx:
        tx.forget_workers(seen_before_ms)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
