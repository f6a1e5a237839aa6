"""Rejected events and further tries at them, in SQL.

A row of `rejected` says what the fold says of a place and nothing of when it was folded, so a
rebuilt store has the same rows. How often an event was seen is 1 and the tries in `redrive`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert

from hub.adapters import sql_tables as tables
from hub.adapters.sql_support import Sql
from hub.domain.rows import APPLIED, Place, RedriveRow, RejectedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A rejection and how often it was met: when folded, and at every further try."""

    row: RejectedRow
    times: int
    last_ms: int
    """When it was rejected last; of an event that was tried once, when it was received."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """Rejections of one registry by one rule."""

    registry: str | None
    reason: str
    events: int
    first_ms: int
    last_ms: int
    """Received."""


class SqlRejections:
    """Events that were not applied, and what became of further tries."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def lock(self, places: Iterable[Place]) -> dict[Place, RejectedRow]:
        ordered = sorted(set(places))
        suffix = " FOR UPDATE OF r" if self._sql.postgres else ""
        order = " ORDER BY r.topic, r.partition, r.log_offset"
        rows = self._sql.rows(
            f"SELECT r.* FROM rejected r JOIN {_places(self._sql)} ON {_ON_PLACE}{order}{suffix}",
            places=_as_json(ordered),
        )
        found = [RejectedRow(**row) for row in rows]
        return {row.place: row for row in found}

    def put(self, rows: Sequence[RejectedRow]) -> None:
        ordered = sorted(rows, key=lambda row: row.place)
        self._sql.upsert(tables.rejected, [asdict(row) for row in ordered])

    def settle(self, tries: Sequence[RedriveRow]) -> None:
        if not tries:
            return
        self._sql.connection.execute(insert(tables.redrive), [_values(each) for each in tries])
        applied = sorted(each.place for each in tries if each.outcome == APPLIED)
        self._sql.run(
            "DELETE FROM rejected AS r WHERE EXISTS"
            f" (SELECT 1 FROM {_places(self._sql)} WHERE {_ON_PLACE})",
            places=_as_json(applied),
        )


def read_rejected(
    sql: Sql, *, registry: str | None = None, reason: str | None = None, count_max: int | None
) -> list[Seen]:
    """Rejections in order of place; of one registry or rule where given, no more than asked."""
    where, given = _where(registry, reason)
    limit = "" if count_max is None else f" LIMIT {int(count_max)}"
    rows = sql.rows(
        f"{_SEEN}{where} ORDER BY r.topic, r.partition, r.log_offset{limit}",
        **given,
    )
    return [_seen(row) for row in rows]


def find_rejected(sql: Sql, place: Place) -> Seen | None:
    """The rejection at a place."""
    rows = sql.rows(
        f"{_SEEN} WHERE r.topic = :topic AND r.partition = :partition AND r.log_offset = :offset",
        topic=place.topic,
        partition=place.partition,
        offset=place.log_offset,
    )
    return _seen(rows[0]) if rows else None


def rejected_by_rule(
    sql: Sql, *, registry: str | None = None, reason: str | None = None
) -> list[RuleCount]:
    """How many events each rule rejected of each registry."""
    where, given = _where(registry, reason)
    rows = sql.rows(
        "SELECT r.registry, r.reason, count(*) AS events, min(r.received_ms) AS first_ms,"
        f" max(r.received_ms) AS last_ms FROM rejected r{where}"
        " GROUP BY r.registry, r.reason ORDER BY r.registry, r.reason",
        **given,
    )
    return [RuleCount(**row) for row in rows]


def redrives_of(sql: Sql, place: Place) -> list[RedriveRow]:
    """Every further try at a place, the first one first."""
    rows = sql.rows(
        "SELECT at_ms, outcome, reason, fold_version FROM redrive WHERE topic = :topic"
        " AND partition = :partition AND log_offset = :offset ORDER BY seq",
        topic=place.topic,
        partition=place.partition,
        offset=place.log_offset,
    )
    return [RedriveRow(place=place, **row) for row in rows]


_ON_PLACE = "r.topic = p.k0 AND r.partition = p.k1 AND r.log_offset = p.k2"
_SEEN = (
    "SELECT r.*, (SELECT count(*) FROM redrive d WHERE d.topic = r.topic"
    " AND d.partition = r.partition AND d.log_offset = r.log_offset) AS tries,"
    " (SELECT max(d.at_ms) FROM redrive d WHERE d.topic = r.topic"
    " AND d.partition = r.partition AND d.log_offset = r.log_offset) AS tried_ms FROM rejected r"
)


def _places(sql: Sql) -> str:
    """The parameter :places as a table p of topic, partition, offset."""
    if sql.postgres:
        return (
            "(SELECT e->>0 AS k0, (e->>1)::bigint AS k1, (e->>2)::bigint AS k2"
            " FROM jsonb_array_elements(CAST(:places AS jsonb)) AS e) AS p"
        )
    return (
        "(SELECT json_extract(value, '$[0]') AS k0, json_extract(value, '$[1]') AS k1,"
        " json_extract(value, '$[2]') AS k2 FROM json_each(:places)) AS p"
    )


def _as_json(places: Sequence[Place]) -> str:
    return json.dumps([list(place) for place in places])


def _values(row: RedriveRow) -> dict[str, Any]:
    return {
        **row.place._asdict(),
        "at_ms": row.at_ms,
        "outcome": row.outcome,
        "reason": row.reason,
        "fold_version": row.fold_version,
    }


def _where(registry: str | None, reason: str | None) -> tuple[str, dict[str, str]]:
    given = {"registry": registry, "reason": reason}
    named = {name: value for name, value in given.items() if value is not None}
    terms = [f"r.{name} = :{name}" for name in named]
    return (f" WHERE {' AND '.join(terms)}" if terms else ""), named


def _seen(row: dict[str, Any]) -> Seen:
    tries, tried_ms = int(row.pop("tries")), row.pop("tried_ms")
    rejected = RejectedRow(**row)
    return Seen(
        row=rejected,
        times=1 + tries,
        last_ms=rejected.received_ms if tried_ms is None else int(tried_ms),
    )
