"""Folding commutes: any order, any split, any repeats of the sample's events, equal records."""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import bootstrap
from hub.domain.log import LogRecord
from hub.domain.topics import registry_of_events
from hub.lanes.records import apply_batch, open_batch
from hub.wire.codec import open_envelope
from tests.e2e.sample_run import SampleRun, events_on, rows_of

EVENTS_PER_EXAMPLE = 2_000
RECORDS_STATED_AGAIN = 500
SEED = 20260630
_RECORDS = (
    "SELECT registry, kind, record_id, person_id, revision, encoding, change, body FROM record"
    " WHERE revision >= 0"
)
_SUMS = "SELECT name, registry, dim, day, sum(value) AS v FROM counter GROUP BY 1, 2, 3, 4"

Key = tuple[str, int, str]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """An event of the sample with what the merge rule needs of it, read apart from the fold."""

    record: LogRecord
    key: Key
    person_id: str | None
    order: tuple[int, int, bytes, int]
    body: bytes

    @property
    def row(self) -> Row:
        revision, encoding, _digest, change = self.order
        return (*self.key, self.person_id, revision, encoding, change, self.body)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How events arrive: in what order, over how many partitions, how often, how many at once."""

    seed: int
    partitions: int
    repeats: float
    batch: int


@pytest.fixture(scope="module")
def events(sample_run: SampleRun) -> list[Known]:
    """All registries' events of the sample's log that were not rejected."""
    assert rows_of(sample_run, "SELECT * FROM rejected") == []
    found = []
    for place, run in events_on(sample_run.data).items():
        if registry_of_events(place.topic) is not None:
            found += [_known(record) for record in run]
    return found


@pytest.fixture(scope="module")
def some_events(events: list[Known]) -> list[Known]:
    """Every statement of the records that move between persons, then of others."""
    by_key: dict[Key, list[Known]] = defaultdict(list)
    for event in events:
        by_key[event.key].append(event)
    keys = sorted(by_key)
    random.Random(SEED).shuffle(keys)
    moving = [key for key in keys if len({e.person_id for e in by_key[key]}) > 1]
    staying = [key for key in keys if key not in set(moving)]
    several = [key for key in staying if len(by_key[key]) > 1][:RECORDS_STATED_AGAIN]
    once = [key for key in staying if len(by_key[key]) == 1]
    chosen: list[Known] = []
    for key in [*moving, *several, *once]:
        if len(chosen) < EVENTS_PER_EXAMPLE:
            chosen += by_key[key]
    return chosen


@pytest.fixture(scope="module")
def sums_in_order(some_events: list[Known], empty_store: Path) -> list[Row]:
    """Sums after the chosen events in one batch, each once."""
    delivery = Delivery(seed=0, partitions=1, repeats=0.0, batch=EVENTS_PER_EXAMPLE * 2)
    return fold(some_events, delivery, _fresh(empty_store, "order.sqlite"))[1]


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fold") / "empty.sqlite"
    bootstrap.open_store(f"sqlite:///{path}").close()
    return path


def _known(record: LogRecord) -> Known:
    envelope = open_envelope(record)
    head = envelope.head
    return Known(
        record=record,
        key=(head.registry, int(envelope.kind), head.record_id),
        person_id=head.person_id,
        order=(head.revision, head.encoding, envelope.digest, int(head.change)),
        body=envelope.body,
    )


def standing(events: Iterable[Known]) -> list[Row]:
    """The merge rule in one line: of each record the highest statement."""
    best: dict[Key, Known] = {}
    for event in events:
        if event.key not in best or event.order > best[event.key].order:
            best[event.key] = event
    return sorted((event.row for event in best.values()), key=str)


def fold(events: list[Known], delivery: Delivery, store_file: Path) -> tuple[list[Row], list[Row]]:
    """Records and sums of a fresh store after these events arrived so."""
    chance = random.Random(delivery.seed)
    arriving = [event.record for event in events]
    arriving += chance.choices(arriving, k=int(delivery.repeats * len(arriving)))
    chance.shuffle(arriving)
    ends: dict[tuple[str, int], int] = defaultdict(int)
    store = bootstrap.open_store(f"sqlite:///{store_file}")
    try:
        for start in range(0, len(arriving), delivery.batch):
            runs: dict[tuple[str, int], list[LogRecord]] = defaultdict(list)
            for record in arriving[start : start + delivery.batch]:
                place = (record.topic, chance.randrange(delivery.partitions))
                placed = record._replace(partition=place[1], offset=ends[place])
                ends[place] += 1
                runs[place].append(placed)
            batch = open_batch(runs.values())
            assert not batch.rejected
            assert not batch.halted
            with store.transaction() as tx:
                apply_batch(tx, batch)
        with store.reading() as sql:
            records = [tuple(row.values()) for row in sql.rows(_RECORDS)]
            sums = [tuple(row.values()) for row in sql.rows(_SUMS) if row["v"]]
    finally:
        store.close()
    return sorted(records, key=str), sorted(sums, key=str)


deliveries = st.builds(
    Delivery,
    seed=st.integers(0, 2**32),
    partitions=st.integers(1, 16),
    repeats=st.sampled_from((0.0, 0.1, 1.0)),
    batch=st.sampled_from((97, 700, 5_000)),
)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(delivery=deliveries)
def test_any_order_split_and_repeats_give_the_same_records(
    delivery: Delivery,
    some_events: list[Known],
    sums_in_order: list[Row],
    empty_store: Path,
) -> None:
    records, sums = fold(some_events, delivery, _fresh(empty_store, "example.sqlite"))

    assert records == standing(some_events)
    assert sums == sums_in_order


def _fresh(empty: Path, name: str) -> Path:
    file = empty.with_name(name)
    for leftover in file.parent.glob(file.name + "*"):
        leftover.unlink()
    return Path(shutil.copy(empty, file))


def test_the_whole_sample_shuffled_and_repeated_gives_the_records_that_the_hub_holds(
    sample_run: SampleRun, events: list[Known], empty_store: Path
) -> None:
    delivery = Delivery(seed=SEED, partitions=16, repeats=0.25, batch=4_000)
    records, _ = fold(events, delivery, _fresh(empty_store, "all.sqlite"))
    live = sorted((tuple(row) for row in rows_of(sample_run, _RECORDS)), key=str)

    assert len(live) > 16_000
    assert records == live == standing(events)


def test_the_merge_rule_has_something_to_decide_in_the_chosen_events(
    some_events: list[Known],
) -> None:
    by_key: dict[Key, list[Known]] = defaultdict(list)
    for event in some_events:
        by_key[event.key].append(event)

    assert sum(len(each) > 1 for each in by_key.values()) > 300
    assert sum(len({e.person_id for e in each}) > 1 for each in by_key.values()) >= 5
    assert len({key[1] for key in by_key}) >= 6
