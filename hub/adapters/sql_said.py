"""What a generation would say of each subject, against what the log and the live outbox say of it.

`published` of a generation holds the digest that it would send; these statements put the log's
version beside it, so that what is equal is not sent again and what differs goes out above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.adapters.sql_support import Sql
from hub.domain.events import Kind
from hub.domain.rows import OutboxRow, PublishedRow, RecordKey

_MATCH = "match|"
_INBOX = "inbox|"
_REJECTED = "inbox|rejected|"
_ON_MATCH = (
    "registry = :registry AND kind = :kind AND record_id = :record_id AND receiver = :receiver"
)
_NEWEST = "SELECT max(seq) FROM outbox GROUP BY subject"
_KINDS = " ".join(f"WHEN {int(kind)} THEN '{kind.event_name}'" for kind in Kind)
_STANDING = f"""
SELECT '{_MATCH}' || m.registry || '|' || CASE m.kind {_KINDS} END || '|' || m.record_id || '|'
  || m.receiver AS subject FROM match m
UNION ALL SELECT 'rejected|' || r.topic || '/' || CAST(r.partition AS text) || '/'
  || CAST(r.log_offset AS text) FROM rejected r
"""
_ORPHANS = f"""
SELECT p.subject, p.version, p.digest FROM published p
LEFT JOIN ({_STANDING}) s ON s.subject = CASE WHEN p.subject LIKE '{_INBOX}%'
  THEN substr(p.subject, {len(_INBOX) + 1}) ELSE p.subject END
WHERE s.subject IS NULL AND (p.subject LIKE '{_MATCH}%' OR p.subject LIKE '{_INBOX}{_MATCH}%'
  OR p.subject LIKE '{_REJECTED}%')
"""


def orphans(sql: Sql) -> dict[str, PublishedRow]:
    """Subjects of matches and rejections that consumers know of and that do not stand."""
    return {s: PublishedRow(s, v, digest, None) for s, v, digest in sql.tuples(_ORPHANS)}


def waiting(sql: Sql, subjects: Sequence[str]) -> dict[str, int]:
    """How many rows of each of these subjects wait in the outbox."""
    rows = sql.tuples(
        f"SELECT o.subject, count(*) FROM {sql.keys('t')} JOIN outbox o ON o.subject = j.k0"
        " GROUP BY o.subject",
        keys=[(subject,) for subject in subjects],
    )
    return dict(rows)


def standing(sql: Sql, subjects: Sequence[str]) -> set[str]:
    """Those of these subjects of matches and rejections that stand."""
    found = set()
    for subject in subjects:
        match = match_key(subject)
        if match is not None:
            key, receiver = match
            rows = sql.tuples(
                f"SELECT 1 FROM match WHERE {_ON_MATCH}", receiver=receiver, **key._asdict()
            )
        else:
            topic, partition, offset = subject.removeprefix(_REJECTED).rsplit("/", 2)
            rows = sql.tuples(
                "SELECT 1 FROM rejected WHERE topic = :topic AND partition = :partition"
                " AND log_offset = :offset",
                topic=topic,
                partition=int(partition),
                offset=int(offset),
            )
        if rows:
            found.add(subject)
    return found


def settle(sql: Sql, rows: Sequence[PublishedRow]) -> None:
    """Consumers have these: nothing of their subjects waits any more."""
    set_published(sql, rows)
    sql.run(
        f"DELETE FROM outbox WHERE subject IN (SELECT k0 FROM {sql.keys('t')})",
        keys=[(row.subject,) for row in rows],
    )


def set_published(sql: Sql, rows: Sequence[PublishedRow]) -> None:
    """Put the log's versions where the generation's stood."""
    subjects = [(row.subject,) for row in rows]
    sql.run(
        f"DELETE FROM published WHERE subject IN (SELECT k0 FROM {sql.keys('t')})", keys=subjects
    )
    values = [(row.subject, row.version, row.digest, row.order) for row in rows]
    insert = "INSERT INTO published (subject, version, digest, sort)"
    if sql.postgres:
        sql.run(f"{insert} SELECT k0, k1, k2, k3 FROM {sql.keys('tibb')}", keys=values)
    else:
        sql.write_many(f"{insert} VALUES (?, ?, ?, ?)", values)


def send_above(sql: Sql, versions: Sequence[tuple[str, int]]) -> None:
    """Of each subject only the newest waiting row goes out, with a version above the given one."""
    if not versions:
        return
    sql.run(
        f"DELETE FROM outbox WHERE subject IN (SELECT k0 FROM {sql.keys('ti')})"
        f" AND seq NOT IN ({_NEWEST})",
        keys=versions,
    )
    for table in ("outbox", "published"):
        sql.run(
            f"UPDATE {table} SET version = j.k1 + 1 FROM {sql.keys('ti')}"
            f" WHERE j.k0 = {table}.subject AND j.k1 >= {table}.version",
            keys=versions,
        )


def newest_waiting(sql: Sql, count_max: int) -> Iterator[OutboxRow]:
    """The newest row of each subject in the outbox, leased or not, in order of queueing."""
    seqs = sql.tuples(f"{_NEWEST} ORDER BY 1")
    for start in range(0, len(seqs), count_max):
        rows = sql.tuples(
            f"SELECT {', '.join(f'o.{name}' for name in OutboxRow._fields)}"
            f" FROM {sql.keys('i')} {sql.join} outbox o ON o.seq = j.k0 ORDER BY o.seq",
            keys=seqs[start : start + count_max],
        )
        yield from map(OutboxRow._make, rows)


def match_key(subject: str) -> tuple[RecordKey, str] | None:
    """Record and receiver of a match's subject, or of the inbox item about it."""
    name = subject.removeprefix(_INBOX)
    if not name.startswith(_MATCH):
        return None
    registry, kind, rest = name.removeprefix(_MATCH).split("|", 2)
    record_id, _, receiver = rest.rpartition("|")
    return RecordKey(registry, _KIND_OF[kind], record_id), receiver


_KIND_OF = {kind.event_name: int(kind) for kind in Kind}


def forget_basis(sql: Sql, key: RecordKey, receiver: str) -> bool:
    """Have this match worked out again when its record is touched; whether there is one."""
    return bool(
        sql.run(
            f"UPDATE match SET basis = :nothing WHERE {_ON_MATCH}",
            nothing=b"",
            receiver=receiver,
            **key._asdict(),
        )
    )
