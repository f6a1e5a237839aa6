"""What earlier submissions of a registry said: a cache that its next full export rebuilds.

Kept in a file of the state's own (`hub publish --state`), or in memory. It is written only after a
submission was appended whole, so it never says more than the log does. It keeps the receipt of
each submission too: one that is sent again repeats its receipt, although by then its rows may be
judged against newer ones. Fingerprints of token keys alone are kept before anything is sent.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hub.domain.events import Kind
from hub.domain.statements import Statement
from hub.errors import ConfigurationError

BUSY_TIMEOUT_S = 30

_TABLES = """
CREATE TABLE IF NOT EXISTS registry (code TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person (person_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS newest (
    kind INTEGER, record_id TEXT, stamp INTEGER NOT NULL, PRIMARY KEY (kind, record_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (
    submission_id TEXT, encoding INTEGER, revision INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (submission_id, encoding)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS token_key (epoch INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A submission event as it was sent: one per submission and encoding."""

    submission_id: str
    encoding: int
    revision: int
    body: bytes


class Known(Protocol):
    """What publishing and judging ask of the cache. It serves as KnownRecords."""

    def has_person(self, person_id: str) -> bool:
        """Whether an earlier submission had a good profile of this person."""

    def newest_stamp(self, kind: Kind, record_id: str) -> int | None:
        """Stamp of the record's newest good statement, microseconds since 1970 UTC."""

    def receipt(self, submission_id: str, encoding: int) -> Receipt | None:
        """The receipt of a submission that was sent whole."""

    def remember(self, statements: Iterable[Statement], receipt: Receipt) -> None:
        """Take in a submission that was sent whole; twice is as once."""

    def fingerprints(self) -> dict[int, str]:
        """Of the token keys by epoch under which anything was sent, or begun to be."""

    def keep_fingerprints(self, named: Mapping[int, str]) -> None:
        """Keep those of epochs that have none."""


class MemoryKnown:
    """A cache that ends with the process."""

    def __init__(self) -> None:
        self._persons: set[str] = set()
        self._newest: dict[tuple[Kind, str], int] = {}
        self._receipts: dict[tuple[str, int], Receipt] = {}
        self._fingerprints: dict[int, str] = {}

    def has_person(self, person_id: str) -> bool:
        return person_id in self._persons

    def newest_stamp(self, kind: Kind, record_id: str) -> int | None:
        return self._newest.get((kind, record_id))

    def receipt(self, submission_id: str, encoding: int) -> Receipt | None:
        return self._receipts.get((submission_id, encoding))

    def remember(self, statements: Iterable[Statement], receipt: Receipt) -> None:
        for statement in statements:
            key = (statement.kind, statement.record_id)
            self._newest[key] = max(statement.revision, self._newest.get(key, statement.revision))
            if statement.kind is Kind.PROFILE and statement.person_id is not None:
                self._persons.add(statement.person_id)
        self._receipts.setdefault((receipt.submission_id, receipt.encoding), receipt)

    def fingerprints(self) -> dict[int, str]:
        return dict(self._fingerprints)

    def keep_fingerprints(self, named: Mapping[int, str]) -> None:
        self._fingerprints = {**named, **self._fingerprints}


class KnownState:
    """The cache in a SQLite file, one for each registry."""

    def __init__(self, path: Path, registry: str) -> None:
        self._connection = _open(path)
        with self._connection as connection:
            connection.execute(
                "INSERT INTO registry SELECT ? WHERE NOT EXISTS (SELECT 1 FROM registry)",
                (registry,),
            )
            (held,) = connection.execute("SELECT code FROM registry").fetchone()
        if held != registry:
            self._connection.close()
            raise ConfigurationError(
                f"{path} is the state of {held}, not of {registry}",
                fix="give each registry a folder of its own with --state",
            )

    def has_person(self, person_id: str) -> bool:
        query = "SELECT 1 FROM person WHERE person_id = ?"
        return self._connection.execute(query, (person_id,)).fetchone() is not None

    def newest_stamp(self, kind: Kind, record_id: str) -> int | None:
        query = "SELECT stamp FROM newest WHERE kind = ? AND record_id = ?"
        row = self._connection.execute(query, (int(kind), record_id)).fetchone()
        return None if row is None else int(row[0])

    def receipt(self, submission_id: str, encoding: int) -> Receipt | None:
        query = "SELECT revision, body FROM sent WHERE submission_id = ? AND encoding = ?"
        row = self._connection.execute(query, (submission_id, encoding)).fetchone()
        return None if row is None else Receipt(submission_id, encoding, row[0], row[1])

    def remember(self, statements: Iterable[Statement], receipt: Receipt) -> None:
        stated = list(statements)
        stamps = [(int(s.kind), s.record_id, s.revision) for s in stated]
        persons = {s.person_id for s in stated if s.kind is Kind.PROFILE and s.person_id}
        sent = (receipt.submission_id, receipt.encoding, receipt.revision, receipt.body)
        with self._connection as connection:
            connection.executemany(
                "INSERT INTO newest VALUES (?, ?, ?) ON CONFLICT (kind, record_id)"
                " DO UPDATE SET stamp = max(stamp, excluded.stamp)",
                stamps,
            )
            connection.executemany(
                "INSERT OR IGNORE INTO person VALUES (?)", [(person,) for person in persons]
            )
            connection.execute("INSERT OR IGNORE INTO sent VALUES (?, ?, ?, ?)", sent)

    def fingerprints(self) -> dict[int, str]:
        return dict(self._connection.execute("SELECT epoch, fingerprint FROM token_key"))

    def keep_fingerprints(self, named: Mapping[int, str]) -> None:
        with self._connection as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO token_key VALUES (?, ?)", list(named.items())
            )

    def close(self) -> None:
        self._connection.close()


def _open(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
        connection.executescript(_TABLES)
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationError(
            f"the state file {path} cannot be used: {error}",
            fix="name a folder that this user may write; the next full export rebuilds the file",
        ) from None
    return connection
