"""Commands beside a running hub: run and summary."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

from hub import bootstrap
from hub.adapters.keyring import open_keyring
from hub.adapters.sql_store import SqlStore
from hub.cli import common
from hub.console.summary import print_summary
from hub.embedded import Embedded
from hub.errors import ConfigurationError, RetryableError
from hub.ports import EventLog, Keyring
from hub.settings import Settings
from hub.sync.lane import sync_once

IDLE_SECONDS = 0.3


async def run_lanes(
    log: str | None, store: str | None, keyring: str | None, out: Path | None, settings: Settings
) -> int:
    """Host the lanes until SIGTERM or SIGINT."""
    if settings.token_key:
        raise ConfigurationError(
            "the lanes do not start where the states' token key is",
            setting="HUB_TOKEN_KEY",
            fix="run them elsewhere; who holds the keyring must not hold the token key",
        )
    _prepare_logging()
    log_url = common.required(log or settings.log, "HUB_LOG", "--log")
    store_url = common.required(store or settings.store, "HUB_STORE", "--store")
    ring = open_keyring(common.keyring_url(keyring, settings))
    folder = out or Path(settings.out or "out")
    opened = bootstrap.open_log(log_url, settings)
    projections = bootstrap.open_store(store_url)

    async def sync() -> int:
        today = date.today().isoformat()
        return await sync_once(projections, opened, bootstrap.connector("csv_drop"), folder, today)

    try:
        await bootstrap.make_topics(opened, [])
        if log_url.startswith("kafka://"):
            from hub.stream.app import Host
            from hub.stream.worker import run_worker

            host = Host(
                store=projections,
                log=opened,
                keyring=ring,
                sync=sync,
                security=bootstrap.kafka_security(settings),
            )
            return await run_worker(log_url.removeprefix("kafka://"), host)
        return await _embedded(projections, opened, ring, sync)
    finally:
        ring.close()
        projections.close()
        await opened.close()


def _prepare_logging() -> None:
    """Plain lines on stderr; a broker that is away is told of by the lanes, not by its client."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    for name in ("aiokafka", "faust", "mode", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


async def _embedded(
    store: SqlStore, log: EventLog, keyring: Keyring, sync: Callable[[], Awaitable[int]]
) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stopping.set)
    lanes = Embedded(store, log, keyring, sync=sync)
    while not stopping.is_set():
        try:
            await lanes.until_idle()
        except RetryableError as error:
            logging.warning("again from the store: %s", error)
        try:
            await asyncio.wait_for(stopping.wait(), IDLE_SECONDS)
        except TimeoutError:
            continue
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
