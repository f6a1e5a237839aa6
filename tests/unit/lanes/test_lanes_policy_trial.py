"""A draft tried on a store: who would gain or lose, told as far as records are shared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.adapters.sql_store import SqlTransaction
from hub.adapters.sql_trial import SqlTrialPages
from hub.domain.events import Kind
from hub.domain.log import Message
from hub.domain.rows import Person
from hub.lanes import policy_trial
from hub.lanes.policy_trial import (
    SMALL,
    Cell,
    Sums,
    Trial,
    Tried,
    change_of,
    shown_cells,
    try_policy,
)
from hub.reciprocity.answer import Answer
from hub.reciprocity.policy import parse_policy
from tests.unit.lanes.lane_events import (
    SmallHub,
    agreement,
    body_for,
    event,
    policy,
    profile,
    ssn_token,
    training,
)
from tests.unit.reciprocity.policy_drafts import Draft, policy_text

WISCONSIN, NEVADA, DAKOTA = Person("us-wi", "P1"), Person("us-nv", "N1"), Person("us-nd", "D1")
DAY = date(2026, 7, 1)


def nevada(*rules: Draft, revision: int = 1) -> str:
    return policy_text(*rules, registry="us-nv", revision=revision)


ALL = Draft("all", when="")
FIVE = Draft("five", when="", effect='outcome = "FULL"\ncap_hours = "5"')
TRAINERS = Draft("trainers", kind="trainer", when="", effect='outcome = "PARTIAL"')
REVIEWED = nevada(Draft("review", when="", effect='outcome = "NEEDS_REVIEW"'))


async def known(hub: SmallHub, *more: Message, shared: bool = True) -> SmallHub:
    """A training of 15 hours in Wisconsin, of a person whom Nevada knows too."""
    await hub.feed(
        policy("us-nv", REVIEWED),
        *([agreement("us-wi", "us-nv")] if shared else []),
        profile(hub.keyring, WISCONSIN, [ssn_token(1)]),
        profile(hub.keyring, NEVADA, [ssn_token(1)]),
        training(),
        *more,
    )
    return hub


def tried(hub: SmallHub, text: str, viewer: str = "us-nv", named_max: int = 100) -> Tried:
    trial = Trial(draft=parse_policy(text), day=DAY, viewer=viewer, named_max=named_max)
    with hub.store.reading() as sql:
        return try_policy(SqlTransaction(sql, 0), SqlTrialPages(sql), trial, lambda *_: None)


def sums_of(found: Tried) -> dict[tuple[Any, ...], tuple[int, str, str]]:
    return {
        tuple(cell): (sums.records, str(sums.hours_before), str(sums.hours_after))
        for cell, sums in found.cells.items()
    }


def consent(person: Person, to: str, **head: Any) -> Message:
    body = body_for(Kind.CONSENT, to=to, kinds=["training"], held_as="signed_form")
    name = f"{person.person_id}|{to}"
    return event(
        Kind.CONSENT, name, body, registry=person.registry, person_id=person.person_id, **head
    )


def request(person: Person, receiver: str) -> Message:
    body = body_for(Kind.PORTABILITY_REQUEST, receiver=receiver, requested_on=DAY)
    name = f"{person.person_id}|{receiver}"
    return event(
        Kind.PORTABILITY_REQUEST,
        name,
        body,
        registry=person.registry,
        person_id=person.person_id,
    )


def trainer(name: str = "A1", **head: Any) -> Message:
    body = body_for(
        Kind.APPROVAL,
        subject="TRAINER",
        trainer_id=f"T-{name}",
        status="APPROVED",
        approved_on=date(2025, 1, 1),
    )
    return event(Kind.APPROVAL, name, body, **head)


async def test_a_gain_is_summed_and_named_by_the_viewers_own_person(hub: SmallHub) -> None:
    found = tried(await known(hub), nevada(ALL, revision=2))

    assert found.standing == 1
    assert sums_of(found) == {("training", "us-wi", "gain", True): (1, "0.00", "15.00")}
    (named,) = found.named
    assert (named.person_ids, named.record_id, named.change) == (["N1"], "R1", "gain")
    assert named.before is not None
    assert named.before.outcome == "NEEDS_REVIEW"
    assert found.persons == {"gain": 1}


async def test_fewer_hours_are_a_loss(hub: SmallHub) -> None:
    await known(hub, policy("us-nv", nevada(ALL, revision=2), revision=2))

    found = tried(hub, nevada(FIVE, revision=3))

    assert sums_of(found) == {("training", "us-wi", "loss", True): (1, "15.00", "5.00")}


async def test_the_policy_that_stands_changes_nothing(hub: SmallHub) -> None:
    found = tried(await known(hub), REVIEWED)

    assert [cell.change for cell in found.cells] == ["same"]
    assert (found.named, found.named_count, found.persons) == ([], 0, {})


async def test_a_first_policy_answers_what_had_no_answer(hub: SmallHub) -> None:
    await hub.feed(
        agreement("us-wi", "us-nv"),
        profile(hub.keyring, WISCONSIN, [ssn_token(1)]),
        profile(hub.keyring, NEVADA, [ssn_token(1)]),
        training(),
    )

    found = tried(hub, nevada(ALL))

    assert found.standing is None
    assert found.named[0].before is None
    assert sums_of(found) == {("training", "us-wi", "gain", True): (1, "0", "15.00")}


async def test_kinds_on_which_only_one_of_the_two_has_rules_are_judged(hub: SmallHub) -> None:
    found = tried(await known(hub, trainer()), nevada(TRAINERS, revision=2))

    assert sums_of(found) == {
        ("training", "us-wi", "loss", True): (1, "0.00", "0"),
        ("trainer", "us-wi", "gain", True): (1, "0", "0"),
    }


async def test_without_an_agreement_records_are_counted_and_nobody_is_named(
    hub: SmallHub,
) -> None:
    found = tried(await known(hub, shared=False), nevada(ALL, revision=2))

    assert sums_of(found) == {("training", "us-wi", "gain", False): (1, "0.00", "15.00")}
    assert (found.named, found.named_count, found.persons) == ([], 0, {})
    assert shown_cells(found.cells).hidden


async def test_a_persons_consent_lets_the_record_be_named(hub: SmallHub) -> None:
    await known(hub, consent(WISCONSIN, "us-nv"), shared=False)

    found = tried(hub, nevada(ALL, revision=2))

    assert [each.record_id for each in found.named] == ["R1"]


@pytest.mark.parametrize(
    "opened",
    [agreement("us-nv", "us-wi"), request(WISCONSIN, "us-nv")],
    ids=["by an agreement", "by its own request"],
)
async def test_the_registry_that_holds_the_record_sees_its_own_persons(
    hub: SmallHub, opened: Message
) -> None:
    await known(hub, opened, shared=False)

    found = tried(hub, nevada(ALL, revision=2), viewer="us-wi")

    assert [(each.person_ids, each.record_id) for each in found.named] == [(["P1"], "R1")]


async def test_the_holder_does_not_learn_by_a_trial_whom_the_other_registry_knows(
    hub: SmallHub,
) -> None:
    await known(hub, trainer(), request(DAKOTA, "us-nv"))

    found = tried(hub, nevada(ALL, TRAINERS, revision=2), viewer="us-wi")

    assert found.named == []
    assert {(cell.kind, cell.shared) for cell in found.cells} == {
        ("training", False),
        ("trainer", True),
    }


@pytest.mark.parametrize("viewer", ["us-nd", "us-oh"])
async def test_a_third_registry_sees_no_person_and_no_small_sum(hub: SmallHub, viewer: str) -> None:
    """Though it knows the person too, as North Dakota does here."""
    await known(hub, profile(hub.keyring, DAKOTA, [ssn_token(1)]), agreement("us-wi", viewer))

    found = tried(hub, nevada(ALL, revision=2), viewer=viewer)

    assert found.named == []
    shown = shown_cells(found.cells)
    assert (shown.cells, shown.hidden) == ({}, True)


async def test_a_person_about_whom_the_registry_was_asked_is_judged(hub: SmallHub) -> None:
    await hub.feed(
        policy("us-nv", REVIEWED),
        profile(hub.keyring, WISCONSIN, [ssn_token(1)]),
        training(),
        request(WISCONSIN, "us-nv"),
    )

    found = tried(hub, nevada(ALL, revision=2))

    assert sums_of(found) == {("training", "us-wi", "gain", False): (1, "0.00", "15.00")}
    assert found.named == []


async def test_at_most_so_many_are_named_and_all_are_counted(hub: SmallHub) -> None:
    await known(hub, training("R2"), training("R3"))

    found = tried(hub, nevada(ALL, revision=2), named_max=2)

    assert (len(found.named), found.named_count, found.persons) == (2, 3, {"gain": 1})


async def test_pages_of_one_count_each_record_once(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a human with two accounts in Nevada, of others, and of approvals."""
    second, other = Person("us-nv", "N2"), Person("us-wi", "P2")
    await known(
        hub,
        profile(hub.keyring, second, [ssn_token(1)]),
        profile(hub.keyring, other, [ssn_token(2)]),
        profile(hub.keyring, Person("us-nv", "N3"), [ssn_token(2)]),
        training("R2", person_id="P2"),
        trainer("A1"),
        trainer("A2"),
        request(WISCONSIN, "us-nv"),
        request(second, "us-nv"),
        request(DAKOTA, "us-nv"),
    )
    text = nevada(ALL, TRAINERS, revision=2)
    whole = tried(hub, text)
    monkeypatch.setattr(policy_trial, "PERSONS_AT_A_TIME", 1)
    monkeypatch.setattr(policy_trial, "APPROVALS_AT_A_TIME", 1)

    paged = tried(hub, text)

    assert sums_of(paged) == sums_of(whole)
    assert whole.cells[Cell("trainer", "us-wi", "gain", True)].records == 2
    assert sum(sums.records for cell, sums in whole.cells.items() if cell.kind == "training") == 2
    assert sorted(each.record_id for each in paged.named) == ["R1", "R2"]


