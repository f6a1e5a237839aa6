"""Open reviews: shown to both sides under an agreement, bounded, told once, taken back, expired."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hub.identity.reviews import pair_text
from hub.lanes.asking import Terms
from hub.lanes.reviews import Reviews, read_reviews, tell_reviews
from tests.unit.lanes.lane_events import SmallHub
from tests.unit.lanes.review_hub import (
    TODAY,
    answered,
    both_ways,
    items,
    looking_alike,
    never,
    person,
    shares_identity,
    terms,
    with_empty_store,
)

OHIO, NEVADA = person("wi", "P1"), person("nv", "7")
LATER = TODAY + timedelta(days=7)


def read(hub: SmallHub, wanted: Terms | None = None) -> Reviews:
    with hub.store.transaction() as tx:
        return read_reviews(tx, wanted or terms())


def tell(hub: SmallHub, wanted: Terms | None = None) -> Reviews:
    with hub.store.transaction() as tx:
        return tell_reviews(tx, wanted or terms())


async def with_one_review(hub: SmallHub) -> None:
    await hub.feed(*both_ways("wi", "nv"), *looking_alike(hub, OHIO, NEVADA, 1))


async def with_reviews(hub: SmallHub, count: int) -> None:
    """As many between the same two registries."""
    pairs = [(person("wi", f"P{n}"), person("nv", f"{n}")) for n in range(count)]
    messages = [m for n, pair in enumerate(pairs) for m in looking_alike(hub, *pair, n)]
    await hub.feed(*both_ways("wi", "nv"), *messages)


async def test_each_side_is_asked_about_its_own_record_and_told_words_alone(hub: SmallHub) -> None:
    await with_one_review(hub)

    tell(hub, terms(nv="office@example.gov"))

    (ours,) = await items(hub, "wi", "REVIEW")
    (theirs,) = await items(hub, "nv", "REVIEW")
    assert ours["person_ids"] == ["P1"]
    assert (ours["sender"], ours["record_id"]) == ("us-nv", "7")
    assert ours["others"] == [{"registry": "us-nv", "person_id": "7"}]
    assert ours["review"] == {
        "name": "absent",
        "birth": "agrees",
        "number": "differs",
        "purpose": "review",
        "contact": "office@example.gov",
        "opened_on": TODAY,
        "answer_by": TODAY + timedelta(days=60),
    }
    assert (theirs["person_ids"], theirs["sender"]) == (["7"], "us-wi")
    assert theirs["review"]["contact"] is None


async def test_without_an_agreement_both_ways_nothing_is_shown_and_the_pair_is_counted(
    hub: SmallHub,
) -> None:
    await hub.feed(shares_identity("wi", "nv"), *looking_alike(hub, OHIO, NEVADA, 1))

    reviews = tell(hub)

    assert (len(reviews.shown), len(reviews.unshared)) == (0, 1)
    assert await items(hub, "wi", "REVIEW") == await items(hub, "nv", "REVIEW") == []


async def test_an_agreement_that_ends_takes_the_question_back(hub: SmallHub) -> None:
    await with_one_review(hub)
    tell(hub)
    await hub.feed(shares_identity("nv", "wi", in_force=False))

    tell(hub)

    assert [each["withdrawn"] for each in await items(hub, "wi", "REVIEW")] == [True]
    assert [each["withdrawn"] for each in await items(hub, "nv", "REVIEW")] == [True]


async def test_a_week_shows_no_more_new_reviews_than_its_bound_and_the_next_goes_on(
    hub: SmallHub,
) -> None:
    await with_reviews(hub, 5)

    first = tell(hub, terms(weekly=2))
    again = tell(hub, terms(weekly=2))
    later = tell(hub, terms(LATER, weekly=2))

    assert [len(each.shown) for each in (first, again, later)] == [2, 2, 4]
    assert [len(each.waiting) for each in (first, again, later)] == [3, 3, 1]
    assert first.shown == again.shown
    assert set(first.shown) < set(later.shown)
    assert len(await items(hub, "wi", "REVIEW")) == len(await items(hub, "nv", "REVIEW")) == 4


async def test_a_closed_review_leaves_no_new_room_in_its_week(hub: SmallHub) -> None:
    await with_reviews(hub, 3)
    (first, *_) = tell(hub, terms(weekly=1)).shown
    await hub.feed(answered("nv", *first.pair, "DIFFERENT"))

    assert tell(hub, terms(weekly=1)).shown == ()
    assert len(tell(hub, terms(LATER, weekly=1)).shown) == 1


async def test_telling_again_says_nothing_new(hub: SmallHub) -> None:
    await with_one_review(hub)
    tell(hub)
    await hub.lanes.relay()

    tell(hub)

    with hub.store.transaction() as tx:
        assert tx.outbox.pending() == 0


async def test_the_likeliest_is_shown_first(hub: SmallHub) -> None:
    await with_reviews(hub, 4)

    reviews = read(hub, terms(weekly=2))

    scores = [each.score for each in (*reviews.shown, *reviews.waiting)]
    assert scores == sorted(scores, reverse=True)


async def test_what_nobody_answers_in_time_stays_apart_and_is_listed(hub: SmallHub) -> None:
    await with_one_review(hub)
    tell(hub)
    last = TODAY + timedelta(days=60)

    assert len(read(hub, terms(last)).shown) == 1
    reviews = tell(hub, terms(last + timedelta(days=1)))

    assert (len(reviews.shown), [pair_text(each.pair) for each in reviews.expired]) == (
        0,
        ["us-nv|7|us-wi|P1"],
    )
    ids = {row["national_id"] for row in hub.rows("SELECT national_id FROM link")}
    assert len(ids) == 2
    assert [each["withdrawn"] for each in await items(hub, "nv", "REVIEW")] == [True]


async def test_both_answers_link_and_close_the_review(hub: SmallHub) -> None:
    await with_one_review(hub)
    tell(hub)
    await hub.feed(answered("wi", OHIO, NEVADA, "SAME"))
    assert len(tell(hub).shown) == 1

    await hub.feed(answered("nv", OHIO, NEVADA, "SAME"))
    tell(hub)

    assert [each["withdrawn"] for each in await items(hub, "wi", "REVIEW")] == [True]
    assert len({row["national_id"] for row in hub.rows("SELECT national_id FROM link")}) == 1


async def test_a_dispute_of_a_link_is_asked_as_a_dispute(hub: SmallHub) -> None:
    await with_one_review(hub)
    await hub.feed(answered("wi", OHIO, NEVADA, "SAME"), answered("nv", OHIO, NEVADA, "SAME"))
    await hub.feed(answered("wi", OHIO, NEVADA, "DISPUTE", at=1))

    tell(hub)

    (ours,) = await items(hub, "nv", "REVIEW")
    assert (ours["withdrawn"], ours["review"]["purpose"]) == (False, "dispute")


async def test_never_takes_the_question_back(hub: SmallHub) -> None:
    await with_one_review(hub)
    tell(hub)

    await hub.feed(never(OHIO, NEVADA))
    tell(hub)

    assert [each["withdrawn"] for each in await items(hub, "wi", "REVIEW")] == [True]


async def test_what_was_shown_is_known_again_after_the_store_is_lost(
    hub: SmallHub, tmp_path: Path
) -> None:
    await with_reviews(hub, 3)
    before = tell(hub, terms(weekly=1))
    await hub.lanes.relay()

    again = await with_empty_store(hub, tmp_path / "again")

    assert read(again, terms(weekly=1)).shown == before.shown
    assert tell(again, terms(weekly=1)).waiting == before.waiting
    with again.store.transaction() as tx:
        assert tx.outbox.pending() == 0
    again.store.close()
