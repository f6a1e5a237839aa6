"""Standing statements of records in SQL.

On PostgreSQL a batch is one COPY and one statement, which locks in sorted order, decides, writes
and answers what was replaced; on SQLite, which has one writer, the rows that stand are read first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from hub.adapters import sql_tables as tables
from hub.adapters.sql_support import Sql, columns_of, marks
from hub.domain.events import Kind
from hub.domain.rows import Merged, Person, RecordKey, RecordRow
from hub.projections.exchange import RECORD_KINDS

_KEY = ("registry", "kind", "record_id")
_ON_RECORD = "r.registry = j.k0 AND r.kind = j.k1 AND r.record_id = j.k2"
_APPROVAL = int(Kind.APPROVAL)
_SUBMISSION = int(Kind.SUBMISSION)
_DECISION = int(Kind.RECOGNITION_DECISION)
FIRST_SAID = int(Kind.CONSENT)
"""First of the kinds that registries say beside records; few events, with indexes of their own."""
_TERMS = f"{int(Kind.DISPUTE)}, {int(Kind.PORTABILITY_REQUEST)}"
SAID_OF_PERSON = (
    "EXISTS (SELECT 1 FROM record q WHERE q.registry = r.registry"
    f" AND q.person_id = r.person_id AND q.kind IN ({_TERMS}) AND q.kind >= {FIRST_SAID})"
)
"""An appeal or a request was made about the person of record r."""
_WORDS = " ".join(
    f"WHEN {int(kind)} THEN '|{word}|'"
    for word, kind in RECORD_KINDS.items()
    if kind is not Kind.APPROVAL
)
DECIDED_ON = (
    f"EXISTS (SELECT 1 FROM record d WHERE d.kind = {_DECISION} AND d.record_id ="
    f" r.registry || CASE r.kind {_WORDS} ELSE '' END || r.record_id)"
)
"""Some registry decided on record r."""
_COLUMNS = columns_of(tables.record, "r")
_REST = [c.name for c in tables.record.columns if c.name not in _KEY]


def _order(alias: str) -> str:
    """The order of statements, as RecordRow has it."""
    names = ", ".join(f"{alias}.{name}" for name in ("revision", "encoding", "digest", "change"))
    return f"({names}, coalesce({alias}.person_id, ''))"


_MERGE = f"""
WITH written AS (
  INSERT INTO record AS r ({columns_of(tables.record)})
  SELECT {columns_of(tables.record)} FROM staged_record ORDER BY {", ".join(_KEY)}
  ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _REST)}
  WHERE {_order("excluded")} > {_order("r")}
  RETURNING {", ".join(f"new.{name} AS key_{name}" for name in _KEY)},
    {columns_of(tables.record, "old")}
)
SELECT true, {columns_of(tables.record, "w")} FROM written w WHERE w.revision IS NOT NULL
UNION ALL
SELECT false, {columns_of(tables.record, "s")} FROM staged_record s WHERE NOT EXISTS (
  SELECT 1 FROM written w WHERE {" AND ".join(f"w.key_{name} = s.{name}" for name in _KEY)})
