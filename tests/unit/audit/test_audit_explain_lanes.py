"""What the log alone explains is what the lanes tell: of each request, the same records are shown,
with the same answers over time and the same decisions."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.audit.explain import explain
from hub.audit.explain_read import Question, read_held
from hub.domain.events import Change
from hub.domain.log import Message
from hub.domain.rows import Person
from hub.errors import RejectedError
from hub.projections.matches import interval_body
from tests.unit.audit.explained_log import (
    DAKOTA,
    DAY,
    DENIED,
    FULL,
    NEEDS_CERTIFICATE,
    NEVADA,
    WISCONSIN,
    WITHIN_THREE_MONTHS,
    rules,
    trainer,
)
from tests.unit.lanes.lane_events import (
    NOW,
    SmallHub,
    agreement,
    policy,
    profile,
    ssn_token,
    training,
)
from tests.unit.lanes.lane_exchange import consent, decision, request

LINKED = (WISCONSIN, NEVADA, DAKOTA)
STRANGER = Person("us-wi", "P2")
RECORDS = {"us-wi": ("R1", "R2"), "us-nv": ("R3",), "us-nd": ("R4",)}
REGISTRIES = tuple(RECORDS)
BODIES = (
    FULL,
    NEEDS_CERTIFICATE,
    f"{WITHIN_THREE_MONTHS}",
    f'[rule.when]\ntrainer_approved_by = "others"\n{FULL}',
    f'[rule.when]\ndocuments = "certificate"\n{FULL}',
)
revisions = st.integers(NOW - 2_000_000, NOW)
registries = st.sampled_from(REGISTRIES)
changes = st.sampled_from((Change.STATED, Change.STATED, Change.WITHDRAWN))
days = st.dates(date(2026, 2, 1), date(2026, 6, 30))


@st.composite
def _training(draw: Any) -> Message:
    registry = draw(registries)
    person = draw(st.sampled_from([p for p in (*LINKED, STRANGER) if p.registry == registry]))
    return training(
        draw(st.sampled_from(RECORDS[registry])),
        registry=registry,
        person_id=person.person_id,
        revision=draw(revisions),
        change=draw(changes),
        completed_on=draw(days),
        trainer_id=draw(st.sampled_from((None, "T1"))),
    )


@st.composite
def _decision(draw: Any) -> Message:
    decider, holder = draw(st.permutations(REGISTRIES))[:2]
    return decision(
        decider,
        (holder, "training", draw(st.sampled_from(RECORDS[holder]))),
        draw(st.sampled_from(("PENDING", "ACCEPTED", "REFUSED"))),
        document_received=draw(st.sampled_from(([], ["certificate"]))),
        record_revision=NOW - 1_000_000,
        revision=draw(revisions),
        change=draw(changes),
    )


@st.composite
def _request(draw: Any) -> Message:
    person = draw(st.sampled_from(LINKED))
    to = draw(st.sampled_from([each for each in REGISTRIES if each != person.registry]))
    return request(person, to, draw(days), revision=draw(revisions), change=draw(changes))


@st.composite
def _consent(draw: Any) -> Message:
    person = draw(st.sampled_from((*LINKED, STRANGER)))
    to = draw(st.sampled_from([each for each in REGISTRIES if each != person.registry]))
    return consent(person, to, "training", revision=draw(revisions), change=draw(changes))


@st.composite
def _policy(draw: Any) -> Message:
    registry, revision = draw(registries), draw(st.integers(1, 5))
    text = rules(draw(st.sampled_from(BODIES)), DENIED, registry=registry, revision=revision)
    return policy(registry, text, revision)


@st.composite
def _agreement(draw: Any) -> Message:
    sender, receiver = draw(st.permutations(REGISTRIES))[:2]
    return agreement(sender, receiver, in_force=draw(st.booleans()))


events = st.lists(
    st.one_of(
        _training(),
        _decision(),
        _request(),
        _consent(),
        _policy(),
        _agreement(),
        st.builds(lambda revision: trainer(revision=revision), revisions),
    ),
    min_size=4,
    max_size=25,
)


def _before() -> Iterator[Message]:
    """Everybody shares, asks and has rules; what is drawn comes on top, and may end any of it."""
    head = {"revision": NOW - 2_000_001}
    for one, other in permutations(REGISTRIES, 2):
        yield agreement(one, other)
    for registry, record_ids in RECORDS.items():
        yield policy(registry, rules(NEEDS_CERTIFICATE, registry=registry))
        (person,) = (each for each in LINKED if each.registry == registry)
        for record_id in record_ids:
            yield training(record_id, registry=registry, person_id=person.person_id, **head)
        for judge in REGISTRIES:
            if judge != registry:
                yield request(person, judge, **head)


async def _told(hub: SmallHub) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """Answers that stand in askers' inboxes: asker, judge and record to answer and decision."""
    found = {}
    for registry in REGISTRIES:
        for body in await hub.inbox(registry):
            if body["item"] != "PORTABILITY" or body["withdrawn"] or body["record_id"] is None:
                continue
            (person_id,) = body["person_ids"]
            key = (registry, person_id, body["judge"], body["sender"], body["record_id"])
            found[key] = (body["intervals"], _plain(body["decision"]), body["record_revision"])
    return found


