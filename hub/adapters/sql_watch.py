"""What a worker watches in the database beside its lanes: what waits, and who stands in the way.

A session that stands still between two statements is ended by the server itself. One that stands
still within a statement, because its client neither reads nor sends, is not: it keeps its locks for
as long as the client is frozen. Where others wait for those, it is ended here.
"""

from __future__ import annotations

import time

from hub.adapters.sql_identity_status import open_reviews
from hub.adapters.sql_store import SqlStore

STALLED_SECONDS = 2

_END_STALLED = f"""
SELECT count(pg_terminate_backend(blocking.pid)) AS n FROM (
    SELECT DISTINCT b.pid FROM pg_stat_activity w
    CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS held(pid)
    JOIN pg_stat_activity b ON b.pid = held.pid
    WHERE w.datname = current_database() AND b.datname = w.datname AND b.usename = current_user
    AND w.wait_event_type = 'Lock'
    AND w.query_start < clock_timestamp() - interval '{STALLED_SECONDS} seconds'
    AND b.state = 'active' AND b.wait_event_type = 'Client'
    AND b.query_start < clock_timestamp() - interval '{STALLED_SECONDS} seconds'
) AS blocking
"""


def end_stalled(store: SqlStore) -> int:
    """End sessions whose client stands still within a statement while others wait for their locks.
    Answers how many."""
    with store.reading() as sql:
        if not sql.postgres:
            return 0
        return int(sql.rows(_END_STALLED)[0]["n"])


def waiting(store: SqlStore) -> tuple[int, float | None, int, int]:
    """Touches that wait, the age of the oldest in seconds, outbox rows that wait, open reviews."""
    with store.reading() as sql:
        touch = sql.rows("SELECT count(*) AS n, min(touched_ms) AS oldest FROM touch")[0]
        outbox = sql.rows("SELECT count(*) AS n FROM outbox")[0]["n"]
        reviews = open_reviews(sql)
    oldest = touch["oldest"]
    seconds = None if oldest is None else max(0.0, time.time() - oldest / 1000)
    return int(touch["n"]), seconds, int(outbox), reviews
