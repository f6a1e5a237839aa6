"""What the two databases say differently, and how many keys reach one statement.

Keys travel as one JSON parameter, so a statement's text and their number do not depend on the
size of a batch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

Mapping = dict[str, Any]


class Sql:
    """A connection inside a transaction, with the few things that differ by dialect."""

    __slots__ = ("connection", "postgres")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.postgres = connection.dialect.name == "postgresql"

    def keys(self, types: str) -> str:
        """A table j with columns k0, k1 … from the parameter :keys; t is text, i is a number."""
        if self.postgres:
            casts = {"t": "", "i": "::bigint"}
            columns = ", ".join(f"(e->>{n}){casts[t]} AS k{n}" for n, t in enumerate(types))
            return f"(SELECT {columns} FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS e) AS j"
        columns = ", ".join(f"json_extract(value, '$[{n}]') AS k{n}" for n in range(len(types)))
        return f"(SELECT {columns} FROM json_each(:keys)) AS j"

    @property
    def join(self) -> str:
        """Keys first, then the table: SQLite's planner is told so by CROSS JOIN."""
        return "JOIN" if self.postgres else "CROSS JOIN"

    def locking(self, alias: str) -> str:
        return f" FOR UPDATE OF {alias}" if self.postgres else ""

    def rows(self, statement: str, **parameters: Any) -> list[Mapping]:
        result = self.connection.execute(text(statement), parameters)
        return [dict(row) for row in result.mappings()]

    def run(self, statement: str, **parameters: Any) -> int:
        return int(self.connection.execute(text(statement), parameters).rowcount)

    def upsert(self, table: Table, rows: Sequence[Mapping]) -> None:
        """Write whole rows over the primary key."""
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


def packed(keys: Iterable[Sequence[Any]]) -> str:
    """Keys as the one JSON parameter."""
    return json.dumps([list(key) for key in keys])
