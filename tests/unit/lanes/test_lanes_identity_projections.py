"""What follows from decisions elsewhere: links, roots, matches and records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio

from hub.domain.log import Message
from hub.domain.rows import Person
from hub.domain.topics import IDENTITY
from hub.embedded import Embedded
from hub.lanes import relay
from hub.projections.roots import roots_of
from tests.unit.lanes.lane_events import (
    NOW,
    SmallHub,
    agreement,
    policy,
    profile,
    ssn_token,
    training,
)
from tests.unit.rebuild.rebuild_hub import POLICY

WISCONSIN, NEVADA, DAKOTA = Person("us-wi", "P1"), Person("us-nv", "N1"), Person("us-nd", "D1")
Open = Callable[[], SmallHub]


@pytest_asyncio.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    """Makes small hubs, each in a folder of its own."""
    hubs: list[SmallHub] = []

    def make() -> SmallHub:
        folder = tmp_path / str(len(hubs))
        folder.mkdir()
        hubs.append(SmallHub(folder))
        return hubs[-1]

    yield make
    for hub in hubs:
        hub.store.close()
        await asyncio.sleep(0)


def seen(hub: SmallHub) -> dict[str, Any]:
    """What others are told, without versions and places."""
    with hub.store.transaction() as tx:
        roots = roots_of(tx.roots.read())
    return {
        "links": hub.rows("SELECT registry, person_id, national_id FROM link ORDER BY 1, 2"),
        "records": hub.rows("SELECT registry, kind, record_id, leaf FROM record ORDER BY 1, 2, 3"),
        "matches": hub.rows("SELECT registry, kind, record_id, receiver, body, leaf FROM match"),
        "pairs": hub.rows("SELECT * FROM identity_pair"),
        "sums": hub.rows(
            "SELECT name, registry, dim, day, sum(value) AS v FROM counter GROUP BY 1, 2, 3, 4"
            " HAVING sum(value) <> 0 ORDER BY 1, 2, 3, 4"
        ),
        "roots": roots,
    }


async def rules_and_records(hub: SmallHub) -> None:
    await hub.start()
    await hub.feed(
        policy("us-nv", POLICY.format(revision=1, outcome="FULL")),
        agreement("us-wi", "us-nv"),
        training("R1"),
        training("R2", registry="us-nv", person_id="N1"),
        profile(hub.keyring, WISCONSIN, [ssn_token(1)]),
        profile(hub.keyring, NEVADA, [ssn_token(2)]),
    )


async def test_link_then_unlink_leaves_every_projection_as_it_would_have_been(
    opened: Open,
) -> None:
    linked, never = opened(), opened()
    never.keyring = linked.keyring
    never.lanes = Embedded(never.store, never.log, linked.keyring)
    for hub in (linked, never):
        await rules_and_records(hub)
    await linked.feed(profile(linked.keyring, NEVADA, [ssn_token(1)], revision=NOW))
    assert len(seen(linked)["matches"]) == 1
    for hub in (linked, never):
        await hub.feed(profile(linked.keyring, NEVADA, [ssn_token(2)], revision=NOW + 1))

    assert seen(linked) == seen(never)
    assert seen(linked)["matches"] == []


async def test_a_merge_never_loses_a_record(opened: Open) -> None:
    hub = opened()
    await rules_and_records(hub)
    before = hub.rows("SELECT registry, kind, record_id, person_id, leaf FROM record")
    await hub.feed(
        profile(hub.keyring, DAKOTA, [ssn_token(1), ssn_token(2)]),
    )

    ids = {row["national_id"] for row in seen(hub)["links"]}
    after = hub.rows("SELECT registry, kind, record_id, person_id, leaf FROM record")
    assert [row for row in after if row in before] == before
    assert len(after) == len(before) + 1
    assert len(ids) < 3


async def test_decisions_that_come_in_another_order_leave_the_same_links(opened: Open) -> None:
    forth, back = opened(), opened()
    for hub in (forth, back):
        await hub.start()
    profiles = [
        *(profile(forth.keyring, p, [ssn_token(1)]) for p in (WISCONSIN, NEVADA, DAKOTA)),
        profile(forth.keyring, WISCONSIN, [ssn_token(2)], revision=NOW),
        profile(forth.keyring, DAKOTA, [ssn_token(2)], revision=NOW),
    ]
    await forth.feed(*profiles)
    decided = await forth.records(IDENTITY)
    await back.log.append([Message(IDENTITY, r.key, r.value, r.headers) for r in decided[::-1]])
    await Embedded(back.store, back.log, None).until_idle()

    assert seen(back)["links"] == seen(forth)["links"]
    assert len({row["national_id"] for row in seen(forth)["links"]}) == 2


async def test_a_relay_that_sends_twice_changes_no_link(opened: Open) -> None:
    hub = opened()
    await rules_and_records(hub)
    before = seen(hub)
    decided = await hub.records(IDENTITY)
    await hub.log.append([Message(IDENTITY, r.key, r.value, r.headers) for r in decided])
    await hub.lanes.until_idle()

    assert seen(hub) == before
    with hub.store.transaction() as tx:
        assert tx.outbox.pending() == 0
    assert relay.lease(hub.store) == []
