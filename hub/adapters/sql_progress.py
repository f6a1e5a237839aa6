"""Positions, state roots and workers in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from hub.adapters import sql_tables as tables
from hub.adapters.sql_support import Sql
from hub.domain.log import TopicPartition
from hub.domain.rows import Advance, WorkerRow
from hub.errors import FencedError
from hub.projections.roots import add_lanes


class SqlPositions:
    """Next offsets of lanes."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def of(self, lane: str) -> dict[TopicPartition, tuple[int, bytes]]:
        rows = self._sql.tuples(
            "SELECT topic, partition, next_offset, leaf FROM position WHERE lane = :lane",
            lane=lane,
        )
        return {
            TopicPartition(topic, partition): (offset, leaf)
            for topic, partition, offset, leaf in rows
        }

    def advance(self, lane: str, moves: Sequence[Advance]) -> None:
        for move in sorted(moves, key=lambda m: m.place):
            place = {"lane": lane, "topic": move.place.topic, "partition": move.place.partition}
            values = {"new": move.new, "leaf": move.leaf, **place}
            if move.old == 0:
                self._sql.insert_absent(tables.position, [{**place, "next_offset": 0, "leaf": b""}])
            changed = self._sql.run(
                "UPDATE position SET next_offset = :new, leaf = :leaf WHERE lane = :lane"
                " AND topic = :topic AND partition = :partition AND next_offset = :old",
                old=move.old,
                **values,
            )
            if changed != 1:
                raise FencedError(
                    f"the {lane} lane is not at offset {move.old} of {move.place} any more",
                    effect="another worker went on from there; this batch is thrown away",
                )


class SqlRoots:
    """Set hashes of rows, in shards: each worker adds to its own."""

    def __init__(self, sql: Sql, shard: int) -> None:
        self._sql = sql
        self._shard = shard

    def add(self, changes: Mapping[str, bytes]) -> None:
        for name in sorted(changes):
            here = {"name": name, "shard": self._shard}
            held = self._sql.tuples(
                "SELECT lanes FROM root WHERE name = :name AND shard = :shard"
                + self._sql.locking("root"),
                **here,
            )
            if not held and self._sql.postgres:
                # Two workers with one shard, by mistake, still add up.
                self._sql.insert_absent(tables.root, [{**here, "lanes": b""}])
                self.add({name: changes[name]})
                continue
            lanes = add_lanes(held[0][0], changes[name]) if held else changes[name]
            self._sql.upsert(tables.root, [{**here, "lanes": lanes}])

    def read(self) -> dict[str, bytes]:
        sums: dict[str, bytes] = {}
        for name, lanes in self._sql.tuples("SELECT name, lanes FROM root"):
            sums[name] = add_lanes(sums.get(name, b""), lanes)
        return sums


class SqlWorkers:
    """Signs of life."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def beat(self, row: WorkerRow) -> None:
        self._sql.upsert(tables.worker, [asdict(row)])

    def all(self) -> list[WorkerRow]:
        return [WorkerRow(**r) for r in self._sql.rows("SELECT * FROM worker ORDER BY worker_id")]

    def forget(self, seen_before_ms: int) -> None:
        self._sql.run("DELETE FROM worker WHERE seen_ms < :before", before=seen_before_ms)
