"""The log in a SQLite file keeps the contract of logs, and is shared by processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.adapters.sqlite_log import SqliteEventLog
from hub.domain.log import Message, TopicPartition, TopicSpec
from hub.errors import ConfigurationError, FatalError
from tests.contract.event_log import LastingEventLogContract, Reopen

WRITERS = 4
APPENDS = 20
ROOT = Path(__file__).parents[2]
WRITER = f"""
import asyncio, sys
from hub.adapters.sqlite_log import SqliteEventLog
from hub.domain.log import Message, TopicSpec

async def write():
    log = SqliteEventLog(sys.argv[1])
    await log.create_topics([TopicSpec("a.b", 2)])
    for number in range({APPENDS}):
        await log.append([Message("a.b", b"k%d" % n, b"", ()) for n in range(5)])

asyncio.run(write())
"""


class TestSqliteEventLog(LastingEventLogContract):
    @pytest_asyncio.fixture
    async def log(self, tmp_path: Path) -> AsyncIterator[SqliteEventLog]:
        log = SqliteEventLog(tmp_path / "folder" / "log.sqlite")
        yield log
        await log.close()

    @pytest.fixture
    def reopen(self, tmp_path: Path) -> Reopen:
        async def open_again() -> SqliteEventLog:
            return SqliteEventLog(tmp_path / "folder" / "log.sqlite")

        return open_again


def test_processes_that_make_and_write_one_file_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path)], cwd=ROOT)
        for _ in range(WRITERS)
    ]

    assert [writer.wait(60) for writer in writers] == [0] * WRITERS
    rows = sqlite3.connect(path).execute(
        'SELECT count(*), max("offset") + 1 FROM messages GROUP BY partition'
    )
    counts = rows.fetchall()
    assert sum(count for count, _ in counts) == WRITERS * APPENDS * 5
    assert all(count == end for count, end in counts)


async def test_an_append_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    log = SqliteEventLog(tmp_path / "log.sqlite")
    await log.create_topics([TopicSpec("a.b", 1)])
    whole = Message("a.b", None, b"", ())
    broken = Message("a.b", None, None, ())  # type: ignore[arg-type]

    with pytest.raises(FatalError, match="appending"):
        await log.append([whole, broken])

    assert await log.ends() == {TopicPartition("a.b", 0): 0}
    assert len(await log.append([whole])) == 1


async def test_a_clock_set_back_does_not_set_append_time_back(tmp_path: Path) -> None:
    times: Iterator[int] = iter([2000, 1000, 3000])
    log = SqliteEventLog(tmp_path / "log.sqlite", clock=lambda: next(times))
    await log.create_topics([TopicSpec("a.b", 1)])

    for _ in range(3):
        await log.append([Message("a.b", None, b"", ())])

    records = await log.read(TopicPartition("a.b", 0), 0, 10)
    assert [record.append_at_ms for record in records] == [2000, 2000, 3000]


def test_a_file_of_another_layout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    sqlite3.connect(path).execute("PRAGMA user_version = 99")

    with pytest.raises(ConfigurationError, match="layout 99"):
        SqliteEventLog(path)


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    path.write_bytes(b"no database at all" * 100)

    with pytest.raises(FatalError, match="opening the log"):
        SqliteEventLog(path)
