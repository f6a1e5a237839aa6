"""What every projection store promises of touches, matches, outbox, claims and sums.

The second half of the abstract suite; the same two fixtures, `store` and `other`.
"""

from __future__ import annotations

from hub.adapters.sql_store import SqlStore
from hub.domain.rows import (
    PRIORITY_CHANGE,
    PRIORITY_FAN_OUT,
    PRIORITY_REBUILD,
    RECORD_TOUCH,
    CounterKey,
    Person,
    PublishedRow,
    Touch,
    TouchKey,
)
from tests.contract.store_rows import (
    count_rows,
    item,
    link,
    match,
    record_key,
    rejected,
    worker,
)

ONE = TouchKey("person", "us-wi|P1")


def take_all(store: SqlStore, count_max: int = 1_000) -> list[Touch]:
    with store.transaction() as tx:
        return tx.touches.take(count_max)


def touch(store: SqlStore, *keys: str, priority: int = PRIORITY_CHANGE) -> None:
    with store.transaction() as tx:
        tx.touches.add({TouchKey("person", key): priority for key in keys})


def order_of(number: int) -> bytes:
    return number.to_bytes(8, "big")


class ProjectionQueuesContract:
    """The suite. Named without Test, so that it runs only where an adapter inherits it."""

    def test_touching_again_keeps_the_smaller_priority_and_a_later_stamp(
        self, store: SqlStore
    ) -> None:
        seen = []
        for priority in (PRIORITY_FAN_OUT, PRIORITY_REBUILD, PRIORITY_CHANGE, PRIORITY_REBUILD):
            touch(store, "P1", priority=priority)
            (found,) = take_all(store)
            seen.append((found.priority, found.stamp))

        assert [priority for priority, _ in seen] == [1, 1, 0, 0]
        stamps = [stamp for _, stamp in seen]
        assert stamps == sorted(set(stamps))

    def test_stamps_are_never_used_again(self, store: SqlStore) -> None:
        touch(store, "P1")
        (first,) = take_all(store)
        with store.transaction() as tx:
            tx.touches.delete([first])
        touch(store, "P1")
        (second,) = take_all(store)

        assert second.stamp > first.stamp

    def test_a_touch_is_deleted_only_while_its_stamp_is_unchanged(self, store: SqlStore) -> None:
        touch(store, "P1", "P2")
        read = take_all(store)
        touch(store, "P2")
        with store.transaction() as tx:
            tx.touches.delete(read)

        assert [each.key for each in take_all(store)] == ["P2"]
        with store.transaction() as tx:
            assert tx.touches.pending() == 1

    def test_more_touches_can_be_taken_past_those_that_others_are_at(self, store: SqlStore) -> None:
        for number in range(4):
            touch(store, f"P{number}")
        touch(store, "later", priority=PRIORITY_REBUILD)

        def taken(count_max: int, skip: int) -> list[str]:
            with store.transaction() as tx:
                return [each.key for each in tx.touches.take(count_max, skip=skip)]

        assert taken(3, 0) == ["P0", "P1", "P2"]
        assert taken(3, 3) == ["P3", "later"]
        assert taken(5, 1) == ["P1", "P2", "P3", "later"]
        assert taken(3, 5) == []

    def test_records_of_persons_in_a_cluster_are_touched_with_them(self, store: SqlStore) -> None:
        """Whoever is alone may be left out, as each store says of itself."""
        owned = [(record_key(f"R{n}"), Person("us-wi", f"P{n}")) for n in (1, 2, 3, 4)]
        with store.transaction() as tx:
            tx.links.put(
                [
                    link("us-wi", "P1", "n-1"),
                    link("us-nv", "P1", "n-1"),
                    link("us-wi", "P2", "n-2"),
                    link("us-wi", "P3", "n-2"),
                    link("us-wi", "P4", "n-3"),
                ]
            )
            tx.touches.add({ONE: PRIORITY_FAN_OUT}, [*owned, owned[0]])

        taken = {(each.kind, each.key): each.priority for each in take_all(store)}
        records = {key: n for key, n in taken.items() if key[0] == RECORD_TOUCH}
        assert taken[(ONE.kind, ONE.key)] == PRIORITY_FAN_OUT
        assert {("record", f"us-wi|4|R{n}") for n in (1, 2, 3)} <= records.keys()
        assert set(records.values()) == {PRIORITY_CHANGE}

    def test_touches_of_another_kind_with_the_same_key_are_another_touch(
        self, store: SqlStore
    ) -> None:
        with store.transaction() as tx:
            tx.touches.add({ONE: 0, TouchKey("approval", ONE.key): 0})
        read = take_all(store)
        with store.transaction() as tx:
            tx.touches.delete([each for each in read if each.kind == "person"])

        assert [each.kind for each in take_all(store)] == ["approval"]

    def test_the_smallest_priority_is_taken_first_and_a_fifth_is_kept(
        self, store: SqlStore
    ) -> None:
        touch(store, *(f"rebuild-{n:02}" for n in range(10)), priority=PRIORITY_REBUILD)
        touch(store, *(f"change-{n:02}" for n in range(30)), priority=PRIORITY_CHANGE)

        taken = [each.priority for each in take_all(store, 20)]

        assert taken == [PRIORITY_CHANGE] * 16 + [PRIORITY_REBUILD] * 4

    def test_no_touch_is_taken_twice_in_one_batch(self, store: SqlStore) -> None:
        touch(store, "a", "b", priority=PRIORITY_CHANGE)
        touch(store, "c", "d", priority=PRIORITY_FAN_OUT)
        touch(store, "e", "f", priority=PRIORITY_REBUILD)

        for count_max in range(1, 9):
            taken = take_all(store, count_max)
            assert 0 < len(taken) <= count_max
            assert len({each.key for each in taken}) == len(taken)
        assert len(take_all(store, 100)) == 6

    def test_a_batch_of_one_touch_still_drains(self, store: SqlStore) -> None:
        touch(store, "a", "b")
        for left in (1, 0):
            taken = take_all(store, 1)
            with store.transaction() as tx:
                tx.touches.delete(taken)
                assert tx.touches.pending() == left

    def test_adding_and_deleting_nothing_is_allowed(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            tx.touches.add({})
            tx.touches.delete([])
            assert tx.touches.take(10) == []
            assert tx.touches.pending() == 0

    def test_matches_are_found_by_record_and_by_person(self, store: SqlStore) -> None:
        rows = [
            match("R1"),
            match("R1", receiver="us-oh"),
            match("R2", person_id="P2"),
            match("A1", kind=6, person_id=None, subject="course"),
        ]
        with store.transaction() as tx:
            tx.matches.replace([(None, row) for row in rows])
            by_record = tx.matches.of_records([record_key("R1"), record_key("A1", kind=6)])
            by_person = tx.matches.of_persons([Person("us-wi", "P2"), Person("us-oh", "P1")])

        assert sorted(each.key for each in by_record) == sorted(
            each.key for each in (rows[0], rows[1], rows[3])
        )
        assert by_person == [rows[2]]

    def test_what_was_published_with_an_equal_digest_is_not_sent_again(
        self, store: SqlStore
    ) -> None:
        for content in (b"one", b"one", b"two", b"two", b"one"):
            with store.transaction() as tx:
                tx.outbox.publish([item("match|1", content)])

        with store.transaction() as tx:
            rows = tx.outbox.lease(10, 1_000, 2_000)
        assert [(row.version, row.body) for row in rows] == [(1, b"one"), (2, b"two"), (3, b"one")]

    def test_of_equal_subjects_in_one_call_the_last_goes_out(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            tx.outbox.publish([item("s", b"one"), item("t", b"other"), item("s", b"two")])
            rows = tx.outbox.lease(10, 1_000, 2_000)

        assert sorted((row.subject, row.body, row.version) for row in rows) == [
            ("s", b"two", 1),
            ("t", b"other", 1),
        ]

    def test_given_versions_go_out_only_when_their_order_is_greater(self, store: SqlStore) -> None:
        for number in (5, 5, 4, 9, 7):
            given = item("claim|1", b"%d" % number, order=order_of(number), version=number)
            with store.transaction() as tx:
                tx.outbox.publish([given])

        with store.transaction() as tx:
            rows = tx.outbox.lease(10, 1_000, 2_000)
            held = tx.outbox.published(["claim|1"])["claim|1"]
        assert [(row.version, row.body) for row in rows] == [(5, b"5"), (9, b"9")]
        assert held.order == order_of(9)

    def test_of_given_versions_in_one_call_the_greatest_goes_out(self, store: SqlStore) -> None:
        items = [item("c", b"%d" % n, order=order_of(n), version=n) for n in (5, 9, 7)]
        with store.transaction() as tx:
            tx.outbox.publish(items)

            assert [row.version for row in tx.outbox.lease(10, 1_000, 2_000)] == [9]

    def test_an_outbox_row_comes_back_as_it_was_queued(self, store: SqlStore) -> None:
        given = item("s", b"\x00\xff", sealed_key="k", sealed=b"\xff", recorded_at=2**50)
        with store.transaction() as tx:
            tx.outbox.publish([given])
            (row,) = tx.outbox.lease(10, 1_000, 2_000)

        same = ("topic", "key", "kind", "subject", "body", "digest", "synthetic", "sealed_key")
        assert [getattr(row, n) for n in same] == [getattr(given, n) for n in same]
        assert (row.sealed, row.recorded_at) == (b"\xff", 2**50)

    def test_nothing_is_sent_of_what_the_log_says_was_published(self, store: SqlStore) -> None:
        known = item("s", b"one")
        with store.transaction() as tx:
            tx.outbox.prime([PublishedRow("s", 7, known.digest, None)])
            tx.outbox.publish([known])
            assert tx.outbox.pending() == 0
            tx.outbox.publish([item("s", b"two")])
            (row,) = tx.outbox.lease(10, 1_000, 2_000)

        assert row.version == 8

    def test_priming_keeps_the_highest_version(self, store: SqlStore) -> None:
        rows = [PublishedRow("s", n, bytes([n]) * 64, None) for n in (2, 5, 3)]
        later = [PublishedRow("s", n, bytes([n]) * 64, None) for n in (4, 1)]
        with store.transaction() as tx:
            tx.outbox.prime(rows)
            tx.outbox.prime(later)
            tx.outbox.prime([])

            assert tx.outbox.published(["s", "absent"]) == {"s": rows[1]}

    def test_priming_keeps_the_greatest_order(self, store: SqlStore) -> None:
        rows = [PublishedRow("c", n, bytes(64), order_of(n)) for n in (2, 5, 3)]
        with store.transaction() as tx:
            tx.outbox.prime(rows)
            tx.outbox.publish([item("c", b"x", order=order_of(5), version=5)])
            assert tx.outbox.pending() == 0
            tx.outbox.publish([item("c", b"x", order=order_of(6), version=6)])
            assert tx.outbox.pending() == 1

    def test_a_held_row_is_not_leased_again_until_its_time_is_over(
        self, store: SqlStore, other: SqlStore
    ) -> None:
        with store.transaction() as tx:
            tx.outbox.publish([item(f"s{n}", b"x") for n in range(3)])
        with store.transaction() as tx:
            first = tx.outbox.lease(2, 1_000, 5_000)
        with other.transaction() as tx:
            second = tx.outbox.lease(10, 1_001, 5_001)
            assert tx.outbox.lease(10, 5_000, 9_000) == []
        with other.transaction() as tx:
            again = tx.outbox.lease(10, 5_002, 9_000)

        assert [row.seq for row in first] == sorted(row.seq for row in first)
        assert len(first) == 2
        assert len(second) == 1
        assert {row.seq for row in again} == {row.seq for row in (*first, *second)}

    def test_only_named_rows_leave_the_outbox(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            tx.outbox.publish([item(f"s{n}", b"x") for n in range(3)])
            rows = tx.outbox.lease(10, 1_000, 2_000)
            tx.outbox.delete([rows[0].seq, rows[2].seq])
            assert tx.outbox.pending() == 1
            tx.outbox.delete([])
            assert [row.seq for row in tx.outbox.lease(10, 3_000, 4_000)] == [rows[1].seq]

    def test_sums_add_up_and_can_be_taken_away(self, store: SqlStore) -> None:
        key = CounterKey("records", "us-wi", "training", -5)
        for value in (3, 4, -2):
            with store.transaction() as tx:
                tx.count({key: value, key._replace(dim="other"): 0})

        with store.reading() as sql:
            rows = sql.rows("SELECT dim, day, sum(value) AS value FROM counter GROUP BY dim, day")
        assert [(r["dim"], r["day"], int(r["value"])) for r in rows] == [("training", -5, 5)]

    def test_a_rejection_is_noted_once(self, store: SqlStore) -> None:
        row = rejected()
        for _ in range(2):
            with store.transaction() as tx:
                tx.reject([row])

        assert count_rows(store, "rejected") == 1

    def test_a_delivery_counts_once(self, store: SqlStore) -> None:
        for _ in range(2):
            with store.transaction() as tx:
                tx.deliver("us-nv", ["e1", "e2", "e1"])
                tx.deliver("us-oh", ["e1"])
                tx.deliver("us-oh", [])

        assert count_rows(store, "delivery") == 3

    def test_a_note_is_kept_changed_and_dropped(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            assert tx.note("cut") is None
            tx.set_note("cut", "one")
            tx.set_note("cut", "two")
            assert tx.note("cut") == "two"
            tx.set_note("cut", None)
            tx.set_note("cut", None)
            assert tx.note("cut") is None

    def test_persons_are_locked_without_a_row_of_theirs(self, store: SqlStore) -> None:
        one, two = Person("us-wi", "P1"), Person("us-wi", "P2")
        with store.transaction() as tx:
            assert tx.lock_persons([two, one, two]) == {one, two}
            assert tx.lock_persons([one]) == {one}
            assert tx.links.of([one]) == {}

    def test_workers_are_known_by_their_last_sign_until_they_are_forgotten(
        self, store: SqlStore
    ) -> None:
        with store.transaction() as tx:
            for row in (worker("w-2", 5_000), worker("w-1", 5_000), worker("w-1", 9_000)):
                tx.beat(row)
            assert tx.workers() == [worker("w-1", 9_000), worker("w-2", 5_000)]
            tx.forget_workers(5_000)
            assert len(tx.workers()) == 2
            tx.forget_workers(5_001)
            assert tx.workers() == [worker("w-1", 9_000)]
