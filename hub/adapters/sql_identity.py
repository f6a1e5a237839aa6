"""The identity lane's tables in SQL: persons, pairs, answers, other inputs, recorded decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table

from hub.adapters import sql_tables as tables
from hub.adapters.sql_support import Sql, columns_of, marks
from hub.domain.identity_rows import InputRow, RecordedRow
from hub.domain.rows import AnswerRow, ClaimRow, PairRow, Person

_CLAIM = columns_of(tables.claim, "c")
_PAIR = columns_of(tables.identity_pair, "p")
_ANSWER = columns_of(tables.identity_answer, "a")
_INPUT = columns_of(tables.identity_input)
_RECORDED = columns_of(tables.identity_recorded)
_PAIR_KEY = ("registry", "person_id", "other_registry", "other_person_id")
_ON_PAIR = " AND ".join(f"{{0}}.{name} = j.k{n}" for n, name in enumerate(_PAIR_KEY))
_APART = 0

Pairs = Sequence[tuple[Person, Person]]


def write_rows(sql: Sql, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    """Write whole rows over the primary key, sorted by it, each key once."""
    key = [column.name for column in table.primary_key]
    rest = ", ".join(f"{c.name} = excluded.{c.name}" for c in table.columns if c.name not in key)
    listed = columns_of(table)
    conflict = f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {rest}"
    if sql.postgres:
        staged = sql.stage(table, rows)
        sql.run(
            f"INSERT INTO {table.name} ({listed}) SELECT {listed} FROM {staged}"
            f" ORDER BY {', '.join(key)} {conflict}"
        )
    else:
        values = marks(list(table.columns))
        sql.write_many(f"INSERT INTO {table.name} ({listed}) VALUES ({values}) {conflict}", rows)


class SqlClaims:
    """Persons in the identity lane."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def of_persons(self, persons: Sequence[Person]) -> list[ClaimRow]:
        if not persons:
            return []
        rows = self._sql.tuples(
            f"SELECT {_CLAIM} FROM {self._sql.keys('tt')} {self._sql.join} claim c"
            " ON c.registry = j.k0 AND c.person_id = j.k1",
            keys=persons,
        )
        return [_claim(row) for row in rows]

    def after(self, claim_offset: int, count_max: int) -> list[ClaimRow]:
        rows = self._sql.tuples(
            f"SELECT {_CLAIM} FROM claim c WHERE c.claim_offset > :offset"
            " ORDER BY c.claim_offset LIMIT :count",
            offset=claim_offset,
            count=count_max,
        )
        return [_claim(row) for row in rows]

    def held(self) -> list[ClaimRow]:
        rows = self._sql.tuples(
            f"SELECT {_CLAIM} FROM claim c WHERE c.held IS NOT NULL"
            " ORDER BY c.registry, c.person_id"
        )
        return [_claim(row) for row in rows]

    def put(self, rows: Sequence[ClaimRow]) -> None:
        if rows:
            ordered = sorted(rows, key=_claim_key)
            write_rows(self._sql, tables.claim, ordered)


def _claim_key(row: ClaimRow) -> tuple[str, str]:
    return row.registry, row.person_id


def _claim(row: Sequence[Any]) -> ClaimRow:
    made = ClaimRow._make(row)
    return made if made.present is True else made._replace(present=bool(made.present))


class SqlPairs:
    """What stands between two persons."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def all(self) -> list[PairRow]:
        rows = self._sql.tuples(
            f"SELECT {_PAIR} FROM identity_pair p ORDER BY {', '.join(_PAIR_KEY)}"
        )
        return [PairRow._make(row) for row in rows]

    def get(self, pairs: Pairs) -> list[PairRow]:
        if not pairs:
            return []
        rows = self._sql.tuples(
            f"SELECT {_PAIR} FROM {self._sql.keys('tttt')} {self._sql.join} identity_pair p"
            f" ON {_ON_PAIR.format('p')}",
            keys=[(*one, *other) for one, other in pairs],
        )
        return [PairRow._make(row) for row in rows]

    def of_persons(self, persons: Sequence[Person]) -> list[PairRow]:
        found: dict[tuple[str, ...], PairRow] = {}
        for side in ("", "other_") if persons else ():
            rows = self._sql.tuples(
                f"SELECT {_PAIR} FROM {self._sql.keys('tt')} {self._sql.join} identity_pair p"
                f" ON p.{side}registry = j.k0 AND p.{side}person_id = j.k1",
                keys=persons,
            )
            found |= {tuple(row[:4]): PairRow._make(row) for row in rows}
        return [found[key] for key in sorted(found)]

    def put(self, rows: Sequence[PairRow]) -> None:
        ordered = sorted(rows)
        standing = [row for row in ordered if row.verdict != _APART]
        gone = [row[:4] for row in ordered if row.verdict == _APART]
        if gone:
            self._sql.run(
                f"DELETE FROM identity_pair WHERE ({', '.join(_PAIR_KEY)})"
                f" IN (SELECT k0, k1, k2, k3 FROM {self._sql.keys('tttt')})",
                keys=gone,
            )
        if standing:
            write_rows(self._sql, tables.identity_pair, standing)


class SqlAnswers:
    """What registries and the Alliance said of pairs."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def all(self) -> list[AnswerRow]:
        rows = self._sql.tuples(
            f"SELECT {_ANSWER} FROM identity_answer a ORDER BY publisher, {', '.join(_PAIR_KEY)}"
        )
        return [AnswerRow._make(row) for row in rows]

    def of_pairs(self, pairs: Pairs) -> list[AnswerRow]:
        if not pairs:
            return []
        rows = self._sql.tuples(
            f"SELECT {_ANSWER} FROM {self._sql.keys('tttt')} {self._sql.join} identity_answer a"
            f" ON {_ON_PAIR.format('a')} ORDER BY a.publisher",
            keys=[(*one, *other) for one, other in pairs],
        )
        return [AnswerRow._make(row) for row in rows]

    def put(self, rows: Sequence[AnswerRow]) -> None:
        if rows:
            write_rows(self._sql, tables.identity_answer, sorted(rows))


class SqlInputs:
    """What came from others than persons, and decisions that are on the log."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def all(self) -> list[InputRow]:
        rows = self._sql.tuples(f"SELECT {_INPUT} FROM identity_input ORDER BY claim_offset")
        return [_input(row) for row in rows]

    def get(self, kind: int, key: str) -> InputRow | None:
        rows = self._sql.tuples(
            f"SELECT {_INPUT} FROM identity_input WHERE kind = :kind AND key = :key",
            kind=kind,
            key=key,
        )
        return _input(rows[0]) if rows else None

    def put(self, row: InputRow) -> None:
        write_rows(self._sql, tables.identity_input, [row])

    def record(self, rows: Sequence[RecordedRow]) -> None:
        newest = {row[:2]: row for row in rows}
        if newest:
            ordered = [newest[key] for key in sorted(newest)]
            write_rows(self._sql, tables.identity_recorded, ordered)

    def recorded(self, first: int, end: int) -> list[RecordedRow]:
        rows = self._sql.tuples(
            f"SELECT {_RECORDED} FROM identity_recorded WHERE claim_offset >= :first"
            " AND claim_offset < :end ORDER BY claim_offset, part",
            first=first,
            end=end,
        )
        return [RecordedRow._make(row) for row in rows]

    def forget_recorded(self, before: int) -> None:
        self._sql.run("DELETE FROM identity_recorded WHERE claim_offset < :end", end=before)


def _input(row: Sequence[Any]) -> InputRow:
    made = InputRow._make(row)
    return made._replace(done=bool(made.done))
