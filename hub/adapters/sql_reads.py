"""Reports' reading of a store: one consistent view, roots as kept live or by a scan over rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import text

from hub.adapters.sql_progress import SqlRoots
from hub.adapters.sql_reviews import SqlReviews
from hub.adapters.sql_store import SqlStore
from hub.adapters.sql_support import Sql
from hub.domain.events import Kind
from hub.domain.log import TopicPartition
from hub.domain.rows import LinkRow, Person, RecordRow
from hub.domain.state import SampleCount, StoreState
from hub.identity.compare import Verdict
from hub.identity.live_error import sample_counts
from hub.identity.reviews import SAMPLE, closed_by, told_of
from hub.identity.statements import Answer
from hub.projections.records import day_number
from hub.projections.roots import Accumulator, link_leaves, match_leaf, record_leaf, roots_of

_SCAN_ROWS = 5_000


def read_state(store: SqlStore, day: date, *, whole: bool = True) -> StoreState:
    """The state as of its positions, sums as of the day; without rows and roots if not whole."""
    number = day_number(day)
    with store.reading() as sql:
        links = _links(sql) if whole else []
        plain, canonical = live_roots(sql) if whole else ("", "")
        touches = sql.rows("SELECT count(*) AS n, min(touched_ms) AS oldest FROM touch")[0]
        return StoreState(
            sums=_sums(sql, number) if whole else {},
            active_credentials=_active_credentials(sql, number) if whole else {},
            hours_e4=_hours(sql) if whole else {},
            submissions=tuple(_submissions(sql)) if whole else (),
            links=tuple(links),
            present=frozenset(_present(sql)) if whole else frozenset(),
            policies=_references(sql, Kind.RECIPROCITY_POLICY),
            models=tuple(_references(sql, Kind.IDENTITY_MODEL)),
            delivered=_delivered(sql),
            positions=_positions(sql),
            touches_pending=touches["n"],
            oldest_touch_ms=touches["oldest"],
            outbox_pending=_count(sql, "outbox"),
            rejected=_count(sql, "rejected"),
            open_pairs=_open_pairs(sql) if whole else (),
            samples=tuple(_samples(sql)) if whole else (),
            state_root=plain,
            state_root_canonical=canonical,
        )


def _open_pairs(sql: Sql) -> tuple[tuple[Person, Person], ...]:
    """Reviews between registries and within one; the two may share a national person by now."""
    said: dict[str, dict[str, Answer]] = {}
    for reply in SqlReviews(sql).replies():
        said.setdefault(reply.text, {})[reply.publisher] = reply.answer
    rows = sql.tuples(
        "SELECT registry, person_id, other_registry, other_person_id FROM identity_pair"
        " WHERE verdict = :review ORDER BY 1, 2, 3, 4",
        review=int(Verdict.REVIEW),
    )
    return tuple(
        (Person(*row[:2]), Person(*row[2:]))
        for row in rows
        if not closed_by(said.get("|".join(row), {}), {row[0], row[2]})
    )


def _samples(sql: Sql) -> list[SampleCount]:
    reviews = SqlReviews(sql)
    return sample_counts(map(told_of, reviews.told(SAMPLE)), reviews.replies())


def _links(sql: Sql) -> list[LinkRow]:
    return [LinkRow(**row) for row in sql.rows("SELECT * FROM link WHERE version >= 0")]


def _sums(sql: Sql, day: int | None) -> dict[tuple[str, str, str], int]:
    rows = sql.rows(
        "SELECT name, registry, dim, sum(value) AS value FROM counter WHERE day <= :day"
        " GROUP BY name, registry, dim",
        day=day,
    )
    return {(r["name"], r["registry"], r["dim"]): int(r["value"]) for r in rows if r["value"]}


def _active_credentials(sql: Sql, day: int | None) -> dict[tuple[str, str], tuple[int, int]]:
    rows = sql.rows(
        "SELECT registry, own_type, count(*) AS records, count(DISTINCT person_id) AS holders"
        " FROM record WHERE kind = :kind AND valid_from <= :day"
        " AND (valid_until IS NULL OR valid_until >= :day) GROUP BY registry, own_type",
        kind=int(Kind.CREDENTIAL),
        day=day,
    )
    return {(r["registry"], r["own_type"]): (r["records"], r["holders"]) for r in rows}


def _hours(sql: Sql) -> dict[Person, int]:
    rows = sql.rows(
        "SELECT registry, person_id, sum(hours_e4) AS hours FROM record WHERE kind = :kind"
        " AND counted = 1 GROUP BY registry, person_id HAVING sum(hours_e4) > 0",
        kind=int(Kind.TRAINING_COMPLETION),
    )
    return {Person(r["registry"], r["person_id"]): int(r["hours"]) for r in rows}


def _submissions(sql: Sql) -> list[RecordRow]:
    rows = sql.rows(
        "SELECT * FROM record WHERE kind = :kind ORDER BY registry, revision, record_id",
        kind=int(Kind.SUBMISSION),
    )
    return [RecordRow(**row) for row in rows]


def _present(sql: Sql) -> Iterator[Person]:
    for row in sql.rows(
        "SELECT registry, person_id FROM record WHERE kind = :kind AND counted = 1",
        kind=int(Kind.PROFILE),
    ):
        yield Person(row["registry"], row["person_id"])


def _references(sql: Sql, kind: Kind) -> dict[str, int]:
    rows = sql.rows(
        "SELECT key, revision FROM reference WHERE kind = :kind AND revision >= 0 ORDER BY key",
        kind=int(kind),
    )
    return {row["key"]: row["revision"] for row in rows}


def _delivered(sql: Sql) -> dict[str, int]:
    rows = sql.rows("SELECT registry, count(*) AS n FROM delivery GROUP BY registry")
    return {row["registry"]: row["n"] for row in rows}


def _positions(sql: Sql) -> dict[str, dict[TopicPartition, int]]:
    out: dict[str, dict[TopicPartition, int]] = {}
    for row in sql.rows("SELECT * FROM position ORDER BY lane, topic, partition"):
        place = TopicPartition(row["topic"], row["partition"])
        out.setdefault(row["lane"], {})[place] = row["next_offset"]
    return out


def _count(sql: Sql, table: str) -> int:
    return int(sql.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"])


def live_roots(sql: Sql) -> tuple[str, str]:
    """state_root and state_root_canonical as the lanes keep them."""
    return roots_of(SqlRoots(sql, 0).read())


def state_roots(sql: Sql, links: list[LinkRow]) -> tuple[str, str]:
    """state_root and state_root_canonical, every leaf worked out again from the row's bytes."""
    shared = Accumulator()
    shared.add(record_leaf(row) for row in scan_records(sql))
    shared.add(
        match_leaf(row["registry"], row["kind"], row["record_id"], row["receiver"], row["body"])
        for row in _scan(sql, "SELECT * FROM match")
    )
    plain, canonical = shared.copy(), shared.copy()
    leaves = link_leaves(links)
    plain.add(leaves[0])
    canonical.add(leaves[1])
    return plain.root(), canonical.root()


