"""The leader's daily notices: once a day, not while a store is filled, and after a demo's pass."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hub import bootstrap
from hub.adapters.sql_store import SqlStore
from hub.cli import notices
from hub.cli.notices import notices_job, tell_on
from hub.errors import RetryableError
from hub.lanes.notices import NOTE, was_told
from hub.settings import read_settings
from tests.unit.lanes.lane_events import SmallHub
from tests.unit.lanes.lane_recognition import begin, credential

SETTINGS = read_settings({})


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[SqlStore]:
    store = bootstrap.open_store(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    yield store
    store.close()


def today() -> date:
    return datetime.now(UTC).date()


async def small_hub(folder: Path, expires: date) -> SmallHub:
    hub = await SmallHub(folder).start()
    await begin(hub, credential(expires=expires))
    return hub


def lapses_waiting(hub: SmallHub) -> int:
    statement = "SELECT count(*) AS n FROM outbox WHERE subject LIKE 'inbox|lapse|%'"
    return int(hub.rows(statement)[0]["n"])


async def test_the_job_tells_once_a_day_by_the_days_that_are_set(tmp_path: Path) -> None:
    hub = await small_hub(tmp_path, today() + timedelta(days=30))
    near = notices_job(hub.store, read_settings({"HUB_LAPSE_DAYS": "29"}))
    job = notices_job(hub.store, SETTINGS)

    await near.work()
    assert (lapses_waiting(hub), was_told(hub.store, today())) == (0, True)
    await job.work()
    assert lapses_waiting(hub) == 0, "this day was told of already"

    with hub.store.transaction() as tx:
        tx.set_note(NOTE, (today() - timedelta(days=1)).isoformat())
    await job.work()
    assert lapses_waiting(hub) == 2
    hub.store.close()


async def test_the_job_waits_until_what_was_touched_before_is_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = await small_hub(tmp_path, today() + timedelta(days=30))
    with hub.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO touch (kind, key, stamp, priority, touched_ms)"
            " VALUES ('person', 'us-wi|P1', 9000, 0, 0)"
        )
    turns = []

    async def sleep(_seconds: float) -> None:
        turns.append(lapses_waiting(hub))
        await hub.lanes.derive()

    monkeypatch.setattr(notices.asyncio, "sleep", sleep)
    await notices_job(hub.store, SETTINGS).work()

    assert turns == [0]
    assert lapses_waiting(hub) == 2
    hub.store.close()


async def test_a_store_that_is_filled_is_not_told_of_and_tried_again(empty: SqlStore) -> None:
    with pytest.raises(RetryableError, match="being filled"):
        await notices_job(empty, SETTINGS).work()

    assert not was_told(empty, today())


async def test_a_demo_tells_as_of_its_own_day(tmp_path: Path) -> None:
    hub = await small_hub(tmp_path, date(2026, 8, 1))

    told = tell_on(hub.store, date(2026, 6, 30), SETTINGS)

    assert told.due == 1
    assert was_told(hub.store, date(2026, 6, 30))
    hub.store.close()
