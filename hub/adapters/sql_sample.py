"""What a store holds of a sample's persons and records, position and rows of one moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.adapters import sql_tables as tables
from hub.adapters.sql_store import SqlStore
from hub.adapters.sql_support import Sql, columns_of
from hub.domain.log import TopicPartition
from hub.domain.rows import Person, RecordKey, RecordRow
from hub.domain.samples import Standing

LANE = "records"
KEYS_MAX = 5_000  # In one statement.
_COLUMNS = columns_of(tables.record, "r")


def standing(
    store: SqlStore, place: TopicPartition, persons: Sequence[Person], keys: Sequence[RecordKey]
) -> Standing:
    """Records of these persons, and records with these keys whoever they belong to by now."""
    with store.reading() as sql:
        position = sql.tuples(
            "SELECT next_offset, leaf FROM position WHERE lane = :lane AND topic = :topic"
            " AND partition = :partition",
            lane=LANE,
            topic=place.topic,
            partition=place.partition,
        )
        rejected = sql.tuples(
            "SELECT log_offset, fold_version FROM rejected WHERE topic = :topic"
            " AND partition = :partition",
            topic=place.topic,
            partition=place.partition,
        )
        on_person = "r.registry = j.k0 AND r.person_id = j.k1"
        on_key = "r.registry = j.k0 AND r.kind = j.k1 AND r.record_id = j.k2"
        rows = {row.key: row for row in _read(sql, "tt", on_person, persons)}
        rows |= {row.key: row for row in _read(sql, "tit", on_key, keys)}
    offset, leaf = position[0] if position else (0, b"")
    return Standing(offset, leaf, rows, dict(rejected))


def _read(
    sql: Sql, types: str, on: str, keys: Sequence[Sequence[str | int]]
) -> Iterator[RecordRow]:
    for start in range(0, len(keys), KEYS_MAX):
        chunk = keys[start : start + KEYS_MAX]
        for row in sql.tuples(
            f"SELECT {_COLUMNS} FROM {sql.keys(types)} {sql.join} record r ON {on}", keys=chunk
        ):
            yield RecordRow._make(row)


def partitions(store: SqlStore) -> list[TopicPartition]:
    """Every partition that the records lane has read, in order."""
    with store.reading() as sql:
        rows = sql.tuples(
            "SELECT topic, partition FROM position WHERE lane = :lane AND next_offset > 0"
            " ORDER BY topic, partition",
            lane=LANE,
        )
    return [TopicPartition(*row) for row in rows]
