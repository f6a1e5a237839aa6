"""Threads on a real database, one at a time: between two SQL statements the word is given back.

Whoever waits for a lock of another gives up the turn, as PostgreSQL says of it; once it has the
lock, it comes as far as its next statement and waits there to be asked again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy

from hub.adapters.sql_support import Sql
from tests.simulation.sim_policies import Turn

ANSWER_SECONDS = 0.02
PATIENCE_SECONDS = 30.0
_HERE = threading.local()
Patch = Callable[[object, str, object], None]


class Actor:
    """A thread that asks before every statement."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self.name = name
        self.steps = 0
        self.backend_pid: int | None = None
        self.error: BaseException | None = None
        self._work = work
        self._may_go = threading.Semaphore(0)
        self._stands = threading.Event()
        self._done = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        _HERE.actor = self
        self._may_go.acquire()
        try:
            self._work()
        except BaseException as error:
            self.error = error
        self._done = True
        self._stands.set()

    def pause(self, backend_pid: int) -> None:
        """Called in the thread, before a statement."""
        self.backend_pid = backend_pid
        self.steps += 1
        self._stands.set()
        self._may_go.acquire()

    @property
    def is_done(self) -> bool:
        return self._done

    def go(self) -> None:
        self._stands.clear()
        self._may_go.release()

    def stands_within(self, seconds: float) -> bool:
        return self._stands.wait(seconds)


class Turns:
    """Plays actors by turns, and tells from the server who waits for a lock."""

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self._engine = engine

    def play(self, actors: dict[str, Actor], turns: Sequence[Turn]) -> None:
        """By these turns, then everybody to the end. Raises what an actor raised."""
        for turn in turns:
            self._take(actors[turn.task], turn.steps)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not all(actor.is_done for actor in actors.values()):
            assert time.monotonic() < deadline, "somebody waits for ever"
            for actor in actors.values():
                self._take(actor, None)
        for actor in actors.values():
            if actor.error is not None:
                raise actor.error

    def _take(self, actor: Actor, steps: int | None) -> None:
        """So many statements, or all; less where it waits for another or ends."""
        if actor.steps and not actor.stands_within(ANSWER_SECONDS):
            return  # It still waits for a lock.
        begun = 0 if actor.steps else 1  # Before its first statement it has to be asked once.
        last = None if steps is None else actor.steps + steps + begun
        while not actor.is_done and (last is None or actor.steps < last):
            actor.go()
            while not actor.stands_within(ANSWER_SECONDS):
                if self._waits(actor):
                    return

    def _waits(self, actor: Actor) -> bool:
        query = sqlalchemy.text("SELECT wait_event_type FROM pg_stat_activity WHERE pid = :pid")
        with self._engine.connect() as connection:
            found = connection.execute(query, {"pid": actor.backend_pid}).scalar()
        return found == "Lock"


@contextmanager
def asking(patch: Patch, *engines: sqlalchemy.Engine) -> Iterator[None]:
    """Every statement of the store, and every commit, asks the actor in whose thread it is made."""
    execute, copy = Sql._executed, Sql.copy

    def asked(self: Sql, *given: Any, **named: Any) -> Any:
        _ask(self.driver)
        return execute(self, *given, **named)

    def asked_to_copy(self: Sql, *given: Any, **named: Any) -> Any:
        _ask(self.driver)
        return copy(self, *given, **named)

    def before_execute(connection: Any, *_given: Any) -> None:
        _ask(connection.connection.driver_connection)

    patch(Sql, "_executed", asked)
    patch(Sql, "copy", asked_to_copy)
    for engine in engines:
        sqlalchemy.event.listen(engine, "before_cursor_execute", before_execute)
        sqlalchemy.event.listen(engine, "commit", before_execute)
    try:
        yield
    finally:
        for engine in engines:
            sqlalchemy.event.remove(engine, "before_cursor_execute", before_execute)
            sqlalchemy.event.remove(engine, "commit", before_execute)


def _ask(driver_connection: Any) -> None:
    actor = getattr(_HERE, "actor", None)
    if actor is not None:
        actor.pause(driver_connection.info.backend_pid)
