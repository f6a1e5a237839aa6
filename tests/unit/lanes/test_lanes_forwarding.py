"""What the identity lane reads beside claims: sent on byte for byte, once, and only where it
stands; what cannot be read by it is refused with its rule."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from hub.adapters.sql_store import SqlStore
from hub.domain.events import FORWARDED_KINDS, Change, Kind
from hub.domain.log import LogRecord, Message
from hub.domain.rejections import RULES
from hub.domain.topics import CLAIMS, REFERENCE, events_topic
from hub.lanes.records import apply_batch, open_batch
from hub.lanes.relay import prime_published, relay_once
from hub.wire.codec import read_event
from tests.unit.lanes.lane_events import NOW, SmallHub, body_for, event, training

ANSWER = Kind.REVIEW_ANSWER
PAIR = {
    "registry": "us-nv",
    "person_id": "N1",
    "other_registry": "us-wi",
    "other_person_id": "P1",
}
ALLIANCE = {"registry": "alliance", "person_id": None, "topic": REFERENCE}


def answer(said: str = "SAME", registry: str = "us-wi", /, **rest: Any) -> Message:
    """An answer of one of the two registries, or of the Alliance, about one pair."""
    body = body_for(ANSWER, **{**PAIR, "answer": said, "reason": "review", **rest.pop("body", {})})
    head: dict[str, Any] = {
        "registry": registry,
        "person_id": "P1" if registry == "us-wi" else "N1",
    }
    if registry == "alliance":
        head = dict(ALLIANCE)
    else:
        head["topic"] = events_topic(registry)
    return event(ANSWER, "us-nv|N1|us-wi|P1", body, **{**head, **rest})


def said_by_alliance(kind: Kind, record_id: str, **fields: Any) -> Message:
    rest = {name: fields.pop(name) for name in ("revision", "registry") if name in fields}
    return event(kind, record_id, body_for(kind, **fields), **{**ALLIANCE, **rest})


def model(name: str = "tried-v1", **fields: Any) -> Message:
    stated = {"name": name, "population": 1, **fields}
    return said_by_alliance(Kind.IDENTITY_MODEL, name, **stated)


FORWARDED = {
    "an answer of a registry": answer,
    "an answer of the other registry": lambda: answer("DIFFERENT", "us-nv"),
    "the Alliance's never": lambda: answer("NEVER", "alliance"),
    "a model": model,
    "a release of one person": lambda: release("P1"),
    "the end of an epoch": lambda: said_by_alliance(Kind.TOKEN_EPOCH_ENDED, "3", epoch=3),
}


async def fold(hub: SmallHub, *messages: Message, store: SqlStore | None = None) -> None:
    """The records lane and the relay alone, all in one batch for each topic."""
    await hub.log.append(list(messages))
    held = store or hub.store
    with held.transaction() as tx:
        positions = tx.positions.of("records")
    runs = []
    for topic in (REFERENCE, events_topic("us-wi"), events_topic("us-nv")):
        records = await hub.records(topic)
        start = positions[records[0].place][0] if records and records[0].place in positions else 0
        if records[start:]:
            runs.append(records[start:])
    with held.transaction() as tx:
        apply_batch(tx, open_batch(runs))
    while await relay_once(held, hub.log):
        pass


async def forwarded(hub: SmallHub) -> list[LogRecord]:
    return [r for r in await hub.records(CLAIMS) if read_event(r)[0].kind in FORWARDED_KINDS]


@pytest.mark.parametrize("what", FORWARDED)
async def test_each_kind_reaches_the_claims_byte_for_byte(hub: SmallHub, what: str) -> None:
    message = FORWARDED[what]()
    await fold(hub, message)

    assert [record.value for record in await forwarded(hub)] == [message.value]
    assert dict((await forwarded(hub))[0].headers) == dict(message.headers)
    assert hub.rejected() == []


def release(person_id: str | None) -> Message:
    body = {"registry": "us-wi", "person_id": person_id, "reason": "checked"}
    key = f"us-wi|{person_id or ''}"
    return event(Kind.IDENTITY_RELEASE, key, body, **ALLIANCE)


async def test_a_release_of_a_whole_registry_is_sent_on(hub: SmallHub) -> None:
    await fold(hub, release(None))

    assert len(await forwarded(hub)) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_of_one_batch_only_the_highest_is_sent_on(
    hub: SmallHub, order: tuple[int, ...]
) -> None:
    said = [
        answer(word, revision=NOW - 9 + at) for at, word in enumerate(("SAME", "SAME", "NEVER"))
    ]
    await fold(hub, *(said[at] for at in order))

    assert [record.value for record in await forwarded(hub)] == [said[2].value]


@pytest.mark.parametrize("publisher", ["us-wi", "alliance"])
async def test_an_older_answer_that_comes_late_is_not_sent_on(
    hub: SmallHub, publisher: str
) -> None:
    newer = answer("NEVER", publisher, revision=NOW - 1)
    await fold(hub, newer)
    await fold(hub, answer("NEVER", publisher, revision=NOW - 2, change=Change.WITHDRAWN))
    await fold(hub, newer)

    assert [record.value for record in await forwarded(hub)] == [newer.value]


async def test_an_answer_and_its_withdrawal_are_both_sent_on_in_their_order(hub: SmallHub) -> None:
    stated, withdrawn = answer(revision=NOW - 2), answer(revision=NOW - 1, change=Change.WITHDRAWN)
    await fold(hub, stated)
    await fold(hub, withdrawn)

    assert [r.value for r in await forwarded(hub)] == [stated.value, withdrawn.value]


async def test_answers_of_several_publishers_about_one_pair_are_all_sent_on(hub: SmallHub) -> None:
    said = [answer("NEVER", who) for who in ("us-wi", "us-nv", "alliance")]
    await fold(hub, *said)

    assert {record.value for record in await forwarded(hub)} == {each.value for each in said}


async def test_a_store_that_was_lost_sends_nothing_again(hub: SmallHub, tmp_path: Path) -> None:
    await fold(hub, answer(revision=NOW - 2), model(), answer("NEVER", "alliance"))
    await fold(hub, answer("DIFFERENT", revision=NOW - 1), model(revision=NOW, description="b"))
    before = await hub.records(CLAIMS)
    store = SqlStore(f"sqlite:///{tmp_path / 'again.sqlite'}")
    store.create()
    await prime_published(store, hub.log, batch=1)
    await fold(hub, store=store)
    store.close()

    assert len(before) == 5
    assert await hub.records(CLAIMS) == before


async def test_an_answer_is_a_record_that_touches_nobody(hub: SmallHub) -> None:
    await fold(hub, answer(), answer("NEVER", "alliance"), model())

    assert [row["kind"] for row in hub.rows("SELECT kind FROM record")] == [int(ANSWER)]
    assert hub.rows("SELECT * FROM touch") == []


async def test_an_answer_beside_other_records_leaves_their_sums_alone(hub: SmallHub) -> None:
    await fold(hub, training())
    before = hub.rows("SELECT * FROM counter ORDER BY name, registry, dim, day")
    await fold(hub, answer())
    after = hub.rows("SELECT * FROM counter ORDER BY name, registry, dim, day")

    assert [row for row in after if row["dim"] != "review_answer"] == before


OWN = {"registry": "us-wi", "person_id": "P1", "other_registry": "us-wi", "other_person_id": "P2"}


async def test_a_pair_of_one_registry_is_answered_under_the_first_persons_id(
    hub: SmallHub,
) -> None:
    right = event(ANSWER, "us-wi|P1|us-wi|P2", body_for(ANSWER, **OWN, reason="twins"))
    other = event(
        ANSWER, "us-wi|P1|us-wi|P2", body_for(ANSWER, **OWN, reason="twins"), person_id="P2"
    )
    await fold(hub, right, other)

    assert [record.value for record in await forwarded(hub)] == [right.value]
    assert [reason for _, _, reason in hub.rejected()] == ["ANSWER_FOR_OTHERS"]


def swapped(record_id: str = "us-wi|P1|us-nv|N1") -> Message:
    body = {
        "registry": "us-wi",
        "person_id": "P1",
        "other_registry": "us-nv",
        "other_person_id": "N1",
    }
    return event(ANSWER, record_id, body_for(ANSWER, **body))


WEIGHTS = {
    "weights": [{"name": "number_nine", "weight": 9.0}],
}
REFUSED: list[tuple[str, Message]] = [
    ("PAIR_OUT_OF_ORDER", swapped()),
    (
        "PAIR_OUT_OF_ORDER",
        event(ANSWER, "us-wi|P1|us-wi|P1", body_for(ANSWER, **{**OWN, "other_person_id": "P1"})),
    ),
    ("PAIR_NOT_OF_THE_RECORD", answer(body={"other_person_id": "P3"}, person_id="P3")),
    ("KEY_EMPTY", answer(body={"person_id": ""})),
    ("ANSWER_NOT_READABLE", answer("UNKNOWN")),
    ("ANSWER_NOT_READABLE", answer(change=Change.REVOKED)),
    ("ANSWER_FOR_OTHERS", answer(person_id="P9")),
    ("ANSWER_FOR_OTHERS", answer(person_id="N1")),
    (
        "ANSWER_FOR_OTHERS",
        event(
            ANSWER,
            "us-nd|D1|us-nv|N1",
            body_for(
                ANSWER,
                registry="us-nd",
                person_id="D1",
                other_registry="us-nv",
                other_person_id="N1",
            ),
        ),
    ),
    ("ANSWER_FOR_OTHERS", answer("SAME", "alliance")),
    ("ANSWER_FOR_OTHERS", answer("DISPUTE", "alliance")),
    ("REGISTRY_NOT_OF_THE_TOPIC", answer("NEVER", "us-wi", topic=REFERENCE)),
    ("REGISTRY_NOT_OF_THE_TOPIC", model(registry="us-wi")),
    ("MODEL_NOT_READABLE", model(weights=[{"name": "shoe", "weight": 1.0}])),
    ("MODEL_NOT_READABLE", model(**{**WEIGHTS, "population": 0})),
    ("MODEL_NOT_READABLE", model(**WEIGHTS, bias=float("nan"))),
    (
        "KEY_NOT_OF_THE_RECORD",
        said_by_alliance(Kind.IDENTITY_MODEL, "another", name="tried-v1", population=1),
    ),
    ("EPOCH_OUT_OF_RANGE", said_by_alliance(Kind.TOKEN_EPOCH_ENDED, "0", epoch=0)),
    ("EPOCH_OUT_OF_RANGE", said_by_alliance(Kind.TOKEN_EPOCH_ENDED, "500", epoch=500)),
    ("KEY_NOT_OF_THE_RECORD", said_by_alliance(Kind.TOKEN_EPOCH_ENDED, "4", epoch=3)),
]


@pytest.mark.parametrize(("reason", "message"), REFUSED)
async def test_what_cannot_stand_is_refused_with_its_rule_and_not_sent_on(
    hub: SmallHub, reason: str, message: Message
) -> None:
    await fold(hub, message)

    assert [each for _, _, each in hub.rejected()] == [reason]
    assert reason in RULES
    assert await forwarded(hub) == []


async def test_a_release_that_names_another_record_is_refused(hub: SmallHub) -> None:
    body = {"registry": "us-wi", "person_id": "P2", "reason": "checked"}
    await fold(hub, event(Kind.IDENTITY_RELEASE, "us-wi|P1", body, **ALLIANCE))

    assert [reason for _, _, reason in hub.rejected()] == ["KEY_NOT_OF_THE_RECORD"]


async def test_the_alliance_may_take_back_what_it_said(hub: SmallHub) -> None:
    await fold(hub, answer("NEVER", "alliance", change=Change.WITHDRAWN))

    assert len(await forwarded(hub)) == 1
