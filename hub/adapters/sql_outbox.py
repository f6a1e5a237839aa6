"""Positions, outbox, published versions and identity claims in SQL."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import insert

from hub.adapters import sql_tables as tables
from hub.adapters.sql_support import Sql, packed
from hub.domain.log import TopicPartition
from hub.domain.rows import Advance, ClaimRow, OutboxItem, OutboxRow, PublishedRow
from hub.errors import FencedError


class SqlPositions:
    """Next offsets of lanes."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def of(self, lane: str) -> dict[TopicPartition, tuple[int, bytes]]:
        rows = self._sql.rows("SELECT * FROM position WHERE lane = :lane", lane=lane)
        return {
            TopicPartition(row["topic"], row["partition"]): (row["next_offset"], row["leaf"])
            for row in rows
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


class SqlOutbox:
    """Derived events on their way to the log."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def publish(self, items: Sequence[OutboxItem]) -> None:
        newest: dict[str, OutboxItem] = {}
        for item in items:
            held = newest.get(item.subject)
            if held is None or item.order is None or item.order > (held.order or b""):
                newest[item.subject] = item
        versions = self._counted([i for i in newest.values() if i.order is None])
        versions |= self._given([i for i in newest.values() if i.order is not None])
        rows = [
            _outbox_values(newest[subject], versions[subject])
            for subject in newest
            if subject in versions
        ]
        if rows:
            self._sql.connection.execute(insert(tables.outbox), rows)

    def _counted(self, items: Sequence[OutboxItem]) -> dict[str, int]:
        keys = [(item.subject, item.digest.hex()) for item in items]
        return self._advance(
            "SELECT k0, 1, k1, NULL", "tt", keys, "published.digest <> excluded.digest"
        )

    def _given(self, items: Sequence[OutboxItem]) -> dict[str, int]:
        keys = [(i.subject, i.digest.hex(), (i.order or b"").hex()) for i in items]
        moved = self._advance("SELECT k0, 1, k1, k2", "ttt", keys, "published.sort < excluded.sort")
        given = {item.subject: item.version or 0 for item in items}
        return {subject: given[subject] for subject in moved}

    def _advance(
        self, select: str, types: str, keys: Sequence[tuple[str, ...]], when: str
    ) -> dict[str, int]:
        if not keys:
            return {}
        rows = self._sql.rows(
            f"INSERT INTO published (subject, version, digest, sort) {select}"
            f" FROM {self._sql.keys(types)} WHERE true ORDER BY k0 ON CONFLICT (subject) DO UPDATE"
            " SET version = published.version + 1, digest = excluded.digest,"
            f" sort = excluded.sort WHERE {when} RETURNING subject, version",
            keys=packed(sorted(keys)),
        )
        return {row["subject"]: row["version"] for row in rows}

    def published(self, subjects: Sequence[str]) -> dict[str, PublishedRow]:
        rows = self._sql.rows(
            f"SELECT p.* FROM {self._sql.keys('t')} {self._sql.join} published p"
            " ON p.subject = j.k0",
            keys=packed([(subject,) for subject in subjects]),
        )
        return {
            row["subject"]: PublishedRow(
                row["subject"],
                row["version"],
                bytes.fromhex(row["digest"]),
                None if row["sort"] is None else bytes.fromhex(row["sort"]),
            )
            for row in rows
        }

    def prime(self, rows: Sequence[PublishedRow]) -> None:
        newest: dict[str, PublishedRow] = {}
        for row in rows:
            held = newest.get(row.subject)
            if held is None or (row.order or b"", row.version) > (held.order or b"", held.version):
                newest[row.subject] = row
        keys = [
            (r.subject, r.version, r.digest.hex(), None if r.order is None else r.order.hex())
            for r in newest.values()
        ]
        self._sql.run(
            "INSERT INTO published (subject, version, digest, sort)"
            f" SELECT k0, k1, k2, k3 FROM {self._sql.keys('titt')} WHERE true"
            " ON CONFLICT (subject) DO UPDATE SET version = excluded.version,"
            " digest = excluded.digest, sort = excluded.sort"
            " WHERE published.version < excluded.version"
            " OR (excluded.sort IS NOT NULL AND published.sort < excluded.sort)",
            keys=packed(keys),
        )

    def lease(self, count_max: int, now_ms: int, until_ms: int) -> list[OutboxRow]:
        skip = " FOR UPDATE SKIP LOCKED" if self._sql.postgres else ""
        rows = self._sql.rows(
            "UPDATE outbox SET claimed_until = :until WHERE seq IN (SELECT seq FROM outbox"
            f" WHERE claimed_until < :now ORDER BY seq LIMIT :count{skip}) RETURNING *",
            until=until_ms,
            now=now_ms,
            count=count_max,
        )
        for row in rows:
            del row["claimed_until"]
            row["synthetic"] = bool(row["synthetic"])
        return sorted((OutboxRow(**row) for row in rows), key=lambda row: row.seq)

    def delete(self, seqs: Sequence[int]) -> None:
        self._sql.run(
            f"DELETE FROM outbox WHERE seq IN (SELECT k0 FROM {self._sql.keys('i')})",
            keys=packed([(seq,) for seq in seqs]),
        )

    def pending(self) -> int:
        return int(self._sql.rows("SELECT count(*) AS n FROM outbox")[0]["n"])


def _outbox_values(item: OutboxItem, version: int) -> dict[str, Any]:
    values = asdict(item)
    del values["order"]
    values["version"] = version
    values["claimed_until"] = 0
    values["recorded_at"] = item.recorded_at or time.time_ns() // 1_000
    return values


class SqlClaims:
    """Persons in the identity lane."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def all(self) -> list[ClaimRow]:
        rows = self._sql.rows("SELECT * FROM claim ORDER BY claim_offset")
        for row in rows:
            row["present"] = bool(row["present"])
        return [ClaimRow(**row) for row in rows]

    def put(self, rows: Sequence[ClaimRow]) -> None:
        ordered = sorted(rows, key=lambda row: (row.registry, row.person_id))
        self._sql.upsert(tables.claim, [asdict(row) for row in ordered])
