"""What the two databases say differently, how keys reach a statement, and how rows are written.

Keys travel as JSON texts, rows by COPY into a staging table or by executemany; so how many
statements a batch takes does not depend on its size. Statements go to the driver as they stand: a
row costs what the driver costs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence, Sized
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

Mapping = dict[str, Any]
Keys = Iterable[Sequence[Any]]
_KEYS_MAX = 8  # Columns of a key; as many empty arrays stand for no key at all.

_TYPED = {
    "t": "{0}",
    "i": "CAST({0} AS bigint) AS {0}",
    "b": "decode({0}, 'hex') AS {0}",
}
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_COPY_TYPES: tuple[tuple[type, str], ...] = (
    (Boolean, "bool"),
    (SmallInteger, "int2"),
    (BigInteger, "int8"),
    (Integer, "int4"),
    (Float, "float8"),
    (LargeBinary, "bytea"),
)


class Sql:
    """A connection inside a transaction, with the few things that differ by dialect."""

    __slots__ = ("_staged", "connection", "driver", "postgres")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.driver: Any = connection.connection.driver_connection
        self.postgres = connection.dialect.name == "postgresql"
        self._staged: set[str] = set()

    def keys(self, types: str) -> str:
        """A table j with columns k0, k1 … of the parameter keys; t is text, i a number, b bytes,
        which SQLite is not given."""
        names = [f"k{n}" for n in range(len(types))]
        if not self.postgres:
            columns = [f"json_extract(value, '$[{n}]') AS {name}" for n, name in enumerate(names)]
            return f"(SELECT {', '.join(columns)} FROM json_each(:keys)) AS j"
        # The planner takes these for a hundred rows each: it looks keys up, however many there are.
        texts = ", ".join(f"jsonb_array_elements_text(CAST(:{name} AS jsonb))" for name in names)
        typed = ", ".join(_TYPED[t].format(name) for name, t in zip(names, types, strict=True))
        return f"(SELECT {typed} FROM ROWS FROM ({texts}) AS t({', '.join(names)})) AS j"

    @property
    def join(self) -> str:
        """Keys first, then the table: SQLite's planner is told so by CROSS JOIN."""
        return "JOIN" if self.postgres else "CROSS JOIN"

    def locking(self, alias: str) -> str:
        return f" FOR UPDATE OF {alias}" if self.postgres else ""

    def tuples(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """What a statement answers, as the driver's tuples."""
        found: list[tuple[Any, ...]] = self._executed(statement, parameters).fetchall()
        return found

    def rows(self, statement: str, **parameters: Any) -> list[Mapping]:
        cursor = self._executed(statement, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def run(self, statement: str, **parameters: Any) -> int:
        """How many rows a statement changed."""
        return int(self._executed(statement, parameters).rowcount)

    def _executed(self, statement: str, parameters: Mapping) -> Any:
        if "keys" in parameters:
            parameters = self._with_keys(parameters)
        if not self.postgres:
            return self.driver.execute(statement, parameters)
        cursor = self.driver.cursor(binary=True)
        return cursor.execute(_for_psycopg(statement), parameters)

    def _with_keys(self, parameters: Mapping) -> Mapping:
        keys = list(parameters.pop("keys"))
        if not self.postgres:
            return {**parameters, "keys": json.dumps(keys)}
        columns = zip(*keys, strict=True) if keys else ((),) * _KEYS_MAX
        return parameters | {f"k{n}": _as_json(column) for n, column in enumerate(columns)}

    def write_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """One statement for every row; SQLite, where that is what costs least."""
        return int(self.driver.executemany(statement, rows).rowcount)

    def stage(self, table: Table, rows: Iterable[Sequence[Any]]) -> str:
        """COPY whole rows into a staging table of this session, whose name is answered; it holds
        these alone, and nothing after the transaction. PostgreSQL."""
        name = f"staged_{table.name}"
        cursor = self.driver.cursor()
        if name in self._staged:
            cursor.execute(f"DELETE FROM {name}")
        else:
            cursor.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS {name} (LIKE {table.name}) ON COMMIT DELETE ROWS"
            )
        self._staged.add(name)
        self.copy(name, list(table.columns), rows)
        return name

    def copy(
        self, name: str, columns: Sequence[Column[Any]], rows: Iterable[Sequence[Any]]
    ) -> None:
        """COPY rows of these columns into a table. PostgreSQL."""
        listed = ", ".join(column.name for column in columns)
        with self.driver.cursor().copy(f"COPY {name} ({listed}) FROM STDIN (FORMAT BINARY)") as to:
            to.set_types([_copy_type(column.type) for column in columns])
            for row in rows:
                to.write_row(row)

    def upsert(self, table: Table, rows: Sequence[Mapping]) -> None:
        """Write whole rows over the primary key; for what is few."""
        if not rows:
            return
        insert: Any = (postgres_insert if self.postgres else sqlite_insert)(table)
        primary = [column.name for column in table.primary_key]
        rest = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in primary}
        self.connection.execute(
            insert.on_conflict_do_update(index_elements=primary, set_=rest), list(rows)
        )

    def insert_absent(self, table: Table, rows: Sequence[Mapping]) -> None:
        """Insert rows whose primary key is not there."""
        if not rows:
            return
        insert: Any = (postgres_insert if self.postgres else sqlite_insert)(table)
        self.connection.execute(insert.on_conflict_do_nothing(), list(rows))


def _as_json(column: Sequence[Any]) -> str:
    try:
        return json.dumps(column)
    except TypeError:  # Bytes travel as hexadecimal digits.
        return json.dumps([each if each is None else each.hex() for each in column])


@lru_cache(maxsize=256)
def _for_psycopg(statement: str) -> str:
    return _PARAMETER.sub(r"%(\1)s", statement.replace("%", "%%"))


def _copy_type(kind: Any) -> str:
    for sort, name in _COPY_TYPES:
        if isinstance(kind, sort):
            return name
    return "text"


def columns_of(table: Table, alias: str | None = None) -> str:
    """The table's columns in their order, as a statement lists them."""
    lead = "" if alias is None else f"{alias}."
    return ", ".join(f"{lead}{column.name}" for column in table.columns)


def marks(columns: Sized) -> str:
    """As many question marks as there are columns."""
    return ", ".join("?" * len(columns))
