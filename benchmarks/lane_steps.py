"""The lanes' steps as the worker makes them, each part metered on its own."""

from __future__ import annotations

import cProfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.machine import Meter
from hub.adapters.sql_store import SqlStore
from hub.domain.log import LogRecord
from hub.lanes import derive as derive_lane
from hub.lanes import records as records_lane

TABLES = ("record", "link", "match", "outbox", "published", "touch", "rejected")


@dataclass(slots=True)
class Steps:
    """What the steps of both lanes used. With profiles, where the time of each lane goes."""

    opened: Meter = field(default_factory=Meter)
    applied: Meter = field(default_factory=Meter)
    derived: Meter = field(default_factory=Meter)
    events: int = 0
    touches: int = 0
    profiles: tuple[cProfile.Profile, cProfile.Profile] | None = None

    @property
    def client(self) -> float:
        return self.opened.client + self.applied.client + self.derived.client

    @property
    def wall(self) -> float:
        return self.opened.wall + self.applied.wall + self.derived.wall


def fold(store: SqlStore, runs: list[list[LogRecord]], steps: Steps) -> None:
    """One batch through the records lane."""
    profile = steps.profiles[0] if steps.profiles else None
    if profile:
        profile.enable()
    with steps.opened:
        batch = records_lane.open_batch(runs)
    with steps.applied, store.transaction() as tx:
        records_lane.apply_batch(tx, batch)
    if profile:
        profile.disable()
    steps.events += sum(map(len, runs))


def derive(store: SqlStore, steps: Steps) -> None:
    """The derive lane until no touch is left."""
    profile = steps.profiles[1] if steps.profiles else None
    if profile:
        profile.enable()
    with steps.derived:
        while count := derive_lane.derive_once(store):
            steps.touches += count
    if profile:
        profile.disable()


def run(store: SqlStore, batches: Iterable[list[list[LogRecord]]], steps: Steps) -> None:
    """Every batch through both lanes, one after the other."""
    for runs in batches:
        fold(store, runs, steps)
        derive(store, steps)


def counts_of(store: SqlStore) -> dict[str, int]:
    """Rows of the tables that lanes write."""
    with store.reading() as sql:
        return {name: int(_first(sql, f'SELECT count(*) AS n FROM "{name}"')) for name in TABLES}


def _first(sql: Any, statement: str) -> Any:
    return sql.rows(statement)[0]["n"]


def forget_outbox(store: SqlStore) -> None:
    """As if the relay had sent everything."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
