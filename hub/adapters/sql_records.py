"""Records, links and references in SQL: lock in sorted order, then read, then write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

from hub.adapters import sql_tables as tables
from hub.adapters.sql_support import Sql, packed
from hub.domain.events import Kind
from hub.domain.rows import LinkRow, Person, RecordKey, RecordRow, ReferenceRow

_ON_RECORD = "r.registry = j.k0 AND r.kind = j.k1 AND r.record_id = j.k2"
_ABSENT = -1  # Revision of a row that was made only to be locked.
_EMPTY = b""
_APPROVAL = int(Kind.APPROVAL)
_SUBMISSION = int(Kind.SUBMISSION)
_RECORD_FIELDS = tuple(field.name for field in fields(RecordRow))


def read_record(row: dict[str, Any]) -> RecordRow:
    """A row of the table, read."""
    row["synthetic"] = bool(row["synthetic"])
    return RecordRow(**row)


def record_values(row: RecordRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _RECORD_FIELDS}


class SqlRecords:
    """Standing statements."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def lock(self, keys: Iterable[RecordKey]) -> dict[RecordKey, RecordRow]:
        ordered = sorted(set(keys))
        if not ordered:
            return {}
        if self._sql.postgres:
            self._sql.insert_absent(tables.record, [_placeholder(key) for key in ordered])
        rows = self._sql.rows(
            f"SELECT r.* FROM {self._sql.keys('tit')} {self._sql.join} record r ON {_ON_RECORD}"
            f" ORDER BY r.registry, r.kind, r.record_id{self._sql.locking('r')}",
            keys=packed(ordered),
        )
        found = (read_record(row) for row in rows if row["revision"] != _ABSENT)
        return {row.key: row for row in found}

    def put(self, rows: Sequence[RecordRow]) -> None:
        ordered = sorted(rows, key=lambda row: row.key)
        self._sql.upsert(tables.record, [record_values(row) for row in ordered])

    def of_persons(self, persons: Sequence[Person], kinds: Sequence[int]) -> list[RecordRow]:
        if not persons:
            return []
        wanted = ", ".join(str(int(kind)) for kind in kinds)
        rows = self._sql.rows(
            f"SELECT r.* FROM {self._sql.keys('tt')} {self._sql.join} record r"
            f" ON r.registry = j.k0 AND r.person_id = j.k1 AND r.kind IN ({wanted})",
            keys=packed(persons),
        )
        return [read_record(row) for row in rows]

    def get(self, keys: Sequence[RecordKey]) -> dict[RecordKey, RecordRow]:
        if not keys:
            return {}
        rows = self._sql.rows(
            f"SELECT r.* FROM {self._sql.keys('tit')} {self._sql.join} record r ON {_ON_RECORD}",
            keys=packed(keys),
        )
        return {row.key: row for row in map(read_record, rows) if row.revision != _ABSENT}

    def approvals_cited(self, names: Sequence[tuple[str, str]]) -> list[RecordRow]:
        if not names:
            return []
        keys = self._sql.keys("tt")
        named = ("r.record_id = j.k1", "r.approval_code = j.k1", "r.trainer_id = j.k1")
        found: dict[RecordKey, RecordRow] = {}
        for condition in named:
            rows = self._sql.rows(
                f"SELECT r.* FROM {keys} {self._sql.join} record r ON r.registry = j.k0"
                f" AND r.kind = {_APPROVAL} AND {condition} AND r.revision >= 0",
                keys=packed(names),
            )
            found |= {row.key: row for row in map(read_record, rows)}
        return list(found.values())

    def approvals_of(self, registries: Sequence[str]) -> list[RecordRow]:
        rows = self._sql.rows(
            f"SELECT r.* FROM {self._sql.keys('t')} {self._sql.join} record r"
            f" ON r.registry = j.k0 AND r.kind = {_APPROVAL} AND r.revision >= 0",
            keys=packed([(registry,) for registry in registries]),
        )
        return [read_record(row) for row in rows]

    def registries(self) -> tuple[list[str], bool]:
        rows = self._sql.rows(
            f"SELECT registry, max(CASE WHEN synthetic THEN 1 ELSE 0 END) AS synthetic FROM record"
            f" WHERE kind = {_SUBMISSION} AND revision >= 0 GROUP BY registry ORDER BY registry"
        )
        return [row["registry"] for row in rows], any(row["synthetic"] for row in rows)

    def citing(
        self, registry: str, approval_ids: Sequence[str], trainer_id: str | None
    ) -> list[Person]:
        rows = self._sql.rows(
            "SELECT DISTINCT r.person_id FROM record r WHERE r.registry = :registry"
            " AND r.person_id IS NOT NULL AND (r.approval_code IN"
            f" (SELECT k0 FROM {self._sql.keys('t')}) OR r.trainer_id = :trainer)",
            registry=registry,
            trainer=trainer_id or "",
            keys=packed([(approval_id,) for approval_id in approval_ids]),
        )
        return [Person(registry, row["person_id"]) for row in rows]


