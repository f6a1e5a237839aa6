"""Touches, matches, the outbox, sums and roots of the simulated store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hub.domain.rows import (
    PRIORITY_CHANGE,
    RECORD_TOUCH,
    Counters,
    MatchRow,
    OutboxItem,
    OutboxRow,
    Person,
    PublishedRow,
    RecordKey,
    Touch,
    TouchKey,
)
from hub.errors import FencedError
from hub.projections.roots import add_lanes
from tests.simulation.sim_database import Session
from tests.simulation.sim_facts import decided_on, not_alone, spoken_of

_REST_SHARE = 5  # A fifth of each batch is kept for greater priorities, as in SQL.


class SimTouches:
    """Notes that something must be derived again."""

    def __init__(self, session: Session, *, single_writer: bool) -> None:
        self._session = session
        self._single_writer = single_writer

    def add(
        self, keys: Mapping[TouchKey, int], owned: Sequence[tuple[RecordKey, Person]] = ()
    ) -> None:
        wanted = dict(keys)
        for key in self._followed(owned):
            name = TouchKey(RECORD_TOUCH, f"{key.registry}|{key.kind}|{key.record_id}")
            wanted[name] = min(PRIORITY_CHANGE, wanted.get(name, PRIORITY_CHANGE))
        if not wanted:
            return
        self._session.statement("touches.stamp")
        stamp = self._session.next_of("touch")
        self._session.statement("touches.add", stamp, *sorted(wanted))
        for touched in sorted(wanted):
            held = self._session.lock("touch", touched)
            priority = wanted[touched] if held is None else min(wanted[touched], held.priority)
            self._session.put("touch", touched, Touch(*touched, stamp, priority))

    def _followed(self, owned: Sequence[tuple[RecordKey, Person]]) -> list[RecordKey]:
        """With one writer those whose person is not alone: no link is being made unseen."""
        if not self._single_writer or not owned:
            return [key for key, _ in owned]
        self._session.statement("touches.not_alone")
        followed = not_alone(self._session) | spoken_of(self._session)
        decided = decided_on(self._session)
        return [key for key, person in owned if person in followed or key in decided]

    def take(self, count_max: int, *, skip: int = 0) -> list[Touch]:
        kept = count_max // _REST_SHARE
        self._session.statement("touches.take", count_max, skip)
        touches = list(self._session.read("touch").values())
        touches.sort(key=lambda each: (each.priority, each.stamp, each.kind, each.key))
        first = touches[skip : skip + count_max - kept]
        if not first:
            return []
        lowest = first[-1].priority
        self._session.statement("touches.take_rest", kept)
        rest = [each for each in self._session.read("touch").values() if each.priority > lowest]
        rest.sort(key=lambda each: (each.stamp, each.kind, each.key))
        return [*first, *rest[:kept]]

    def delete(self, touches: Sequence[Touch]) -> None:
        if not touches:
            return
        ordered = sorted(touches, key=lambda each: (each.kind, each.key))
        self._session.statement("touches.delete", *((t.kind, t.key, t.stamp) for t in ordered))
        seen = self._session.read("touch")
        for touch in ordered:
            key = TouchKey(touch.kind, touch.key)
            if key not in seen or seen[key].stamp != touch.stamp:
                continue
            held = self._session.lock("touch", key)
            if held is not None and held.stamp == touch.stamp:
                self._session.delete("touch", key)

    def pending(self) -> int:
        self._session.statement("touches.pending")
        return len(self._session.read("touch"))


class SimMatches:
    """Answers of receiving registries' policies."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def _rows(self, what: str, *detail: object) -> list[MatchRow]:
        self._session.statement(what, *detail)
        rows = self._session.read("match")
        return [rows[key] for key in sorted(rows)]

    def of_records(self, keys: Sequence[RecordKey]) -> list[MatchRow]:
        if not keys:
            return []
        wanted = {tuple(key) for key in keys}
        return [row for row in self._rows("matches.of_records", *keys) if row.key[:3] in wanted]

    def of_persons(self, persons: Sequence[Person]) -> list[MatchRow]:
        if not persons:
            return []
        wanted = set(persons)
        rows = self._rows("matches.of_persons", *persons)
        return [row for row in rows if (row.registry, row.person_id) in wanted]

    def replace(self, changes: Sequence[tuple[MatchRow | None, MatchRow | None]]) -> None:
        if not changes:
            return
        by_key = {row.key: (read, made) for read, made in changes if (row := read or made)}
        self._session.statement("matches.replace", *by_key)
        for key, (read, made) in sorted(by_key.items()):
            held = self._session.lock("match", key)
            if _basis(held) != _basis(read):
                raise FencedError(
                    "another worker has answered for one of these records meanwhile",
                    effect="this batch of touches is thrown away and derived again",
                )
            if made is not None:
                self._session.put("match", key, made)
            else:
                self._session.delete("match", key)


def _basis(row: MatchRow | None) -> bytes | None:
    return None if row is None else row.basis


class Queued(NamedTuple):
    """A row of the outbox and until when somebody holds it."""

    row: OutboxRow
    claimed_until: int


