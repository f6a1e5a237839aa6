"""Records fold to the highest statement, in any order; conflicts are told, moves touch both."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from hub.domain.events import Change, Kind
from hub.domain.log import Message, TopicPartition
from hub.domain.rows import LinkRow, Person
from hub.domain.topics import CLAIMS, REFERENCE, events_topic
from hub.errors import LogDivergedError
from hub.lanes.records import LANE, apply_batch, open_batch
from tests.unit.lanes.lane_events import (
    ENCODING,
    NOW,
    TRAINING,
    SmallHub,
    agreement,
    event,
    policy,
    profile,
    training,
)

WISCONSIN = events_topic("us-wi")
COLUMNS = "registry, kind, record_id, person_id, revision, encoding, change, body, leaf"
LATER = NOW - 500
EARLIER = NOW - 900


async def fold_only(hub: SmallHub, *messages: Message) -> None:
    """The records lane alone, each message in a transaction of its own."""
    for message in messages:
        (place,) = await hub.log.append([message])
        run = await hub.log.read(TopicPartition(place.topic, place.partition), place.offset, 1)
        with hub.store.transaction() as tx:
            apply_batch(tx, open_batch([run]))


def sums(hub: SmallHub) -> dict[str, int]:
    rows = hub.rows("SELECT name, sum(value) AS value FROM counter GROUP BY name")
    return {row["name"]: int(row["value"]) for row in rows if row["value"]}


def touched(hub: SmallHub) -> set[str]:
    return {f"{r['kind']}:{r['key']}" for r in hub.rows("SELECT kind, key FROM touch")}


STATEMENTS = (
    training(hours="10", revision=EARLIER),
    training(hours="11", revision=LATER),
    training(hours="12", revision=LATER),
    training(hours="13", revision=LATER, encoding=ENCODING + 1, person_id="P2"),
)


@pytest.mark.parametrize("together", [True, False])
async def test_any_order_and_any_repeat_fold_to_the_same_row(
    tmp_path: Path, together: bool
) -> None:
    found = []
    for number, order in enumerate(permutations(range(4))):
        if number % 3:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        hub = await SmallHub(folder).start()
        messages = [STATEMENTS[n] for n in (*order, order[0], order[2])]
        if together:
            await hub.log.append(messages)
            with hub.store.transaction() as tx:
                apply_batch(tx, open_batch([await hub.records(WISCONSIN)]))
        else:
            await fold_only(hub, *messages)
        found.append((hub.rows(f"SELECT {COLUMNS} FROM record"), sums(hub)))
        hub.store.close()

    assert all(each == found[0] for each in found)
    rows, counters = found[0]
    assert [row["person_id"] for row in rows] == ["P2"]
    assert counters == {
        "records": 1,
        "trainings": 1,
        "trainings_verified": 1,
        "verified_hours_e4": 130_000,
    }


def conflicts(items: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [
        (item["record_id"], item["record_revision"])
        for item in items
        if item["item"] == "REVISION_CONFLICT"
    ]


@pytest.mark.parametrize("order", [(1, 2), (2, 1), (1, 2, 1, 2), (2, 0, 1), (1, 3, 2), (3, 1, 2)])
@pytest.mark.parametrize("together", [True, False])
async def test_a_conflict_is_told_once_whichever_arrives_first(
    hub: SmallHub, order: tuple[int, ...], together: bool
) -> None:
    """Two contents at one revision and encoding, a higher statement before, between or behind."""
    if together:
        await hub.log.append([STATEMENTS[n] for n in order])
        await hub.feed()
    else:
        for number in order:
            await hub.feed(STATEMENTS[number])

    told = await hub.records("registry.us-wi.inbox")
    if 3 in order and order.index(3) < 2:
        assert (
            len(told) <= 1
        )  # The lower ones never met: they are superseded, nothing stands wrong.
    else:
        assert conflicts(await hub.inbox("us-wi")) == [("R1", LATER)]
        assert len(told) == 1


async def test_equal_statements_are_no_conflict(hub: SmallHub) -> None:
    await hub.feed(training(), training(), training(recorded_at=NOW, submission_row=9))

    assert await hub.inbox("us-wi") == []


async def test_another_change_with_the_same_content_is_a_conflict(hub: SmallHub) -> None:
    await hub.feed(training(), training(change=Change.REVERSED))

    assert len(conflicts(await hub.inbox("us-wi"))) == 1
    assert hub.rows("SELECT change FROM record") == [{"change": int(Change.REVERSED)}]


def link_all(hub: SmallHub, *persons: Person) -> None:
    """Put these persons into one cluster, so that something follows from their records."""
    with hub.store.transaction() as tx:
        tx.links.put([LinkRow(*person, "n-1", 0) for person in persons])


@pytest.mark.parametrize("order", [("P1", "P2"), ("P2", "P1")])
async def test_one_statement_of_two_persons_is_a_conflict_and_the_order_of_arrival_is_nothing(
    hub: SmallHub, order: tuple[str, str]
) -> None:
    """The digest is of the body; whose record it is stands outside, and in other partitions."""
    await hub.feed(*(training(person_id=person_id) for person_id in order))

    assert hub.rows("SELECT person_id FROM record") == [{"person_id": "P2"}]
    assert len(conflicts(await hub.inbox("us-wi"))) == 1


async def test_a_record_that_moves_touches_itself_and_the_former_person(hub: SmallHub) -> None:
    link_all(hub, Person("us-wi", "P1"), Person("us-wi", "P2"))
    await fold_only(hub, training(person_id="P1", revision=EARLIER))
    assert touched(hub) == {f"record:us-wi|{int(TRAINING)}|R1"}
    with hub.store.transaction() as tx:
        tx.touches.delete(tx.touches.take(100))

    await fold_only(hub, training(person_id="P2", revision=LATER))

    assert touched(hub) == {f"record:us-wi|{int(TRAINING)}|R1", "person:us-wi|P1"}
    assert sums(hub)["trainings"] == 1


async def test_a_record_of_a_person_who_is_alone_is_not_touched(hub: SmallHub) -> None:
    """Nothing follows from it; and the store has one writer, so no link is on its way."""
    link_all(hub, Person("us-wi", "P1"))
    await fold_only(hub, training(person_id="P1"), training("R2", person_id="P2"))

    assert touched(hub) == set()


async def test_the_former_person_of_a_record_is_touched_even_when_alone(hub: SmallHub) -> None:
    """Its match, if there is one, must go."""
    await fold_only(
        hub, training(person_id="P1", revision=EARLIER), training(person_id="P2", revision=LATER)
    )

    assert touched(hub) == {"person:us-wi|P1"}


async def test_what_is_superseded_touches_nobody(hub: SmallHub) -> None:
    link_all(hub, Person("us-wi", "P1"), Person("us-wi", "P2"))
    await fold_only(hub, training(revision=LATER))
    with hub.store.transaction() as tx:
        tx.touches.delete(tx.touches.take(100))
    await fold_only(hub, training(person_id="P2", revision=EARLIER), training(revision=LATER))

    assert touched(hub) == set()


async def test_employment_touches_nobody_for_it_is_never_matched(hub: SmallHub) -> None:
    link_all(hub, Person("us-wi", "P1"), Person("us-wi", "P2"))
    await fold_only(hub, event(Kind.EMPLOYMENT, "E1"))

    assert touched(hub) == set()
    assert sums(hub) == {"records": 1}


async def test_an_approval_touches_itself_and_those_who_cite_it(hub: SmallHub) -> None:
    await fold_only(hub, event(Kind.APPROVAL, "A1"))

    assert touched(hub) == {
        f"record:us-wi|{int(Kind.APPROVAL)}|A1",
        "reference:approval|us-wi|A1",
    }


@pytest.mark.parametrize(
    ("change", "trainings", "hours"),
    [(Change.STATED, 1, 150_000), (Change.REVERSED, 1, 0), (Change.WITHDRAWN, 1, 0)],
)
async def test_sums_follow_the_standing_statement(
    hub: SmallHub, change: Change, trainings: int, hours: int
) -> None:
    await fold_only(
        hub,
        training(hours="7", revision=EARLIER),
        training(hours="15", revision=LATER, change=change),
    )

    assert (sums(hub)["trainings"], sums(hub).get("verified_hours_e4", 0)) == (trainings, hours)


async def test_a_reference_of_a_lower_revision_changes_nothing(hub: SmallHub) -> None:
    await fold_only(hub, policy("us-nv", text_of(3), 3))
    with hub.store.transaction() as tx:
        tx.touches.delete(tx.touches.take(100))
        before = tx.references.all()

    await fold_only(hub, policy("us-nv", text_of(2), 2), policy("us-nv", text_of(3), 3))

    with hub.store.transaction() as tx:
        assert tx.references.all() == before
        assert tx.touches.pending() == 0


def text_of(revision: int) -> str:
    return f"""
