"""The work queue: what the rules leave to people, as far as sharing lets the registry see it."""

from __future__ import annotations

from datetime import timedelta

from hub.domain.events import Change, Kind
from hub.domain.rows import Person
from hub.lanes.work_queue import Queue, read_queue
from tests.unit.lanes.lane_events import (
    NOW,
    NOW_MS,
    SmallHub,
    agreement,
    body_for,
    event,
    policy,
    training,
)
from tests.unit.lanes.lane_exchange import appeal, consent, request
from tests.unit.lanes.lane_recognition import (
    REVISION,
    TODAY,
    WISCONSIN,
    begin,
    decided,
    same_human,
)

DAY_MS = 24 * 60 * 60 * 1000


def queue(hub: SmallHub, registry: str = "us-nv", limit: int | None = None) -> Queue:
    with hub.store.transaction() as tx:
        return read_queue(tx, registry, TODAY + timedelta(days=30), limit=limit)


def names(found: Queue) -> list[str]:
    return [each.key.record_id for each in found.opened]


async def test_only_what_is_left_to_people_waits_with_own_ids_and_missing_documents(
    hub: SmallHub,
) -> None:
    await begin(hub, training("R1", hours="25"), training("R2"))

    found = queue(hub)
    (waiting,) = found.opened

    assert (waiting.key.record_id, waiting.kind, waiting.own_ids) == ("R1", "training", ["N1"])
    assert (waiting.answer.outcome, waiting.missing) == (
        "NEEDS_DOCUMENT",
        ("certificate", "roster"),
    )
    assert (found.total, found.matches) == (1, 2)
    assert (waiting.since, waiting.days) == (TODAY, 30)


async def test_what_is_decided_leaves_the_queue_and_documents_noted_stay_in_it(
    hub: SmallHub,
) -> None:
    await begin(hub, training("R1", hours="25"), training("R2", hours="30"))
    await hub.feed(decided("R1"), decided("R2", "PENDING", document_received=["roster"]))

    (waiting,) = queue(hub).opened

    assert waiting.key.record_id == "R2"
    assert waiting.missing == ("certificate",)
    assert waiting.decision is not None
    assert waiting.decision["document_received"] == ["roster"]


async def test_a_later_revision_comes_back_and_a_withdrawn_decision_too(hub: SmallHub) -> None:
    await begin(hub, training("R1", hours="25"), training("R2", hours="30"))
    await hub.feed(decided("R1"), decided("R2"))
    assert names(queue(hub)) == []

    await hub.feed(
        training("R1", hours="26", revision=NOW - 500),
        decided("R2", change=Change.WITHDRAWN, revision=NOW - 500),
    )

    assert names(queue(hub)) == ["R1", "R2"]
    assert {each.record_revision for each in queue(hub).opened} == {NOW - 500, REVISION}


async def test_the_oldest_come_first_and_a_limit_keeps_the_oldest(hub: SmallHub) -> None:
    await begin(hub, training("R9", hours="25"))
    hub.now_ms = NOW_MS + 3 * DAY_MS
    await hub.feed(training("R1", hours="25"), training("R2", hours="25"))

    assert names(queue(hub)) == ["R9", "R1", "R2"]
    assert [each.days for each in queue(hub).opened] == [30, 27, 27]
    found = queue(hub, limit=2)
    assert (names(found), found.total) == (["R9", "R1"], 3)


async def test_without_an_agreement_nothing_is_seen_and_when_it_ends_nothing_any_more(
    hub: SmallHub,
) -> None:
    await begin(hub, training("R1", hours="25"), shared=False)
    assert queue(hub).total == 0

    await hub.feed(agreement("us-wi", "us-nv"))
    assert names(queue(hub)) == ["R1"]

    await hub.feed(agreement("us-wi", "us-nv", in_force=False))
    assert (queue(hub).total, queue(hub).matches) == (0, 1)


