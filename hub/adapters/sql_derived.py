"""Touches and matches in SQL."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from hub.adapters import sql_tables as tables
from hub.adapters.sql_records import DECIDED_ON, FIRST_SAID, SAID_OF_PERSON
from hub.adapters.sql_support import Sql, columns_of, marks
from hub.domain.rows import (
    PRIORITY_CHANGE,
    RECORD_TOUCH,
    MatchRow,
    Person,
    RecordKey,
    Touch,
    TouchKey,
)
from hub.errors import FencedError

_REST_SHARE = 5  # A fifth of each batch is kept for greater priorities, so that none starves.


class SqlTouches:
    """Notes that something must be derived again."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(
        self, keys: Mapping[TouchKey, int], owned: Sequence[tuple[RecordKey, Person]] = ()
    ) -> None:
        wanted = dict(keys)
        for registry, kind, record_id in self._not_alone(owned):
            wanted[TouchKey(RECORD_TOUCH, f"{registry}|{kind}|{record_id}")] = PRIORITY_CHANGE
        if not wanted:
            return
        self._sql.run(
            "INSERT INTO touch (kind, key, stamp, priority, touched_ms)"
            f" SELECT k0, k1, :stamp, k2, :now FROM {self._sql.keys('tti')} WHERE true"
            " ORDER BY k0, k1 ON CONFLICT (kind, key) DO UPDATE SET stamp = excluded.stamp,"
            " priority = CASE WHEN excluded.priority < touch.priority THEN excluded.priority"
            " ELSE touch.priority END",
            stamp=self._next_stamp(),
            now=time.time_ns() // 1_000_000,
            keys=sorted((*key, priority) for key, priority in wanted.items()),
        )

    def _not_alone(self, owned: Sequence[tuple[RecordKey, Person]]) -> list[RecordKey]:
        """On PostgreSQL all: a link that is being made is not to be seen yet."""
        if self._sql.postgres or not owned:
            return [key for key, _ in owned]
        rows = self._sql.tuples(
            f"SELECT j.k0, j.k1 FROM {self._sql.keys('tt')} CROSS JOIN link l"
            " ON l.registry = j.k0 AND l.person_id = j.k1 WHERE EXISTS (SELECT 1 FROM link o"
            " WHERE o.national_id = l.national_id AND (o.registry <> l.registry"
            " OR o.person_id <> l.person_id))",
            keys={person for _, person in owned},
        )
        linked = set(rows)
        alone = [key for key, person in owned if person not in linked]
        followed = set(self._spoken_of(alone))
        return [key for key, person in owned if person in linked or key in followed]

    def _spoken_of(self, keys: Sequence[RecordKey]) -> list[RecordKey]:
        """Those that were decided on, or of whose persons a request or an appeal was made."""
        said = f"SELECT 1 FROM record WHERE kind >= {FIRST_SAID} LIMIT 1"
        if not keys or not self._sql.tuples(said):
            return []
        rows = self._sql.tuples(
            f"SELECT j.k0, j.k1, j.k2 FROM {self._sql.keys('tit')} {self._sql.join} record r"
            " ON r.registry = j.k0 AND r.kind = j.k1 AND r.record_id = j.k2"
            f" WHERE {SAID_OF_PERSON} OR {DECIDED_ON}",
            keys=keys,
        )
        return [RecordKey(*row) for row in rows]

    def _next_stamp(self) -> int:
        if self._sql.postgres:
            return int(self._sql.tuples("SELECT nextval('touch_stamp')")[0][0])
        rows = self._sql.tuples(
            "INSERT INTO stamp (name, value) VALUES ('touch', 1) ON CONFLICT (name)"
            " DO UPDATE SET value = stamp.value + 1 RETURNING value"
        )
        return int(rows[0][0])

    def take(self, count_max: int, *, skip: int = 0) -> list[Touch]:
        kept = count_max // _REST_SHARE
        columns = "SELECT kind, key, stamp, priority FROM touch"
        first = self._sql.tuples(
            f"{columns} ORDER BY priority, stamp LIMIT :count OFFSET :skip",
            count=count_max - kept,
            skip=skip,
        )
        if not first:
            return []  # Nothing waits that is not passed over.
        lowest = first[-1][3]
        rest = self._sql.tuples(
            f"{columns} WHERE priority > :lowest ORDER BY stamp LIMIT :count",
            lowest=lowest,
            count=kept,
        )
        return [Touch(*row) for row in (*first, *rest)]

    def delete(self, touches: Sequence[Touch]) -> None:
        if not touches:
            return
        matched = "t.kind = j.k0 AND t.key = j.k1 AND t.stamp = j.k2"
        keys = self._sql.keys("tti")
        # The table is empty now and full then: with the statistics of another moment a join would
        # compare every touch with every key. LATERAL looks each one up, in their sorted order.
        self._sql.run(
            f"DELETE FROM touch WHERE ctid = ANY(ARRAY(SELECT l.ctid FROM {keys} CROSS JOIN"
            f" LATERAL (SELECT t.ctid FROM touch t WHERE {matched} FOR UPDATE) AS l))"
            if self._sql.postgres
            else "DELETE FROM touch WHERE rowid IN (SELECT t.rowid FROM"
            f" {keys} CROSS JOIN touch t ON {matched})",
            keys=sorted((touch.kind, touch.key, touch.stamp) for touch in touches),
        )

    def pending(self) -> int:
        return int(self._sql.tuples("SELECT count(*) FROM touch")[0][0])


