"""Policies on the log: published once, read as the hub takes them, answered by their registry."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from hub.adapters.memory_log import MemoryEventLog
from hub.domain.events import Head, Kind
from hub.domain.log import Message, TopicSpec
from hub.domain.topics import REFERENCE, events_topic
from hub.errors import ConfigurationError
from hub.intake.policies import (
    Answering,
    Proposal,
    policy_answer,
    propose,
    publish_policy_answer,
    publish_proposal,
    published_policies,
)
from hub.intake.reference import policy_entry, publish_reference
from hub.reciprocity.policy import PolicyError
from hub.wire.codec import headers_of, read_event
from hub.wire.schemas import load_schemas
from tests.unit.lanes.lane_events import head_for, message_of
from tests.unit.reciprocity.policy_drafts import Draft, policy_text

TODAY = date(2026, 7, 1)
FIRST = policy_text(Draft())
SECOND = policy_text(Draft(), Draft("b", when='organization = "B"'), revision=2)
EVENTS = events_topic("us-nd")
POLICY = Kind.RECIPROCITY_POLICY


@pytest.fixture
async def log() -> MemoryEventLog:
    log = MemoryEventLog()
    await log.create_topics([TopicSpec(REFERENCE, 1), TopicSpec(EVENTS, 3)])
    return log


async def published(log: MemoryEventLog, text: str, adopted_by: str = "S-1") -> Proposal:
    proposal = await propose(log, text, "us-nd.toml", adopted_by, TODAY)
    await publish_proposal(log, proposal)
    return proposal


async def events(log: MemoryEventLog, topic: str = REFERENCE) -> list[dict[str, Any]]:
    ends = await log.ends([topic])
    records = [r for place in sorted(ends) for r in await log.read(place, 0, 1_000)]
    return [read_event(record)[1] for record in records]


def stated(text: str, revision: int = 1, sha: str | None = None) -> Message:
    """An event of the Alliance, whatever it holds."""
    sha = sha or sha256(text.encode()).hexdigest()
    body = {"registry": "us-nd", "text": text, "sha256": sha, "adopted_by": None}
    return message_of(POLICY, head(revision), body)


def head(revision: int) -> Head:
    return head_for(POLICY, "us-nd", registry="alliance", person_id=None, revision=revision)


def of_the_first_schema(text: str) -> Message:
    """What the first schema does not have is the last field: one byte of no name."""
    message = stated(text)
    schemas = load_schemas().by_id.values()
    (first,) = (s for s in schemas if (s.event, s.version) == (POLICY.event_name, 1))
    value = message.value[:1] + first.schema_id.to_bytes(4, "big") + message.value[5:-1]
    return Message(message.topic, message.key, value, headers_of(POLICY, head(1), value))


def answering(**changes: Any) -> Answering:
    said = {"answer": "REFUSED", "reason": "not_ours", "staff_id": "S-9"}
    return Answering(**{"registry": "us-nd", "revision": 1, **said, **changes})


async def test_a_policy_is_one_event_with_who_adopted_it(log: MemoryEventLog) -> None:
    await published(log, FIRST)

    (body,) = await events(log)
    assert body == {
        "registry": "us-nd",
        "text": FIRST,
        "sha256": sha256(FIRST.encode()).hexdigest(),
        "adopted_by": "S-1",
    }


@pytest.mark.parametrize("adopted_by", ["S-1", "S-2"])
async def test_publishing_the_same_text_twice_makes_no_new_fact(
    log: MemoryEventLog, adopted_by: str
) -> None:
    await published(log, FIRST)
    again = await propose(log, FIRST, "us-nd.toml", adopted_by, TODAY)

    assert not again.is_new
    assert not await publish_proposal(log, again)
    assert len(await events(log)) == 1


async def test_a_reference_file_of_the_same_text_makes_no_new_fact_either(
    log: MemoryEventLog,
) -> None:
    await published(log, FIRST)

    assert await publish_reference(log, [policy_entry(FIRST, "us-nd.toml")]) == 0


async def test_a_policy_of_the_first_schema_is_the_same_text(log: MemoryEventLog) -> None:
    """Bytes on the log from before a policy named who adopted it."""
    await log.append([of_the_first_schema(FIRST)])

    (standing,) = await published_policies(log, "us-nd")
    assert (standing.text, standing.adopted_by) == (FIRST, None)
    assert await publish_reference(log, [policy_entry(FIRST, "us-nd.toml")]) == 0
    assert not (await propose(log, FIRST, "us-nd.toml", "S-1", TODAY)).is_new


async def test_the_next_revision_stands_beside_what_it_changes(log: MemoryEventLog) -> None:
    await published(log, FIRST)
    proposal = await published(log, SECOND, "S-2")

    assert proposal.standing is not None
    assert proposal.standing.revision == 1
    assert [(p.revision, p.adopted_by) for p in await published_policies(log, "us-nd")] == [
        (1, "S-1"),
        (2, "S-2"),
    ]


@pytest.mark.parametrize("revision", [1, 2])
async def test_a_revision_that_is_not_higher_is_refused_with_the_next_one(
    log: MemoryEventLog, revision: int
) -> None:
    await published(log, FIRST)
    await published(log, SECOND)
    other = policy_text(Draft(), Draft("c", when='organization = "C"'), revision=revision)

    with pytest.raises(ConfigurationError) as refused:
        await propose(log, other, "us-nd.toml", "S-1", TODAY)

    assert "us-nd.toml is revision" in refused.value.message
    assert "stands at revision 2 with other content" in refused.value.message
    assert (refused.value.fix, refused.value.effect) == (
        "write revision = 3",
        "nothing was published",
    )


async def test_an_earlier_text_again_is_no_way_back(log: MemoryEventLog) -> None:
    await published(log, FIRST)
    await published(log, SECOND)

    with pytest.raises(ConfigurationError, match="revision 1, and the policy of us-nd stands at"):
        await propose(log, FIRST, "us-nd.toml", "S-1", TODAY)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Draft(when='organization = "B"'), "rule a version 1: was published with other content"),
        (Draft("b", when='organization = "B"'), "rule a version 1: was published and holds since"),
        (Draft(ends="2026-06-29"), "rule a version 1, until: is 2026-06-29, and days that"),
    ],
)
async def test_what_was_published_may_not_be_changed(
    log: MemoryEventLog, rule: Draft, expected: str
) -> None:
    await published(log, FIRST)

    with pytest.raises(PolicyError) as refused:
        await propose(log, policy_text(rule, revision=2), "us-nd.toml", "S-1", TODAY)

    assert expected in refused.value.message
    assert len(await events(log)) == 1


async def test_all_that_is_off_is_told_at_once(log: MemoryEventLog) -> None:
    await published(log, SECOND)
    changed = policy_text(Draft(effect='outcome = "DENIED"'), revision=3)

    with pytest.raises(PolicyError) as refused:
        await propose(log, changed, "us-nd.toml", "S-1", TODAY)

    assert {(each.place, each.line) for each in refused.value.problems} == {
        ("rule b version 1", None),
        ("rule a version 1", 13),
    }


async def test_a_file_that_the_hub_does_not_take_is_refused_whole(log: MemoryEventLog) -> None:
    with pytest.raises(PolicyError):
        await propose(log, FIRST.replace("FULL", "MAYBE"), "us-nd.toml", "S-1", TODAY)


@pytest.mark.parametrize(
    "text", ["not toml [", FIRST.replace("us-nd", "us-oh"), FIRST.replace("FULL", "MAYBE")]
)
async def test_what_the_hub_rejects_stands_nowhere(log: MemoryEventLog, text: str) -> None:
    await published(log, FIRST)
    await log.append([stated(text, revision=9)])

    assert [each.revision for each in await published_policies(log, "us-nd")] == [1]
    await published(log, SECOND)
    assert [each.revision for each in await published_policies(log, "us-nd")] == [1, 2]


async def test_a_digest_of_another_text_stands_nowhere(log: MemoryEventLog) -> None:
    await log.append([stated(FIRST, sha="0" * 64)])

    assert await published_policies(log, "us-nd") == ()


async def test_an_answer_holds_the_digest_of_the_text_that_is_answered(
    log: MemoryEventLog,
) -> None:
    await published(log, FIRST)
    await published(log, SECOND)

    assert await publish_policy_answer(log, answering(), synthetic=True)

    (body,) = await events(log, EVENTS)
    assert body == {
        "revision": 1,
        "sha256": sha256(FIRST.encode()).hexdigest(),
        "answer": "REFUSED",
        "reason": "not_ours",
        "staff_id": "S-9",
    }
    answer = await policy_answer(log, "us-nd", 1)
    assert answer is not None
    assert (answer.answer, answer.reason) == ("REFUSED", "not_ours")
    assert await policy_answer(log, "us-nd", 2) is None


async def test_the_same_answer_again_is_no_new_fact_and_another_replaces_it(
    log: MemoryEventLog,
) -> None:
    await published(log, FIRST)
    sent = [
        await publish_policy_answer(log, each, synthetic=True)
        for each in (answering(), answering(), answering(answer="ADOPTED"))
    ]

    answer = await policy_answer(log, "us-nd", 1)
    assert sent == [True, False, True]
    assert answer is not None
    assert answer.answer == "ADOPTED"


async def test_an_answer_that_was_taken_back_is_none(log: MemoryEventLog) -> None:
    await published(log, FIRST)
    await publish_policy_answer(log, answering(), synthetic=True)
    await publish_policy_answer(log, answering(withdrawn=True), synthetic=True)

    assert await policy_answer(log, "us-nd", 1) is None


@pytest.mark.parametrize("revision", [2, 7])
async def test_a_revision_that_was_not_published_cannot_be_answered(
    log: MemoryEventLog, revision: int
) -> None:
    await published(log, FIRST)

    with pytest.raises(ConfigurationError) as refused:
        await publish_policy_answer(log, answering(revision=revision), synthetic=True)

    assert refused.value.message == (f"no revision {revision} of a policy of us-nd was published")
    assert refused.value.fix == "answer one that was: 1"
    assert await events(log, EVENTS) == []


async def test_a_registry_without_a_policy_has_nothing_to_answer(log: MemoryEventLog) -> None:
    with pytest.raises(ConfigurationError, match="no revision 1 of a policy of us-nd") as refused:
        await publish_policy_answer(log, answering(), synthetic=True)

    assert refused.value.fix == "wait until one was published"


async def test_a_registry_without_events_cannot_answer(log: MemoryEventLog) -> None:
    bare = MemoryEventLog()
    await bare.create_topics([TopicSpec(REFERENCE, 1)])
    await published(bare, FIRST)

    with pytest.raises(ConfigurationError, match="the log has no events of us-nd"):
        await publish_policy_answer(bare, answering(), synthetic=True)
