"""What a rebuilt store waits for before it derives, and what it does not wait for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.adapters.sql_store import SqlStore
from hub.domain.log import TopicPartition
from hub.domain.rows import Advance
from hub.lanes import catching_up

HERE = TopicPartition("registry.us-wi.events", 0)
THERE = TopicPartition("registry.us-wi.events", 1)
GOALS = {"records": {HERE: 5, THERE: 9}}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}")
    opened.create()
    yield opened
    opened.close()


def move(store: SqlStore, place: TopicPartition, old: int, new: int) -> None:
    with store.transaction() as tx:
        tx.positions.advance("records", [Advance(place, old, new, b"leaf")])


def test_derive_waits_until_every_partition_reached_its_goal(store: SqlStore) -> None:
    move(store, HERE, 0, 5)
    assert not catching_up.reached(store, GOALS)

    move(store, THERE, 0, 9)
    assert catching_up.reached(store, GOALS)


def test_a_partition_that_waits_for_a_newer_hub_holds_nobody_up(store: SqlStore) -> None:
    move(store, HERE, 0, 5)
    move(store, THERE, 0, 7)
    catching_up.note_halt(store, "records", THERE, 7)

    assert catching_up.reached(store, GOALS)


def test_a_partition_that_went_on_since_is_waited_for_again(store: SqlStore) -> None:
    move(store, HERE, 0, 5)
    move(store, THERE, 0, 7)
    catching_up.note_halt(store, "records", THERE, 7)
    move(store, THERE, 7, 8)

    assert not catching_up.reached(store, GOALS)


def test_a_partition_that_waits_at_its_very_beginning_holds_nobody_up(store: SqlStore) -> None:
    move(store, HERE, 0, 5)
    catching_up.note_halt(store, "records", THERE, 0)

    assert catching_up.reached(store, GOALS)
