"""Commands of a running hub: run and summary."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from hub import bootstrap
from hub.adapters import sql_watch
from hub.adapters.keyring import open_keyring
from hub.adapters.sql_errors import shown_url
from hub.adapters.sql_store import SqlStore
from hub.cli import common, sampling
from hub.cli.notices import notices_job
from hub.console.summary import print_summary
from hub.embedded import Embedded
from hub.errors import ConfigurationError, HubError, RetryableError
from hub.lanes.collector import calm_collector
from hub.settings import Settings
from hub.stream import heartbeat, leader
from hub.stream.host import Host, LeaderJob, Waiting, worker_name
from hub.stream.patience import Patience
from hub.sync.lane import sync_once
from hub.telemetry import LANES, MetricsServer, Telemetry, metrics_address

IDLE_SECONDS = 0.3
THREADS_SECONDS = 1.0  # What is still in a thread then is cut off: nothing of it was committed.
START_SECONDS_MAX = 60.0
SAMPLE_EVERY_SECONDS = 600.0

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The words of hub run; settings stand in for what is None."""

    log: str | None
    store: str | None
    keyring: str | None
    out: Path | None
    metrics: str | None


async def run_lanes(options: RunOptions, settings: Settings) -> int:
    """Host the lanes until SIGTERM or SIGINT, or until one cannot go on."""
    if settings.token_key:
        raise ConfigurationError(
            "the lanes do not start where the states' token key is",
            setting="HUB_TOKEN_KEY",
            fix="run them elsewhere; who holds the keyring must not hold the token key",
        )
    _prepare_logging()
    log_url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    store_url = common.required(options.store or settings.store, "HUB_STORE", "--store")
    keyring_url = common.keyring_url(options.keyring, settings)
    telemetry = Telemetry()
    metrics = _served(telemetry, options.metrics or settings.metrics)
    ring = open_keyring(keyring_url)
    opened = bootstrap.open_log(log_url, settings)
    worker_id = worker_name()
    store, shard = await _opened_store(store_url, worker_id, telemetry)
    folder = options.out or Path(settings.out or "out")

    async def sync() -> int:
        today = date.today().isoformat()
        return await sync_once(store, opened, bootstrap.connector("csv_drop"), folder, today)

    host = Host(
        store=store,
        log=opened,
        keyring=ring,
        sync=sync,
        security=bootstrap.kafka_security(settings),
        worker_id=worker_id,
        shard=shard,
        telemetry=telemetry,
        leader_jobs=[
            heartbeat.forgetting(store),
            LeaderJob(
                "sample check",
                SAMPLE_EVERY_SECONDS,
                lambda: sampling.watch(store, opened, telemetry),
            ),
            notices_job(store, settings),
        ],
        waiting=lambda: Waiting(*sql_watch.waiting(store)),
        end_stalled=lambda: sql_watch.end_stalled(store),
    )
    try:
        await _patiently(telemetry, lambda: bootstrap.make_topics(opened, []))
        _listen_to_signals(host)
        _tell_start(host, log_url, store, folder, metrics)
        return await _told_of_its_end(host, log_url)
    finally:
        ring.close()
        store.close()
        await opened.close()
        if metrics is not None:
            metrics.stop()
        await _end_threads(1 if host.failure else 0)


def _served(telemetry: Telemetry, address: str | None) -> MetricsServer | None:
    if not address:
        return None
    host, port = metrics_address(address)
    return telemetry.serve(port, host)


async def _opened_store(url: str, worker_id: str, telemetry: Telemetry) -> tuple[SqlStore, int]:
    """The store, writing into a shard that no other worker has."""

    async def opened() -> tuple[SqlStore, int]:
        store = bootstrap.open_store(url)
        shard = leader.take_shard(store, worker_id)
        if shard == 0:
            return store, shard
        store.close()
        return SqlStore(url, shard=shard), shard

    return await _patiently(telemetry, opened)


