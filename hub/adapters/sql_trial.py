"""Pages of what a policy's trial goes through: a registry's persons, and registries' approvals."""

from __future__ import annotations

from hub.adapters import sql_tables as tables
from hub.adapters.sql_support import Sql, columns_of
from hub.domain.events import Kind
from hub.domain.rows import Person, RecordRow

_COLUMNS = columns_of(tables.record, "r")
_APPROVAL = int(Kind.APPROVAL)


class SqlTrialPages:
    """Pages in order of their keys, each found by the key before it."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def persons_count(self, registry: str) -> int:
        found = self._sql.tuples(
            "SELECT count(*) FROM link WHERE registry = :registry AND version >= 0",
            registry=registry,
        )
        return int(found[0][0])

    def persons(self, registry: str, after: str, count_max: int) -> list[Person]:
        found = self._sql.tuples(
            "SELECT person_id FROM link WHERE registry = :registry AND person_id > :after"
            " AND version >= 0 ORDER BY person_id LIMIT :count",
            registry=registry,
            after=after,
            count=count_max,
        )
        return [Person(registry, person_id) for (person_id,) in found]

    def approvals(self, registry: str, after: str, count_max: int) -> list[RecordRow]:
        found = self._sql.tuples(
            f"SELECT {_COLUMNS} FROM record r WHERE r.registry = :registry"
            f" AND r.kind = {_APPROVAL} AND r.record_id > :after"
            " ORDER BY r.record_id LIMIT :count",
            registry=registry,
            after=after,
            count=count_max,
        )
        return [RecordRow._make(row) for row in found]