async def test_what_a_draft_was_tried_for_is_what_it_answers_once_published(
    hub: SmallHub,
) -> None:
    await known(hub, training("R2", trainer_id="T-A1"), trainer("A1"))
    draft = nevada(
        Draft("approved", when='trainer_approved_by = "others"'),
        FIVE.but(id="rest"),
        revision=2,
    )
    found = tried(hub, draft)

    await hub.feed(policy("us-nv", draft, revision=2))
    live = {
        each["record_id"]: (each["intervals"][-1]["outcome"], each["intervals"][-1]["rule_id"])
        for each in await hub.inbox("us-nv")
        if each["item"] == "MATCH"
    }

    assert live == {
        each.record_id: (each.after.outcome, each.after.rule_id)
        for each in found.named
        if each.after is not None
    }
    assert set(live) == {"R1", "R2"}


async def test_a_trial_writes_nothing(hub: SmallHub) -> None:
    await known(hub, trainer())
    tables = ("record", "match", "outbox", "touch", "counter", "published", "reference", "link")

    def content() -> list[Any]:
        return [hub.rows(f"SELECT * FROM {name} ORDER BY 1, 2, 3") for name in tables]

    before = content()
    tried(hub, nevada(ALL, TRAINERS, revision=2))

    assert content() == before


