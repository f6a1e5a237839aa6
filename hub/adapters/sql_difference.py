"""The first record, link or match in which two generations of a store differ, by key.

Places, receive times and versions may differ between equal states and are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.adapters.sql_support import Sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One row in two generations; None where one of them has no such row."""

    table: str
    key: tuple[str, ...]
    live: dict[str, Any] | None
    rebuilt: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Compared:
    """How a table is compared: its key, and what must be equal."""

    key: tuple[str, ...]
    columns: tuple[str, ...]
    stands: str
    """Which rows are more than a lock's place holder."""


_COMPARED = {
    "record": _Compared(
        ("registry", "kind", "record_id"),
        (
            "person_id",
            "revision",
            "encoding",
            "change",
            "digest",
            "leaf",
            "body",
            "sealed_key",
            "sealed",
            "own_type",
            "valid_from",
            "valid_until",
            "counted",
            "hours_e4",
            "approval_code",
            "trainer_id",
        ),
        "revision >= 0",
    ),
    "link": _Compared(("registry", "person_id"), ("national_id",), "version >= 0"),
    "match": _Compared(
        ("registry", "kind", "record_id", "receiver"),
        ("person_id", "subject", "body", "leaf"),
        "true",
    ),
}
TABLES = tuple(_COMPARED)


def first_difference(sql: Sql, table: str, live: str, fresh: str) -> Difference | None:
    """The row with the smallest key that is not equal in both; `live` and `fresh` are how
    statements name the two sides."""
    gone = _first(sql, table, live, fresh)
    come = _first(sql, table, fresh, live)
    found = [(key, here, there) for key, here, there in (gone, _swapped(come)) if key is not None]
    if not found:
        return None
    key, here, there = min(found, key=lambda each: each[0])
    return Difference(
        table=table,
        key=tuple(map(str, key)),
        live=_named(table, here),
        rebuilt=_named(table, there),
    )


_Row = tuple[Any, ...] | None
_Found = tuple[tuple[Any, ...] | None, _Row, _Row]


def _first(sql: Sql, table: str, here: str, there: str) -> _Found:
    """The first row of one side that the other lacks or has otherwise."""
    how = _COMPARED[table]
    names = (*how.key, *how.columns)
    on = " AND ".join(f"b.{name} = a.{name}" for name in how.key)
    differs = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in how.columns)
    stands = how.stands if how.stands == "true" else f"a.{how.stands}"
    others = how.stands if how.stands == "true" else f"b.{how.stands}"
    rows = sql.tuples(
        f"SELECT {', '.join(f'a.{n}' for n in names)}, {', '.join(f'b.{n}' for n in names)}"
        f" FROM {here}{table} a LEFT JOIN {there}{table} b ON {on} AND {others}"
        f" WHERE {stands} AND (b.{how.key[0]} IS NULL OR {differs})"
        f" ORDER BY {', '.join(f'a.{name}' for name in how.key)} LIMIT 1"
    )
    if not rows:
        return None, None, None
    found, other = rows[0][: len(names)], rows[0][len(names) :]
    return found[: len(how.key)], found, other if other[0] is not None else None


def _swapped(found: _Found) -> _Found:
    key, here, there = found
    return key, there, here


def _named(table: str, row: _Row) -> dict[str, Any] | None:
    if row is None:
        return None
    how = _COMPARED[table]
    shown = (value.hex() if isinstance(value, bytes) else value for value in row)
    return dict(zip((*how.key, *how.columns), shown, strict=True))
