"""Two workers share the partitions; when one dies or freezes, the other has them within seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chaos_events import REGISTRIES, submissions
from benchmarks.chaos_world import Addresses, Worker
from deploy.local.kafka import KafkaBroker
from deploy.local.postgres import fresh_database
from hub import bootstrap
from hub.adapters.kafka_log import KafkaEventLog
from hub.adapters.keyring import open_keyring
from hub.adapters.sql_store import SqlStore
from hub.domain.log import Message, TopicPartition, TopicSpec
from hub.domain.topics import registry_of_events
from hub.identity.tokens import TokenKey
from hub.intake.publish import publish_submission
from hub.ports import EventLog

TAKE_OVER_SECONDS = 10.0
START_SECONDS = 90.0
LEAVE_SECONDS = 10.0
NEW_TOPIC_SECONDS = 15.0
EVENTS = 400
_KEY = TokenKey(1, bytes(range(32)))


class Trickle:
    """Sends the same events over and over to every partition, so that each lags unless read."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.messages: list[Message] = []

    async def prepare(self, keyring: Any) -> None:
        for each in submissions(1, EVENTS):
            await publish_submission(
                each, log=self._log, keyring=keyring, token_keys=(_KEY,), known=None
            )
        for place, end in sorted((await self._log.ends()).items()):
            if registry_of_events(place.topic) is not None and end:
                found = await self._log.read(place, 0, 3)
                self.messages += [Message(r.topic, r.key, r.value, r.headers) for r in found]

    async def run(self) -> None:
        while True:
            await self._log.append(self.messages)
            await asyncio.sleep(0.1)


def positions(store: SqlStore) -> dict[TopicPartition, int]:
    found = bootstrap.read_progress(store).positions.get("records", {})
    return {place: at for place, at in found.items() if registry_of_events(place.topic)}


async def until_all_move(store: SqlStore, seconds_max: float) -> float:
    """How long until every partition was read further than it is at the call."""
    began = time.monotonic()
    before = await asyncio.to_thread(positions, store)
    while True:
        here = await asyncio.to_thread(positions, store)
        if len(here) == 8 and all(at > before.get(place, 0) for place, at in here.items()):
            return time.monotonic() - began
        assert time.monotonic() - began < seconds_max, (before, here)
        await asyncio.sleep(0.05)


def living(store: SqlStore) -> list[str]:
    with store.transaction() as tx:
        return [row.lanes for row in tx.workers()]


@asynccontextmanager
async def two_workers(
    postgres_url: str, folder: Path
) -> AsyncIterator[tuple[list[Worker], SqlStore, EventLog]]:
    with KafkaBroker() as broker, fresh_database(postgres_url) as store_url:
        log = KafkaEventLog(broker.bootstrap)
        keyring_url = f"sqlite:///{folder / 'keys.sqlite'}"
        keyring = open_keyring(keyring_url)
        store = bootstrap.open_store(store_url)
        where = Addresses(log=broker.url, store=store_url, keyring=keyring_url, folder=folder)
        workers = [Worker(number, where) for number in (1, 2)]
        trickle = Trickle(log)
        await bootstrap.make_topics(log, REGISTRIES)
        await trickle.prepare(keyring)
        sending = asyncio.create_task(trickle.run())
        try:
            for worker in workers:
                worker.start()
            await until_both_read(store)
            yield workers, store, log
        finally:
            sending.cancel()
            for worker in workers:
                worker.kill()
            await asyncio.gather(sending, return_exceptions=True)
            keyring.close()
            store.close()
            await log.close()


async def until_both_read(store: SqlStore) -> None:
    """Each worker says that it reads partitions of the registries, and all of them move."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        rows = await asyncio.to_thread(living, store)
        if sum("registry.us" in row for row in rows) == 2:
            break
        assert time.monotonic() < deadline, rows
        await asyncio.sleep(0.2)
    await until_all_move(store, START_SECONDS)


async def test_a_killed_or_frozen_workers_partitions_go_on_within_ten_seconds(
    postgres_url: str, tmp_path: Path
) -> None:
    assert postgres_url
    async with two_workers(postgres_url, tmp_path) as (workers, store, _log):
        victim, survivor = workers
        victim.freeze()
        frozen_seconds = await until_all_move(store, TAKE_OVER_SECONDS)
        victim.thaw()
        await asyncio.sleep(5.0)
        assert victim.is_running(), victim.own_ends
        await until_all_move(store, TAKE_OVER_SECONDS)

        victim.kill()
        killed_seconds = await until_all_move(store, TAKE_OVER_SECONDS)
        left_seconds = await asyncio.to_thread(survivor.leave)
        assert survivor.own_ends == []
    print(
        f"take-over after a freeze {frozen_seconds:.1f} s, after a kill {killed_seconds:.1f} s,"
        f" leaving {left_seconds:.1f} s"
    )
    assert left_seconds < LEAVE_SECONDS


async def test_a_new_registrys_topic_is_read_without_a_restart(
    postgres_url: str, tmp_path: Path
) -> None:
    async with two_workers(postgres_url, tmp_path) as (_workers, store, log):
        place = TopicPartition("registry.us-wi.events", 0)
        await log.create_topics([TopicSpec(place.topic, 1)])
        await log.append([Message(place.topic, b"P1", b"damaged", ())])
        deadline = time.monotonic() + NEW_TOPIC_SECONDS
        while place not in await asyncio.to_thread(positions, store):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)


@pytest.fixture(autouse=True)
def _real_broker(kafka_url: str) -> None:
    """Skips, or fails, where there can be no broker at all."""
    assert kafka_url
