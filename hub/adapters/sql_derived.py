"""Touches and matches in SQL."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from hub.adapters import sql_tables as tables
from hub.adapters.sql_support import Sql, packed
from hub.domain.rows import MatchRow, Person, RecordKey, Touch, TouchKey

_REST_SHARE = 5  # A fifth of each batch is kept for greater priorities, so that none starves.


class SqlTouches:
    """Notes that something must be derived again."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(self, keys: Mapping[TouchKey, int]) -> None:
        if not keys:
            return
        now_ms = time.time_ns() // 1_000_000
        rows = sorted((key.kind, key.key, priority) for key, priority in keys.items())
        self._sql.run(
            "INSERT INTO touch (kind, key, stamp, priority, touched_ms)"
            f" SELECT k0, k1, :stamp, k2, :now FROM {self._sql.keys('tti')} WHERE true"
            " ORDER BY k0, k1 ON CONFLICT (kind, key) DO UPDATE SET stamp = excluded.stamp,"
            " priority = CASE WHEN excluded.priority < touch.priority THEN excluded.priority"
            " ELSE touch.priority END",
            stamp=self._next_stamp(),
            now=now_ms,
            keys=packed(rows),
        )

    def _next_stamp(self) -> int:
        if self._sql.postgres:
            return int(self._sql.rows("SELECT nextval('touch_stamp') AS value")[0]["value"])
        rows = self._sql.rows(
            "INSERT INTO stamp (name, value) VALUES ('touch', 1) ON CONFLICT (name)"
            " DO UPDATE SET value = stamp.value + 1 RETURNING value"
        )
        return int(rows[0]["value"])

    def take(self, count_max: int) -> list[Touch]:
        kept = count_max // _REST_SHARE
        columns = "SELECT kind, key, stamp, priority FROM touch"
        first = self._sql.rows(
            f"{columns} ORDER BY priority, stamp LIMIT :count", count=count_max - kept
        )
        lowest = first[-1]["priority"] if first else 0
        rest = self._sql.rows(
            f"{columns} WHERE priority > :lowest ORDER BY stamp LIMIT :count",
            lowest=lowest,
            count=kept,
        )
        return [Touch(**row) for row in (*first, *rest)]

    def delete(self, touches: Sequence[Touch]) -> None:
        if not touches:
            return
        ordered = sorted((touch.kind, touch.key, touch.stamp) for touch in touches)
        self._sql.run(
            "DELETE FROM touch WHERE EXISTS (SELECT 1 FROM"
            f" {self._sql.keys('tti')} WHERE touch.kind = j.k0 AND touch.key = j.k1"
            " AND touch.stamp = j.k2)"
            if self._sql.postgres
            else "DELETE FROM touch WHERE (kind, key, stamp) IN"
            f" (SELECT k0, k1, k2 FROM {self._sql.keys('tti')})",
            keys=packed(ordered),
        )

    def pending(self) -> int:
        return int(self._sql.rows("SELECT count(*) AS n FROM touch")[0]["n"])


def _match(row: dict[str, Any]) -> MatchRow:
    return MatchRow(**row)


class SqlMatches:
    """Answers of receiving registries' policies."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def of_records(self, keys: Sequence[RecordKey]) -> list[MatchRow]:
        if not keys:
            return []
        rows = self._sql.rows(
            f"SELECT m.* FROM {self._sql.keys('tit')} {self._sql.join} match m"
            " ON m.registry = j.k0 AND m.kind = j.k1 AND m.record_id = j.k2",
            keys=packed(keys),
        )
        return [_match(row) for row in rows]

    def of_persons(self, persons: Sequence[Person]) -> list[MatchRow]:
        if not persons:
            return []
        rows = self._sql.rows(
            f"SELECT m.* FROM {self._sql.keys('tt')} {self._sql.join} match m"
            " ON m.registry = j.k0 AND m.person_id = j.k1",
            keys=packed(persons),
        )
        return [_match(row) for row in rows]

    def put(self, rows: Sequence[MatchRow]) -> None:
        ordered = sorted(rows, key=lambda row: row.key)
        self._sql.upsert(tables.match, [asdict(row) for row in ordered])

    def delete(self, rows: Sequence[MatchRow]) -> None:
        if not rows:
            return
        self._sql.run(
            "DELETE FROM match WHERE (registry, kind, record_id, receiver) IN"
            f" (SELECT k0, k1, k2, k3 FROM {self._sql.keys('titt')})",
            keys=packed(sorted(row.key for row in rows)),
        )