async def test_one_persons_consent_opens_that_persons_kinds_alone(hub: SmallHub) -> None:
    other, there = Person("us-wi", "P2"), Person("us-nv", "N2")
    await begin(
        hub,
        *same_human(hub, other, there, number=2),
        training("R1", hours="25"),
        training("R2", hours="25", person_id="P2"),
        shared=False,
    )
    await hub.feed(consent(WISCONSIN, "us-nv", "training"), consent(other, "us-nv", "credential"))
    assert names(queue(hub)) == ["R1"]

    withdrawn = {"change": Change.WITHDRAWN, "revision": NOW - 500}
    await hub.feed(consent(WISCONSIN, "us-nv", "training", **withdrawn))
    assert queue(hub).total == 0


async def test_another_registry_sees_nothing_of_the_queue(hub: SmallHub) -> None:
    await begin(hub, training("R1", hours="25"))

    assert queue(hub, "us-nd").total == 0
    assert queue(hub, "us-wi").total == 0


async def test_an_appeal_is_shown_with_the_record_until_it_is_withdrawn(hub: SmallHub) -> None:
    record = ("us-wi", "training", "R1")
    await begin(hub, training("R1", hours="25"))
    await hub.feed(appeal(WISCONSIN, record, "us-nv"))

    (waiting,) = queue(hub).opened
    assert waiting.appeal is not None
    assert (waiting.appeal.reason, waiting.appeal.contact) == ("hours_miscounted", "office line 4")

    await hub.feed(appeal(WISCONSIN, record, "us-nv", change=Change.WITHDRAWN, revision=NOW - 500))
    (waiting,) = queue(hub).opened
    assert waiting.appeal is None


async def test_an_appeal_against_another_registry_is_not_shown(hub: SmallHub) -> None:
    await begin(hub, training("R1", hours="25"))
    await hub.feed(appeal(WISCONSIN, ("us-wi", "training", "R1"), "us-nd"))

    (waiting,) = queue(hub).opened
    assert waiting.appeal is None


async def test_a_person_that_the_registry_does_not_know_is_in_no_queue(hub: SmallHub) -> None:
    await begin(hub, training("R1", hours="25", person_id="P7"))

    assert queue(hub).total == 0


async def test_an_unknown_person_who_asks_is_seen_by_consent_alone_and_without_own_ids(
    hub: SmallHub,
) -> None:
    asker = Person("us-wi", "P7")
    await begin(hub, training("R1", hours="25", person_id="P7"), request(asker, "us-nv"))
    assert (queue(hub).matches, queue(hub).total) == (1, 0)

    await hub.feed(consent(asker, "us-nv", "training"))

    (waiting,) = queue(hub).opened
    assert (waiting.key.record_id, waiting.own_ids) == ("R1", [])


async def test_an_appeal_that_a_third_registry_files_needs_its_own_sharing(
    hub: SmallHub,
) -> None:
    dakota = Person("us-nd", "D1")
    await begin(hub, *same_human(hub, dakota), training("R1", hours="25"))
    await hub.feed(appeal(dakota, ("us-wi", "training", "R1"), "us-nv"))
    (waiting,) = queue(hub).opened
    assert waiting.appeal is None

    await hub.feed(agreement("us-nd", "us-nv"))

    (waiting,) = queue(hub).opened
    assert waiting.appeal is not None
    assert waiting.appeal.person == dakota


async def test_an_approval_waits_under_an_agreement_and_names_no_person(hub: SmallHub) -> None:
    course = event(
        Kind.APPROVAL,
        "A1",
        body_for(Kind.APPROVAL, subject="COURSE", status="APPROVED", approved_on=TODAY),
    )
    await begin(hub, course, policy("us-nv", COURSE_RULE, 2))

    (waiting,) = queue(hub).opened
    assert (waiting.kind, waiting.own_ids) == ("course", [])


COURSE_RULE = """
registry = "us-nv"
revision = 2
[[rule]]
id = "course"
version = 1
kind = "course"
from = 2024-07-01
citation = "https://example.org/"
[rule.effect]
outcome = "NEEDS_REVIEW"
"""
