"""Links and references in SQL: lock in sorted order, then read, then write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from hub.adapters import sql_tables as tables
from hub.adapters.sql_support import Sql
from hub.domain.rows import LinkRow, Person, ReferenceRow

_ABSENT = -1  # Version of a row that was made only to be locked.
_EMPTY = b""


class SqlLinks:
    """Links of persons to national persons."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def lock(self, persons: Iterable[Person]) -> dict[Person, LinkRow]:
        ordered = sorted(set(persons))
        if not ordered:
            return {}
        if self._sql.postgres:
            absent = [asdict(LinkRow(p.registry, p.person_id, "", _ABSENT)) for p in ordered]
            self._sql.insert_absent(tables.link, absent)
        return self._read(ordered, self._sql.locking("l"))

    def _read(self, persons: Sequence[Person], locking: str) -> dict[Person, LinkRow]:
        rows = self._sql.tuples(
            "SELECT l.registry, l.person_id, l.national_id, l.version"
            f" FROM {self._sql.keys('tt')} {self._sql.join} link l"
            " ON l.registry = j.k0 AND l.person_id = j.k1"
            f" ORDER BY l.registry, l.person_id{locking}",
            keys=persons,
        )
        return {r.person: r for r in (LinkRow(*row) for row in rows) if r.version != _ABSENT}

    def put(self, rows: Sequence[LinkRow]) -> None:
        ordered = sorted(rows, key=lambda row: row.person)
        self._sql.upsert(tables.link, [asdict(row) for row in ordered])

    def of(self, persons: Sequence[Person]) -> dict[Person, LinkRow]:
        return self._read(persons, "") if persons else {}

    def members(self, national_ids: Sequence[str]) -> list[LinkRow]:
        if not national_ids:
            return []
        rows = self._sql.tuples(
            "SELECT l.registry, l.person_id, l.national_id, l.version"
            f" FROM {self._sql.keys('t')} {self._sql.join} link l"
            " ON l.national_id = j.k0 WHERE l.version >= 0",
            keys=[(national_id,) for national_id in national_ids],
        )
        return [LinkRow(*row) for row in rows]

    def persons_beside(self, registries: Sequence[str]) -> list[Person]:
        present = "".join(
            " AND EXISTS (SELECT 1 FROM link o WHERE o.national_id = l.national_id"
            f" AND o.registry = :r{n})"
            for n in range(len(registries))
        )
        rows = self._sql.tuples(
            "SELECT l.registry, l.person_id FROM link l WHERE l.version >= 0 AND EXISTS"
            " (SELECT 1 FROM link p WHERE p.national_id = l.national_id"
            f" AND (p.registry <> l.registry OR p.person_id <> l.person_id)){present}",
            **{f"r{n}": registry for n, registry in enumerate(registries)},
        )
        return [Person(*row) for row in rows]


class SqlReferences:
    """Policies, list entries, agreements, models."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def lock(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], ReferenceRow]:
        ordered = sorted(set(keys))
        if not ordered:
            return {}
        if self._sql.postgres:
            absent = [
                asdict(
                    ReferenceRow(
                        kind=kind,
                        key=key,
                        revision=_ABSENT,
                        encoding=0,
                        change=0,
                        digest=_EMPTY,
                        schema_id=0,
                        body=_EMPTY,
                    )
                )
                for kind, key in ordered
            ]
            self._sql.insert_absent(tables.reference, absent)
        rows = self._sql.rows(
            f"SELECT r.* FROM {self._sql.keys('it')} {self._sql.join} reference r"
            f" ON r.kind = j.k0 AND r.key = j.k1 ORDER BY r.kind, r.key{self._sql.locking('r')}",
            keys=ordered,
        )
        found = (ReferenceRow(**row) for row in rows if row["revision"] != _ABSENT)
        return {(row.kind, row.key): row for row in found}

    def put(self, rows: Sequence[ReferenceRow]) -> None:
        ordered = sorted(rows, key=lambda row: (row.kind, row.key))
        self._sql.upsert(tables.reference, [asdict(row) for row in ordered])

    def all(self) -> list[ReferenceRow]:
        rows = self._sql.rows("SELECT * FROM reference WHERE revision >= 0 ORDER BY kind, key")
        return [ReferenceRow(**row) for row in rows]