def scan_records(sql: Sql) -> Iterator[RecordRow]:
    """Every standing record that roots hold, in chunks: submissions are in no root."""
    kind = int(Kind.SUBMISSION)
    for row in _scan(sql, f"SELECT * FROM record WHERE kind <> {kind}"):
        yield RecordRow(**row)


def _scan(sql: Sql, statement: str) -> Iterator[dict[str, Any]]:
    result = sql.connection.execution_options(yield_per=_SCAN_ROWS).execute(text(statement))
    for row in result.mappings():
        yield dict(row)


def rows_of(store: SqlStore, table: str) -> Iterator[tuple[str, ...]]:
    """Rows of records, links, matches or sums as comparable texts, sorted; for the auditor."""
    if table == "counter":
        yield from _sums_as_rows(store)
        return
    columns = {
        "record": "registry, kind, record_id, person_id, revision, encoding, change, body",
        "link": "registry, person_id, national_id",
        "match": "registry, kind, record_id, receiver, body",
    }[table]
    keys = {"record": 3, "link": 2, "match": 4}[table]
    where = " WHERE version >= 0" if table == "link" else ""
    order = ", ".join(columns.split(", ")[:keys])
    with store.reading() as sql:
        found = [
            tuple(v.hex() if isinstance(v, bytes) else str(v) for v in row.values())
            for row in sql.rows(f"SELECT {columns} FROM {table}{where} ORDER BY {order}")
        ]
    yield from sorted(found)


def table_counts(store: SqlStore) -> dict[str, int]:
    """Rows of the tables that progress speaks of, and people among the links."""
    with store.reading() as sql:
        counts = {name: _count(sql, name) for name in ("record", "link", "match", "delivery")}
        people = sql.rows("SELECT count(DISTINCT national_id) AS n FROM link")[0]["n"]
        return counts | {"people": int(people)}


def _sums_as_rows(store: SqlStore) -> Iterator[tuple[str, ...]]:
    with store.reading() as sql:
        rows = sql.rows(
            "SELECT name, registry, dim, day, sum(value) AS value FROM counter"
            " GROUP BY name, registry, dim, day HAVING sum(value) <> 0"
        )
    yield from sorted(tuple(str(value) for value in row.values()) for row in rows)