def answer(outcome: str, hours: str | None = None, **more: Any) -> Answer:
    accepted = None if hours is None else Decimal(hours)
    return Answer(
        outcome=outcome,
        reason="",
        rule_id="a",
        rule_version=1,
        accepted_hours=accepted,
        total_hours=accepted,
        **more,
    )


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (None, answer("DENIED"), "gain"),
        (answer("DENIED"), None, "loss"),
        (answer("NEEDS_REVIEW"), answer("NEEDS_DOCUMENT"), "gain"),
        (answer("PARTIAL", "5"), answer("PARTIAL", "6"), "gain"),
        (answer("PARTIAL", "15.00"), answer("FULL", "15"), "gain"),
        (answer("FULL", "15"), answer("FULL", "15.00"), "same"),
        (answer("FULL", counts_as="level-1"), answer("FULL", counts_as="level-2"), "other"),
        (answer("NEEDS_DOCUMENT"), answer("NEEDS_DOCUMENT", documents=("sign_in",)), "other"),
    ],
)
def test_an_answer_is_better_worse_another_or_the_same(
    before: Answer | None, after: Answer | None, change: str
) -> None:
    assert change_of(before, after) == change


CELLS = st.dictionaries(
    st.builds(
        Cell,
        st.sampled_from(["training", "credential"]),
        st.sampled_from(["us-oh", "us-wi", "us-fl"]),
        st.sampled_from(["gain", "loss", "same"]),
        st.booleans(),
    ),
    st.builds(Sums, st.integers(1, 25), st.just(Decimal(0)), st.just(Decimal(1))),
)


def records(parts: Iterable[Sums]) -> int:
    return sum(each.records for each in parts)


@given(CELLS)
def test_no_small_sum_of_what_is_not_shared_is_shown_or_can_be_worked_out(
    cells: dict[Cell, Sums],
) -> None:
    shown = shown_cells(cells)

    assert all(cell.shared or sums.records >= SMALL for cell, sums in shown.cells.items())
    assert all(shown.cells[cell] == sums for cell, sums in cells.items() if cell.shared)
    assert records(shown.cells.values()) + shown.together.records == records(cells.values())
    assert shown.hidden == (0 < shown.together.records < SMALL)
    unshared = [sums for cell, sums in cells.items() if not cell.shared]
    if shown.hidden:
        assert records(unshared) < SMALL
    apart = sum(not cell.shared for cell in cells) - sum(not cell.shared for cell in shown.cells)
    small = any(sums.records < SMALL for sums in unshared)
    assert apart == 0 if not small else apart >= 2 or shown.hidden
