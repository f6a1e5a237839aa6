"""Matches follow links, agreements, approvals and policies; inboxes hear of each change once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.domain.events import Kind
from hub.domain.log import Message
from hub.domain.rows import Person, TouchKey
from hub.domain.topics import RECIPROCITY
from hub.lanes import derive
from hub.lanes.derive import derive_once
from hub.lanes.records import person_touch
from hub.wire.codec import read_event
from tests.unit.lanes.lane_events import (
    NOW,
    SmallHub,
    agreement,
    body_for,
    event,
    policy,
    profile,
    ssn_token,
    training,
)

WISCONSIN, NEVADA, DAKOTA = Person("us-wi", "P1"), Person("us-nv", "N1"), Person("us-nd", "D1")
LATER = NOW - 500


def policy_text(registry: str, revision: int, outcome: str = "FULL") -> str:
    """A trainer whom the record's own registry approved is believed; others are reviewed."""
    return f"""
registry = "{registry}"
revision = {revision}
[[rule]]
id = "trainer-approved"
version = {revision}
kind = "training"
from = 2024-07-01
citation = "https://example.org/"
[rule.when]
trainer_approved_by = "others"
[rule.effect]
outcome = "{outcome}"
[[rule]]
id = "trainer-not-approved"
version = 1
kind = "training"
from = 2024-07-01
citation = "https://example.org/"
[rule.effect]
outcome = "NEEDS_REVIEW"
"""


def approval(trainer_id: str = "T1", **head: Any) -> Message:
    body = body_for(
        Kind.APPROVAL,
        subject="TRAINER",
        trainer_id=trainer_id,
        status="APPROVED",
        approved_on=date(2025, 1, 1),
    )
    return event(Kind.APPROVAL, "A1", body, **head)


def matches(hub: SmallHub) -> list[tuple[str, str]]:
    rows = hub.rows("SELECT record_id, receiver FROM match ORDER BY record_id, receiver")
    return [(row["record_id"], row["receiver"]) for row in rows]


async def told(hub: SmallHub, registry: str, item: str = "MATCH") -> list[dict[str, Any]]:
    return [each for each in await hub.inbox(registry) if each["item"] == item]


async def outcome(hub: SmallHub) -> str:
    (item,) = await told(hub, "us-nv")
    return str(item["intervals"][-1]["outcome"])


async def published(hub: SmallHub) -> list[tuple[int, bool]]:
    """Version and withdrawal of each match event, in order."""
    events = [read_event(record) for record in await hub.records(RECIPROCITY)]
    return [(envelope.head.revision, body["withdrawn"]) for envelope, body in events]


async def linked(hub: SmallHub, *more: Message) -> None:
    """One training in Wisconsin, whose person Nevada knows too, and lets be known."""
    await hub.feed(
        policy("us-nv", policy_text("us-nv", 1)),
        agreement("us-wi", "us-nv"),
        agreement("us-nv", "us-wi"),
        profile(hub.keyring, WISCONSIN, [ssn_token(1)]),
        profile(hub.keyring, NEVADA, [ssn_token(1)]),
        training(trainer_id="T1"),
        *more,
    )


async def test_a_match_appears_with_the_link(hub: SmallHub) -> None:
    await hub.feed(
        policy("us-nv", policy_text("us-nv", 1)),
        agreement("us-wi", "us-nv"),
        profile(hub.keyring, WISCONSIN, [ssn_token(1)]),
        training(),
    )
    assert matches(hub) == []

    await hub.feed(profile(hub.keyring, NEVADA, [ssn_token(1)]))

    assert matches(hub) == [("R1", "us-nv")]
    (item,) = await told(hub, "us-nv")
    assert (item["sender"], item["record_id"], item["person_ids"]) == ("us-wi", "R1", ["N1"])
    (link,) = await told(hub, "us-nv", "LINK")
    assert link["others"] == [{"registry": "us-wi", "person_id": "P1"}]