def _placeholder(key: RecordKey) -> dict[str, Any]:
    row = RecordRow(
        registry=key.registry,
        kind=key.kind,
        record_id=key.record_id,
        person_id=None,
        revision=_ABSENT,
        encoding=0,
        change=0,
        digest=_EMPTY,
        leaf=_EMPTY,
        schema_id=0,
        body=_EMPTY,
        sealed_key=None,
        sealed=None,
        topic="",
        partition=0,
        log_offset=0,
        received_ms=0,
        synthetic=False,
    )
    return record_values(row)


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
        rows = self._sql.rows(
            f"SELECT l.* FROM {self._sql.keys('tt')} {self._sql.join} link l"
            " ON l.registry = j.k0 AND l.person_id = j.k1"
            f" ORDER BY l.registry, l.person_id{locking}",
            keys=packed(persons),
        )
        return {r.person: r for r in (LinkRow(**row) for row in rows) if r.version != _ABSENT}

    def put(self, rows: Sequence[LinkRow]) -> None:
        ordered = sorted(rows, key=lambda row: row.person)
        self._sql.upsert(tables.link, [asdict(row) for row in ordered])

    def of(self, persons: Sequence[Person]) -> dict[Person, LinkRow]:
        return self._read(persons, "") if persons else {}

    def members(self, national_ids: Sequence[str]) -> list[LinkRow]:
        rows = self._sql.rows(
            f"SELECT l.* FROM {self._sql.keys('t')} {self._sql.join} link l"
            " ON l.national_id = j.k0 WHERE l.version >= 0",
            keys=packed([(national_id,) for national_id in national_ids]),
        )
        return [LinkRow(**row) for row in rows]

    def persons_beside(self, registries: Sequence[str]) -> list[Person]:
        present = "".join(
            " AND EXISTS (SELECT 1 FROM link o WHERE o.national_id = l.national_id"
            f" AND o.registry = :r{n})"
            for n in range(len(registries))
        )
        rows = self._sql.rows(
            "SELECT l.registry, l.person_id FROM link l WHERE l.version >= 0 AND EXISTS"
            " (SELECT 1 FROM link p WHERE p.national_id = l.national_id"
            f" AND (p.registry <> l.registry OR p.person_id <> l.person_id)){present}",
            **{f"r{n}": registry for n, registry in enumerate(registries)},
        )
        return [Person(row["registry"], row["person_id"]) for row in rows]


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
            keys=packed(ordered),
        )
        found = (ReferenceRow(**row) for row in rows if row["revision"] != _ABSENT)
        return {(row.kind, row.key): row for row in found}

    def put(self, rows: Sequence[ReferenceRow]) -> None:
        ordered = sorted(rows, key=lambda row: (row.kind, row.key))
        self._sql.upsert(tables.reference, [asdict(row) for row in ordered])

    def all(self) -> list[ReferenceRow]:
        rows = self._sql.rows("SELECT * FROM reference WHERE revision >= 0 ORDER BY kind, key")
        return [ReferenceRow(**row) for row in rows]
