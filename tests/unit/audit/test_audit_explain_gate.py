"""Who may have what explained: agreements and consents open, and a refusal says nothing else."""

from __future__ import annotations

import json

import pytest

from hub.domain.log import Message
from hub.domain.rows import Person
from hub.errors import RejectedError
from tests.unit.audit.explained_log import (
    BASE,
    DAKOTA,
    NEEDS_CERTIFICATE,
    NEVADA,
    WISCONSIN,
    WITHDRAWN,
    ExplainedLog,
    asked,
    consent,
    known,
    linked,
    rules,
    trainer,
)
from tests.unit.lanes.lane_events import agreement, policy, training

RECORD = "us-wi/training/R1"
TO = "us-nv"
KIND_OF_TRAINER = '[[rule]]\nid = "t"\nversion = 1\nkind = "trainer"\nfrom = 2024-07-01\n'


async def is_shown(log: ExplainedLog, person: Person = DAKOTA, record: str = RECORD) -> bool:
    try:
        explanation = await log.explain(person, record, TO)
    except RejectedError as refused:
        return refused.reason != "NOT_SHOWN"
    assert explanation.answer is not None
    return True


async def made(*messages: Message) -> ExplainedLog:
    return await ExplainedLog().start(*BASE, *messages)


async def test_a_registry_may_have_its_own_record_explained_without_any_agreement() -> None:
    log = await made()

    assert await is_shown(log, WISCONSIN)
    assert not await is_shown(log, DAKOTA)
    assert not await is_shown(log, NEVADA)


async def test_an_agreement_opens_one_way_until_it_ends() -> None:
    log = await made(agreement("us-nd", "us-wi"))
    assert not await is_shown(log)

    await log.add(agreement("us-wi", "us-nd"))
    assert await is_shown(log)
    assert not await is_shown(log, NEVADA)

    await log.add(agreement("us-wi", "us-nd", in_force=False))
    assert not await is_shown(log)


async def test_a_consent_opens_the_kinds_that_it_names_until_it_is_withdrawn() -> None:
    log = await made(consent(WISCONSIN, "us-nd", "education", "credential", "link"))
    assert not await is_shown(log)

    await log.add(consent(WISCONSIN, "us-nd", "training", revision=WITHDRAWN["revision"]))
    assert await is_shown(log)
    assert not await is_shown(log, NEVADA)

    withdrawn = {**WITHDRAWN, "revision": int(WITHDRAWN["revision"]) + 1}
    await log.add(consent(WISCONSIN, "us-nd", "training", **withdrawn))
    assert not await is_shown(log)


async def test_a_consent_opens_what_the_account_holds_that_gave_it() -> None:
    other = Person("us-wi", "P2")
    log = await made(
        known(other),
        training("R2", person_id="P2"),
        linked(4, "n-1", other),
        consent(other, "us-nd", "training"),
        consent(DAKOTA, "us-wi", "training"),
    )

    assert await is_shown(log, DAKOTA, "us-wi/training/R2")
    assert not await is_shown(log, DAKOTA, RECORD)


async def test_an_approval_is_opened_by_an_agreement_alone() -> None:
    answer = KIND_OF_TRAINER + 'illustrative = true\n[rule.effect]\noutcome = "FULL"\n'
    log = await made(
        policy("us-nv", 'registry = "us-nv"\nrevision = 2\n' + answer, 2),
        trainer(),
        consent(WISCONSIN, "us-nd", "training", "education", "credential", "link"),
    )
    assert await is_shown(log, WISCONSIN, "us-wi/trainer/A1")
    assert not await is_shown(log, DAKOTA, "us-wi/trainer/A1")

    await log.add(agreement("us-wi", "us-nd"))

    assert await is_shown(log, DAKOTA, "us-wi/trainer/A1")
    assert not await is_shown(log, DAKOTA, "us-wi/course/A1")


@pytest.mark.parametrize(
    "record",
    [
        "us-wi/training/R404",
        "us-wi/credential/R1",
        "us-wi/training/R",
        "us-nv/training/R1",
        "us-zz/training/R1",
        "us-wi/trainer/A1",
        "us-wi/training/S1",
    ],
)
async def test_a_refusal_is_the_same_whether_there_is_nothing_or_nothing_to_be_shown(
    record: str,
) -> None:
    """S1 is a stranger's, A1 an approval that nothing shares, the others do not exist."""
    log = await made(trainer(), known(Person("us-wi", "P2")), training("S1", person_id="P2"))
    with pytest.raises(RejectedError) as not_shown:
        await log.explain(DAKOTA, RECORD, TO)

    with pytest.raises(RejectedError) as absent:
        await log.explain(DAKOTA, record, TO)

    assert said(absent.value) == said(not_shown.value)


def said(error: RejectedError) -> tuple[object, ...]:
    return (error.message, error.fix, error.effect, error.tried, error.reason)


async def test_a_trainer_is_named_by_their_own_registry_and_to_nobody_else() -> None:
    approved = f'[rule.when]\ntrainer_approved_by = "others"\n{NEEDS_CERTIFICATE}'
    log = await made(
        agreement("us-wi", "us-nd"),
        policy(TO, rules(approved, revision=2), 2),
        training(trainer_id="T-4711", revision=WITHDRAWN["revision"]),
        trainer("T-4711"),
    )

    own = await log.text(asked(WISCONSIN))
    others = await log.text(asked(DAKOTA))

    assert "T-4711" in own
    assert "T-4711" not in others
    assert others.count("trainer-1") > 1
    assert [json.loads(each)["outcome"] for each in (own, others)] == ["NEEDS_DOCUMENT"] * 2


async def test_an_agreement_opens_no_record_of_a_person_who_is_not_linked() -> None:
    stranger = Person("us-wi", "P2")
    log = await made(known(stranger), training("S1", person_id="P2"), agreement("us-wi", "us-nd"))
    assert not await is_shown(log, DAKOTA, "us-wi/training/S1")
    assert not await is_shown(log, WISCONSIN, "us-wi/training/S1")

    await log.add(linked(6, "n-1", stranger))

    assert await is_shown(log, DAKOTA, "us-wi/training/S1")
    assert await is_shown(log, WISCONSIN, "us-wi/training/S1")


async def test_what_opened_then_opens_the_answer_as_of_then() -> None:
    log = await made(agreement("us-wi", "us-nd"))
    then_ms = log.now_ms
    log.now_ms += 1_000
    await log.add(agreement("us-wi", "us-nd", in_force=False), policy(TO, rules("", revision=2)))

    explanation = await log.explain(DAKOTA, RECORD, TO, received_ms=then_ms)

    assert explanation.answer is not None
    assert explanation.answer.outcome == "NEEDS_DOCUMENT"
    assert not await is_shown(log)
