"""Status, doctor and metrics of a worker on a real broker and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.local.kafka import KafkaBroker
from deploy.local.postgres import fresh_database
from hub import bootstrap
from hub.adapters.kafka_log import KafkaEventLog
from hub.adapters.keyring import SqlKeyring, open_keyring
from hub.adapters.sql_rejected import read_rejected
from hub.adapters.sql_store import SqlStore
from hub.cli.doctor import Places, examine
from hub.cli.status import status_of
from hub.domain.events import Kind
from hub.domain.rows import NOT_REJECTED, REJECTED
from hub.lanes import records as records_lane
from hub.lanes.redrive import redrive
from hub.settings import Settings
from hub.stream.host import Host
from hub.stream.membership import Timing
from hub.stream.worker import run_worker
from tests.unit.lanes.lane_events import event, training

FAST = Timing(session_ms=1_500, heartbeat_ms=300, rebalance_ms=3_000)
PERSON = "PLANTED-4711"
NAME = "Maria Vega"


@pytest.fixture
def broker(kafka_url: str) -> Iterator[str]:
    """An empty broker: topics have fixed names."""
    assert kafka_url
    with KafkaBroker() as started:
        yield started.bootstrap


@pytest.fixture
def urls(postgres_url: str, tmp_path: Path) -> Iterator[tuple[str, str]]:
    with fresh_database(postgres_url) as url:
        yield url, f"sqlite:///{tmp_path / 'keys' / 'keyring.sqlite'}"


async def worked(broker: str, store: SqlStore, log: KafkaEventLog, keyring: SqlKeyring) -> Host:
    """A worker's whole life, until nothing is left to do."""
    host = Host(store=store, log=log, keyring=keyring)
    stopping = asyncio.Event()
    worker = asyncio.create_task(run_worker(broker, host, timing=FAST, stopping=stopping))
    idle = asyncio.create_task(bootstrap.wait_idle(store, log, 60))
    await asyncio.wait({worker, idle}, return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    await worker
    await idle
    return host


async def test_a_worker_tells_how_far_it_is_and_names_nobody(
    broker: str, urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, log, keyring = (
        bootstrap.open_store(urls[0]),
        KafkaEventLog(broker),
        open_keyring(urls[1]),
    )
    assert isinstance(keyring, SqlKeyring)
    damaged = training("R3", person_id=PERSON)
    try:
        await bootstrap.make_topics(log, ["us-wi"])
        await log.append(
            [
                training("R1", person_id=PERSON, title=NAME),
                training("R2", person_id=PERSON, key=NAME),
                event(Kind.PROFILE, NAME, person_id=NAME),
                replace(damaged, value=damaged.value[:-1]),
            ]
        )
        before = await status_of(store, log)
        host = await worked(broker, store, log, keyring)
        after = await status_of(store, log)
        text = host.telemetry.text().decode()
        found = await examine(Places(f"kafka://{broker}", *urls), Settings())
        monkeypatch.setattr(records_lane, "refusal", lambda *_: None)
        await check_redrive(store, log)
    finally:
        keyring.close()
        store.close()
        await log.close()

    check_lags(before, after)
    assert 'hub_rejected_events_total{lane="records",reason="KEY_NOT_OF_THE_RECORD"} 1.0' in text
    assert 'hub_rejected_events_total{lane="records",reason="DAMAGED"} 1.0' in text
    assert 'hub_lane_batch_records_sum{lane="records"} 0.0' not in text
    for told in (text, json.dumps(after), json.dumps(found)):
        assert PERSON not in told
        assert NAME not in told
    # The worker has left, and no sync lane ran: what waits in the inbox is work for the next one.
    assert [each.name for each in found if not each.ok] == ["workers"]
    assert {each.name for each in found} >= {"brokers", "topics", "postgresql", "positions"}


def check_lags(before: dict[str, Any], after: dict[str, Any]) -> None:
    waiting = before["lanes"]["records"]["registry.us-wi.events"].values()
    done = after["lanes"]["records"]["registry.us-wi.events"].values()
    assert sum(cell["lag"] for cell in waiting) == 4
    assert all(cell["oldest_seconds"] is not None for cell in waiting)
    assert sum(cell["position"] for cell in done) == 4
    assert {cell["lag"] for cell in done} == {0}
    assert (after["rejected"], after["touches_pending"], after["outbox_pending"]) == (2, 0, 0)


async def check_redrive(store: SqlStore, log: KafkaEventLog) -> None:
    """A mended program applies what it takes; the damaged event stays where it is."""
    with store.reading() as sql:
        places = {seen.row.reason: seen.row.place for seen in read_rejected(sql, count_max=None)}
    for _ in range(2):
        done = await redrive(store, log, list(places.values()), at_ms=1_790_000_000_000)
    outcomes = {each.place: each.outcome for each in done}
    with store.reading() as sql:
        (left,) = read_rejected(sql, count_max=None)
        records = sql.rows("SELECT record_id FROM record WHERE revision >= 0 ORDER BY record_id")

    assert outcomes.pop(places.pop("KEY_NOT_OF_THE_RECORD")) == NOT_REJECTED
    assert list(outcomes.values()) == [REJECTED]
    assert (left.row.place, left.times) == (next(iter(outcomes)), 3)
    assert [row["record_id"] for row in records] == [NAME, "R1", "R2"]