"""
_INSERT = (
    f"INSERT INTO record ({columns_of(tables.record)}) VALUES ({marks(tables.record.columns)})"
)
_UPDATE = (
    f"UPDATE record SET {', '.join(f'{name} = ?' for name in _REST)}"
    f" WHERE {' AND '.join(f'{name} = ?' for name in _KEY)}"
)


class SqlRecords:
    """Standing statements."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def merge(self, rows: Sequence[RecordRow]) -> Merged:
        if not rows:
            return Merged([], [])
        ordered = sorted(rows, key=lambda row: row[:3])
        return self._merge_postgres(ordered) if self._sql.postgres else self._merge_sqlite(ordered)

    def _merge_postgres(self, rows: Sequence[RecordRow]) -> Merged:
        self._sql.stage(tables.record, rows)
        replaced: dict[RecordKey, RecordRow] = {}
        refused: set[RecordKey] = set()
        for was_replaced, *values in self._sql.tuples(_MERGE):
            row = RecordRow._make(values)
            if was_replaced:
                replaced[row.key] = row
            else:
                refused.add(row.key)
        # A row that was not written is locked all the same, so what stands instead holds still.
        standing = self.get(sorted(refused)) if refused else {}
        return Merged(
            [(row, replaced.get(row.key)) for row in rows if row.key not in refused],
            [(row, standing[row.key]) for row in rows if row.key in refused],
        )

    def _merge_sqlite(self, rows: Sequence[RecordRow]) -> Merged:
        standing = self.get([row.key for row in rows])
        merged = Merged([], [])
        for row in rows:
            held = standing.get(row.key)
            if held is None or row.order > held.order:
                merged.stood.append((row, held))
            else:
                merged.refused.append((row, held))
        self._sql.write_many(_INSERT, (row for row, held in merged.stood if held is None))
        self._sql.write_many(
            _UPDATE, ((*row[3:], *row[:3]) for row, held in merged.stood if held is not None)
        )
        return merged

    def of_persons(self, persons: Sequence[Person], kinds: Sequence[int]) -> list[RecordRow]:
        if not persons:
            return []
        wanted = ", ".join(str(int(kind)) for kind in kinds)
        return self._read(
            f"FROM {self._sql.keys('tt')} {self._sql.join} record r"
            f" ON r.registry = j.k0 AND r.person_id = j.k1 AND r.kind IN ({wanted})",
            persons,
        )

    def count_of(self, persons: Collection[Person], kinds: Iterable[int]) -> dict[Person, int]:
        if not persons:
            return {}
        wanted = ", ".join(str(int(kind)) for kind in kinds)
        rows = self._sql.tuples(
            f"SELECT r.registry, r.person_id, count(*) FROM {self._sql.keys('tt')}"
            f" {self._sql.join} record r ON r.registry = j.k0 AND r.person_id = j.k1"
            f" AND r.kind IN ({wanted}) GROUP BY r.registry, r.person_id",
            keys=sorted(persons),
        )
        return {Person(registry, person_id): count for registry, person_id, count in rows}

    def _read(self, source: str, keys: Sequence[Sequence[object]]) -> list[RecordRow]:
        found = self._sql.tuples(f"SELECT {_COLUMNS} {source}", keys=keys)
        return [RecordRow._make(row) for row in found]

    def get(self, keys: Sequence[RecordKey]) -> dict[RecordKey, RecordRow]:
        if not keys:
            return {}
        source = f"FROM {self._sql.keys('tit')} {self._sql.join} record r ON {_ON_RECORD}"
        return {row.key: row for row in self._read(source, keys)}

    def matchable(self, keys: Sequence[RecordKey]) -> dict[RecordKey, Person | None]:
        if not keys:
            return {}
        found = self._sql.tuples(
            f"SELECT j.k0, j.k1, j.k2, r.person_id FROM {self._sql.keys('tit')}"
            f" {self._sql.join} record r ON {_ON_RECORD}"
            f" WHERE j.k1 = {_APPROVAL} OR EXISTS (SELECT 1 FROM link l JOIN link o"
            " ON o.national_id = l.national_id AND (o.registry <> l.registry"
            " OR o.person_id <> l.person_id) WHERE l.registry = r.registry"
            " AND l.person_id = r.person_id) OR EXISTS (SELECT 1 FROM match m"
            " WHERE m.registry = j.k0 AND m.kind = j.k1 AND m.record_id = j.k2)"
            f" OR {SAID_OF_PERSON} OR {DECIDED_ON}",
            keys=keys,
        )
        return {
            RecordKey(registry, kind, record_id): person_id and Person(registry, person_id)
            for registry, kind, record_id, person_id in found
        }

    def approvals_cited(self, names: Sequence[tuple[str, str]]) -> list[RecordRow]:
        if not names:
            return []
        found: dict[RecordKey, RecordRow] = {}
        for column in ("record_id", "approval_code", "trainer_id"):
            source = (
                f"FROM {self._sql.keys('tt')} {self._sql.join} record r ON r.registry = j.k0"
                f" AND r.kind = {_APPROVAL} AND r.{column} = j.k1"
            )
            found |= {row.key: row for row in self._read(source, names)}
        return list(found.values())

    def approvals_of(self, registries: Sequence[str] | None) -> list[RecordRow]:
        if registries is None:
            found = self._sql.tuples(f"SELECT {_COLUMNS} FROM record r WHERE r.kind = {_APPROVAL}")
            return [RecordRow._make(row) for row in found]
        source = (
            f"FROM {self._sql.keys('t')} {self._sql.join} record r"
            f" ON r.registry = j.k0 AND r.kind = {_APPROVAL}"
        )
        return self._read(source, [(registry,) for registry in registries])

    def are_synthetic(self) -> bool:
        source = f"SELECT 1 FROM record WHERE kind = {_SUBMISSION} AND synthetic LIMIT 1"
        return bool(self._sql.tuples(source))

    def decisions_on(self, names: Sequence[str]) -> list[RecordRow]:
        if not names:
            return []
        source = (
            f"FROM {self._sql.keys('t')} {self._sql.join} record r"
            f" ON r.record_id = j.k0 AND r.kind = {_DECISION}"
        )
        return self._read(source, [(name,) for name in names])

    def decided(self, registry: str | None) -> list[str]:
        of_one = "" if registry is None else " AND registry = :registry"
        rows = self._sql.tuples(
            f"SELECT record_id FROM record WHERE kind = {_DECISION}{of_one}",
            **({} if registry is None else {"registry": registry}),
        )
        return sorted({name for (name,) in rows})

    def persons_with(self, kinds: Sequence[int]) -> list[Person]:
        wanted = ", ".join(str(int(kind)) for kind in kinds)
        rows = self._sql.tuples(
            "SELECT DISTINCT registry, person_id FROM record"
            f" WHERE kind IN ({wanted}) AND kind >= {FIRST_SAID} AND person_id IS NOT NULL"
        )
        return sorted(Person(*row) for row in rows)

    def citing(
        self, registry: str, approval_ids: Sequence[str], trainer_id: str | None
    ) -> list[Person]:
        wanted = [("approval_code", name) for name in approval_ids]
        wanted += [("trainer_id", trainer_id)] if trainer_id else []
        found: set[str] = set()
        for column, name in wanted:
            # Asked for distinct persons, SQLite would walk through the index of all persons.
            rows = self._sql.tuples(
                "SELECT r.person_id FROM record r WHERE r.registry = :registry"
                f" AND r.{column} = :name",
                registry=registry,
                name=name,
            )
            found |= {person_id for (person_id,) in rows if person_id is not None}
        return [Person(registry, person_id) for person_id in sorted(found)]
