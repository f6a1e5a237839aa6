"""The sync lane: every inbox item reaches the registry's folder once, whatever happens between."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from connectors.csv_drop.connector import FILE_NAME, CsvDrop
from hub.domain.events import Kind
from hub.domain.log import Message
from hub.domain.topics import inbox_topic
from hub.ports import StoreTransaction
from hub.sync.lane import sync_once
from hub.sync.rows import COLUMNS, inbox_row
from tests.unit.lanes.lane_events import SmallHub, body_for, head_for, message_of

TODAY = "2026-06-30"


@pytest_asyncio.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SmallHub]:
    hub = await SmallHub(tmp_path).start()
    yield hub
    hub.store.close()


def interval(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "from_on": date(2026, 1, 1),
        "until_on": None,
        "outcome": "PARTIAL",
        "reason": "some_hours",
        "reason_values": [{"name": "area", "text": "=1+1"}],
        "rule_id": "nv-rule",
        "rule_version": 2,
        "accepted_hours": Decimal("7.5000"),
        "total_hours": Decimal("15"),
        "counts_as": None,
        "not_for": ["a", "b"],
        "documents": [],
        "with_documents": {"outcome": "FULL", "accepted_hours": None, "counts_as": None},
        "unknown": [],
    }
    return {**values, **changes}


def item(number: int, version: int = 1, receiver: str = "us-nv", **fields: Any) -> Message:
    body = body_for(
        Kind.INBOX_ITEM,
        **{
            "item": "MATCH",
            "receiver": receiver,
            "sender": "us-wi",
            "person_ids": ["N1"],
            **fields,
        },
    )
    head = head_for(
        Kind.INBOX_ITEM, f"inbox|{number}", registry="hub", person_id=None, revision=version
    )
    return message_of(Kind.INBOX_ITEM, head, body, topic=inbox_topic(receiver))


def written(folder: Path, registry: str = "us-nv") -> list[dict[str, str]]:
    with (folder / registry / FILE_NAME).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


async def sync(hub: SmallHub, folder: Path, store: Any = None) -> int:
    return await sync_once(store or hub.store, hub.log, CsvDrop(), folder, TODAY)


def delivered(hub: SmallHub) -> dict[str, int]:
    rows = hub.rows("SELECT registry, count(*) AS n FROM delivery GROUP BY registry")
    return {row["registry"]: row["n"] for row in rows}


async def test_every_item_is_written_once_into_its_registrys_folder(
    hub: SmallHub, tmp_path: Path
) -> None:
    await hub.log.append([item(1), item(2), item(3, receiver="us-nd")])

    assert await sync(hub, tmp_path) == 3
    assert await sync(hub, tmp_path) == 0
    await hub.log.append([item(2, version=2)])
    assert await sync(hub, tmp_path) == 1
    assert [(r["about"], r["version"]) for r in written(tmp_path)] == [
        ("inbox|1", "1"),
        ("inbox|2", "1"),
        ("inbox|2", "2"),
    ]
    assert delivered(hub) == {"us-nd": 1, "us-nv": 3}


async def test_the_same_item_twice_on_the_log_is_written_once(
    hub: SmallHub, tmp_path: Path
) -> None:
    """The relay sends at least once; repeats carry the same event id."""
    await hub.log.append([item(1), item(1)])
    assert await sync(hub, tmp_path) == 1
    await hub.log.append([item(1)])
    assert await sync(hub, tmp_path) == 0

    assert len(written(tmp_path)) == 1
    assert delivered(hub) == {"us-nv": 1}


class CrashError(Exception):
    """The process ends here."""


class CrashingStore:
    """Commits nothing of the ledger."""

    def __init__(self, store: Any) -> None:
        self._store = store

    @contextmanager
    def transaction(self) -> Iterator[StoreTransaction]:
        with self._store.transaction() as tx:
            tx.deliver = self._crash
            yield tx

    def _crash(self, _registry: str, _event_ids: list[str]) -> None:
        raise CrashError

    def close(self) -> None:
        self._store.close()


async def test_a_crash_between_file_and_ledger_writes_nothing_twice(
    hub: SmallHub, tmp_path: Path
) -> None:
    await hub.log.append([item(1), item(2)])
    with pytest.raises(CrashError):
        await sync(hub, tmp_path, CrashingStore(hub.store))
    assert len(written(tmp_path)) == 2
    assert delivered(hub) == {}

    assert await sync(hub, tmp_path) == 0
    assert len(written(tmp_path)) == 2
    assert delivered(hub) == {"us-nv": 2}


async def test_a_crash_in_the_middle_of_a_line_is_made_good(hub: SmallHub, tmp_path: Path) -> None:
    await hub.log.append([item(1), item(2, intervals=[interval()])])
    with pytest.raises(CrashError):
        await sync(hub, tmp_path, CrashingStore(hub.store))
    path = tmp_path / "us-nv" / FILE_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])

    assert await sync(hub, tmp_path) == 1
    assert path.read_bytes() == whole


async def test_a_file_that_was_lost_is_not_written_again_by_itself(
    hub: SmallHub, tmp_path: Path
) -> None:
    """The ledger says it was delivered: what a registry does with its file is its own affair."""
    await hub.log.append([item(1)])
    await sync(hub, tmp_path)
    (tmp_path / "us-nv" / FILE_NAME).unlink()

    assert await sync(hub, tmp_path) == 0
    assert not (tmp_path / "us-nv" / FILE_NAME).exists()


async def test_a_damaged_item_is_passed_over(hub: SmallHub, tmp_path: Path) -> None:
    good = item(1)
    damaged = Message(good.topic, good.key, good.value[:-1], good.headers)
    await hub.log.append([damaged, item(2)])

    assert await sync(hub, tmp_path) == 1
    assert [row["about"] for row in written(tmp_path)] == ["inbox|2"]


async def test_a_formula_in_a_record_is_neutralized_on_its_way_out(
    hub: SmallHub, tmp_path: Path
) -> None:
    await hub.log.append([item(1, record_id="=HYPERLINK(1)", kind="@SUM")])
    await sync(hub, tmp_path)

    (row,) = written(tmp_path)
    assert (row["record_id"], row["kind"]) == ("'=HYPERLINK(1)", "'@SUM")


def test_a_row_shows_the_answer_that_holds_today_and_names_the_others() -> None:
    earlier = interval(
        from_on=date(2024, 7, 1), until_on=date(2025, 12, 31), outcome="FULL", rule_id="old"
    )
    body = body_for(
        Kind.INBOX_ITEM,
        item="MATCH",
        receiver="us-nv",
        person_ids=["N1", "N2"],
        intervals=[
            earlier,
            interval(until_on=date(2026, 6, 30)),
            interval(from_on=date(2026, 7, 1)),
        ],
        others=[{"registry": "us-wi", "person_id": "P1"}],
    )
    row = inbox_row(head_for(Kind.INBOX_ITEM, "inbox|1", person_id=None), body, TODAY)

    assert set(row) <= set(COLUMNS)
    assert (row["holds_from"], row["holds_until"]) == ("2026-01-01", "2026-06-30")
    assert (row["outcome"], row["rule"]) == ("PARTIAL", "nv-rule 2")
    assert (row["accepted_hours"], row["total_hours"]) == ("7.50", "15.00")
    assert row["own_person_ids"] == "N1 N2"
    assert row["other_accounts"] == "us-wi:P1"
    assert row["with_documents"] == "FULL"
    assert row["earlier_and_later"] == (
        "FULL 2024-07-01 to 2025-12-31; PARTIAL 2026-07-01 to no end"
    )


def test_where_none_holds_today_the_last_answer_is_shown() -> None:
    body = body_for(
        Kind.INBOX_ITEM,
        intervals=[interval(until_on=date(2026, 2, 1)), interval(from_on=date(2027, 1, 1))],
    )
    row = inbox_row(head_for(Kind.INBOX_ITEM, "inbox|1", person_id=None), body, TODAY)

    assert row["holds_from"] == "2027-01-01"


def test_an_item_without_an_answer_leaves_those_columns_empty() -> None:
    body = body_for(Kind.INBOX_ITEM, item="LINK", withdrawn=True, rule="REVISION_CONFLICT")
    row = inbox_row(head_for(Kind.INBOX_ITEM, "inbox|1", person_id=None), body, TODAY)

    assert row["withdrawn"] == "yes"
    assert "outcome" not in row
    assert row["rule"] == "REVISION_CONFLICT"
