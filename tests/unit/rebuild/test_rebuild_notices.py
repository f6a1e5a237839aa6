"""A rebuild leaves what registries were told unasked as it is: on the log, and on its way to it."""

from __future__ import annotations

from datetime import date

from hub.lanes.lapses import Told, Window, waiting_stamp
from hub.lanes.notices import tell_notices
from hub.lanes.recognition import Bounds
from tests.unit.lanes.lane_events import NOW, SmallHub, training
from tests.unit.lanes.lane_recognition import (
    TODAY,
    begin,
    credential,
    decided,
    told,
    withdrawn,
)
from tests.unit.rebuild.rebuild_hub import lose_store, rebuild

BOUNDS = Bounds(at_least=1, of_last=4)
ITEMS = ("LAPSE", "CONTRADICTIONS")


def tell(hub: SmallHub) -> Told:
    return tell_notices(hub.store, Window(day=TODAY), BOUNDS, waiting_stamp(hub.store))


def waiting(hub: SmallHub) -> int:
    with hub.store.transaction() as tx:
        return tx.outbox.pending()


async def noticed(hub: SmallHub) -> None:
    """A lapse and a contradicted rule, told and not yet sent."""
    await begin(hub, credential(), training("R1"))
    await hub.feed(decided("R1", "REFUSED"))
    assert tell(hub).due == 1


async def test_what_was_sent_is_not_sent_again_and_not_taken_back(hub: SmallHub) -> None:
    await noticed(hub)
    before = {item: await told(hub, "us-nv", item) for item in ITEMS}

    report = await rebuild(hub)

    assert report.is_well
    assert tell(hub) == Told(due=1, taken_back=0, put_off=0)
    assert waiting(hub) == 0
    assert {item: await told(hub, "us-nv", item) for item in ITEMS} == before


async def test_what_waits_to_be_sent_goes_out_after_the_switch(hub: SmallHub) -> None:
    await noticed(hub)

    report = await rebuild(hub)

    assert report.is_well
    for registry in ("us-nv", "us-wi"):
        for item in ITEMS:
            assert await withdrawn(hub, registry, item) == [False]


async def test_what_was_renewed_meanwhile_is_taken_back_by_the_next_telling(hub: SmallHub) -> None:
    await noticed(hub)
    await hub.lanes.relay()
    await hub.feed(credential(expires=date(2029, 1, 1), revision=NOW - 500))

    report = await rebuild(hub)

    assert report.is_well
    assert await withdrawn(hub, "us-nv", "LAPSE") == [False]
    assert tell(hub).taken_back == 2
    assert await withdrawn(hub, "us-nv", "LAPSE") == [True]


async def test_a_lost_store_that_is_filled_from_the_log_repeats_nothing(hub: SmallHub) -> None:
    await noticed(hub)
    await hub.lanes.relay()
    lose_store(hub)

    await hub.lanes.until_idle()

    assert tell(hub) == Told(due=1, taken_back=0, put_off=0)
    assert waiting(hub) == 0
