"""Consents open the gate for one person, requests are answered to the asker alone, decisions come
back, appeals are handed on; whatever is taken back is withdrawn, and nothing says why."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hub.adapters.sql_scan import scan_store
from hub.domain.events import Change
from hub.domain.log import Message
from hub.domain.rows import Person
from hub.domain.topics import RECIPROCITY, inbox_topic
from tests.unit.lanes.exchange_hub import (
    DAKOTA,
    LATER,
    NEVADA,
    RECORD,
    RULES,
    WISCONSIN,
    alone,
    known,
    matches,
    profiles,
    standing,
    told,
)
from tests.unit.lanes.lane_events import (
    SmallHub,
    agreement,
    policy,
    profile,
    ssn_token,
    training,
)
from tests.unit.lanes.lane_exchange import appeal, consent, decision, request


async def test_a_policy_is_told_to_the_registry_in_whose_name_it_stands(hub: SmallHub) -> None:
    await hub.feed(policy("us-nv", RULES))

    (item,) = await told(hub, "us-nv", "POLICY")
    assert (item["sender"], item["policy"]["revision"]) == ("alliance", 1)
    assert await hub.inbox("us-wi") == []


async def test_a_request_is_answered_to_the_asker_alone(hub: SmallHub) -> None:
    await alone(hub, agreement("us-wi", "us-nv"), request(WISCONSIN, "us-nv"))

    assert matches(hub) == [("R1", "us-nv")]
    noted, answer = await standing(hub, "us-wi", "PORTABILITY")
    assert (noted["judge"], noted["person_ids"], noted["record_id"]) == ("us-nv", ["P1"], None)
    assert noted["rule"] == "NO_POLICY: credential, education"
    assert (answer["sender"], answer["record_id"], answer["judge"]) == ("us-wi", "R1", "us-nv")
    assert answer["intervals"][-1]["outcome"] == "NEEDS_DOCUMENT"
    assert [item["item"] for item in await hub.inbox("us-nv")] == ["POLICY"]


async def test_a_request_stands_until_it_is_withdrawn(hub: SmallHub) -> None:
    await alone(hub, request(WISCONSIN, "us-nv"))
    await hub.feed(training("R2", person_id="P1"))
    assert len(await standing(hub, "us-wi", "PORTABILITY")) == 3

    await hub.feed(request(WISCONSIN, "us-nv", change=Change.WITHDRAWN, revision=LATER))

    assert matches(hub) == []
    assert await standing(hub, "us-wi", "PORTABILITY") == []
    assert len(await told(hub, "us-wi", "PORTABILITY")) == 3

    await hub.feed(request(WISCONSIN, "us-nv", revision=LATER + 1))
    assert len(await standing(hub, "us-wi", "PORTABILITY")) == 3


async def test_a_record_that_its_registry_withdraws_changes_the_answer(hub: SmallHub) -> None:
    await alone(hub, request(WISCONSIN, "us-nv"))

    await hub.feed(training("R1", change=Change.WITHDRAWN, revision=LATER))

    answer = (await standing(hub, "us-wi", "PORTABILITY"))[-1]
    assert answer["intervals"][-1]["outcome"] == "DENIED"


async def test_the_judged_registry_learns_of_a_request_by_consent_alone(hub: SmallHub) -> None:
    await alone(hub, request(WISCONSIN, "us-nv"))
    assert await told(hub, "us-nv", "MATCH") == []

    await hub.feed(consent(WISCONSIN, "us-nv", "training"))
    (item,) = await standing(hub, "us-nv", "MATCH")
    assert (item["record_id"], item["person_ids"], item["others"]) == ("R1", [], [])

    await hub.feed(consent(WISCONSIN, "us-nv", "training", "link", revision=LATER))
    (item,) = await standing(hub, "us-nv", "MATCH")
    assert item["others"] == [{"registry": "us-wi", "person_id": "P1"}]

    gone = consent(WISCONSIN, "us-nv", "link", change=Change.WITHDRAWN, revision=LATER + 1)
    await hub.feed(gone)
    (item,) = await told(hub, "us-nv", "MATCH")
    assert (item["withdrawn"], item["others"], item["intervals"]) == (True, [], [])


@pytest.mark.parametrize("kinds", [("credential",), ("education", "link"), ()])
async def test_a_consent_opens_its_own_kinds_and_no_other(
    hub: SmallHub, kinds: tuple[str, ...]
) -> None:
    await alone(hub, *profiles(hub, NEVADA), consent(WISCONSIN, "us-nv", *kinds))

    assert matches(hub) == [("R1", "us-nv")]
    assert await told(hub, "us-nv", "MATCH") == []
    assert len(await standing(hub, "us-nv", "LINK")) == int("link" in kinds)


async def test_a_consent_opens_one_person_and_no_other(hub: SmallHub) -> None:
    others = [
        profile(hub.keyring, Person(registry, "X"), [ssn_token(2)])
        for registry in ("us-wi", "us-nv")
    ]
    await alone(hub, *profiles(hub, NEVADA), *others, training("R2", person_id="X"))
    assert matches(hub) == [("R1", "us-nv"), ("R2", "us-nv")]

    await hub.feed(consent(WISCONSIN, "us-nv", "training"))

    assert [item["record_id"] for item in await standing(hub, "us-nv", "MATCH")] == ["R1"]


async def test_an_asker_sees_others_records_as_far_as_they_are_shared(hub: SmallHub) -> None:
    await alone(
        hub,
        *profiles(hub, DAKOTA),
        training("D9", registry="us-nd", person_id="D1"),
        request(WISCONSIN, "us-nv"),
    )
    assert matches(hub) == [("D9", "us-nv"), ("R1", "us-nv")]
    seen = [item["record_id"] for item in await standing(hub, "us-wi", "PORTABILITY")]
    assert seen == [None, "R1"]

    await hub.feed(agreement("us-nd", "us-wi"))
    seen = [item["record_id"] for item in await standing(hub, "us-wi", "PORTABILITY")]
    assert sorted(filter(None, seen)) == ["D9", "R1"]

    await hub.feed(agreement("us-nd", "us-wi", in_force=False))
    gone = [item for item in await told(hub, "us-wi", "PORTABILITY") if item["withdrawn"]]
    assert [(item["record_id"], item["intervals"]) for item in gone] == [(None, [])]
    assert await hub.inbox("us-nd") == []


async def test_a_record_that_leaves_the_asker_is_withdrawn_with_the_link(hub: SmallHub) -> None:
    await alone(
        hub,
        agreement("us-nd", "us-wi"),
        *profiles(hub, DAKOTA),
        training("D9", registry="us-nd", person_id="D1"),
        request(WISCONSIN, "us-nv"),
    )
    assert len(await standing(hub, "us-wi", "PORTABILITY")) == 3

    await hub.feed(profile(hub.keyring, DAKOTA, [ssn_token(2)], revision=LATER))

    seen = [item["record_id"] for item in await standing(hub, "us-wi", "PORTABILITY")]
    assert seen == [None, "R1"]
    assert matches(hub) == [("R1", "us-nv")]


async def test_windows_are_measured_to_the_request_where_it_may_be_known(hub: SmallHub) -> None:
    text = RULES.replace('min_amount = { amount = "10", unit = "clock" }', "within_months = 3")
    # Completed on 1 March: the window ends on 1 June.
    await hub.feed(policy("us-nv", text), *profiles(hub, WISCONSIN), training(trainer_id=None))
    await hub.feed(request(WISCONSIN, "us-nv", on=date(2026, 6, 1)))
    answer = (await standing(hub, "us-wi", "PORTABILITY"))[-1]
    outcomes = [interval["outcome"] for interval in answer["intervals"]]
    assert outcomes[-1] == "NEEDS_DOCUMENT"

    await hub.feed(request(WISCONSIN, "us-nv", on=date(2026, 6, 2), revision=LATER))
    answer = (await standing(hub, "us-wi", "PORTABILITY"))[-1]
    assert answer["intervals"][-1]["outcome"] == "PARTIAL"


async def test_a_request_does_not_show_in_the_answer_of_a_registry_that_knows_the_person(
    hub: SmallHub,
) -> None:
    text = RULES.replace('min_amount = { amount = "10", unit = "clock" }', "within_months = 3")
    await known(hub, policy("us-nv", text.replace("revision = 1", "revision = 2"), revision=2))
    (before,) = await told(hub, "us-nv", "MATCH")

    await hub.feed(request(WISCONSIN, "us-nv", on=date(2026, 6, 1)))

    assert await told(hub, "us-nv", "MATCH") == [before]
    answer = (await standing(hub, "us-wi", "PORTABILITY"))[-1]
    assert answer["intervals"] != before["intervals"]

    await hub.feed(consent(WISCONSIN, "us-nv", "training"))
    (item,) = await told(hub, "us-nv", "MATCH")
    assert item["intervals"] == answer["intervals"]


async def test_an_asker_sees_decisions_on_its_own_records_alone(hub: SmallHub) -> None:
    await alone(
        hub,
        agreement("us-nd", "us-wi"),
        agreement("us-wi", "us-nv"),
        *profiles(hub, DAKOTA),
        training("D9", registry="us-nd", person_id="D1"),
        request(WISCONSIN, "us-nv"),
        decision("us-nv", RECORD, document_received=["certificate"]),
        decision("us-nv", ("us-nd", "training", "D9"), document_received=["certificate"]),
    )

    answers = {item["record_id"]: item for item in await standing(hub, "us-wi", "PORTABILITY")}
    assert answers["R1"]["decision"]["decision"] == "ACCEPTED"
    assert answers["R1"]["intervals"][-1]["outcome"] == "FULL"
    assert answers["D9"]["decision"] is None
    assert answers["D9"]["intervals"][-1]["outcome"] == "NEEDS_DOCUMENT"


async def test_an_appeal_goes_to_who_answered_with_whom_to_call(hub: SmallHub) -> None:
    await known(hub, appeal(WISCONSIN, RECORD, "us-nv"))

    (item,) = await standing(hub, "us-nv", "DISPUTE")
    assert item["appeal"] == {
        "reason": "hours_miscounted",
        "contact": "office line 4",
        "match_version": 1,
    }
    assert item["others"] == [{"registry": "us-wi", "person_id": "P1"}]

    await hub.feed(appeal(WISCONSIN, RECORD, "us-nv", change=Change.WITHDRAWN, revision=LATER))
    assert await standing(hub, "us-nv", "DISPUTE") == []


async def test_an_appeal_is_handed_on_as_far_as_the_record_is_shared(hub: SmallHub) -> None:
    await alone(hub, appeal(WISCONSIN, RECORD, "us-nv"))
    assert await told(hub, "us-nv", "DISPUTE") == []

    await hub.feed(consent(WISCONSIN, "us-nv", "training"))
    (item,) = await standing(hub, "us-nv", "DISPUTE")
    assert item["others"] == []

    await hub.feed(consent(WISCONSIN, "us-nv", "training", change=Change.WITHDRAWN, revision=LATER))
    (item,) = await told(hub, "us-nv", "DISPUTE")
    assert (item["withdrawn"], item["appeal"], item["sender"]) == (True, None, None)


async def test_ids_with_bars_are_not_taken_for_others(hub: SmallHub) -> None:
    odd = Person("us-wi", "P1|us-nv")
    await alone(
        hub,
        profile(hub.keyring, odd, [ssn_token(5)]),
        training("R5", person_id=odd.person_id),
        request(WISCONSIN, "us-nv"),
        request(odd, "us-nv"),
    )
    assert len(await standing(hub, "us-wi", "PORTABILITY")) == 4

    await hub.feed(request(WISCONSIN, "us-nv", change=Change.WITHDRAWN, revision=LATER))

    left = await standing(hub, "us-wi", "PORTABILITY")
    assert {tuple(item["person_ids"]) for item in left} == {("P1|us-nv",)}
    assert len(left) == 2


def everything(hub: SmallHub) -> list[Message]:
    """Events of which each concerns another; no two of them about the same thing."""
    record = ("us-nd", "training", "D9")
    return [
        policy("us-nv", RULES),
        agreement("us-wi", "us-nv"),
        agreement("us-nd", "us-wi"),
        *profiles(hub, WISCONSIN, NEVADA, DAKOTA),
        training(trainer_id=None),
        training("D9", registry="us-nd", person_id="D1", revision=LATER),
        consent(DAKOTA, "us-nv", "training"),
        consent(WISCONSIN, "us-nv", "link"),
        request(WISCONSIN, "us-nv"),
        request(WISCONSIN, "us-fl"),
        request(DAKOTA, "us-nv"),
        decision("us-nv", RECORD, "REFUSED", document_received=["certificate"]),
        decision("us-nv", record, record_revision=LATER),
        appeal(WISCONSIN, record, "us-nv"),
        appeal(DAKOTA, record, "us-nv"),
    ]


async def ended(hub: SmallHub, events: list[Message]) -> tuple[Any, ...]:
    """What stands once all of these were fed, each derived before the next."""
    for message in events:
        await hub.feed(message)
    inboxes = {
        registry: sorted(repr(item) for item in await hub.inbox(registry) if not item["withdrawn"])
        for registry in ("us-wi", "us-nv", "us-nd")
    }
    rows = hub.rows(
        "SELECT registry, kind, record_id, receiver, leaf FROM match ORDER BY 1, 2, 3, 4"
    )
    sums = hub.rows(
        "SELECT name, registry, dim, day, sum(value) AS n FROM counter"
        " WHERE name NOT LIKE 'decision_days%' GROUP BY 1, 2, 3, 4 HAVING sum(value) <> 0"
        " ORDER BY 1, 2, 3, 4"
    )
    return inboxes, rows, sums


@pytest.mark.parametrize("seed", range(12))
async def test_inboxes_end_alike_whatever_the_order_of_events(tmp_path: Path, seed: int) -> None:
    results = []
    for name in ("in_order", "shuffled"):
        (tmp_path / name).mkdir()
        hub = await SmallHub(tmp_path / name).start()
        events = everything(hub)
        if name == "shuffled":
            Random(seed).shuffle(events)
        results.append(await ended(hub, events))
        hub.store.close()

    assert results[0] == results[1]


async def test_a_revision_that_leaves_an_answer_as_it_is_says_nothing_new(hub: SmallHub) -> None:
    await known(hub, request(WISCONSIN, "us-nv"))
    columns = "SELECT leaf, basis FROM match"
    (before,) = hub.rows(columns)
    topics = (RECIPROCITY, inbox_topic("us-wi"))
    said = [len(await hub.records(topic)) for topic in topics]
    judged = await told(hub, "us-nv", "MATCH")

    await hub.feed(policy("us-nv", RULES.replace("revision = 1", "revision = 2"), revision=2))

    (after,) = hub.rows(columns)
    assert after["leaf"] == before["leaf"]
    assert after["basis"] != before["basis"]
    assert [len(await hub.records(topic)) for topic in topics] == said
    assert await told(hub, "us-nv", "MATCH") == judged
    assert scan_store(hub.store).differing == []
