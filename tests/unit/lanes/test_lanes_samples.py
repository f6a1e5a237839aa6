"""Duplicates of one registry, and each month's sample of automatic links with its live error."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hub.domain.state import SampleCount
from hub.lanes.review_samples import (
    Duplicates,
    Sample,
    read_counts,
    read_duplicates,
    read_sample,
    tell_duplicates,
    tell_sample,
)
from tests.unit.identity.small_model import last4_token, number_token
from tests.unit.lanes.lane_events import SmallHub, profile
from tests.unit.lanes.review_hub import (
    alike,
    answered,
    both_ways,
    items,
    looking_alike,
    never,
    person,
    terms,
    with_empty_store,
)

MONTH, END = "2026-06", date(2026, 7, 1)
"""The month of the events by hand."""


def read(hub: SmallHub, size: int = 200) -> Sample:
    with hub.store.transaction() as tx:
        return read_sample(tx, MONTH, size)


def tell(hub: SmallHub, size: int = 200, as_of: date = END) -> Sample:
    with hub.store.transaction() as tx:
        return tell_sample(tx, MONTH, size, terms(as_of))


def counts(hub: SmallHub) -> list[SampleCount]:
    with hub.store.transaction() as tx:
        return read_counts(tx)


def duplicates(hub: SmallHub, *, send: bool = False) -> Duplicates:
    with hub.store.transaction() as tx:
        return tell_duplicates(tx, "us-wi", terms()) if send else read_duplicates(tx, "us-wi")


async def with_links(hub: SmallHub, count: int) -> None:
    """As many automatic links between two registries, under an agreement."""
    messages = []
    for n in range(count):
        pair = (person("wi", f"P{n}"), person("nv", f"{n}"))
        messages += alike(hub, number_token(n + 1), *pair)
    await hub.feed(*both_ways("wi", "nv"), *messages)


async def answer(hub: SmallHub, n: int, registry: str, said: str, sample: str | None) -> None:
    one, other = person("wi", f"P{n}"), person("nv", f"{n}")
    await hub.feed(answered(registry, one, other, said, sample=sample))


async def test_the_same_month_and_state_give_the_same_sample(hub: SmallHub, tmp_path: Path) -> None:
    await with_links(hub, 12)
    again = await with_empty_store(hub, tmp_path / "again")

    first, second = read(hub, 5), read(again, 5)
    again.store.close()

    assert len(first.drawn) == len(set(first.drawn)) == 5
    assert (first.links, first.drawn) == (12, second.drawn)
    assert first.drawn == read(hub, 9).drawn[:5]


async def test_another_month_draws_other_links(hub: SmallHub) -> None:
    await with_links(hub, 12)
    with hub.store.transaction() as tx:
        assert read_sample(tx, "2026-07", 5).drawn != read_sample(tx, "2026-08", 5).drawn


async def test_only_links_by_score_between_registries_under_an_agreement_are_drawn(
    hub: SmallHub,
) -> None:
    await with_links(hub, 1)
    within = alike(hub, number_token(77), person("wi", "A"), person("wi", "B"))
    unshared = alike(hub, number_token(88), person("wi", "C"), person("nd", "D"))
    review = looking_alike(hub, person("wi", "E"), person("nv", "F"), 5)
    await hub.feed(*within, *unshared, *review)

    sample = read(hub)

    assert (sample.drawn, sample.unshared) == (("us-nv|0|us-wi|P0",), 1)


async def test_a_link_made_after_the_month_is_not_of_its_sample(hub: SmallHub) -> None:
    await with_links(hub, 1)
    with hub.store.transaction() as tx:
        assert read_sample(tx, "2026-05", 200).drawn == ()


async def test_both_registries_are_asked_and_the_sample_stays_what_it_was(hub: SmallHub) -> None:
    await with_links(hub, 6)
    first = tell(hub, 3)
    await hub.feed(never(person("wi", "P0"), person("nv", "0")))

    second = tell(hub, 3)

    (ours, *_) = await items(hub, "wi", "REVIEW")
    assert ours["review"]["purpose"] == "sample"
    assert (ours["review"]["opened_on"], ours["review"]["answer_by"]) == (
        END,
        END + timedelta(days=60),
    )
    assert second.drawn == first.drawn
    assert len(await items(hub, "wi", "REVIEW")) == len(await items(hub, "nv", "REVIEW")) == 3


async def test_the_live_error_counts_what_both_affirm_and_what_either_denies(
    hub: SmallHub,
) -> None:
    await with_links(hub, 4)
    tell(hub)
    assert counts(hub) == [SampleCount(MONTH, asked=4, half=0, counted=0, wrong=0)]

    await answer(hub, 0, "wi", "SAME", MONTH)
    await answer(hub, 0, "nv", "SAME", MONTH)
    await answer(hub, 1, "wi", "SAME", MONTH)
    await answer(hub, 2, "nv", "DIFFERENT", MONTH)
    await answer(hub, 3, "nv", "DIFFERENT", None)

    assert counts(hub) == [SampleCount(MONTH, asked=4, half=1, counted=2, wrong=1)]


async def test_an_answer_about_a_pair_that_nobody_sampled_counts_for_nothing(
    hub: SmallHub,
) -> None:
    await with_links(hub, 2)
    tell(hub, 1)
    asked = set(read(hub, 1).drawn)
    for n in range(2):
        await answer(hub, n, "nv", "DIFFERENT", MONTH)

    assert len(asked) == 1
    assert counts(hub) == [SampleCount(MONTH, asked=1, half=0, counted=1, wrong=1)]


async def test_what_is_answered_is_taken_back_and_so_is_the_rest_when_its_days_are_over(
    hub: SmallHub,
) -> None:
    await with_links(hub, 2)
    tell(hub)
    await answer(hub, 0, "wi", "DIFFERENT", MONTH)
    tell(hub)
    withdrawn = [each["withdrawn"] for each in await items(hub, "nv", "REVIEW")]
    assert sorted(withdrawn) == [False, True]

    tell(hub, as_of=END + timedelta(days=61))

    assert [each["withdrawn"] for each in await items(hub, "nv", "REVIEW")] == [True, True]


async def test_a_link_is_sampled_once(hub: SmallHub) -> None:
    await with_links(hub, 3)
    first = tell(hub, 2)

    with hub.store.transaction() as tx:
        later = read_sample(tx, "2026-07", 200)

    assert set(later.drawn).isdisjoint(first.drawn)
    assert len(later.drawn) == 1


async def test_duplicates_are_told_to_their_registry_and_no_record_moves(hub: SmallHub) -> None:
    linked = alike(hub, number_token(1), person("wi", "A"), person("wi", "B"))
    review = looking_alike(hub, person("wi", "C"), person("wi", "D"), 5)
    await hub.feed(*linked, *review, *looking_alike(hub, person("nv", "1"), person("nv", "2"), 6))

    duplicates(hub, send=True)

    told = await items(hub, "wi", "DUPLICATE")
    assert sorted(each["person_ids"] for each in told) == [["A", "B"], ["C", "D"]]
    assert {each["review"]["purpose"] for each in told} == {"duplicate"}
    assert await items(hub, "nv", "DUPLICATE") == []
    persons = {row["person_id"] for row in hub.rows("SELECT person_id FROM record WHERE kind = 1")}
    assert persons == {"A", "B", "C", "D", "1", "2"}


async def test_accounts_that_share_a_person_through_another_registrys_are_duplicates(
    hub: SmallHub,
) -> None:
    """A has the whole number of Nevada's account, B its last fours: nothing joins A and B."""
    both = sorted([number_token(1), last4_token(5)])
    await hub.feed(
        *alike(hub, number_token(1), person("wi", "A")),
        *alike(hub, last4_token(5), person("wi", "B")),
        profile(hub.keyring, person("nv", "1"), both),
    )

    (found,) = duplicates(hub, send=True).found

    assert (found.cause, found.opened_on) == ("mates", None)
    assert [each["person_ids"] for each in await items(hub, "wi", "DUPLICATE")] == [["A", "B"]]


async def test_a_duplicate_that_the_registry_settles_is_taken_back(hub: SmallHub) -> None:
    await hub.feed(*looking_alike(hub, person("wi", "C"), person("wi", "D"), 5))
    duplicates(hub, send=True)
    await hub.feed(answered("wi", person("wi", "C"), person("wi", "D"), "DIFFERENT"))

    found = duplicates(hub, send=True)

    assert found.found == ()
    assert [each["withdrawn"] for each in await items(hub, "wi", "DUPLICATE")] == [True]
