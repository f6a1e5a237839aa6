"""The simulation's races on a real PostgreSQL: its locks and ours are the same.

One actor is interrupted before every statement in turn, while the others work to their ends; then
the store must say what a plain fold of the log says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
import sqlalchemy

from deploy.local.postgres import fresh_database
from hub.adapters.sql_derived import SqlTouches
from hub.adapters.sql_reads import rows_of
from hub.adapters.sql_store import SqlStore
from hub.adapters.sql_tables import metadata
from hub.domain.rows import PublishedRow, Touch
from hub.projections.roots import roots_of
from tests.integration.sql_turns import Actor, Turns, asking
from tests.simulation.sim_check import plain_fold, scanned, topics_that_differ
from tests.simulation.sim_log import virtual_time
from tests.simulation.sim_policies import Script, Turn
from tests.simulation.sim_races import RACES, Race
from tests.simulation.sim_scheduler import Scheduler
from tests.simulation.sim_stage import Stage, again
from tests.simulation.sim_store import SimStore
from tests.simulation.sim_worker import quiet_lanes

ROWS = ("record", "link", "match", "counter")
STRIDES = (2, 5)
"""At every second statement the first actor stops, at every fifth the others: the simulation tries
all places."""


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        store = SqlStore(url)
        store.create()
        store.close()
        yield url


class Ground:
    """A race's stage on PostgreSQL, set once and gone back to before every play."""

    def __init__(self, race: Race, url: str) -> None:
        self.race = race
        self.scheduler = Scheduler(Script([]))
        self.stage = Stage(self.scheduler)
        self.stores = [SqlStore(url, shard=shard) for shard in range(len(race.actors) + 1)]
        self.steps = 0
        self._names = [table.name for table in metadata.sorted_tables]
        self._run("DROP SCHEMA IF EXISTS saved CASCADE", "CREATE SCHEMA saved")
        self._run(f"TRUNCATE {', '.join(self._names)}")
        with virtual_time(self.scheduler):
            race.before(self.stage, self.stores[0])
        self._run(*(f"CREATE TABLE saved.{n} AS SELECT * FROM public.{n}" for n in self._names))
        self._log = self.stage.log.copy()

    def _run(self, *statements: str) -> None:
        with self.stores[0].engine.begin() as connection:
            for statement in statements:
                connection.execute(sqlalchemy.text(statement))

    def play(self, first: str, at: int, patch: Any) -> list[str]:
        """The first actor stops after so many statements; what differs in the end."""
        self._run(f"TRUNCATE {', '.join(self._names)}")
        self._run(*(f"INSERT INTO public.{n} SELECT * FROM saved.{n}" for n in self._names))
        self.stage.log.become(self._log)
        turns = [Turn(first, at), *(Turn(n) for n in self.race.actors if n != first), Turn(first)]
        engines = [store.engine for store in self.stores[1:]]
        with virtual_time(self.scheduler):
            with asking(patch, *engines):
                actors = self._actors()
                Turns(self.stores[0].engine).play(actors, turns)
            self.stage.settle(self.stores[0])
        self.steps = actors[first].steps
        return self.differences()

    def _actors(self) -> dict[str, Actor]:
        found = {}
        for (name, act), store in zip(self.race.actors.items(), self.stores[1:], strict=True):
            found[name] = Actor(name, again(partial(act, self.stage, store)))
        return found

    def differences(self) -> list[str]:
        """As of the simulation, read through SQL."""
        store, plain = self.stores[0], plain_fold(self.stage.log)
        there: Any = SimStore(plain)
        found = [
            f"{table}: {row}"
            for table in ROWS
            for row in _one_sided(rows_of(store, table), rows_of(there, table))
        ]
        with store.transaction() as tx:
            if roots_of(tx.roots.read()) != roots_of(scanned(plain)):
                found.append("the roots that are kept live are not those of a plain fold")
            found += ["touches wait"] if tx.touches.pending() else []
            found += ["the outbox waits"] if tx.outbox.pending() else []
        with store.reading() as sql:
            rows = sql.tuples("SELECT subject, version, digest, sort FROM published")
        queued = {row[0]: PublishedRow(*row) for row in rows}
        return found + list(topics_that_differ(self.stage.log, queued, plain))

    def close(self) -> None:
        self._run("DROP SCHEMA saved CASCADE")
        for store in self.stores:
            store.close()


def _one_sided(here: Iterable[Any], there: Iterable[Any]) -> list[Any]:
    return sorted(set(here) ^ set(there))


def _play_all(race: Race, url: str, monkeypatch: pytest.MonkeyPatch) -> dict[Any, list[str]]:
    """Differences by who was interrupted after how many statements."""
    ground = Ground(race, url)
    differs = {}
    try:
        for number, first in enumerate(race.actors):
            at = 0
            while at == 0 or at <= ground.steps:
                with quiet_lanes(), monkeypatch.context() as patch:
                    found = ground.play(first, at, patch.setattr)
                if found:
                    differs[first, at] = found
                at += STRIDES[number > 0]
    finally:
        ground.close()
    return differs


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
def test_a_race_on_postgresql_ends_as_a_plain_fold(
    race: Race, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _play_all(race, url, monkeypatch) == {}


def _delete_whatever_the_stamp(self: SqlTouches, touches: Sequence[Touch]) -> None:
    for touch in touches:
        statement = "DELETE FROM touch WHERE kind = :kind AND key = :key"
        self._sql.run(statement, kind=touch.kind, key=touch.key)


def test_a_race_on_postgresql_is_lost_with_the_fault_that_it_is_about(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlTouches, "delete", _delete_whatever_the_stamp)
    (race,) = (each for each in RACES if each.name.startswith("a slow worker deletes"))

    assert _play_all(race, url, monkeypatch)
