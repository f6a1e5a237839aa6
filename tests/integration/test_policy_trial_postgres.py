"""A draft tried on a store in PostgreSQL finds what it finds on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.postgres import fresh_database
from hub.adapters.sql_store import SqlStore
from hub.embedded import Embedded
from tests.unit.identity.small_model import small_model
from tests.unit.lanes.lane_events import SmallHub, put_in_force, training
from tests.unit.lanes.test_lanes_policy_trial import (
    ALL,
    TRAINERS,
    WISCONSIN,
    known,
    nevada,
    request,
    sums_of,
    trainer,
    tried,
)


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlStore]:
    with fresh_database(postgres_url) as url:
        store = SqlStore(url)
        store.create()
        put_in_force(store, small_model())
        yield store
        store.close()


async def test_a_trial_on_postgresql_finds_the_same(tmp_path: Path, store: SqlStore) -> None:
    text = nevada(ALL, TRAINERS, revision=2)
    found = []
    for each in (None, store):
        folder = tmp_path / str(len(found))
        folder.mkdir()
        hub = await SmallHub(folder).start()
        if each is not None:
            hub.store.close()
            hub.store = each
            hub.lanes = Embedded(each, hub.log, hub.keyring)
        await known(hub, training("R2"), trainer(), request(WISCONSIN, "us-nv"))
        found.append(sums_of(tried(hub, text)))
        if each is None:
            hub.store.close()

    assert found[0] == found[1]
    assert sum(records for records, _, _ in found[0].values()) == 3
