"""What every projection store promises of rows that stand, are refused, or are replaced.

Part of the abstract suite; the same two fixtures, `store` and `other`, the latter with a shard of
its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from hub.adapters.sql_store import SqlStore, SqlTransaction
from hub.domain.rows import CounterKey, MatchRow, Merged, Person, RecordKey, TouchKey
from hub.errors import FencedError
from hub.projections.roots import Accumulator, add_lanes, change_of
from tests.contract.store_rows import (
    APPROVAL,
    count_rows,
    item,
    link,
    match,
    record,
    record_key,
    statements_of,
)

STANDING = record("R1")
LOWER: list[dict[str, Any]] = [
    {"revision": 4},
    {"revision": 4, "encoding": 9, "digest": b"\xff" * 64},
    {"encoding": 0, "digest": b"\xff" * 64},
]
HIGHER: list[dict[str, Any]] = [
    {"revision": 6, "encoding": 0},
    {"encoding": 2, "person_id": "P2"},
    {"digest": b"\x00" * 63 + b"\x01"},
    {"digest": b"\x80" + b"\x00" * 63, "person_id": None},
    {"change": 1},
    {"person_id": "P2"},
    {"person_id": "é"},
]


def merge(store: SqlStore, *rows: Any) -> Merged:
    with store.transaction() as tx:
        return tx.records.merge(rows)


def stands(store: SqlStore, record_id: str = "R1") -> Any:
    with store.transaction() as tx:
        return tx.records.get([record_key(record_id)]).get(record_key(record_id))


def replace(store: SqlStore, *changes: tuple[MatchRow | None, MatchRow | None]) -> None:
    with store.transaction() as tx:
        tx.matches.replace(changes)


def answers(store: SqlStore) -> list[MatchRow]:
    with store.transaction() as tx:
        found = tx.matches.of_records([record_key(f"R{n}") for n in range(9)])
    return sorted(found, key=lambda row: row.key)


OTHER = match("R1", basis=b"another", body=b"another answer", leaf=b"another leaf")


class ProjectionWritingContract:
    """The suite. Named without Test, so that it runs only where an adapter inherits it."""

    def test_a_record_that_is_not_there_stands(self, store: SqlStore) -> None:
        assert merge(store, STANDING) == Merged([(STANDING, None)], [])
        assert stands(store) == STANDING

    @pytest.mark.parametrize("changes", HIGHER)
    def test_a_higher_statement_stands_and_what_it_replaced_is_answered(
        self, store: SqlStore, changes: dict[str, Any]
    ) -> None:
        row = record("R1", **changes, body=b"another", own_type=None)
        merge(store, STANDING)

        assert merge(store, row) == Merged([(row, STANDING)], [])
        assert stands(store) == row

    @pytest.mark.parametrize("changes", LOWER)
    def test_a_lower_statement_is_refused_and_what_stands_is_answered(
        self, store: SqlStore, changes: dict[str, Any]
    ) -> None:
        row = record("R1", **changes, body=b"another")
        merge(store, STANDING)

        assert merge(store, row) == Merged([], [(row, STANDING)])
        assert stands(store) == STANDING

    def test_an_equal_statement_is_refused_wherever_it_came_from(self, store: SqlStore) -> None:
        again = record("R1", partition=1, log_offset=9, received_ms=7)
        merge(store, STANDING)

        assert merge(store, again) == Merged([], [(again, STANDING)])
        assert stands(store) == STANDING

    def test_the_higher_of_two_statements_stands_whichever_comes_first(
        self, store: SqlStore
    ) -> None:
        for number, changes in enumerate((*LOWER, *HIGHER)):
            pair = [record(f"R{number}"), record(f"R{number}", **changes)]
            high = max(pair, key=lambda row: row.order)
            for row in pair:
                merge(store, row)
            for row in pair[::-1]:
                merge(store, row._replace(record_id=f"S{number}"))

            assert stands(store, f"R{number}") == high
            assert stands(store, f"S{number}") == high._replace(record_id=f"S{number}")

    def test_each_row_of_a_batch_is_answered_for_itself(self, store: SqlStore) -> None:
        standing = [record(f"R{n}") for n in range(3)]
        merge(store, *standing)
        rows = [
            record("R0", revision=9),
            record("R1", revision=1),
            standing[2],
            record("R3"),
            record("R1", registry="us-oh"),
            record("R1", kind=APPROVAL, person_id=None),
        ]
        stood, refused = merge(store, *rows[::-1])

        assert sorted(stood, key=lambda pair: pair[0].key) == [
            (rows[4], None),
            (rows[0], standing[0]),
            (rows[3], None),
            (rows[5], None),
        ]
        assert sorted(refused) == [(rows[1], standing[1]), (rows[2], standing[2])]
        assert count_rows(store, "record") == 6

    def test_a_rollback_takes_a_merge_back(self, store: SqlStore) -> None:
        merge(store, STANDING)
        with pytest.raises(ZeroDivisionError), store.transaction() as tx:
            _merge_and_break(tx)

        assert stands(store) == STANDING
        assert count_rows(store, "record") == 1

    def test_two_batches_of_one_transaction_do_not_mix(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            first = tx.records.merge([record("R1"), record("R2")])
            second = tx.records.merge([record("R1", revision=6)])

        assert len(first.stood) == 2
        assert second == Merged([(record("R1", revision=6), record("R1"))], [])

    def test_matchable_are_approvals_records_of_clusters_and_those_with_a_match(
        self, store: SqlStore
    ) -> None:
        with store.transaction() as tx:
            tx.links.put(
                [
                    link("us-wi", "P1", "n-1"),
                    link("us-nv", "P9", "n-1"),
                    link("us-wi", "P2", "n-2"),
                    link("us-wi", "P3", "n-3"),
                    link("us-wi", "P4", "n-3"),
                ]
            )
            tx.records.merge(
                [
                    *(record(f"R{n}", person_id=f"P{n}") for n in (1, 2, 3, 5, 6)),
                    record("A1", kind=APPROVAL, person_id=None),
                    record("R8", person_id=None),
                ]
            )
            tx.matches.replace([(None, match("R6"))])
            keys = [*(record_key(f"R{n}") for n in (1, 2, 3, 5, 6, 7, 8)), record_key("A1", kind=6)]
            found = tx.records.matchable(keys)

        assert found == {
            record_key("R1"): Person("us-wi", "P1"),
            record_key("R3"): Person("us-wi", "P3"),
            record_key("R6"): Person("us-wi", "P6"),
            record_key("A1", kind=APPROVAL): None,
        }

    def test_matches_are_made_changed_and_taken_away_at_once(self, store: SqlStore) -> None:
        one, two, three = match("R1"), match("R2"), match("R3")
        new = match("R2", basis=b"b2", body=b"2", leaf=b"l2", person_id=None, record_leaf=b"r2")
        replace(store, (None, three), (None, two))
        replace(store, (three, None), (two, new), (None, one))

        assert answers(store) == [one, new]

    @pytest.mark.parametrize(
        "change",
        [
            (None, match("R1")),
            (match("R1"), match("R1", basis=b"mine")),
            (match("R1"), None),
        ],
    )
    def test_a_match_is_not_written_where_another_stands(
        self, store: SqlStore, change: tuple[MatchRow | None, MatchRow | None]
    ) -> None:
        replace(store, (None, OTHER), (None, match("R2")))

        with pytest.raises(FencedError):
            replace(store, (match("R2"), match("R2", basis=b"mine")), change, (None, match("R3")))
        assert answers(store) == [OTHER, match("R2")]

    @pytest.mark.parametrize(
        "change", [(match("R1"), match("R1", basis=b"mine")), (match("R1"), None)]
    )
    def test_a_match_that_is_gone_is_not_replaced(
        self, store: SqlStore, change: tuple[MatchRow | None, MatchRow | None]
    ) -> None:
        with pytest.raises(FencedError):
            replace(store, change)
        assert answers(store) == []

    def test_sums_of_roots_add_up_over_shards_and_can_be_taken_away(
        self, store: SqlStore, other: SqlStore
    ) -> None:
        leaves = [bytes([n]) * 32 for n in range(6)]
        for each, added in ((store, leaves[:2]), (other, leaves[2:4]), (store, leaves[4:])):
            with each.transaction() as tx:
                tx.roots.add({"records": change_of(added, []), "links": change_of([], added)})
        with other.transaction() as tx:
            tx.roots.add({"records": change_of([], leaves[:1])})
            found = tx.roots.read()
        whole = Accumulator()
        whole.add(leaves[1:])

        assert found["records"] == whole.lanes()
        assert add_lanes(found["links"], change_of(leaves, [])) == Accumulator().lanes()
        assert count_rows(store, "root") == 4

    def test_how_many_statements_a_batch_takes_does_not_depend_on_its_size(
        self, store: SqlStore
    ) -> None:
        for work in WORKS:
            statements_of(store, partial(work, count=2))  # What is made once is there.
            for again in (False, True):  # The second time rows are there already.
                few, many = (len(statements_of(store, partial(work, count=n))) for n in (10, 1_000))
                assert few == many, (work, again)
                assert 0 < few <= 12, (work, again)


def _merge_and_break(tx: SqlTransaction) -> None:
    tx.records.merge([record("R1", revision=9), record("R2")])
    raise ZeroDivisionError


def _merges(tx: SqlTransaction, count: int) -> None:
    """Absent rows; then a third each that are lower, equal and higher."""
    tx.records.merge([record(f"M{count}-{n}") for n in range(count)])
    tx.records.merge([record(f"M{count}-{n}", revision=4 + n % 3) for n in range(count)])


def _reads(tx: SqlTransaction, count: int) -> None:
    keys = [record_key(f"M{count}-{n}") for n in range(count)]
    persons = [Person("us-wi", f"P{n}") for n in range(count)]
    tx.records.get(keys)
    tx.records.matchable(keys)
    tx.records.of_persons(persons, [4])
    tx.matches.of_records(keys)
    tx.matches.of_persons(persons)
    tx.links.of(persons)
    tx.outbox.published([f"s{n}" for n in range(count)])


def _replaces(tx: SqlTransaction, count: int) -> None:
    rows = [match(f"M{count}-{n}") for n in range(count)]
    changed = [row._replace(basis=b"b2") for row in rows]
    tx.matches.replace([(None, row) for row in rows])
    tx.matches.replace(
        [*zip(rows[::2], changed[::2], strict=True), *((row, None) for row in rows[1::2])]
    )
    tx.matches.replace([(row, None) for row in changed[::2]])


def _touches(tx: SqlTransaction, count: int) -> None:
    owned: list[tuple[RecordKey, Person]] = [
        (record_key(f"M{n}"), Person("us-wi", f"P{n}")) for n in range(count)
    ]
    tx.touches.add({TouchKey("person", f"us-wi|P{n}"): 0 for n in range(count)}, owned)
    tx.touches.delete(tx.touches.take(count))


def _publishes(tx: SqlTransaction, count: int) -> None:
    tx.outbox.publish([item(f"s{count}-{n}", b"x") for n in range(count)])
    tx.outbox.publish([item(f"s{count}-{n}", b"%d" % (n % 2)) for n in range(count)])
    tx.outbox.delete([row.seq for row in tx.outbox.lease(count, 1_000, 2_000)])


def _sums(tx: SqlTransaction, count: int) -> None:
    tx.count({CounterKey("records", "us-wi", str(n), 0): 1 for n in range(count)})
    tx.roots.add({"records": change_of([bytes(32)] * count, [])})
    tx.lock_persons([Person("us-wi", f"P{n}") for n in range(count)])


WORKS: tuple[Callable[..., None], ...] = (
    _merges,
    _reads,
    _replaces,
    _touches,
    _publishes,
    _sums,
)
