"""The outbox, and what consumers already have, in SQL."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from hub.adapters import sql_tables as tables
from hub.adapters.sql_support import Sql, marks
from hub.domain.rows import OutboxItem, OutboxRow, PublishedRow

_COLUMNS = [column for column in tables.outbox.columns if column.name != "seq"]
_INSERT = f"INSERT INTO outbox ({', '.join(c.name for c in _COLUMNS)}) VALUES ({marks(_COLUMNS)})"
_ROW_FIELDS = ", ".join(OutboxRow._fields)

Said = tuple[str, bytes, bytes | None]
"""Subject, digest, and sort of a subject whose version is given."""


class SqlOutbox:
    """Derived events on their way to the log."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def publish(self, items: Sequence[OutboxItem]) -> None:
        newest: dict[str, OutboxItem] = {}
        for item in items:
            held = newest.get(item.subject)
            if held is None or item.order is None or item.order > (held.order or b""):
                newest[item.subject] = item
        if not newest:
            return
        said = sorted((item.subject, item.digest, item.order) for item in newest.values())
        write = self._said_postgres if self._sql.postgres else self._said_sqlite
        now = time.time_ns() // 1_000
        rows = [
            _outbox_values(newest[subject], version, now)
            for subject, version in sorted(write(said).items())
        ]
        if self._sql.postgres:
            self._sql.copy("outbox", _COLUMNS, rows)
        else:
            self._sql.write_many(_INSERT, rows)

    def _said_postgres(self, said: Sequence[Said]) -> dict[str, int]:
        """Subjects that move on, with their versions."""
        rows = self._sql.tuples(
            "INSERT INTO published (subject, version, digest, sort) SELECT k0, 1, k1, k2"
            f" FROM {self._sql.keys('tbb')} ORDER BY k0 ON CONFLICT (subject) DO UPDATE"
            " SET version = published.version + 1, digest = excluded.digest, sort = excluded.sort"
            " WHERE CASE WHEN excluded.sort IS NULL THEN published.digest <> excluded.digest"
            " ELSE published.sort < excluded.sort END RETURNING subject, version",
            keys=said,
        )
        return dict(rows)

    def _said_sqlite(self, said: Sequence[Said]) -> dict[str, int]:
        held = self.published([subject for subject, _, _ in said])
        moved: dict[str, int] = {}
        absent, changed = [], []
        for subject, digest, sort in said:
            before = held.get(subject)
            if before is None:
                moved[subject] = 1
                absent.append((subject, 1, digest, sort))
            elif _moves(before, digest, sort):
                moved[subject] = before.version + 1
                changed.append((before.version + 1, digest, sort, subject))
        self._sql.write_many(
            "INSERT INTO published (subject, version, digest, sort) VALUES (?, ?, ?, ?)", absent
        )
        self._sql.write_many(
            "UPDATE published SET version = ?, digest = ?, sort = ? WHERE subject = ?", changed
        )
        return moved

    def published(self, subjects: Sequence[str]) -> dict[str, PublishedRow]:
        if not subjects:
            return {}
        rows = self._sql.tuples(
            "SELECT p.subject, p.version, p.digest, p.sort"
            f" FROM {self._sql.keys('t')} {self._sql.join} published p ON p.subject = j.k0",
            keys=[(subject,) for subject in subjects],
        )
        return {row[0]: PublishedRow(*row) for row in rows}

    def published_under(self, prefix: str) -> list[str]:
        above = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        rows = self._sql.tuples(
            "SELECT subject FROM published WHERE subject >= :low AND subject < :above"
            " ORDER BY subject",
            low=prefix,
            above=above,
        )
        return [subject for (subject,) in rows]

    def prime(self, rows: Sequence[PublishedRow]) -> None:
        newest: dict[str, PublishedRow] = {}
        for row in rows:
            held = newest.get(row.subject)
            if held is None or (row.order or b"", row.version) > (held.order or b"", held.version):
                newest[row.subject] = row
        values = sorted((r.subject, r.version, r.digest, r.order) for r in newest.values())
        insert = "INSERT INTO published (subject, version, digest, sort)"
        update = (
            " ON CONFLICT (subject) DO UPDATE SET version = excluded.version,"
            " digest = excluded.digest, sort = excluded.sort"
            " WHERE published.version < excluded.version"
            " OR (excluded.sort IS NOT NULL AND published.sort < excluded.sort)"
        )
        if self._sql.postgres:
            select = f" SELECT k0, k1, k2, k3 FROM {self._sql.keys('tibb')} ORDER BY k0"
            self._sql.run(insert + select + update, keys=values)
        else:
            self._sql.write_many(f"{insert} VALUES (?, ?, ?, ?){update}", values)

    def lease(self, count_max: int, now_ms: int, until_ms: int) -> list[OutboxRow]:
        free = "SELECT seq FROM outbox WHERE claimed_until < :now ORDER BY seq LIMIT :count"
        # An array is made once. As a subquery it was made once a row where the statistics were
        # those of an empty table: half a minute for 16,000 rows.
        wanted = (
            f"= ANY(ARRAY({free} FOR UPDATE SKIP LOCKED))" if self._sql.postgres else f"IN ({free})"
        )
        rows = self._sql.tuples(
            f"UPDATE outbox SET claimed_until = :until WHERE seq {wanted} RETURNING {_ROW_FIELDS}",
            until=until_ms,
            now=now_ms,
            count=count_max,
        )
        return sorted((OutboxRow(*row) for row in rows), key=lambda row: row.seq)

    def delete(self, seqs: Sequence[int]) -> None:
        if self._sql.postgres:
            statement = "DELETE FROM outbox WHERE seq = ANY(CAST(:seqs AS bigint[]))"
            self._sql.run(statement, seqs=list(seqs))
            return
        self._sql.run(
            f"DELETE FROM outbox WHERE seq IN (SELECT k0 FROM {self._sql.keys('i')})",
            keys=[(seq,) for seq in seqs],
        )

    def drop(self, rows: Sequence[OutboxRow]) -> None:
        self.delete([row.seq for row in rows])
        self._sql.run(
            "DELETE FROM published WHERE EXISTS (SELECT 1 FROM"
            f" {self._sql.keys('ti')} WHERE j.k0 = published.subject"
            " AND j.k1 = published.version)",
            keys=[(row.subject, row.version) for row in rows],
        )

    def pending(self) -> int:
        return int(self._sql.tuples("SELECT count(*) FROM outbox")[0][0])


def _moves(before: PublishedRow, digest: bytes, sort: bytes | None) -> bool:
    if sort is None:
        return before.digest != digest
    return before.order is not None and before.order < sort


def _outbox_values(item: OutboxItem, counted: int, now_us: int) -> tuple[Any, ...]:
    """In the order of the table's columns but the first."""
    return (
        item.topic,
        item.key,
        item.kind,
        item.subject,
        counted if item.version is None else item.version,
        item.body,
        item.digest,
        item.synthetic,
        item.sealed_key,
        item.sealed,
        item.recorded_at or now_us,
        0,
    )
