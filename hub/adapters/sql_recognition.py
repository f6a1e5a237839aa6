"""Matches by who judges and by what was decided, read from SQL; nothing of it is written here."""

from __future__ import annotations

from collections.abc import Sequence

from hub.adapters import sql_tables as tables
from hub.adapters.sql_support import Sql, columns_of
from hub.domain.events import Kind
from hub.domain.rows import MatchRow, RecordKey, RecordRow
from hub.recognition_ports import Judged, Sums

_MATCH_COLUMNS = columns_of(tables.match, "m")
_RECORD_COLUMNS = columns_of(tables.record, "r")
_FIRST = RecordKey("", 0, "")
_INBOX = "inbox|"
# From one registry's first record to the next one's: few steps, however many records there are.
_REGISTRIES = """
WITH RECURSIVE held(registry) AS (
  SELECT min(registry) FROM record
  UNION ALL SELECT (SELECT min(r.registry) FROM record r WHERE r.registry > held.registry)
  FROM held WHERE held.registry IS NOT NULL)
SELECT registry FROM held WHERE registry IS NOT NULL
"""


class SqlRecognition:
    """Matches and decisions, for who asks people or tells them."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def registries(self) -> list[str]:
        return [registry for (registry,) in self._sql.tuples(_REGISTRIES)]

    def judged_by(self, receiver: str, after: RecordKey | None, count_max: int) -> list[Judged]:
        rows = self._sql.tuples(
            f"SELECT {_MATCH_COLUMNS}, r.received_ms FROM match m JOIN record r"
            " ON r.registry = m.registry AND r.kind = m.kind AND r.record_id = m.record_id"
            " WHERE m.receiver = :receiver"
            " AND (m.registry, m.kind, m.record_id) > (:registry, :kind, :record_id)"
            " ORDER BY m.registry, m.kind, m.record_id LIMIT :count",
            receiver=receiver,
            count=count_max,
            **(after or _FIRST)._asdict(),
        )
        return [Judged(MatchRow._make(row[:-1]), row[-1]) for row in rows]

    def deciders(self) -> list[tuple[str, str]]:
        rows = self._sql.tuples(
            "SELECT DISTINCT receiver, registry FROM match WHERE decided_ms IS NOT NULL"
            " ORDER BY receiver, registry"
        )
        return [(receiver, registry) for receiver, registry in rows]

    def decided(self, receiver: str, registry: str) -> list[MatchRow]:
        rows = self._sql.tuples(
            f"SELECT {_MATCH_COLUMNS} FROM match m WHERE m.receiver = :receiver"
            " AND m.registry = :registry AND m.decided_ms IS NOT NULL"
            " ORDER BY m.decided_ms, m.kind, m.record_id",
            receiver=receiver,
            registry=registry,
        )
        return [MatchRow._make(row) for row in rows]

    def last_decided(self, day: int) -> dict[tuple[str, str], int]:
        rows = self._sql.tuples(
            "SELECT d.registry, d.dim, max(d.day) FROM (SELECT registry, dim, day FROM counter"
            " WHERE name = 'decisions' AND day <= :day GROUP BY registry, dim, day"
            " HAVING sum(value) > 0) d GROUP BY d.registry, d.dim",
            day=day,
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def ending(
        self, registry: str, days: tuple[int, int], after: str, count_max: int
    ) -> list[RecordRow]:
        rows = self._sql.tuples(
            f"SELECT {_RECORD_COLUMNS} FROM record r WHERE r.registry = :registry"
            " AND r.kind = :kind AND r.record_id > :after"
            " AND r.valid_until BETWEEN :first AND :last ORDER BY r.record_id LIMIT :count",
            registry=registry,
            kind=int(Kind.CREDENTIAL),
            after=after,
            first=days[0],
            last=days[1],
            count=count_max,
        )
        return [RecordRow._make(row) for row in rows]

    def sums(self, names: Sequence[str], day: int) -> Sums:
        rows = self._sql.tuples(
            f"SELECT c.name, c.registry, c.dim, sum(c.value) FROM {self._sql.keys('t')}"
            f" {self._sql.join} counter c ON c.name = j.k0 WHERE c.day <= :day"
            " GROUP BY c.name, c.registry, c.dim",
            day=day,
            keys=[(name,) for name in names],
        )
        return {(row[0], row[1], row[2]): int(row[3]) for row in rows if row[3]}

    def told(self, purpose: str, after: str, count_max: int) -> list[str]:
        # The character behind | ends what starts with it, in the order of bytes.
        begin = f"{_INBOX}{purpose}|"
        rows = self._sql.tuples(
            "SELECT subject FROM published WHERE subject > :after AND subject < :end"
            " ORDER BY subject LIMIT :count",
            after=max(begin, f"{_INBOX}{after}"),
            end=f"{_INBOX}{purpose}}}",
            count=count_max,
        )
        return [subject.removeprefix(_INBOX) for (subject,) in rows]

    def touched(self) -> tuple[int, int] | None:
        ((least, greatest),) = self._sql.tuples("SELECT min(stamp), max(stamp) FROM touch")
        return None if least is None else (least, greatest)
