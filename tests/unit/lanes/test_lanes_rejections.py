"""The records lane refuses what is wrong with an event itself, tells the registry, and goes on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from hub.domain.events import Kind
from hub.domain.log import Message, TopicPartition
from hub.domain.rows import Person
from hub.domain.topics import REFERENCE, events_topic
from hub.lanes.records import LANE, apply_batch, open_batch
from hub.wire.codec import FRAME_BYTES, UnknownSchemaError
from tests.unit.lanes.lane_events import (
    NOW_MS,
    TRAINING,
    SmallHub,
    agreement,
    body_for,
    event,
    head_for,
    message_of,
    policy,
    profile,
    ssn_token,
    training,
)

WISCONSIN = events_topic("us-wi")
DAY_MS = 24 * 60 * 60 * 1000


def standing(hub: SmallHub) -> list[str]:
    rows = hub.rows("SELECT record_id FROM record WHERE revision >= 0 ORDER BY record_id")
    return [row["record_id"] for row in rows]


async def check_refused(hub: SmallHub, bad: Message, reason: str) -> None:
    """Only this one is refused; its registry is told where it stands."""
    await hub.feed(training("before"), bad, training("behind"))

    assert [(offset, why) for _, offset, why in hub.rejected()] == [(1, reason)]
    assert standing(hub) == ["before", "behind"]
    (item,) = await hub.inbox("us-wi")
    assert (item["item"], item["rule"]) == ("REJECTED_EVENT", reason)
    assert item["place"] == f"{WISCONSIN}/0/1"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (training(key="P2"), "KEY_NOT_OF_THE_RECORD"),
        (training(revision=-1), "KEY_EMPTY"),
        (training(""), "KEY_EMPTY"),
        (training(person_id="", key=""), "KEY_EMPTY"),
        (training(encoding=-1), "ENCODING_NEGATIVE"),
        (training(person_id=None), "PERSON_ID_MISPLACED"),
        (event(Kind.APPROVAL, "A1", person_id="P1"), "PERSON_ID_MISPLACED"),
        (event(Kind.PROFILE, "P2", person_id="P1"), "PROFILE_NOT_OF_THE_PERSON"),
        (training(registry="us-nv", topic=WISCONSIN), "REGISTRY_NOT_OF_THE_TOPIC"),
        (replace(policy("us-wi", "text"), topic=WISCONSIN), "KIND_NOT_OF_A_REGISTRY"),
        (training(revision=(NOW_MS + DAY_MS + 1) * 1000), "REVISION_IN_THE_FUTURE"),
        (training("R\x00"), "NUL_IN_TEXT"),
        (training(trainer_id="T\x00"), "NUL_IN_TEXT"),
    ],
)
async def test_an_event_that_is_wrong_in_itself_is_rejected(
    hub: SmallHub, bad: Message, reason: str
) -> None:
    await check_refused(hub, bad, reason)


async def test_an_event_without_a_key_is_rejected(hub: SmallHub) -> None:
    await check_refused(hub, replace(training(), key=None), "KEY_NOT_OF_THE_RECORD")


async def test_a_revision_one_day_ahead_is_not_yet_the_future(hub: SmallHub) -> None:
    await hub.feed(training(revision=(NOW_MS + DAY_MS) * 1000 + 999))

    assert hub.rejected() == []
    assert standing(hub) == ["R1"]


async def test_the_future_is_judged_by_append_time(hub: SmallHub) -> None:
    hub.now_ms = NOW_MS + 2 * DAY_MS
    await hub.feed(training(revision=(NOW_MS + 3 * DAY_MS) * 1000))

    assert hub.rejected() == []


async def test_a_damaged_event_is_rejected_with_its_reason(hub: SmallHub) -> None:
    good = training("damaged")
    value = good.value[:-1] + bytes([good.value[-1] ^ 1])
    await check_refused(hub, replace(good, value=value), "the digest does not agree with the value")


async def test_a_value_without_any_frame_is_rejected(hub: SmallHub) -> None:
    bad = Message(WISCONSIN, b"P1", b"", ())
    await check_refused(hub, bad, "the value has no Confluent frame")


async def test_numbers_that_no_column_holds_are_rejected(hub: SmallHub) -> None:
    """A foreign client may write a decimal of any length."""
    body = body_for(TRAINING, verification="VERIFIED", clock_hours=b"\x7f" * 12)
    head = head_for(TRAINING, "R1")
    await hub.feed(training("before"), message_of(TRAINING, head, body), training("behind"))

    assert len(hub.rejected()) == 1
    assert standing(hub) == ["before", "behind"]


async def test_the_largest_amount_is_kept_exactly(hub: SmallHub) -> None:
    most = Decimal("999999.9999")
    await hub.feed(
        event(TRAINING, "R1", body_for(TRAINING, clock_hours=most, verification="VERIFIED"))
    )

    assert hub.rows("SELECT hours_e4 FROM record") == [{"hours_e4": 9_999_999_999}]


async def test_rejecting_again_after_a_rebuild_tells_nobody_again(hub: SmallHub) -> None:
    await hub.feed(training(key="P2"))
    told = len(await hub.records("registry.us-wi.inbox"))
    await hub.feed(training("R2"))

    assert told == len(await hub.records("registry.us-wi.inbox")) == 1


async def test_an_unknown_schema_halts_its_partition_alone(hub: SmallHub) -> None:
    await hub.log.append([training("R1", registry="us-nv"), training("R1")])
    good = training("R2")
    unknown = good.value[:1] + (9_999).to_bytes(4, "big") + good.value[FRAME_BYTES:]
    await hub.log.append([replace(good, value=unknown, headers=()), training("R3")])
    runs = [await hub.records(WISCONSIN), await hub.records(events_topic("us-nv"))]
    batch = open_batch(runs)
    with hub.store.transaction() as tx:
        apply_batch(tx, batch)
    with hub.store.transaction() as tx:
        positions = {place.topic: at for place, (at, _) in tx.positions.of(LANE).items()}

    assert list(batch.halted) == [TopicPartition(WISCONSIN, 0)]
    assert isinstance(batch.halted[TopicPartition(WISCONSIN, 0)], UnknownSchemaError)
    assert positions == {WISCONSIN: 1, events_topic("us-nv"): 1}
    assert hub.rows("SELECT registry FROM record ORDER BY 1") == [
        {"registry": "us-nv"},
        {"registry": "us-wi"},
    ]
    assert batch.rejected == []


async def test_a_partition_that_starts_with_an_unknown_schema_does_not_move(
    hub: SmallHub,
) -> None:
    good = training("R2")
    unknown = good.value[:1] + (9_999).to_bytes(4, "big") + good.value[FRAME_BYTES:]
    await hub.log.append([replace(good, value=unknown, headers=()), training("R3")])

    batch = open_batch([await hub.records(WISCONSIN)])

    assert (batch.moves, batch.rows, batch.size) == ([], [], 0)
    assert len(batch.halted) == 1


@pytest.mark.parametrize(
    "bad",
    [
        replace(training(), topic=REFERENCE),
        replace(event(Kind.PROFILE, "P1"), topic=REFERENCE),
    ],
)
async def test_only_reference_is_folded_from_the_reference_topic(
    hub: SmallHub, bad: Message
) -> None:
    await hub.feed(bad, agreement("us-wi", "us-nv"))

    assert hub.rejected() == [(REFERENCE, 0, "KIND_NOT_OF_THE_TOPIC")]
    assert standing(hub) == []
    assert len(hub.rows("SELECT * FROM reference WHERE revision >= 0")) == 1


@pytest.mark.parametrize(
    "text", ["no policy at all", 'registry = "us-nv"\nrevision = "one"', "\x00"]
)
async def test_a_policy_that_cannot_be_read_is_rejected_and_the_hub_goes_on(
    hub: SmallHub, text: str
) -> None:
    await hub.feed(policy("us-nv", text), profile(hub.keyring, Person("us-wi", "P1")))

    assert [topic for topic, _, _ in hub.rejected()] == [REFERENCE]
    assert standing(hub) == ["P1"]
    with hub.store.transaction() as tx:
        assert tx.touches.pending() == 0


async def test_a_policy_of_another_registry_than_its_key_is_rejected(hub: SmallHub) -> None:
    text = 'registry = "us-wi"\nrevision = 1\n'
    await hub.feed(policy("us-nv", text))

    assert [topic for topic, _, _ in hub.rejected()] == [REFERENCE]


async def test_a_school_year_that_is_no_year_does_not_stop_the_lanes(hub: SmallHub) -> None:
    """`awarded` is text: a foreign client may write anything into it."""
    body = body_for(Kind.EDUCATION, awarded="spring 1999", degree="Bachelors")
    await hub.feed(
        policy("us-nv", EDUCATION_POLICY),
        agreement("us-wi", "us-nv"),
        profile(hub.keyring, Person("us-wi", "P1"), [ssn_token(1)]),
        profile(hub.keyring, Person("us-nv", "N1"), [ssn_token(1)]),
        event(Kind.EDUCATION, "E1", body),
    )

    with hub.store.transaction() as tx:
        assert tx.touches.pending() == 0


EDUCATION_POLICY = """
registry = "us-nv"
revision = 1
[[rule]]
id = "nv-education"
version = 1
kind = "education"
from = 2024-07-01
citation = "https://example.org/"
[rule.effect]
outcome = "NEEDS_REVIEW"
"""
