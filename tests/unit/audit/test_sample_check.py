"""The background check finds what was changed past the lanes, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy

from hub.adapters.sql_sample import standing
from hub.audit.sample import check_sample
from hub.cli.sampling import ALARM, check, check_next, watch
from hub.domain.events import Kind
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.partitioning import partition_for
from hub.domain.rows import Person, RecordKey
from hub.domain.samples import SampleReport, Standing
from hub.domain.topics import events_topic
from hub.errors import LogDivergedError
from hub.telemetry import Telemetry
from tests.unit.lanes.lane_events import NOW, TRAINING, SmallHub, event, training

WISCONSIN = events_topic("us-wi")
PARTITIONS = 2
PERSONS = [f"P{n}" for n in range(20)]
HERE = next(name for name in PERSONS if partition_for(name.encode(), PARTITIONS) == 0)
THERE = next(name for name in PERSONS if partition_for(name.encode(), PARTITIONS) == 1)


@pytest_asyncio.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SmallHub]:
    hub = await SmallHub(tmp_path).start(PARTITIONS)
    await hub.feed(*(training(f"R-{name}", person_id=name) for name in PERSONS))
    yield hub
    hub.store.close()


async def checked(hub: SmallHub, partition: int = 0, **how: int) -> SampleReport:
    return await check(hub.store, hub.log, TopicPartition(WISCONSIN, partition), one_in=1, **how)


def tamper(hub: SmallHub, statement: str, **values: Any) -> None:
    with hub.store.engine.begin() as connection:
        assert connection.execute(sqlalchemy.text(statement), values).rowcount == 1


async def test_untouched_rows_are_as_the_log_says(hub: SmallHub) -> None:
    reports = [await checked(hub, partition) for partition in range(PARTITIONS)]

    assert all(report.is_well for report in reports)
    assert sum(report.records for report in reports) == len(PERSONS)


async def test_one_in_some_persons_are_looked_at_and_each_gets_a_turn(hub: SmallHub) -> None:
    place = TopicPartition(WISCONSIN, 0)
    reports = [await check(hub.store, hub.log, place, one_in=3, turn=turn) for turn in (0, 1, 2, 3)]

    assert sum(report.persons for report in reports[:3]) == (await checked(hub)).persons
    assert reports[3].persons == reports[0].persons


async def test_a_changed_row_is_told_with_person_and_event(hub: SmallHub) -> None:
    await hub.feed(training(f"R-{HERE}", person_id=HERE, hours="9", revision=NOW - 10))
    tamper(hub, "UPDATE record SET hours_e4 = 1 WHERE record_id = :id", id=f"R-{HERE}")

    report = await checked(hub)

    (found,) = report.differences
    assert found.key == RecordKey("us-wi", int(TRAINING), f"R-{HERE}")
    assert found.person_id == HERE
    assert found.stored is not None
    assert found.folded is not None
    assert (found.stored.hours_e4, found.folded.hours_e4) == (1, 90_000)
    assert found.event.log_offset == (await hub.records(WISCONSIN))[-1].offset


async def test_a_missed_statement_is_told_with_its_own_place(hub: SmallHub) -> None:
    before = hub.rows(f"SELECT * FROM record WHERE record_id = 'R-{HERE}'")[0]
    await hub.feed(training(f"R-{HERE}", person_id=HERE, hours="9", revision=NOW - 10))
    changed = ", ".join(f"{name} = :{name}" for name in before)
    tamper(hub, f"UPDATE record SET {changed} WHERE record_id = 'R-{HERE}'", **before)

    (found,) = (await checked(hub)).differences

    records = await hub.records(WISCONSIN)
    assert found.event.log_offset == records[-1].offset
    assert found.stored is not None
    assert found.stored.log_offset < records[-1].offset


async def test_a_row_that_is_gone_is_told(hub: SmallHub) -> None:
    tamper(hub, "DELETE FROM record WHERE record_id = :id", id=f"R-{HERE}")

    (found,) = (await checked(hub)).differences

    assert found.stored is None
    assert found.folded is not None
    assert found.event.log_offset == found.folded.log_offset


async def test_a_row_that_no_event_made_is_told(hub: SmallHub) -> None:
    tamper(hub, "UPDATE record SET record_id = 'made up' WHERE record_id = :id", id=f"R-{HERE}")

    report = await checked(hub)

    assert {each.key.record_id for each in report.differences} == {"made up", f"R-{HERE}"}
    assert report.differing == 2


async def test_a_record_that_moved_to_another_partition_is_no_alarm(hub: SmallHub) -> None:
    await hub.feed(training(f"R-{HERE}", person_id=THERE, revision=NOW - 10))

    reports = [await checked(hub, partition) for partition in range(PARTITIONS)]

    assert all(report.is_well for report in reports)


async def test_a_row_that_names_another_partition_is_not_believed(hub: SmallHub) -> None:
    statement = "UPDATE record SET partition = 1, revision = revision + 1 WHERE record_id = :id"
    tamper(hub, statement, id=f"R-{HERE}")

    (found,) = (await checked(hub)).differences

    assert found.key.record_id == f"R-{HERE}"


async def test_what_is_folded_during_the_scan_is_no_alarm(hub: SmallHub) -> None:
    """Lanes go on between the first look at the store and the second."""
    looks: list[int] = []
    more = [
        training(f"R-{HERE}", person_id=HERE, hours="9", revision=NOW - 10),
        training("R-more", person_id=HERE),
        training("R-other", person_id=THERE),
    ]
    await hub.log.append(more)

    def read(
        place: TopicPartition, persons: Sequence[Person], keys: Sequence[RecordKey]
    ) -> Standing:
        looks.append(len(keys))
        return standing(hub.store, place, persons, keys)

    class FoldingLog:
        """Folds what is new before it answers for the first time."""

        async def read(
            self, start: TopicPartition, offset: int, max_records: int
        ) -> list[LogRecord]:
            await hub.lanes.fold()
            return await hub.log.read(start, offset, max_records)

        async def topics(self) -> dict[str, int]:
            return await hub.log.topics()

    log: Any = FoldingLog()
    report = await check_sample(read, log, TopicPartition(WISCONSIN, 0), one_in=1)

    assert len(looks) == 2
    assert report.is_well
    assert report.position == len(await hub.records(WISCONSIN))


async def test_an_event_that_another_fold_rejected_is_no_alarm(hub: SmallHub) -> None:
    await hub.feed(training("R-odd", person_id=HERE))
    place = (await hub.records(WISCONSIN))[-1]
    tamper(hub, "DELETE FROM record WHERE record_id = 'R-odd'")
    tamper(
        hub,
        "INSERT INTO rejected (topic, partition, log_offset, reason, fold_version, registry,"
        " received_ms) VALUES (:topic, 0, :offset, 'AMOUNT_OUT_OF_RANGE', 0, 'us-wi', 0)",
        topic=place.topic,
        offset=place.offset,
    )

    assert (await checked(hub)).is_well


async def test_damaged_events_are_passed_over(hub: SmallHub) -> None:
    await hub.feed(event(Kind.CREDENTIAL, "C1", person_id=HERE, key=THERE, topic=WISCONSIN))

    reports = [await checked(hub, partition) for partition in range(PARTITIONS)]

    assert len(hub.rejected()) == 1
    assert all(report.is_well for report in reports)


async def test_a_log_that_lost_its_tail_is_told(hub: SmallHub) -> None:
    tamper(
        hub,
        "UPDATE position SET next_offset = next_offset + 5 WHERE lane = 'records'"
        " AND topic = :topic AND partition = 0",
        topic=WISCONSIN,
    )

    with pytest.raises(LogDivergedError):
        await checked(hub)


async def test_each_partition_has_its_turn(hub: SmallHub) -> None:
    reports = [await check_next(hub.store, hub.log, one_in=2) for _ in range(5)]

    turns = [(r.place.partition, r.turn) for r in reports if r is not None]
    assert turns == [(0, 0), (1, 0), (0, 1), (1, 1), (0, 0)]


async def test_a_difference_is_an_alarm(hub: SmallHub, caplog: pytest.LogCaptureFixture) -> None:
    tamper(hub, "UPDATE record SET hours_e4 = 1 WHERE record_id = :id", id=f"R-{HERE}")
    telemetry = Telemetry()

    for _ in range(2 * 100):  # Persons are one in a hundred at a time.
        await watch(hub.store, hub.log, telemetry)

    assert f"of person {HERE}, first differing event {WISCONSIN}/0/" in caplog.text
    assert f'"{ALARM}"' in telemetry.text().decode()
