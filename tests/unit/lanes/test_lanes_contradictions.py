"""Decisions against a rule: counted by sums, told to both registries, taken back."""

from __future__ import annotations

from datetime import date

from hub.domain.log import Message
from hub.lanes.lapses import Window
from hub.lanes.notices import tell_notices, was_told
from hub.lanes.recognition import (
    Agreement,
    Bounds,
    read_agreement,
    read_matrix,
    tell_contradictions,
)
from tests.unit.lanes.lane_events import NOW, SmallHub, agreement, training
from tests.unit.lanes.lane_recognition import TODAY, begin, decided, told, withdrawn

BOUNDS = Bounds(at_least=2, of_last=4)


def trainings(count: int) -> list[Message]:
    """Short ones, which the rules accept in full."""
    return [training(f"R{n}") for n in range(count)]


def tell(hub: SmallHub) -> int:
    with hub.store.transaction() as tx:
        return len(tell_contradictions(tx, BOUNDS))


def read(hub: SmallHub, day: date = TODAY) -> Agreement:
    with hub.store.transaction() as tx:
        return read_agreement(tx, day, BOUNDS)


async def contradicted(hub: SmallHub, *, shared: bool = True) -> None:
    await begin(hub, *trainings(3), shared=shared)
    await hub.feed(decided("R0"), decided("R1", "REFUSED"), decided("R2", "REFUSED"))


async def test_both_registries_are_told_which_rule_is_contradicted(hub: SmallHub) -> None:
    await contradicted(hub)

    assert tell(hub) == 1

    for registry in ("us-nv", "us-wi"):
        (item,) = await told(hub, registry, "CONTRADICTIONS")
        assert (item["sender"], item["judge"], item["kind"]) == ("us-wi", "us-nv", "training")
        assert item["contradictions"] == {
            "rule_id": "short",
            "rule_version": 1,
            "contradicting": 2,
            "decisions": 3,
        }


async def test_without_an_agreement_only_the_registry_that_decided_is_told(
    hub: SmallHub,
) -> None:
    await contradicted(hub, shared=False)
    tell(hub)

    assert len(await told(hub, "us-nv", "CONTRADICTIONS")) == 1
    assert await told(hub, "us-wi", "CONTRADICTIONS") == []


async def test_telling_again_says_nothing_and_an_agreements_end_takes_back_one_side(
    hub: SmallHub,
) -> None:
    await contradicted(hub)
    tell(hub)
    await hub.lanes.relay()
    tell(hub)
    assert hub.rows("SELECT subject FROM outbox") == []

    await hub.feed(agreement("us-wi", "us-nv", in_force=False))
    tell(hub)

    assert await withdrawn(hub, "us-nv", "CONTRADICTIONS") == [False]
    assert await withdrawn(hub, "us-wi", "CONTRADICTIONS") == [True]


async def test_a_decision_that_is_changed_takes_it_back_from_both(hub: SmallHub) -> None:
    await contradicted(hub)
    tell(hub)
    await hub.feed(decided("R1", "ACCEPTED", revision=NOW - 500))

    assert tell(hub) == 0

    assert await withdrawn(hub, "us-nv", "CONTRADICTIONS") == [True]
    assert await withdrawn(hub, "us-wi", "CONTRADICTIONS") == [True]


async def test_later_decisions_push_the_earlier_ones_out_of_the_last(hub: SmallHub) -> None:
    await contradicted(hub)
    assert len(read(hub).contradictions) == 1

    hub.now_ms += 1
    await hub.feed(*(training(f"L{n}") for n in range(3)))
    await hub.feed(*(decided(f"L{n}") for n in range(3)))

    assert read(hub).contradictions == ()


async def test_sums_say_what_was_decided_how_it_agrees_how_long_it_took_and_why(
    hub: SmallHub,
) -> None:
    await begin(hub, *trainings(2), training("R8", hours="25"))
    hub.now_ms += 4 * 24 * 60 * 60 * 1000
    await hub.feed(
        decided("R0"), decided("R1", "REFUSED", reason="odd_reason"), decided("R8", "PARTLY")
    )

    (tally,) = read(hub).tallies

    assert (tally.sender, tally.receiver, tally.kind) == ("us-wi", "us-nv", "training")
    assert tally.decisions == {"ACCEPTED": 1, "PARTLY": 1, "REFUSED": 1}
    assert tally.verdicts == {"AGREES": 1, "CONTRADICTS": 1, "AFTER": 1}
    assert (tally.days, tally.days_of, tally.agreement) == (12, 3, (1, 2))
    assert tally.reasons == {"meets_standard": 2, "odd_reason": 1}


async def test_the_matrix_knows_the_last_day_of_a_decision_and_notes_are_none(
    hub: SmallHub,
) -> None:
    await begin(hub, *trainings(3))
    await hub.feed(
        decided("R0", decided_on=date(2026, 6, 10)),
        decided("R1", "PENDING", decided_on=date(2026, 6, 20)),
        decided("R2", decided_on=date(2026, 7, 20)),
    )
    way = ("us-wi", "us-nv", "training")

    with hub.store.transaction() as tx:
        june, august = read_matrix(tx, TODAY), read_matrix(tx, date(2026, 8, 1))

    assert (june.last_decided[way], august.last_decided[way]) == (
        date(2026, 6, 10),
        date(2026, 7, 20),
    )
    (tally,) = june.tallies
    assert tally.decisions == {"ACCEPTED": 1, "PENDING": 1}
    assert june.answers[way] == {"FULL": 3}


async def test_a_day_is_told_of_once(hub: SmallHub) -> None:
    await contradicted(hub)
    window = Window(day=TODAY)
    assert not was_told(hub.store, TODAY)

    tell_notices(hub.store, window, BOUNDS, -1)

    assert was_told(hub.store, TODAY)
    assert len(await told(hub, "us-nv", "CONTRADICTIONS")) == 1
