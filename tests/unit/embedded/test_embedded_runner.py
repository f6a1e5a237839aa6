"""The embedded runner: it goes on from the store's positions, or stops where the log differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.adapters.keyring import MemoryKeyring
from hub.adapters.memory_log import MemoryEventLog
from hub.adapters.sql_store import SqlStore
from hub.bootstrap import make_topics
from hub.domain.log import TopicPartition
from hub.domain.topics import REFERENCE
from hub.embedded import Embedded
from hub.errors import LogDivergedError
from hub.intake.reference import Entry, demo_agreements, publish_reference

REGISTRIES = ("us-nv", "us-oh", "us-wi")


async def _log(entries: list[Entry]) -> MemoryEventLog:
    log = MemoryEventLog()
    await make_topics(log, REGISTRIES)
    await publish_reference(log, entries)
    return log


def _store(folder: Path) -> SqlStore:
    store = SqlStore(f"sqlite:///{folder / 'store.sqlite'}")
    store.create()
    return store


def _position(store: SqlStore) -> int:
    with store.transaction() as tx:
        return tx.positions.of("records")[TopicPartition(REFERENCE, 0)][0]


async def test_a_second_runner_goes_on_from_the_stored_position(tmp_path: Path) -> None:
    entries = demo_agreements(REGISTRIES)
    log, store = await _log(entries[:2]), _store(tmp_path)
    await Embedded(store, log, MemoryKeyring()).until_idle()
    before = _position(store)
    await publish_reference(log, entries)

    await Embedded(store, log, MemoryKeyring()).until_idle()

    assert before == 2
    assert _position(store) == len(entries)


async def test_a_log_that_lost_its_tail_stops_the_lane(tmp_path: Path) -> None:
    entries = demo_agreements(REGISTRIES)
    store = _store(tmp_path)
    await Embedded(store, await _log(entries), MemoryKeyring()).until_idle()

    shorter = await _log(entries[:3])

    with pytest.raises(LogDivergedError, match="is not the one"):
        await Embedded(store, shorter, MemoryKeyring()).until_idle()
    assert _position(store) == len(entries)


async def test_a_log_with_another_record_before_the_position_stops_the_lane(
    tmp_path: Path,
) -> None:
    entries = demo_agreements(REGISTRIES)
    store = _store(tmp_path)
    await Embedded(store, await _log(entries), MemoryKeyring()).until_idle()

    other = await _log(list(reversed(entries)))

    with pytest.raises(LogDivergedError):
        await Embedded(store, other, MemoryKeyring()).until_idle()
