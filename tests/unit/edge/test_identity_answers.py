"""What registries and the Alliance say of persons: one event on the publisher's own topic, which
the records lane takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from hub.adapters.memory_log import MemoryEventLog
from hub.bootstrap import make_topics
from hub.domain.events import Change, Envelope
from hub.domain.rows import Person
from hub.domain.topics import REFERENCE, events_topic
from hub.errors import ConfigurationError
from hub.identity.levels import LEVELS
from hub.identity.model import Model, model_text
from hub.identity.statements import Answer
from hub.intake.answers import Saying, person_named, publish_answer
from hub.intake.publish import make_topics as make_registry_topics
from hub.intake.reference import (
    Entry,
    epoch_entry,
    model_entry,
    publish_reference,
    release_entry,
)
from hub.lanes.records import open_batch
from hub.wire.codec import read_event
from tests.unit.edge.edge_samples import everything

OHIO, NEVADA = Person("us-oh", "P/1"), Person("us-nv", "77")


def saying(answer: Answer = Answer.NEVER, **changes: Any) -> Saying:
    values: dict[str, Any] = {
        "one": OHIO,
        "other": NEVADA,
        "answer": answer,
        "reason": "twins",
        "staff_id": "S1",
    }
    return Saying(**{**values, **changes})


async def a_log() -> MemoryEventLog:
    log = MemoryEventLog()
    await make_topics(log, [])
    await make_registry_topics(log, "us-oh")
    return log


async def said(log: MemoryEventLog) -> list[tuple[Envelope, dict[str, Any]]]:
    return [read_event(record) for record in await everything(log)]


async def test_a_registrys_answer_stands_on_its_own_topic_and_is_taken() -> None:
    log = await a_log()
    assert await publish_answer(log, saying(Answer.SAME), "us-oh", synthetic=True)
    (record,) = await everything(log)
    envelope, body = read_event(record)
    batch = open_batch([[record]])

    assert record.topic == events_topic("us-oh")
    assert (envelope.head.registry, envelope.head.person_id) == ("us-oh", "P/1")
    assert envelope.head.synthetic
    assert body["answer"] == "SAME"
    assert (body["registry"], body["other_registry"]) == ("us-nv", "us-oh")
    assert batch.rejected == []
    assert len(batch.rows) == len(batch.forwarded) == 1


async def test_a_later_answer_of_a_registry_stands_above_its_earlier_one() -> None:
    log = await a_log()
    for each in (saying(Answer.SAME), saying(Answer.SAME), saying(Answer.SAME, withdrawn=True)):
        await publish_answer(log, each, "us-oh", synthetic=True)
    heads = [envelope.head for envelope, _ in await said(log)]

    assert [head.revision for head in heads] == sorted({head.revision for head in heads})
    assert [head.change for head in heads] == [Change.STATED, Change.STATED, Change.WITHDRAWN]
    assert len({head.record_id for head in heads}) == 1


async def test_the_alliance_says_a_thing_once_and_may_take_it_back() -> None:
    log = await a_log()
    steps = [saying(), saying(one=NEVADA, other=OHIO), saying(withdrawn=True)]
    steps += [saying(withdrawn=True), saying()]
    sent = [await publish_answer(log, each, None, synthetic=False) for each in steps]
    records = await everything(log)
    heads = [read_event(record)[0].head for record in records]

    assert sent == [True, False, True, False, True]
    assert {record.topic for record in records} == {REFERENCE}
    assert [head.change.name for head in heads] == ["STATED", "WITHDRAWN", "STATED"]
    assert [head.revision for head in heads] == sorted({head.revision for head in heads})
    assert open_batch([records]).rejected == []


@pytest.mark.parametrize(
    ("each", "registry", "words"),
    [
        (saying(Answer.SAME), None, "never one"),
        (saying(Answer.DISPUTE), None, "never one"),
        (saying(), "us-wi", "neither of the two"),
        (saying(), "us-nv", "no events of us-nv"),
        (saying(other=OHIO), "us-oh", "one account"),
    ],
)
async def test_what_a_publisher_may_not_say_is_refused_before_anything_is_sent(
    each: Saying, registry: str | None, words: str
) -> None:
    log = await a_log()
    with pytest.raises(ConfigurationError, match=words) as caught:
        await publish_answer(log, each, registry, synthetic=True)

    assert caught.value.effect == "nothing was published"
    assert await everything(log) == []


@pytest.mark.parametrize("text", ["", "us-oh", "us-oh/", "/P1", "Ohio/P1", "P1/us-oh"])
def test_a_person_is_named_by_registry_and_id(text: str) -> None:
    with pytest.raises(ConfigurationError, match="parted by a slash"):
        person_named(text)

    assert person_named("us-oh/P/1") == OHIO


async def publish(log: MemoryEventLog, entries: Sequence[Entry], **how: bool) -> int:
    return await publish_reference(log, entries, **how)


async def test_a_release_is_sent_each_time_and_the_end_of_an_epoch_once() -> None:
    log = await a_log()
    entries = [release_entry("us-oh", "P1", "checked"), release_entry("us-oh", None, "checked")]
    entries.append(epoch_entry(1, "rotated"))

    assert await publish(log, entries) == 3
    assert await publish(log, entries) == 2
    records = await everything(log)
    assert open_batch([records]).rejected == []
    heads = [envelope.head for envelope, _ in map(read_event, records)]
    assert len({head.revision for head in heads if head.record_id == "us-oh|P1"}) == 2


def test_an_epoch_that_no_key_has_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="epoch 500"):
        epoch_entry(500, "rotated")


def model(name: str, link_at: float = 1.0) -> Entry:
    made = Model(
        name=name,
        description="for tests",
        training="none",
        population=10,
        bias=0.0,
        link_at=link_at,
        review_at=0.0,
        weights={LEVELS[0]: 9.0},
    )
    return model_entry(model_text(made), f"{name}.json")


async def test_a_model_that_is_in_force_is_no_new_fact_and_an_earlier_one_is() -> None:
    log = await a_log()
    first, second = model("first-v1"), model("second-v1")
    sent = [await publish(log, [each]) for each in (first, first, second, first, first)]
    records = await everything(log)
    names = [e.head.record_id for e, _ in map(read_event, records)]

    assert sent == [1, 0, 1, 1, 0]
    assert names == ["first-v1", "second-v1", "first-v1"]
    revisions = [read_event(record)[0].head.revision for record in records]
    assert revisions == sorted(set(revisions))
    assert open_batch([records]).rejected == []


async def test_what_is_shipped_never_takes_a_promoted_model_out_of_force() -> None:
    log = await a_log()
    shipped = model("tokens-v1")
    await publish(log, [shipped], keep_newer=True)
    await publish(log, [model("own-v1")])

    assert await publish(log, [shipped], keep_newer=True) == 0
    assert await publish(log, [model("tokens-v1", link_at=2.0)], keep_newer=True) == 0
