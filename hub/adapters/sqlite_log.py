"""The log in one SQLite file, for the demo and small installations.

Appends are one transaction, all or nothing, on disk before they answer. Several processes may
share the file: one writes at a time, the others wait for it, readers never wait. Offsets are dense
and append time never goes back within a partition. Nothing is ever deleted.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from hub.adapters.log_clock import milliseconds
from hub.adapters.topic_plan import missing_topics, unknown_partition, unknown_topic
from hub.domain.log import Appended, Headers, LogRecord, Message, TopicPartition, TopicSpec
from hub.domain.partitioning import partition_for
from hub.errors import ConfigurationError, FatalError, HubError, RetryableError

LAYOUT = 1  # Written into the file: a program of another layout refuses it.
WRITER_WAIT_SECONDS = 30.0
OPEN_ATTEMPTS_MAX = 50  # Changing to write-ahead mode does not wait for others by itself.
OPEN_PAUSE_SECONDS = 0.1

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_TABLES = (
    "CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS messages (
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        "offset" INTEGER NOT NULL,
        append_at_ms INTEGER NOT NULL,
        key BLOB,
        value BLOB NOT NULL,
        headers TEXT NOT NULL,
        PRIMARY KEY (topic, partition, "offset")
    ) STRICT, WITHOUT ROWID""",
)
_INSERT = "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)"
_READ = """SELECT "offset", append_at_ms, key, value, headers FROM messages
    WHERE topic = ? AND partition = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?"""
_LAST = """SELECT "offset", append_at_ms FROM messages
    WHERE topic = ? AND partition = ? ORDER BY "offset" DESC LIMIT 1"""

Answer = TypeVar("Answer")


class SqliteEventLog:
    """A log in the file `path`, made when it is absent, together with its folder."""

    def __init__(self, path: str | Path, *, clock: Callable[[], int] = milliseconds) -> None:
        self._clock = clock
        self._lock = threading.Lock()  # One connection, used by one thread at a time.
        with _translated(f"opening the log {str(path)!r}"):
            self._connection = _open(Path(path))

    async def create_topics(self, specs: Sequence[TopicSpec]) -> None:
        await self._run("making topics", lambda: self._create_topics(specs))

    async def topics(self) -> dict[str, int]:
        return await self._run("listing topics", self._topics)

    async def append(self, messages: Sequence[Message]) -> list[Appended]:
        return await self._run("appending", lambda: self._append(messages))

    async def read(self, start: TopicPartition, offset: int, max_records: int) -> list[LogRecord]:
        return await self._run(f"reading {start}", lambda: self._read(start, offset, max_records))

    async def ends(self, topics: Sequence[str] | None = None) -> dict[TopicPartition, int]:
        return await self._run("asking for ends", lambda: self._ends(topics))

    async def close(self) -> None:
        with self._lock:
            self._connection.close()

    async def _run(self, attempt: str, work: Callable[[], Answer]) -> Answer:
        def locked() -> Answer:
            with self._lock, _translated(attempt):
                return work()

        return await asyncio.to_thread(locked)

    def _create_topics(self, specs: Sequence[TopicSpec]) -> None:
        with _writing(self._connection):
            made = [(s.name, s.partitions) for s in missing_topics(specs, self._topics())]
            self._connection.executemany("INSERT INTO topics VALUES (?, ?)", made)

    def _topics(self) -> dict[str, int]:
        return dict(self._connection.execute("SELECT name, partitions FROM topics ORDER BY name"))

    def _append(self, messages: Sequence[Message]) -> list[Appended]:
        with _writing(self._connection):
            counts = self._topics()
            now_ms = self._clock()
            heads: dict[tuple[str, int], tuple[int, int]] = {}
            appended = []
            for message in messages:
                if message.topic not in counts:
                    raise unknown_topic(message.topic, "appending to")
                where = (message.topic, partition_for(message.key, counts[message.topic]))
                last_offset, last_at_ms = heads.get(where) or self._last(*where)
                heads[where] = (last_offset + 1, max(last_at_ms, now_ms))
                appended.append(Appended(*where, *heads[where]))
            self._connection.executemany(
                _INSERT,
                (
                    (a.topic, a.partition, a.offset, a.append_at_ms, m.key, m.value, _pack(m))
                    for a, m in zip(appended, messages, strict=True)
                ),
            )
        return appended

    def _last(self, topic: str, partition: int) -> tuple[int, int]:
        """Offset and append time of the last record; of an empty partition what precedes any."""
        found = self._connection.execute(_LAST, (topic, partition)).fetchone()
        return (-1, 0) if found is None else (int(found[0]), int(found[1]))

    def _read(self, start: TopicPartition, offset: int, max_records: int) -> list[LogRecord]:
        where = (start.topic, start.partition)
        rows = self._connection.execute(_READ, (*where, offset, max_records)).fetchall()
        if not rows:
            self._check_known(start)
        return [
            LogRecord(*where, at, append_at_ms, key, value, _unpack(headers))
            for at, append_at_ms, key, value, headers in rows
        ]

    def _check_known(self, place: TopicPartition) -> None:
        count = self._topics().get(place.topic)
        if count is None:
            raise unknown_topic(place.topic, "reading")
        if not 0 <= place.partition < count:
            raise unknown_partition(place.topic, place.partition)

    def _ends(self, topics: Sequence[str] | None) -> dict[TopicPartition, int]:
        counts = self._topics()
        for topic in topics or ():
            if topic not in counts:
                raise unknown_topic(topic, "asking for the ends of")
        return {
            TopicPartition(topic, partition): self._last(topic, partition)[0] + 1
            for topic in (counts if topics is None else topics)
            for partition in range(counts[topic])
        }


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        path, timeout=WRITER_WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _write_ahead(connection)
        # The log is the truth: what a lane has folded must not vanish with the power.
        connection.execute("PRAGMA synchronous = FULL")
        with _writing(connection):
            layout = connection.execute("PRAGMA user_version").fetchone()[0]
            if layout not in (0, LAYOUT):
                raise ConfigurationError(
                    f"opening the log {str(path)!r}: it has layout {layout}, not {LAYOUT}",
                    fix="Open it with the version of the hub that wrote it.",
                )
            for table in _TABLES:
                connection.execute(table)
            connection.execute(f"PRAGMA user_version = {LAYOUT}")
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    for attempt in range(1, OPEN_ATTEMPTS_MAX + 1):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in _BUSY or attempt == OPEN_ATTEMPTS_MAX:
                raise
        time.sleep(OPEN_PAUSE_SECONDS)


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction. IMMEDIATE: what it reads first stays true until it writes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _translated(attempt: str) -> Iterator[None]:
    try:
        yield
    except HubError:
        raise
    except (sqlite3.Error, OSError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # The primary of an extended code.
        if code in _BUSY:
            raise RetryableError(f"{attempt}: another process is writing the log") from error
        raise FatalError(f"{attempt}: {error}") from error


def _pack(message: Message) -> str:
    """Latin-1 maps each byte to one character and back; ASCII headers stay readable."""
    return json.dumps([[name, value.decode("latin-1")] for name, value in message.headers])


def _unpack(packed: str) -> Headers:
    return tuple((name, value.encode("latin-1")) for name, value in json.loads(packed))