async def test_a_match_goes_with_the_link_and_comes_back_with_it(hub: SmallHub) -> None:
    await linked(hub)
    (first,) = await told(hub, "us-nv")

    await hub.feed(profile(hub.keyring, NEVADA, [ssn_token(2)], revision=LATER))
    assert matches(hub) == []
    (gone,) = await told(hub, "us-nv")
    assert (gone["withdrawn"], gone["intervals"]) == (True, [])
    assert [each["withdrawn"] for each in await told(hub, "us-nv", "LINK")] == [True]

    await hub.feed(profile(hub.keyring, NEVADA, [ssn_token(1)], revision=LATER + 1))
    assert matches(hub) == [("R1", "us-nv")]
    assert await told(hub, "us-nv") == [first]
    assert await published(hub) == [(1, False), (2, True), (3, False)]


async def test_sums_of_answers_are_taken_back_with_the_match(hub: SmallHub) -> None:
    await linked(hub)
    query = "SELECT sum(value) AS n FROM counter WHERE name = 'answers'"
    assert hub.rows(query) == [{"n": 1}]

    await hub.feed(profile(hub.keyring, NEVADA, [ssn_token(2)], revision=LATER))

    assert hub.rows(query) == [{"n": 0}]


async def test_an_ended_agreement_silences_the_inbox_and_keeps_the_match(hub: SmallHub) -> None:
    await linked(hub)
    before = await published(hub)
    heard = await told(hub, "us-nv")

    await hub.feed(agreement("us-wi", "us-nv", in_force=False))

    assert matches(hub) == [("R1", "us-nv")]
    (item,) = await told(hub, "us-nv")
    assert (item["withdrawn"], item["intervals"], item["person_ids"]) == (True, [], [])
    assert [each["withdrawn"] for each in await told(hub, "us-nv", "LINK")] == [True]
    assert [each["withdrawn"] for each in await told(hub, "us-wi", "LINK")] == [False]
    assert await published(hub) == before

    await hub.feed(agreement("us-wi", "us-nv"))
    assert await told(hub, "us-nv") == heard


async def test_without_an_agreement_nobody_hears_and_the_match_is_there(hub: SmallHub) -> None:
    await hub.feed(
        policy("us-nv", policy_text("us-nv", 1)),
        profile(hub.keyring, WISCONSIN, [ssn_token(1)]),
        profile(hub.keyring, NEVADA, [ssn_token(1)]),
        training(),
    )

    assert matches(hub) == [("R1", "us-nv")]
    assert [item["item"] for item in await hub.inbox("us-nv")] == ["POLICY"]
    assert await hub.inbox("us-wi") == []


async def test_an_approval_that_arrives_later_changes_the_answer(hub: SmallHub) -> None:
    await linked(hub)
    assert await outcome(hub) == "NEEDS_REVIEW"

    await hub.feed(approval())
    assert await outcome(hub) == "FULL"

    await hub.feed(approval(trainer_id="T9", revision=LATER))
    assert await outcome(hub) == "NEEDS_REVIEW"


def course_policy() -> Message:
    text = policy_text("us-nv", 1).replace("trainer_approved_by", "course_approved_by")
    return policy("us-nv", text)


async def test_an_approval_is_found_by_its_course_and_lost_with_it(hub: SmallHub) -> None:
    """Records may cite the course where the approval has an id of its own."""

    def of_course(course_id: str, revision: int) -> Message:
        fields = {"course_id": course_id, "status": "APPROVED", "approved_on": date(2025, 1, 1)}
        return event(Kind.APPROVAL, "A1", body_for(Kind.APPROVAL, **fields), revision=revision)

    await hub.feed(
        course_policy(),
        agreement("us-wi", "us-nv"),
        profile(hub.keyring, WISCONSIN, [ssn_token(1)]),
        profile(hub.keyring, NEVADA, [ssn_token(1)]),
        training(approval_code="C1"),
        of_course("C1", LATER),
    )
    assert await outcome(hub) == "FULL"

    await hub.feed(of_course("C2", LATER + 1))
    assert await outcome(hub) == "NEEDS_REVIEW"


