"""The simulated database waits, sees and fails as PostgreSQL does at READ COMMITTED."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from hub.domain.log import TopicPartition
from hub.domain.rows import Advance, Person, TouchKey
from hub.errors import FencedError, RetryableError
from tests.simulation.sim_database import Database, Session
from tests.simulation.sim_policies import Script, Turn
from tests.simulation.sim_scheduler import Scheduler
from tests.simulation.sim_store import SimStore

PLACE = TopicPartition("registry.us-wi.events", 0)
WORDS = "word"
Work = Callable[[Session], None]


class Bench:
    """Two or three sessions, each with its work, played by turns."""

    def __init__(self) -> None:
        self.scheduler = Scheduler(Script([]))
        self.database = Database(self.scheduler)
        self.seen: list[tuple[str, object]] = []
        self.failed: dict[str, RetryableError] = {}
        self.database.rows[WORDS] = {"a": "old", "b": "old"}

    def play(self, works: dict[str, Work], *turns: Turn) -> None:
        self.scheduler.policy = Script(turns)
        for name, work in works.items():
            self.scheduler.spawn(name, None, partial(self._one, name, work))
        self.scheduler.run(lambda: False)

    def _one(self, name: str, work: Work) -> None:
        session = self.database.begin()
        try:
            work(session)
            session.commit()
        except RetryableError as error:
            self.failed[name] = error
        finally:
            session.end(None)

    def reads(self, who: str, key: str) -> Work:
        def work(session: Session) -> None:
            session.statement("read")
            self.seen.append((who, session.read(WORDS).get(key)))

        return work

    def locks(self, who: str, key: str) -> Work:
        def work(session: Session) -> None:
            session.statement("lock")
            self.seen.append((who, session.lock(WORDS, key)))

        return work


def writes(*pairs: tuple[str, str]) -> Work:
    def work(session: Session) -> None:
        for key, word in pairs:
            session.statement("write")
            session.upsert(WORDS, key, word)

    return work


def in_turn(*works: Work) -> Work:
    def work(session: Session) -> None:
        for each in works:
            each(session)

    return work


def test_what_is_not_committed_is_seen_by_its_own_transaction_alone() -> None:
    bench = Bench()
    works = {
        "writer": in_turn(writes(("a", "new")), bench.reads("writer", "a")),
        "reader": bench.reads("reader", "a"),
    }

    bench.play(works, Turn("writer", 2), Turn("reader"), Turn("writer"))

    assert bench.seen == [("writer", "new"), ("reader", "old")]
    assert bench.database.rows[WORDS]["a"] == "new"


def test_each_statement_sees_what_was_committed_before_it() -> None:
    bench = Bench()
    works = {
        "reader": in_turn(bench.reads("reader", "a"), bench.reads("reader", "a")),
        "writer": writes(("a", "new")),
    }

    bench.play(works, Turn("reader", 1), Turn("writer"), Turn("reader"))

    assert bench.seen == [("reader", "old"), ("reader", "new")]


def test_whoever_locks_a_held_row_waits_and_finds_it_as_it_was_left() -> None:
    bench = Bench()
    works = {"first": writes(("a", "new")), "second": bench.locks("second", "a")}

    bench.play(works, Turn("first", 1), Turn("second"), Turn("first"))

    assert bench.seen == [("second", "new")]


def test_a_rolled_back_row_is_found_as_it_was() -> None:
    bench = Bench()

    def fails(session: Session) -> None:
        writes(("a", "new"))(session)
        session.statement("fails")
        raise RetryableError("made to fail")

    works = {"first": fails, "second": bench.locks("second", "a")}
    bench.play(works, Turn("first", 1), Turn("second"), Turn("first"))

    assert bench.seen == [("second", "old")]
    assert set(bench.failed) == {"first"}


def test_two_who_wait_for_each_other_end_with_one_rolled_back() -> None:
    bench = Bench()
    works = {
        "first": writes(("a", "first"), ("b", "first")),
        "second": writes(("b", "second"), ("a", "second")),
    }

    bench.play(works, Turn("first", 1), Turn("second", 1), Turn("first"), Turn("second"))

    assert len(bench.failed) == 1
    assert len(set(bench.database.rows[WORDS].values())) == 1


def test_a_second_insert_of_a_key_waits_for_the_first() -> None:
    bench = Bench()

    def inserts(word: str) -> Work:
        def work(session: Session) -> None:
            session.statement("insert")
            session.insert_absent(WORDS, "c", word)

        return work

    works = {"first": inserts("first"), "second": inserts("second")}
    bench.play(works, Turn("first", 1), Turn("second"), Turn("first"))

    assert bench.database.rows[WORDS]["c"] == "first"


def test_a_session_that_the_server_ended_leaves_nothing() -> None:
    bench = Bench()
    works = {"frozen": writes(("a", "new"), ("b", "new")), "other": writes(("a", "other"))}
    begin = bench.scheduler.spawn
    frozen = begin("frozen", None, lambda: bench._one("frozen", works["frozen"]))
    bench.scheduler.policy = Script([Turn("frozen", 1), Turn("other")])
    bench.scheduler.spawn("other", None, lambda: bench._one("other", works["other"]))
    bench.scheduler.run(lambda: bool(bench.database.sessions_of([frozen])))
    for session in bench.database.sessions_of([frozen]):
        session.end(RetryableError("idled for too long"))
    bench.scheduler.run(lambda: False)

    assert set(bench.failed) == {"frozen"}
    assert bench.database.rows[WORDS] == {"a": "other", "b": "old"}


def test_whoever_is_second_at_a_position_is_fenced_even_after_waiting() -> None:
    scheduler = Scheduler(Script([Turn("first", 2), Turn("second"), Turn("first")]))
    database = Database(scheduler)
    outcomes = []

    def advance(name: str, store: SimStore) -> None:
        try:
            with store.transaction() as tx:
                tx.positions.advance("records", [Advance(PLACE, 0, 3, b"leaf")])
                tx.touches.add({TouchKey("person", name): 0})
            outcomes.append((name, "moved"))
        except FencedError:
            outcomes.append((name, "fenced"))

    for name in ("first", "second"):
        scheduler.spawn(name, None, partial(advance, name, SimStore(database)))
    scheduler.run(lambda: False)

    assert sorted(outcomes) == [("first", "moved"), ("second", "fenced")]
    assert [key.key for key in database.rows["touch"]] == ["first"]


def test_persons_that_another_derives_are_passed_over() -> None:
    scheduler = Scheduler(Script([]))
    database = Database(scheduler)
    one, two = Person("us-wi", "P1"), Person("us-wi", "P2")
    with SimStore(database).transaction() as tx:
        tx.lock_persons([one, two])
    with SimStore(database).transaction() as tx, SimStore(database).transaction() as other:
        assert tx.lock_persons([one]) == {one}
        assert other.lock_persons([one, two]) == {two}


def test_a_single_writer_lets_the_others_begin_after_it() -> None:
    scheduler = Scheduler(Script([Turn("first", 2), Turn("second"), Turn("first")]))
    database = Database(scheduler, single_writer=True)
    order = []

    def work(name: str) -> None:
        with SimStore(database).transaction() as tx:
            order.append(f"{name} begins")
            tx.set_note(name, "x")
        order.append(f"{name} ends")

    for name in ("first", "second"):
        scheduler.spawn(name, None, partial(work, name))
    scheduler.run(lambda: False)

    assert order == ["first begins", "first ends", "second begins", "second ends"]


@pytest.mark.parametrize("deleted", [True, False])
def test_stamps_and_sequences_are_never_given_out_twice(deleted: bool) -> None:
    database = Database(Scheduler(Script([])))
    store = SimStore(database)
    key = TouchKey("person", "us-wi|P1")
    stamps = []
    for _ in range(3):
        with store.transaction() as tx:
            tx.touches.add({key: 0})
        with store.transaction() as tx:
            (touch,) = tx.touches.take(10)
            stamps.append(touch.stamp)
            if deleted:
                tx.touches.delete([touch])
        with pytest.raises(ZeroDivisionError):
            _touch_and_fail(store, key)

    assert stamps == [1, 3, 5]


def _touch_and_fail(store: SimStore, key: TouchKey) -> None:
    with store.transaction() as tx:
        tx.touches.add({key: 0})
        raise ZeroDivisionError
