"""A replay knows which reviews are open, from recorded decisions alone, without a keyring."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest_asyncio

from hub import bootstrap
from hub.adapters.sql_store import SqlStore
from hub.audit.recorded_pairs import RecordedPairs
from hub.audit.replay import cut_at_end, replay
from hub.domain.topics import IDENTITY
from tests.unit.identity.small_model import number_token
from tests.unit.lanes.lane_events import SmallHub
from tests.unit.lanes.review_hub import alike, answered, looking_alike, never, person

DAY = date(2026, 6, 30)
OPEN = (person("wi", "P2"), person("nv", "N2"))
SETTLED = (person("wi", "P3"), person("nv", "N3"))
PARTED = (person("wi", "P4"), person("nv", "N4"))


@pytest_asyncio.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SmallHub]:
    """A link, an open review, a settled one, and a link that was parted."""
    hub = await SmallHub(tmp_path).start()
    await hub.feed(
        *alike(hub, number_token(1), person("wi", "P1"), person("nv", "N1")),
        *looking_alike(hub, *OPEN, 5),
        *looking_alike(hub, *SETTLED, 6),
        *alike(hub, number_token(2), *PARTED),
    )
    await hub.feed(answered("nv", *SETTLED, "DIFFERENT"), never(*PARTED))
    yield hub
    hub.store.close()


async def test_a_replay_counts_people_three_ways_as_the_live_store_does(
    hub: SmallHub, tmp_path: Path
) -> None:
    other = SqlStore(f"sqlite:///{tmp_path / 'replayed.sqlite'}")
    other.create()
    await replay(hub.log, other, await cut_at_end(hub.log), lambda done, total: None)
    ours = await bootstrap.summary(other, None, DAY, "test")
    theirs = await bootstrap.summary(hub.store, None, DAY, "test")
    other.close()

    assert ours["national"] == theirs["national"]
    assert ours["soar"] == theirs["soar"]
    figures = ("persons_summed", "persons", "persons_if_reviews_linked", "open_reviews")
    assert [theirs["national"][name] for name in figures] == [8, 7, 6, 1]


async def test_decisions_in_another_order_leave_the_same_pairs(hub: SmallHub) -> None:
    records = await hub.records(IDENTITY)
    forward, backward = RecordedPairs(), RecordedPairs()
    forward.take(records)
    for record in reversed(records):
        backward.take([record])

    assert sorted(forward.standing()) == sorted(backward.standing())
    kept = {(row.one, row.other, row.verdict, row.cause) for row in forward.standing()}
    rows = hub.rows("SELECT * FROM identity_pair")
    assert len(kept) == len(rows) == 2
