"""Exposure: after a wrong link was undone, exactly what was sent through it, to whom, and when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hub.audit.exposure import Exposure, exposure_by, exposure_of, tell_exposure
from hub.domain.rows import Person
from hub.errors import RejectedError
from hub.identity.exposure import Histories, Move
from hub.identity.statements import pair_of
from tests.unit.identity.small_model import number_token
from tests.unit.lanes.lane_events import NOW_MS, SmallHub, agreement, policy, training
from tests.unit.lanes.lane_exchange import request
from tests.unit.lanes.review_hub import alike, answered, items, never
from tests.unit.lanes.test_lanes_derive import policy_text

WISCONSIN, NEVADA, DAKOTA = Person("us-wi", "P1"), Person("us-nv", "N1"), Person("us-nd", "D1")
HOUR_MS = 3_600_000


@pytest_asyncio.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SmallHub]:
    hub = await SmallHub(tmp_path).start()
    agreements = [
        agreement(one, other)
        for one in ("us-wi", "us-nv", "us-nd")
        for other in ("us-wi", "us-nv", "us-nd")
        if one != other
    ]
    await hub.feed(policy("us-nv", policy_text("us-nv", 1)), *agreements)
    yield hub
    hub.store.close()


async def with_a_wrong_link(hub: SmallHub) -> None:
    """Linked an hour after Wisconsin's first training came, parted two hours later."""
    await hub.feed(*alike(hub, number_token(1), WISCONSIN), training("R1"))
    hub.now_ms = NOW_MS + HOUR_MS
    await hub.feed(*alike(hub, number_token(1), NEVADA))
    hub.now_ms = NOW_MS + 2 * HOUR_MS
    await hub.feed(training("R2", completed_on=date(2026, 4, 1)))
    hub.now_ms = NOW_MS + 3 * HOUR_MS
    await hub.feed(never(WISCONSIN, NEVADA))
    await hub.feed(training("R3"))


async def of(hub: SmallHub, one: Person = WISCONSIN, other: Person = NEVADA) -> list[Exposure]:
    return await exposure_of(hub.log, hub.store, pair_of(one, other))


def rows(exposure: Exposure) -> list[tuple[Any, ...]]:
    return [
        (e.receiver, e.own.person_id, e.item, e.owner.registry, e.kind, e.record_id, e.at_ms)
        for e in exposure.exposed
    ]


async def test_link_then_unlink_lists_exactly_what_was_sent(hub: SmallHub) -> None:
    await with_a_wrong_link(hub)

    (exposure,) = await of(hub)

    first, second = NOW_MS + HOUR_MS, NOW_MS + 2 * HOUR_MS
    assert sorted(rows(exposure)) == [
        ("us-nv", "N1", "LINK", "us-wi", "link", "P1", first),
        ("us-nv", "N1", "MATCH", "us-wi", "training", "R1", first),
        ("us-nv", "N1", "MATCH", "us-wi", "training", "R2", second),
        ("us-wi", "P1", "LINK", "us-nv", "link", "N1", first),
    ]
    assert (exposure.episode.since_ms, exposure.episode.until_ms) == (
        first,
        NOW_MS + 3 * HOUR_MS,
    )


async def test_the_decision_that_parted_them_lists_the_same(hub: SmallHub) -> None:
    await with_a_wrong_link(hub)
    (by_pair,) = await of(hub)
    assert by_pair.episode.until is not None

    (by_decision,) = await exposure_by(hub.log, hub.store, by_pair.episode.until)

    assert rows(by_decision) == rows(by_pair)


async def test_what_the_right_link_carried_is_no_exposure(hub: SmallHub) -> None:
    """Dakota's account is Wisconsin's person rightly; Nevada's was joined wrongly."""
    await hub.feed(*alike(hub, number_token(1), WISCONSIN, NEVADA, DAKOTA), training("R1"))
    await hub.feed(answered("nv", NEVADA, WISCONSIN, "DIFFERENT"), never(NEVADA, DAKOTA))
    await hub.feed(never(NEVADA, WISCONSIN))

    (exposure,) = await of(hub)

    told = {(each.receiver, each.owner) for each in exposure.exposed}
    assert ("us-nv", WISCONSIN) in told
    assert ("us-nd", WISCONSIN) not in told
    assert ("us-wi", DAKOTA) not in told
    assert ("us-nd", NEVADA) in told


async def test_receivers_are_told_once(hub: SmallHub) -> None:
    await with_a_wrong_link(hub)

    for _ in range(2):
        tell_exposure(hub.store, await of(hub))
        await hub.lanes.relay()

    (theirs,) = await items(hub, "nv", "EXPOSURE")
    assert theirs["person_ids"] == ["N1"]
    assert theirs["exposed"] == [
        {"registry": "us-wi", "person_id": "P1", "kind": "link", "record_id": "P1"},
        {"registry": "us-wi", "person_id": "P1", "kind": "training", "record_id": "R1"},
        {"registry": "us-wi", "person_id": "P1", "kind": "training", "record_id": "R2"},
    ]
    assert len(await items(hub, "wi", "EXPOSURE")) == 1
    assert await items(hub, "nd", "EXPOSURE") == []


async def test_who_was_never_linked_or_is_still_has_no_exposure(hub: SmallHub) -> None:
    await hub.feed(*alike(hub, number_token(1), WISCONSIN, NEVADA))

    with pytest.raises(RejectedError, match="still taken for one person"):
        await of(hub)
    with pytest.raises(RejectedError, match="never taken for one person"):
        await of(hub, WISCONSIN, DAKOTA)
    with pytest.raises(RejectedError, match="parted nobody"):
        await exposure_by(hub.log, hub.store, 0)


def test_two_times_together_are_two_episodes_whatever_order_decisions_come_in() -> None:
    moves = [
        Move(1, 10, WISCONSIN, "w"),
        Move(2, 20, NEVADA, "w"),
        Move(3, 30, NEVADA, "n"),
        Move(4, 40, NEVADA, "w"),
        Move(5, 50, WISCONSIN, "v"),
    ]

    for given in (moves, moves[::-1]):
        found = Histories(given).episodes(WISCONSIN, NEVADA)

        assert [(each.since, each.until) for each in found] == [(2, 3), (4, 5)]
        assert {(each.ours, each.theirs) for each in found} == {
            (frozenset({WISCONSIN}), frozenset({NEVADA}))
        }


async def test_what_answered_a_request_counts_too(hub: SmallHub) -> None:
    nevadas = training("N9", registry="us-nv", person_id="N1")
    await hub.feed(policy("us-nd", policy_text("us-nd", 1)), request(WISCONSIN, "us-nd"))
    await hub.feed(*alike(hub, number_token(1), WISCONSIN, NEVADA), nevadas)
    await hub.feed(never(WISCONSIN, NEVADA))

    (exposure,) = await of(hub)

    of_records = {(each.receiver, each.record_id) for each in exposure.exposed}
    assert ("us-wi", "N9") in of_records
