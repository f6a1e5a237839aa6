"""`hub identity never`, `answer`, `release`, `end-epoch`: what they publish, say and refuse."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hub.adapters.sqlite_log import SqliteEventLog
from hub.domain.events import Change, Envelope
from hub.intake.publish import make_topics
from hub.wire.codec import Body, read_event
from tests.unit.cli.hub_command import Ran, hub


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.sqlite"

    async def make() -> None:
        log = SqliteEventLog(path)
        await make_topics(log, "us-oh")
        await log.close()

    asyncio.run(make())
    return path


def run(log: Path, *words: str) -> Ran:
    return hub("identity", *words, "--log", f"sqlite:///{log}")


def events(path: Path) -> list[tuple[Envelope, Body]]:
    async def read() -> list[tuple[Envelope, Body]]:
        log = SqliteEventLog(path)
        ends = await log.ends()
        records = [r for place in sorted(ends) for r in await log.read(place, 0, 1_000)]
        await log.close()
        return [read_event(record) for record in records]

    return asyncio.run(read())


def test_the_alliance_says_never_and_says_it_once(log: Path) -> None:
    words = ("never", "us-oh/P1", "us-nv/7", "--reason", "twins", "--staff", "S1")
    first, again, back = run(log, *words), run(log, *words), run(log, *words, "--withdraw")
    stated, withdrawn = events(log)

    assert (first.code, again.code, back.code) == (0, 0, 0)
    assert first.out == "us-oh/P1 and us-nv/7: NEVER, by the Alliance.\n"
    assert again.out == "us-oh/P1 and us-nv/7: NEVER, already said by the Alliance.\n"
    assert back.out == "us-oh/P1 and us-nv/7: NEVER taken back, by the Alliance.\n"
    assert stated[0].head.record_id == "us-nv|7|us-oh|P1"
    assert stated[1] == withdrawn[1]
    assert stated[1]["staff_id"] == "S1"
    assert withdrawn[0].head.change is Change.WITHDRAWN


def test_a_registry_says_never_on_its_own_topic(log: Path) -> None:
    ran = run(log, "never", "us-nv/7", "us-oh/P1", "--reason", "twins", "--registry", "us-oh")
    ((envelope, body),) = events(log)

    assert ran.code == 0
    assert (envelope.head.registry, envelope.head.person_id) == ("us-oh", "P1")
    assert (body["answer"], body["staff_id"]) == ("NEVER", None)
    assert envelope.head.synthetic  # As the registry's mapping says.


@pytest.mark.parametrize("answer", ["same", "different", "dispute"])
def test_a_registry_answers_a_review(log: Path, answer: str) -> None:
    words = ("answer", "us-oh/P1", "us-nv/7", answer, "--registry", "us-oh", "--staff", "S1")
    ran = run(log, *words, "--sample", "2026-11")
    ((_, body),) = events(log)

    assert ran.code == 0
    assert (body["answer"], body["reason"], body["sample"]) == (answer.upper(), "review", "2026-11")


def test_held_persons_are_released_one_or_all(log: Path) -> None:
    one = run(log, "release", "us-oh/P1", "--reason", "checked")
    everybody = run(log, "release", "us-oh", "--reason", "checked")

    assert one.out == "Released: us-oh/P1.\n"
    assert everybody.out == "Released: all who are held in us-oh.\n"
    assert [body["person_id"] for _, body in events(log)] == ["P1", None]


def test_an_epoch_ends_once(log: Path) -> None:
    first = run(log, "end-epoch", "1", "--reason", "rotated")
    again = run(log, "end-epoch", "1", "--reason", "rotated")

    assert first.out == "Token epoch 1 has ended.\n"
    assert again.out == "Token epoch 1 had ended already.\n"
    assert len(events(log)) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("never", "us-oh/P1", "us-nv/7", "--reason", "She said so."), 2),
        (("never", "us-oh/P1", "us-nv/7", "--reason", "twins", "--registry", "Ohio"), 2),
        (("never", "us-oh/P1", "us-nv/7"), 2),
        (("never", "us-oh/P1", "us-oh/P1", "--reason", "twins"), 1),
        (("never", "us-oh/P1", "Nevada", "--reason", "twins"), 1),
        (("answer", "us-oh/P1", "us-nv/7", "perhaps", "--registry", "us-oh"), 2),
        (("answer", "us-oh/P1", "us-nv/7", "same"), 2),
        (("answer", "us-oh/P1", "us-nv/7", "same", "--registry", "us-wi"), 1),
        (("answer", "us-oh/P1", "us-nv/7", "same", "--registry", "us-oh", "--sample", "May"), 2),
        (("release", "Ohio", "--reason", "checked"), 2),
        (("end-epoch", "500", "--reason", "rotated"), 1),
    ],
)
def test_what_is_off_is_refused_and_nothing_is_sent(
    log: Path, words: tuple[str, ...], code: int
) -> None:
    ran = run(log, *words)

    assert ran.code == code
    assert ran.out == ""
    assert events(log) == []