async def _explained(hub: SmallHub) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """The same from the log alone, of every asker whose request stands."""
    found = {}
    for person in LINKED:
        for judge in REGISTRIES:
            for holder, record_ids in RECORDS.items():
                for record_id in record_ids:
                    if judge in (person.registry, holder):
                        continue
                    question = Question(
                        person=person,
                        registry=holder,
                        kind="training",
                        record_id=record_id,
                        receiver=judge,
                    )
                    answer = await _answer(hub, question)
                    if answer is not None:
                        found[(*person, judge, holder, record_id)] = answer
    return found


async def _answer(hub: SmallHub, question: Question) -> tuple[Any, ...] | None:
    held = await read_held(hub.log, question, None, lambda _count: None)
    try:
        explanation = explain(held, question, DAY)
    except RejectedError:
        return None
    asked = any(each.what == "request" for each in explanation.known)
    if not asked or not explanation.intervals:
        return None
    intervals = [interval_body(each) for each in explanation.intervals]
    return (intervals, _plain(explanation.decision), explanation.facts.revision)


def _plain(decision: dict[str, Any] | None) -> Any:
    """Without what the answer of the rules adds to it, and amounts as numbers."""
    return None if decision is None else {name: decision[name] for name in sorted(decision)}


@settings(max_examples=25, deadline=None)
@given(events)
def test_what_is_explained_is_what_askers_are_told(messages: list[Message]) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            hub = await SmallHub(Path(folder)).start(partitions=2)
            try:
                await hub.feed(
                    *(profile(hub.keyring, each, [ssn_token(1)]) for each in LINKED),
                    profile(hub.keyring, STRANGER, [ssn_token(2)]),
                    *_before(),
                    *messages,
                )
                assert await _explained(hub) == await _told(hub)
            finally:
                hub.store.close()

    asyncio.run(run())


def test_a_request_with_documents_and_decisions_is_explained_as_it_is_told() -> None:
    """One case by hand, so that the random ones are known to compare something."""

    async def run() -> int:
        with tempfile.TemporaryDirectory() as folder:
            hub = await SmallHub(Path(folder)).start()
            try:
                await hub.feed(
                    *(profile(hub.keyring, each, [ssn_token(1)]) for each in LINKED),
                    policy("us-nv", rules(NEEDS_CERTIFICATE)),
                    training("R1"),
                    training("R4", registry="us-nd", person_id="D1"),
                    agreement("us-wi", "us-nv"),
                    agreement("us-wi", "us-nd"),
                    *(request(each, "us-nv") for each in (WISCONSIN, DAKOTA)),
                    decision(
                        "us-nv",
                        ("us-wi", "training", "R1"),
                        "PENDING",
                        document_received=["certificate"],
                        record_revision=NOW - 1_000_000,
                    ),
                )
                told = await _told(hub)
                assert await _explained(hub) == told
                outcomes = {key: value[0][-1]["outcome"] for key, value in told.items()}
                assert outcomes == {
                    ("us-wi", "P1", "us-nv", "us-wi", "R1"): "FULL",
                    ("us-nd", "D1", "us-nv", "us-wi", "R1"): "NEEDS_DOCUMENT",
                    ("us-nd", "D1", "us-nv", "us-nd", "R4"): "NEEDS_DOCUMENT",
                }
                return sum(value[1] is not None for value in told.values())
            finally:
                hub.store.close()

    assert asyncio.run(run()) == 1