async def _patiently(telemetry: Telemetry, work: Callable[[], Awaitable[Done]]) -> Done:
    """A start that meets an outage waits for its end, but not for ever: an address may be wrong."""
    patience = Patience("start", telemetry)
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            return await work()
        except RetryableError as error:
            if time.monotonic() > deadline:
                raise
            await patience.after(error, asyncio.Event())


async def _told_of_its_end(host: Host, log_url: str) -> int:
    """Run, and say at the end why it ended."""
    began = time.monotonic()
    calm_collector()
    try:
        if log_url.startswith("kafka://"):
            from hub.stream.worker import run_worker

            bootstrap_url = log_url.removeprefix("kafka://")
            return await run_worker(bootstrap_url, host, stopping=host.stopping)
        return await _embedded(host)
    except HubError as error:
        host.failure = host.failure or error
        host.reason = error.message
        raise
    finally:
        _tell(f"stopped after {time.monotonic() - began:.1f} s: {host.reason}")


def _listen_to_signals(host: Host) -> None:
    """From the line at the start on, a signal lets the lanes end what they are doing."""
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, host.stop, f"told by {each.name}")


def _tell_start(
    host: Host, log_url: str, store: SqlStore, folder: Path, metrics: MetricsServer | None
) -> None:
    seen = "" if metrics is None else f", metrics http://{metrics.host}:{metrics.port}/metrics"
    _tell(
        f"worker {host.worker_id} runs {', '.join(LANES)}; log {log_url},"
        f" store {shown_url(store.url)} (shard {host.shard}), out {folder}{seen}"
    )


def _tell(text: str) -> None:
    sys.stderr.write(f"hub run: {text}\n")
    sys.stderr.flush()


async def _end_threads(code: int) -> None:
    """A thread that a database does not answer would keep the process for as long as that."""
    try:
        await asyncio.wait_for(
            asyncio.get_running_loop().shutdown_default_executor(), THREADS_SECONDS
        )
    except TimeoutError:
        _tell("cut off in the middle of a step, of which nothing was committed")
        logging.shutdown()
        sys.stdout.flush()
        os._exit(code)


def _prepare_logging() -> None:
    """Plain lines on stderr; a broker that is away is told of by the lanes, not by its client."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    for name in ("aiokafka", "faust", "mode", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


async def _embedded(host: Host) -> int:
    """All lanes in this process, one after the other, over a SQLite log."""
    lanes = Embedded(host.store, host.log, host.keyring, sync=host.sync)
    for name in LANES:
        host.state(name).at = "works"
    patience = Patience("embedded", host.telemetry)
    beside = [asyncio.create_task(each(host)) for each in (heartbeat.run, leader.run)]
    try:
        while not host.stopping.is_set():
            try:
                await lanes.until_idle()
                patience.over()
            except RetryableError as error:
                await patience.after(error, host.stopping)
            try:
                await asyncio.wait_for(host.stopping.wait(), IDLE_SECONDS)
            except TimeoutError:
                continue
    finally:
        host.stop("a lane cannot go on")
        await asyncio.gather(*beside)
    return 0


async def run_summary(
    urls: tuple[str | None, str | None],
    wait: float | None,
    as_of: date | None,
    json: str | None,
    settings: Settings,
) -> int:
    """Print what a store holds; with a log, how far lanes are behind it."""
    log_url, store_url = urls[0] or settings.log, urls[1] or settings.store
    store = SqlStore(common.required(store_url, "HUB_STORE", "--store"))
    log = None if log_url is None else bootstrap.open_log(log_url, settings)
    try:
        if wait is not None:
            if log is None:
                common.required(None, "HUB_LOG", "--log")
            else:
                await bootstrap.wait_idle(store, log, wait)
        document = await bootstrap.summary(store, log, as_of, common.command_line())
    finally:
        store.close()
        if log is not None:
            await log.close()
    common.write_json(document, json)
    if json != "-":
        print_summary(document, sys.stdout)
    return 0