registry = "us-nv"
revision = {revision}
[[rule]]
id = "nv-any"
version = 1
kind = "training"
from = 2024-07-01
citation = "https://example.org/"
[rule.effect]
outcome = "FULL"
"""


async def test_of_two_agreements_the_one_appended_last_stands(hub: SmallHub) -> None:
    """Its revision is its place on the log, whatever its publisher counted."""
    await fold_only(hub, agreement("us-wi", "us-nv"), agreement("us-wi", "us-nv", in_force=False))

    with hub.store.transaction() as tx:
        (row,) = tx.references.all()
    assert row.revision == 1
    assert (await hub.records(REFERENCE))[1].value.endswith(row.body)


async def test_the_same_profile_twice_is_claimed_once(hub: SmallHub) -> None:
    person = Person("us-wi", "P1")
    await hub.feed(
        profile(hub.keyring, person, revision=EARLIER),
        profile(hub.keyring, person, revision=EARLIER),
    )
    await hub.feed(profile(hub.keyring, person, revision=EARLIER - 1))
    assert len(await hub.records(CLAIMS)) == 1

    await hub.feed(profile(hub.keyring, person, revision=LATER, change=Change.WITHDRAWN))
    assert len(await hub.records(CLAIMS)) == 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0)])
async def test_a_profile_withdrawn_as_it_stood_is_out_whichever_arrives_first(
    hub: SmallHub, order: tuple[int, ...]
) -> None:
    """Equal in revision, encoding and content: record and claim decide alike."""
    person = Person("us-wi", "P1")
    statements = [
        profile(hub.keyring, person, change=change) for change in (Change.STATED, Change.WITHDRAWN)
    ]
    for number in order:
        await hub.feed(statements[number])

    assert hub.rows("SELECT change FROM record") == [{"change": int(Change.WITHDRAWN)}]
    assert hub.rows("SELECT present FROM claim") == [{"present": 0}]


async def test_lanes_stop_where_the_log_no_longer_holds_what_was_folded(
    hub: SmallHub, tmp_path: Path
) -> None:
    await hub.feed(training())
    with hub.store.transaction() as tx:
        stood = tx.positions.of(LANE)
    (tmp_path / "other").mkdir()
    other = await SmallHub(tmp_path / "other").start()
    await other.log.append([training(hours="9"), training("R2")])
    lanes = type(hub.lanes)(hub.store, other.log, hub.keyring)
    with pytest.raises(LogDivergedError):
        await lanes.until_idle()
    with hub.store.transaction() as tx:
        assert tx.positions.of(LANE) == stood
    other.store.close()


async def test_an_unknown_schema_pauses_one_partition_of_the_small_hub(hub: SmallHub) -> None:
    good = training("R2")
    unknown = replace(good, value=good.value[:1] + (9_999).to_bytes(4, "big") + b"?", headers=())
    await hub.feed(training("R1"), unknown, training("R3"), training("R4", registry="us-nv"))
    await hub.feed(training("R5", registry="us-nv"))

    rows = hub.rows("SELECT record_id FROM record ORDER BY record_id")
    assert [row["record_id"] for row in rows] == ["R1", "R4", "R5"]
    assert hub.rejected() == []
