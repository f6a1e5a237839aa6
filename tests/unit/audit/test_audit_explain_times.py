"""Nothing that is received later changes an answer as of an earlier time, to the last byte."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.audit.explain_read import Question
from hub.domain.events import REFERENCE_KINDS, REGISTRY_KINDS, Change, Kind
from hub.domain.log import Message
from hub.domain.rows import Person
from hub.errors import RejectedError
from tests.unit.audit.explained_log import (
    BASE,
    DAKOTA,
    DENIED,
    FULL,
    NEVADA,
    WISCONSIN,
    ExplainedLog,
    asked,
    consent,
    decided,
    linked,
    request,
    rules,
    trainer,
)
from tests.unit.lanes.lane_events import NOW, agreement, body_for, event, policy, training

BEFORE = (
    *BASE,
    trainer(),
    training(trainer_id="T1", revision=NOW - 900),
    agreement("us-wi", "us-nd"),
    agreement("us-wi", "us-nv"),
    consent(WISCONSIN, "us-nv", "training"),
    request(WISCONSIN, "us-nv", date(2026, 6, 1)),
    decided(),
)
QUESTIONS = (
    asked(),
    asked(DAKOTA),
    asked(NEVADA, to="us-nd"),
    asked(WISCONSIN, "us-wi/training/R404"),
    asked(DAKOTA, "us-wi/trainer/A1"),
)
revisions = st.integers(NOW - 2_000_000, NOW)
persons = st.sampled_from((WISCONSIN, NEVADA, DAKOTA, Person("us-wi", "P2")))
registries = st.sampled_from(("us-wi", "us-nv", "us-nd"))
days = st.dates(date(2024, 1, 1), date(2026, 6, 30))
changes = st.sampled_from(Change)


@st.composite
def _blank(draw: Any) -> Message:
    """An event of any kind a publisher may send, with a plain body and a name that is in use."""
    kind = draw(st.sampled_from(sorted(REGISTRY_KINDS | REFERENCE_KINDS)))
    person = draw(persons)
    name = draw(st.sampled_from(("R1", "A1", "P1", "P1|us-nv", "us-wi|training|R1", "us-nv")))
    nobody = kind in (Kind.APPROVAL, Kind.SUBMISSION) or kind in REFERENCE_KINDS
    return event(
        kind,
        name,
        body_for(kind),
        registry=person.registry,
        person_id=None if nobody else person.person_id,
        revision=draw(revisions),
        change=draw(changes),
    )


@st.composite
def _damaged(draw: Any) -> Message:
    whole = draw(_later)
    cut = draw(st.integers(0, len(whole.value) - 1))
    return Message(whole.topic, whole.key, whole.value[:cut], whole.headers)


def _records(revision: int, person: Person, hours: int) -> Message:
    return training(
        revision=revision, hours=str(hours), person_id=person.person_id, registry=person.registry
    )


def _policies(registry: str, revision: int, body: str) -> Message:
    return policy(registry, rules(body, registry=registry, revision=revision), revision)


_later = st.one_of(
    _blank(),
    st.builds(_records, revisions, persons, st.integers(1, 40)),
    st.builds(_policies, registries, st.integers(2, 9), st.sampled_from((FULL, DENIED))),
    st.builds(
        lambda one, other, in_force: agreement(one, other, in_force=in_force),
        registries,
        registries,
        st.booleans(),
    ),
    st.builds(linked, st.integers(2, 99), st.sampled_from(("n-1", "n-2")), persons),
    st.builds(lambda p, r, c: consent(p, r, "training", change=c), persons, registries, changes),
    st.builds(lambda p, r, d: request(p, r, d), persons, registries, days),
    st.builds(
        lambda revision, documents: decided(revision=revision, document_received=documents),
        revisions,
        st.lists(st.sampled_from(("certificate", "other")), max_size=2),
    ),
    st.builds(lambda revision, name: trainer(name, revision=revision), revisions, st.just("T1")),
)
later = st.one_of(_later, _damaged())


async def _said(log: ExplainedLog, question: Question, received_ms: int | None) -> str:
    try:
        return await log.text(question, received_ms)
    except RejectedError as refused:
        return f"{refused.message} {refused.fix}"


@settings(max_examples=60, deadline=None)
@given(st.lists(later, min_size=1, max_size=25))
def test_nothing_received_later_changes_an_answer_as_of_an_earlier_time(
    messages: list[Message],
) -> None:
    async def ask() -> None:
        log = await ExplainedLog().start(*BEFORE)
        then_ms = log.now_ms
        before = [await _said(log, each, then_ms) for each in QUESTIONS]
        assert before == [await _said(log, each, None) for each in QUESTIONS]
        log.now_ms += 1
        await log.add(*messages)

        after = [await _said(log, each, then_ms) for each in QUESTIONS]

        assert after == before

    asyncio.run(ask())


@settings(max_examples=40, deadline=None)
@given(st.lists(_later, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_in_which_registries_events_came_changes_no_answer(
    messages: list[Message], chance: Any
) -> None:
    """All but agreements, whose order on their topic is what they say."""

    async def ask() -> None:
        others = [m for m in messages if m.topic != "alliance.reference"]
        turned = list(others)
        chance.shuffle(turned)
        logs = [await ExplainedLog().start(*BEFORE, *each) for each in (others, turned)]

        first, second = [[await _answer(log, each) for each in QUESTIONS] for log in logs]

        assert first == second

    asyncio.run(ask())


async def _answer(log: ExplainedLog, question: Question) -> Any:
    """The answer without the places where it was read."""
    try:
        explanation = await log.explain(
            question.person,
            f"{question.registry}/{question.kind}/{question.record_id}",
            question.receiver,
        )
    except RejectedError as refused:
        return refused.message
    return (explanation.answer, explanation.intervals, explanation.request, explanation.decision)
