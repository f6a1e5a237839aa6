"""State roots by a scan: every leaf worked out again from the bytes of its row.

What lanes keep and what a scan finds are equal at every commit; where they are not, a row was
changed by somebody else than the lanes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub.adapters.sql_progress import SqlRoots
from hub.adapters.sql_store import SqlStore
from hub.adapters.sql_support import Sql
from hub.domain.events import Kind
from hub.domain.rows import LinkRow, RecordKey
from hub.projections.roots import (
    LINKS,
    LINKS_CANONICAL,
    MATCHES,
    RECORDS,
    Accumulator,
    add_lanes,
    leaf_of_record,
    link_leaves,
    match_leaf,
    roots_of,
)

ROWS_AT_A_TIME = 5_000
NAMES = (RECORDS, MATCHES, LINKS, LINKS_CANONICAL)

Lanes = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Scan:
    """Roots as lanes keep them and as a scan of the same moment finds them."""

    kept: Lanes
    scanned: Lanes
    records: int
    links: int
    matches: int

    @property
    def differing(self) -> list[str]:
        """Names of roots that are not equal."""
        return differing(self.kept, self.scanned)


def differing(first: Lanes, other: Lanes) -> list[str]:
    """Names of roots whose sums are not equal; a root that was never kept is that of no row."""
    return [
        name
        for name in NAMES
        if add_lanes(first.get(name, b""), b"") != add_lanes(other.get(name, b""), b"")
    ]


def state_roots(lanes: Lanes) -> tuple[str, str]:
    """state_root and state_root_canonical."""
    return roots_of(lanes)


def scan_store(store: SqlStore) -> Scan:
    """Both, from one consistent view. Reads every record, link and match."""
    with store.reading() as sql:
        kept = SqlRoots(sql, 0).read()
        counts: dict[str, int] = {}
        scanned = scanned_lanes(sql, counts)
    return Scan(kept, scanned, counts[RECORDS], counts[LINKS], counts[MATCHES])


def scanned_lanes(sql: Sql, counts: dict[str, int]) -> dict[str, bytes]:
    """Sums of all leaves; how many rows there are goes into `counts`."""
    records, matches = Accumulator(), Accumulator()
    submission = int(Kind.SUBMISSION)
    read = (
        "SELECT registry, kind, record_id, person_id, revision, encoding, change, body"
        f" FROM record WHERE kind <> {submission}"
    )
    records.add(
        leaf_of_record(RecordKey(*row[:3]), row[3], row[4:7], row[7])
        for row in _counted(sql, read, counts, RECORDS)
    )
    read = "SELECT registry, kind, record_id, receiver, body FROM match"
    matches.add(match_leaf(*row) for row in _counted(sql, read, counts, MATCHES))
    read = "SELECT registry, person_id, national_id, version FROM link WHERE version >= 0"
    links, canonical = Accumulator(), Accumulator()
    leaves = link_leaves(LinkRow(*row) for row in _counted(sql, read, counts, LINKS))
    links.add(leaves[0])
    canonical.add(leaves[1])
    return {
        RECORDS: records.lanes(),
        MATCHES: matches.lanes(),
        LINKS: links.lanes(),
        LINKS_CANONICAL: canonical.lanes(),
    }


def _counted(
    sql: Sql, statement: str, counts: dict[str, int], name: str
) -> Iterator[tuple[Any, ...]]:
    """Rows as they come, some thousands at a time in memory."""
    counts[name] = 0
    cursor = (
        sql.driver.cursor(name=f"scan_{name}", binary=True) if sql.postgres else sql.driver.cursor()
    )
    try:
        cursor.execute(statement)
        while rows := cursor.fetchmany(ROWS_AT_A_TIME):
            counts[name] += len(rows)
            yield from rows
    finally:
        cursor.close()
