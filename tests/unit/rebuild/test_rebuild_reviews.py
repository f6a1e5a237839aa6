"""A rebuild leaves what registries were asked as it is: on the log, and on its way to it."""

from __future__ import annotations

from hub.lanes.reviews import read_reviews, tell_reviews
from tests.unit.lanes.lane_events import SmallHub
from tests.unit.lanes.review_hub import both_ways, items, looking_alike, person, terms
from tests.unit.rebuild.rebuild_hub import rebuild

PAIRS = [(person("wi", f"P{n}"), person("nv", f"N{n}")) for n in range(2)]


async def asked(hub: SmallHub) -> None:
    """Two open reviews, of which the week has room for one, which is told."""
    messages = [m for n, pair in enumerate(PAIRS) for m in looking_alike(hub, *pair, n)]
    await hub.feed(*both_ways("wi", "nv"), *messages)
    with hub.store.transaction() as tx:
        tell_reviews(tx, terms(weekly=1))


async def test_what_was_sent_is_known_and_not_sent_again(hub: SmallHub) -> None:
    await asked(hub)
    before = await items(hub, "wi", "REVIEW")

    report = await rebuild(hub)
    with hub.store.transaction() as tx:
        again = tell_reviews(tx, terms(weekly=1))
        assert tx.outbox.pending() == 0

    assert report.is_well
    assert (len(again.shown), len(again.waiting)) == (1, 1)
    assert await items(hub, "wi", "REVIEW") == before


async def test_what_waits_to_be_sent_goes_out_after_the_switch(hub: SmallHub) -> None:
    await asked(hub)

    report = await rebuild(hub)
    with hub.store.transaction() as tx:
        shown = read_reviews(tx, terms(weekly=1)).shown

    assert report.is_well
    assert len(shown) == 1
    assert [each["withdrawn"] for each in await items(hub, "wi", "REVIEW")] == [False]
    assert [each["withdrawn"] for each in await items(hub, "nv", "REVIEW")] == [False]
