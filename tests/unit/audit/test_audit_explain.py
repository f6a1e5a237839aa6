"""Explained from the log alone: what the lanes would make of it, and no more than is read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.domain.events import Change
from hub.domain.log import Message
from hub.domain.rows import Person
from hub.errors import RejectedError
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.facts_json import input_from_json, input_to_json
from hub.wire.codec import UnknownSchemaError
from tests.unit.audit.explained_log import (
    BASE,
    COMPLETED,
    DAKOTA,
    DAY,
    DENIED,
    FULL,
    LATER,
    NEVADA,
    WISCONSIN,
    WITHDRAWN,
    WITHIN_THREE_MONTHS,
    ExplainedLog,
    asked,
    decided,
    known,
    linked,
    request,
    rules,
    trainer,
)
from tests.unit.lanes.lane_events import NOW_MS, agreement, policy, training

STRANGER = Person("us-wi", "P2")


async def made(*messages: Message) -> ExplainedLog:
    return await ExplainedLog().start(*BASE, *messages)


async def outcome(log: ExplainedLog, **question: Any) -> str:
    answer = (await log.explain(**question)).answer
    return answer.outcome if answer is not None else "no policy"


async def test_an_answer_names_its_rule_its_documents_and_what_they_lift_it_to() -> None:
    explanation = await (await made()).explain()
    answer = explanation.answer

    assert answer is not None
    assert (answer.outcome, answer.rule_id, answer.documents) == (
        "NEEDS_DOCUMENT",
        "rule-1",
        ("certificate",),
    )
    assert answer.with_documents is not None
    assert answer.with_documents.outcome == "FULL"
    assert explanation.rule is not None
    assert explanation.rule.citation == "https://example.org/1"
    assert [rule.rule_id for rule in answer.tried] == ["rule-1"]


async def test_the_days_of_the_timeline_adjoin_and_hold_the_answer() -> None:
    explanation = await (await made()).explain(day=date(2026, 2, 28))

    first, second = explanation.intervals
    assert explanation.answer is not None
    assert (explanation.answer.outcome, first.answer.outcome) == ("DENIED", "DENIED")
    assert (first.until_on, second.from_on) == (date(2026, 2, 28), COMPLETED)


async def test_the_input_evaluated_again_gives_the_answer() -> None:
    log = await made(trainer(), training(trainer_id="T1", revision=LATER))
    explanation = await log.explain()

    data = input_to_json(explanation.facts, explanation.evidence, explanation.request)
    assert explanation.policy is not None
    again = evaluate(explanation.policy, *input_from_json(data)[:2], DAY, explanation.request)

    assert again == evaluate(
        explanation.policy, explanation.facts, explanation.evidence, DAY, explanation.request
    )
    assert [each["id"] for each in data["approvals"]] == ["T1"]


@pytest.mark.parametrize("turned", [False, True])
async def test_the_highest_statement_stands_in_whatever_order_it_came(turned: bool) -> None:
    both = [training(hours="15"), training(hours="7", revision=LATER)]
    log = await made(*(reversed(both) if turned else both))

    answer = (await log.explain()).answer

    assert answer is not None
    assert str(answer.total_hours) == "7.00"


@pytest.mark.parametrize("turned", [False, True])
async def test_the_highest_revision_of_a_policy_stands_in_whatever_order_it_came(
    turned: bool,
) -> None:
    both = [policy("us-nv", rules(FULL, revision=2), 2), policy("us-nv", rules(DENIED), 1)]
    log = await made(*(reversed(both) if turned else both))

    assert await outcome(log) == "FULL"


async def test_a_policy_that_cannot_be_read_does_not_stand() -> None:
    log = await made(policy("us-nv", "registry =", 2))

    assert await outcome(log) == "NEEDS_DOCUMENT"


async def test_approvals_stand_by_their_highest_statement_wherever_they_are() -> None:
    approved = f'[rule.when]\ntrainer_approved_by = "others"\n{FULL}'
    log = await made(
        policy("us-nv", rules(approved, DENIED, revision=2), 2),
        training(trainer_id="T1", revision=LATER),
        trainer(),
    )
    assert await outcome(log) == "FULL"

    await log.add(trainer(trainer_id="T9", revision=LATER))

    assert await outcome(log) == "DENIED"


async def test_a_record_that_moved_to_another_person_is_not_explained_for_the_former() -> None:
    log = await made(known(STRANGER), training(person_id="P2", revision=LATER))

    with pytest.raises(RejectedError) as refused:
        await log.explain()
    assert refused.value.reason == "NOT_SHOWN"
    assert await outcome(log, person=STRANGER) == "NEEDS_DOCUMENT"


async def test_links_are_those_of_the_latest_claims() -> None:
    log = await made(policy("us-nd", rules(FULL, registry="us-nd")), agreement("us-wi", "us-nv"))
    await log.add(linked(7, "n-1", WISCONSIN), linked(5, "n-2", WISCONSIN))
    assert await outcome(log, person=NEVADA, to="us-nd") == "FULL"

    await log.add(linked(9, "n-2", WISCONSIN))

    with pytest.raises(RejectedError):
        await log.explain(person=NEVADA, to="us-nd")


async def test_a_receiver_without_a_policy_gives_no_answer_and_no_error() -> None:
    explanation = await (await made()).explain(to="us-nd")

    assert (explanation.answer, explanation.intervals, explanation.rule) == (None, (), None)


async def test_documents_received_lift_the_answer_where_the_decision_is_carried_back() -> None:
    log = await made(decided())
    assert await outcome(log) == "NEEDS_DOCUMENT"

    await log.add(agreement("us-wi", "us-nv"))
    explanation = await log.explain()

    assert explanation.answer is not None
    assert explanation.answer.outcome == "FULL"
    assert explanation.decision is not None
    assert explanation.decision["verdict"] == "OTHER"
    await log.add(decided(**WITHDRAWN))
    assert await outcome(log) == "NEEDS_DOCUMENT"


async def test_documents_about_anothers_record_are_not_told() -> None:
    log = await made(decided(), agreement("us-wi", "us-nv"), agreement("us-wi", "us-nd"))

    explanation = await log.explain(person=DAKOTA)

    assert explanation.answer is not None
    assert (explanation.answer.outcome, explanation.decision) == ("NEEDS_DOCUMENT", None)
    assert explanation.request.documents == frozenset()


async def test_a_registry_that_decided_is_told_of_its_own_decision() -> None:
    log = await made(decided(), agreement("us-wi", "us-nv"))

    explanation = await log.explain(person=NEVADA)

    assert explanation.decision is not None
    assert explanation.request.documents == {"certificate"}
    assert explanation.answer is not None
    assert explanation.answer.outcome == "FULL"


async def test_a_window_is_measured_to_the_askers_own_request() -> None:
    log = await made(
        policy("us-nv", rules(WITHIN_THREE_MONTHS, DENIED, revision=2), 2),
        request(DAKOTA, "us-nv", date(2026, 5, 1)),
        request(WISCONSIN, "us-nd", date(2026, 5, 1)),
    )
    assert await outcome(log) == "DENIED"

    await log.add(request(WISCONSIN, "us-nv", date(2026, 6, 1)))
    assert await outcome(log) == "FULL"

    await log.add(request(WISCONSIN, "us-nv", date(2026, 6, 1), **WITHDRAWN))
    assert await outcome(log) == "DENIED"


async def test_since_when_is_the_first_time_that_the_hub_had_what_stands() -> None:
    log = await made()
    log.now_ms = NOW_MS + 60_000
    await log.add(training(), training(hours="7", revision=LATER))
    log.now_ms = NOW_MS + 120_000
    await log.add(training(hours="7", revision=LATER), request(WISCONSIN, "us-nv", DAY))

    explanation = await log.explain()

    since = {each.what: each.since_ms - NOW_MS for each in explanation.known}
    assert since == {"record": 60_000, "policy": 0, "request": 120_000}


async def test_another_accounts_record_names_when_the_two_were_linked() -> None:
    log = await made(agreement("us-wi", "us-nd"))
    log.now_ms = NOW_MS + 60_000
    await log.add(linked(8, "n-1", DAKOTA))

    explanation = await log.explain(person=DAKOTA)

    since = {each.what: each.since_ms - NOW_MS for each in explanation.known}
    assert since["link"] == 60_000


async def test_only_what_names_the_question_is_decoded() -> None:
    others = [training(f"Q{number}-1", person_id=f"Q{number}", hours="3") for number in range(200)]
    log = await made(*others, trainer("T8", "A8"), decided(record_id="R2"))

    held = await log.held(asked())

    assert held.decoded == 2  # A policy and the record; of others' records also the links.
    assert (await log.held(asked(DAKOTA))).decoded == 3
    assert sum(held.read.values()) > 200


async def test_no_place_that_is_read_tells_where_else_the_person_is_known() -> None:
    log = await made(agreement("us-wi", "us-nd"))
    alone = await ExplainedLog().start(
        *BASE[:1], known(WISCONSIN), known(NEVADA), known(DAKOTA), training(),
        agreement("us-wi", "us-nd"), linked(1, "n-1", WISCONSIN, DAKOTA),
    )  # fmt: skip

    places = [(await each.held(asked(DAKOTA))).read.keys() for each in (log, alone)]
    text = await log.text(asked(DAKOTA))

    assert places[0] == places[1]
    assert not [name for name in ("P1", "N1", "n-1") if f'"{name}"' in text]


async def test_damaged_events_say_nothing() -> None:
    log = await made()
    sound = training(hours="7", revision=LATER)
    await log.add(Message(sound.topic, sound.key, sound.value[:-3], sound.headers))
    flipped = bytearray(sound.value)
    flipped[-1] ^= 1
    await log.add(Message(sound.topic, sound.key, bytes(flipped), sound.headers))
    await log.add(Message(sound.topic, sound.key, b"", ()))

    answer = (await log.explain()).answer

    assert answer is not None
    assert str(answer.total_hours) == "15.00"


async def test_an_event_of_a_newer_program_stops_the_explanation() -> None:
    log = await made()
    newer = Message("registry.us-wi.events", b"P1", b"\x00\x00\x0f\xff\xff rest", ())
    await log.add(newer)

    with pytest.raises(UnknownSchemaError):
        await log.explain()


async def test_a_person_of_whom_nothing_was_received_is_told_apart_from_a_record() -> None:
    with pytest.raises(RejectedError) as refused:
        await (await made()).explain(person=Person("us-wi", "P404"))

    assert refused.value.reason == "PERSON_NOT_KNOWN"


async def test_a_withdrawn_record_is_explained_as_not_in_force() -> None:
    log = await made(training(revision=LATER, change=Change.WITHDRAWN))

    answer = (await log.explain()).answer

    assert answer is not None
    assert (answer.outcome, answer.rule_id) == ("DENIED", "not-in-force")