async def test_an_approval_of_another_registry_changes_nothing(hub: SmallHub) -> None:
    await linked(hub, approval(registry="us-nd"))

    assert await outcome(hub) == "NEEDS_REVIEW"


async def test_a_policy_of_a_higher_revision_is_evaluated_again(hub: SmallHub) -> None:
    await linked(hub, approval())
    await hub.feed(policy("us-nv", policy_text("us-nv", 2, "NEEDS_REVIEW"), 2))
    assert await outcome(hub) == "NEEDS_REVIEW"

    sent = await published(hub)
    await hub.feed(policy("us-nv", policy_text("us-nv", 1), 1))

    assert await outcome(hub) == "NEEDS_REVIEW"
    assert await published(hub) == sent


async def test_a_policy_that_arrives_last_finds_what_is_there(hub: SmallHub) -> None:
    await hub.feed(
        agreement("us-wi", "us-nv"),
        profile(hub.keyring, WISCONSIN, [ssn_token(1)]),
        profile(hub.keyring, NEVADA, [ssn_token(1)]),
        training(),
    )
    assert matches(hub) == []

    await hub.feed(policy("us-nv", policy_text("us-nv", 1)))

    assert matches(hub) == [("R1", "us-nv")]


async def test_a_record_that_moves_takes_its_match_along(hub: SmallHub) -> None:
    await linked(hub)
    await hub.feed(training(trainer_id="T1", person_id="P2", revision=LATER))

    assert matches(hub) == []
    (item,) = await told(hub, "us-nv")
    assert item["withdrawn"] is True


async def test_a_record_is_matched_for_every_other_registry_of_the_cluster(hub: SmallHub) -> None:
    await linked(
        hub,
        policy("us-nd", policy_text("us-nd", 1)),
        policy("us-wi", policy_text("us-wi", 1)),
        profile(hub.keyring, DAKOTA, [ssn_token(1)]),
    )

    assert matches(hub) == [("R1", "us-nd"), ("R1", "us-nv")]


async def test_deriving_again_from_nothing_new_says_nothing(hub: SmallHub) -> None:
    await linked(hub, approval())
    ends = await hub.log.ends()
    with hub.store.transaction() as tx:
        persons = ("us-wi|P1", "us-nv|N1")
        tx.touches.add({TouchKey("person", each): 2 for each in persons})
    await hub.feed()

    assert await hub.log.ends() == ends


@pytest.mark.parametrize("touches_max", [1, 2, 7])
async def test_small_batches_of_touches_end_in_the_same_answers(
    hub: SmallHub, touches_max: int
) -> None:
    await linked(hub)
    await hub.log.append([approval(), training("R2", trainer_id="T1")])
    await hub.lanes.fold()
    while derive_once(hub.store, touches_max=touches_max):
        pass
    with hub.store.transaction() as tx:
        assert tx.touches.pending() == 0
    await hub.feed()

    items = await told(hub, "us-nv")
    assert [item["intervals"][-1]["outcome"] for item in items] == ["FULL", "FULL"]


async def test_a_batch_holds_no_more_persons_than_have_so_many_records(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "RECORDS_MAX", 3)
    monkeypatch.setattr(derive, "_NAMED_MAX", 2)
    clusters = [(Person("us-wi", f"P{n}"), Person("us-nv", f"N{n}")) for n in range(4)]
    await hub.feed(
        policy("us-nv", policy_text("us-nv", 1)),
        *(
            profile(hub.keyring, person, [ssn_token(number)])
            for number, pair in enumerate(clusters)
            for person in pair
        ),
        *(training(f"R{n}", person_id=f"P{n // 2}") for n in range(8)),
    )
    assert len(matches(hub)) == 8

    with hub.store.transaction() as tx:
        tx.touches.add({person_touch(one): 0 for one, _ in clusters})
    batches = []
    while count := derive_once(hub.store):
        batches.append(count)

    assert batches == [1, 1, 1, 1]