_MATCH_COLUMNS = columns_of(tables.match, "m")
_MATCH_KEY = ("registry", "kind", "record_id", "receiver")
_MATCH_REST = [c.name for c in tables.match.columns if c.name not in _MATCH_KEY]
_KEY_IS = " AND ".join(f"match.{name} = s.{name}" for name in _MATCH_KEY)
_UPDATE = (
    f"UPDATE match SET {', '.join(f'{name} = s.{name}' for name in _MATCH_REST)}"
    f" FROM staged_match s WHERE {_KEY_IS}"
)


class SqlMatches:
    """Answers of receiving registries' policies."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def of_records(self, keys: Sequence[RecordKey]) -> list[MatchRow]:
        if not keys:
            return []
        rows = self._sql.tuples(
            f"SELECT {_MATCH_COLUMNS} FROM {self._sql.keys('tit')} {self._sql.join} match m"
            " ON m.registry = j.k0 AND m.kind = j.k1 AND m.record_id = j.k2",
            keys=keys,
        )
        return [MatchRow._make(row) for row in rows]

    def of_persons(self, persons: Sequence[Person]) -> list[MatchRow]:
        if not persons:
            return []
        rows = self._sql.tuples(
            f"SELECT {_MATCH_COLUMNS} FROM {self._sql.keys('tt')} {self._sql.join} match m"
            " ON m.registry = j.k0 AND m.person_id = j.k1",
            keys=persons,
        )
        return [MatchRow._make(row) for row in rows]

    def replace(self, changes: Sequence[tuple[MatchRow | None, MatchRow | None]]) -> None:
        ordered = sorted(changes, key=lambda change: (change[0] or change[1] or _NOBODY).key)
        made = [new for old, new in ordered if old is None and new is not None]
        changed = [(old, new) for old, new in ordered if old is not None and new is not None]
        gone = [old for old, new in ordered if old is not None and new is None]
        write = self._write_postgres if self._sql.postgres else self._write_sqlite
        write(made, changed, gone)

    def _write_sqlite(
        self,
        made: Sequence[MatchRow],
        changed: Sequence[tuple[MatchRow, MatchRow]],
        gone: Sequence[MatchRow],
    ) -> None:
        where = " AND ".join(f"{name} = ?" for name in (*_MATCH_KEY, "basis"))
        columns = columns_of(tables.match)
        values = marks(tables.match.columns)
        insert = f"INSERT INTO match ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING"
        update = f"UPDATE match SET {', '.join(f'{n} = ?' for n in _MATCH_REST)} WHERE {where}"
        if made:
            _check(self._sql.write_many(insert, made), made)
        if changed:
            rows = ((*new[4:], *new.key, old.basis) for old, new in changed)
            _check(self._sql.write_many(update, rows), changed)
        if gone:
            keys = ((*old.key, old.basis) for old in gone)
            _check(self._sql.write_many(f"DELETE FROM match WHERE {where}", keys), gone)

    def _write_postgres(
        self,
        made: Sequence[MatchRow],
        changed: Sequence[tuple[MatchRow, MatchRow]],
        gone: Sequence[MatchRow],
    ) -> None:
        columns = columns_of(tables.match)
        if made:
            self._sql.stage(tables.match, made)
            _check(
                self._sql.run(
                    f"INSERT INTO match ({columns}) SELECT {columns} FROM staged_match"
                    f" ORDER BY {', '.join(_MATCH_KEY)} ON CONFLICT DO NOTHING"
                ),
                made,
            )
        if changed or gone:
            read = [old for old, _ in changed] + list(gone)
            held = self._sql.run(
                f"SELECT 1 FROM {self._sql.keys('tittb')} JOIN match m ON m.registry = j.k0"
                " AND m.kind = j.k1 AND m.record_id = j.k2 AND m.receiver = j.k3"
                " AND m.basis = j.k4 ORDER BY m.registry, m.kind, m.record_id, m.receiver"
                " FOR UPDATE OF m",
                keys=sorted((*old.key, old.basis) for old in read),
            )
            _check(held, read)
        if changed:
            self._sql.stage(tables.match, [new for _, new in changed])
            self._sql.run(_UPDATE)
        if gone:
            self._sql.run(
                f"DELETE FROM match USING {self._sql.keys('titt')} WHERE match.registry = j.k0"
                " AND match.kind = j.k1 AND match.record_id = j.k2 AND match.receiver = j.k3",
                keys=[old.key for old in gone],
            )


_NOBODY = MatchRow("", 0, "", "", None, "", b"", b"", b"", b"")


def _check(written: int, wanted: Sequence[object]) -> None:
    if written != len(wanted):
        raise FencedError(
            "another worker has answered for one of these records meanwhile",
            effect="this batch of touches is thrown away and derived again",
        )