class SimOutbox:
    """Derived events on their way to the log."""

    def __init__(self, session: Session, now_ms: int) -> None:
        self._session = session
        self._now_us = now_ms * 1_000

    def publish(self, items: Sequence[OutboxItem]) -> None:
        newest: dict[str, OutboxItem] = {}
        for item in items:
            held = newest.get(item.subject)
            if held is None or item.order is None or item.order > (held.order or b""):
                newest[item.subject] = item
        if not newest:
            return
        self._session.statement("outbox.publish", *sorted(newest))
        rows = []
        for subject in sorted(newest):
            item = newest[subject]
            before = self._session.lock("published", subject)
            if before is None or _moves(before, item):
                version = 1 if before is None else before.version + 1
                said = PublishedRow(subject, version, item.digest, item.order)
                self._session.put("published", subject, said)
                rows.append((item, version if item.version is None else item.version))
        if rows:
            self._session.statement("outbox.insert", *(item.subject for item, _ in rows))
            for item, version in rows:
                queued = self._queued(item, version)
                self._session.upsert("outbox", queued.row.seq, queued)

    def _queued(self, item: OutboxItem, version: int) -> Queued:
        row = OutboxRow(
            seq=self._session.next_of("outbox"),
            topic=item.topic,
            key=item.key,
            kind=item.kind,
            subject=item.subject,
            version=version,
            body=item.body,
            digest=item.digest,
            synthetic=item.synthetic,
            sealed_key=item.sealed_key,
            sealed=item.sealed,
            recorded_at=item.recorded_at or self._now_us,
        )
        return Queued(row, 0)

    def drop(self, rows: Sequence[OutboxRow]) -> None:
        self.delete([row.seq for row in rows])
        self._session.statement("outbox.drop", *(row.subject for row in rows))
        for row in rows:
            held = self._session.read("published").get(row.subject)
            if held is not None and held.version == row.version:
                self._session.delete("published", row.subject)

    def published_under(self, prefix: str) -> list[str]:
        self._session.statement("outbox.published_under", prefix)
        return sorted(name for name in self._session.read("published") if name.startswith(prefix))

    def published(self, subjects: Sequence[str]) -> dict[str, PublishedRow]:
        if not subjects:
            return {}
        self._session.statement("outbox.published", *subjects)
        rows = self._session.read("published")
        return {subject: rows[subject] for subject in subjects if subject in rows}

    def prime(self, rows: Sequence[PublishedRow]) -> None:
        self._session.statement("outbox.prime", *(row.subject for row in rows))
        for row in sorted(rows, key=lambda each: each.subject):
            held = self._session.lock("published", row.subject)
            later = held is not None and (
                held.version < row.version
                or (row.order is not None and (held.order or b"") < row.order)
            )
            if held is None or later:
                self._session.put("published", row.subject, row)

    def lease(self, count_max: int, now_ms: int, until_ms: int) -> list[OutboxRow]:
        self._session.statement("outbox.lease", count_max)
        rows = self._session.read("outbox")
        free = [
            seq
            for seq in sorted(rows)
            if rows[seq].claimed_until < now_ms and self._session.is_free("outbox", seq)
        ]
        leased = []
        for seq in free[:count_max]:
            queued = self._session.lock("outbox", seq)
            self._session.put("outbox", seq, queued._replace(claimed_until=until_ms))
            leased.append(queued.row)
        return leased

    def delete(self, seqs: Sequence[int]) -> None:
        self._session.statement("outbox.delete", *seqs)
        for seq in sorted(seq for seq in seqs if seq in self._session.read("outbox")):
            self._session.delete("outbox", seq)

    def pending(self) -> int:
        self._session.statement("outbox.pending")
        return len(self._session.read("outbox"))


def _moves(before: PublishedRow, item: OutboxItem) -> bool:
    if item.order is None:
        return before.digest != item.digest
    return before.order is not None and before.order < item.order


class SimRoots:
    """Set hashes of rows, in shards."""

    def __init__(self, session: Session, shard: int) -> None:
        self._session = session
        self._shard = shard

    def add(self, changes: Mapping[str, bytes]) -> None:
        for name in sorted(changes):
            self._session.statement("roots.add", name)
            held = self._session.lock("root", (name, self._shard))
            self._session.put("root", (name, self._shard), add_lanes(held or b"", changes[name]))

    def read(self) -> dict[str, bytes]:
        self._session.statement("roots.read")
        sums: dict[str, bytes] = {}
        for (name, _), lanes in sorted(self._session.read("root").items()):
            sums[name] = add_lanes(sums.get(name, b""), lanes)
        return sums


def count(session: Session, shard: int, changes: Counters) -> None:
    """Add to sums, in this worker's shard."""
    wanted = sorted(key for key, value in changes.items() if value)
    if not wanted:
        return
    session.statement("count", *wanted)
    for key in wanted:
        held = session.lock("counter", (*key, shard))
        session.put("counter", (*key, shard), (held or 0) + changes[key])
