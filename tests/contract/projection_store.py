"""What every projection store promises of positions and rows, as one abstract suite.

An adapter's class gives two fixtures: `store`, empty and with its tables, and `other`, a second
instance on the same database. Merging and replacing of rows stand in projection_store_writing,
touches, outbox and sums in projection_store_queues.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.adapters.sql_store import SqlStore
from hub.domain.identity_rows import RecordedRow
from hub.domain.log import TopicPartition
from hub.domain.rows import (
    PRIORITY_CHANGE,
    Advance,
    CounterKey,
    Merged,
    Person,
    RecordRow,
    TouchKey,
)
from hub.errors import FencedError
from hub.ports import StoreTransaction
from tests.contract.store_rows import (
    APPROVAL,
    PLACE,
    TRAINING,
    advance,
    answer,
    claim,
    count_rows,
    identity_input,
    item,
    link,
    match,
    pair,
    record,
    record_key,
    reference,
    rejected,
    worker,
)

TABLES = [
    "position",
    "record",
    "link",
    "reference",
    "touch",
    "match",
    "outbox",
    "published",
    "claim",
    "identity_pair",
    "identity_answer",
    "identity_input",
    "identity_recorded",
    "rejected",
    "counter",
    "root",
    "worker",
    "delivery",
    "note",
]


def write_everything(tx: StoreTransaction, *, then: Exception | None = None) -> None:
    """One row into every table, the position last; then the error, if there is one."""
    tx.records.merge([record("R1")])
    tx.links.put([link("us-wi", "P1", "n-1")])
    tx.references.put([reference("us-nv")])
    tx.matches.replace([(None, match("R1"))])
    tx.outbox.publish([item("match|1", b"one")])
    tx.claims.put([claim(Person("us-wi", "P1"), 0)])
    tx.pairs.put([pair("P1", "P2")])
    tx.answers.put([answer("us-wi", "P1", "P2")])
    tx.inputs.put(identity_input("alliance|small"))
    tx.inputs.record([RecordedRow(0, 0, 1, b"decision")])
    tx.reject([rejected()])
    tx.count({CounterKey("records", "us-wi", "", 0): 1})
    tx.roots.add({"records": bytes(2048)})
    tx.beat(worker())
    tx.deliver("us-nv", ["event-1"])
    tx.set_note("relay", "here")
    tx.touches.add({TouchKey("person", "us-wi|P1"): PRIORITY_CHANGE})
    tx.positions.advance("records", [advance(0, 3)])
    if then is not None:
        raise then


class ProjectionStoreContract:
    """The suite. Named without Test, so that it runs only where an adapter inherits it."""

    def test_a_transaction_leaves_everything_that_it_wrote(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            write_everything(tx)

        assert {table: count_rows(store, table) for table in TABLES} == dict.fromkeys(TABLES, 1)

    def test_an_exception_leaves_nothing_of_its_transaction(self, store: SqlStore) -> None:
        with pytest.raises(ZeroDivisionError), store.transaction() as tx:
            write_everything(tx, then=ZeroDivisionError())

        assert {table: count_rows(store, table) for table in TABLES} == dict.fromkeys(TABLES, 0)

    def test_a_position_is_kept_with_the_leaf_before_it(self, store: SqlStore) -> None:
        second = TopicPartition("registry.us-wi.events", 1)
        with store.transaction() as tx:
            tx.positions.advance("records", [advance(0, 3), advance(0, 2**40, second)])
            tx.positions.advance("sync", [advance(0, 1)])

        with store.transaction() as tx:
            found = tx.positions.of("records")
        assert found == {PLACE: (3, b"\x03" * 32), second: (2**40, b"\x00" * 32)}

    @pytest.mark.parametrize("old", [0, 2, 4])
    def test_a_position_moves_only_from_where_it_stands(self, store: SqlStore, old: int) -> None:
        with store.transaction() as tx:
            tx.positions.advance("records", [advance(0, 3)])

        with pytest.raises(FencedError), store.transaction() as tx:
            tx.positions.advance("records", [Advance(PLACE, old, 9, b"")])
        with store.transaction() as tx:
            assert tx.positions.of("records")[PLACE][0] == 3

    def test_a_position_that_was_never_written_is_not_left_from_the_middle(
        self, store: SqlStore
    ) -> None:
        with pytest.raises(FencedError), store.transaction() as tx:
            tx.positions.advance("records", [advance(5, 6)])

    def test_whoever_was_overtaken_leaves_nothing(self, store: SqlStore, other: SqlStore) -> None:
        """Two workers read the same position; the second commits first."""
        with store.transaction() as tx:
            assert tx.positions.of("records") == {}
        with other.transaction() as tx:
            tx.positions.advance("records", [advance(0, 7)])

        with pytest.raises(FencedError), store.transaction() as tx:
            write_everything(tx)

        rest = [table for table in TABLES if table != "position"]
        assert {table: count_rows(store, table) for table in rest} == dict.fromkeys(rest, 0)
        with store.transaction() as tx:
            assert tx.positions.of("records")[PLACE][0] == 7

    def test_a_batch_with_one_overtaken_partition_moves_none(self, store: SqlStore) -> None:
        second = TopicPartition(PLACE.topic, 1)
        with store.transaction() as tx:
            tx.positions.advance("records", [advance(0, 3, second)])

        with pytest.raises(FencedError), store.transaction() as tx:
            tx.positions.advance("records", [advance(0, 1), advance(0, 5, second)])
        with store.transaction() as tx:
            assert tx.positions.of("records") == {second: (3, b"\x03" * 32)}

    def test_records_come_back_as_they_were_written(self, store: SqlStore) -> None:
        bare = record(
            "R2",
            person_id=None,
            sealed_key=None,
            sealed=None,
            synthetic=False,
            own_type=None,
            valid_from=None,
            valid_until=None,
            approval_code=None,
            trainer_id=None,
            recorded_days=None,
        )
        with store.transaction() as tx:
            tx.records.merge([bare, record("R1")])
        keys = [record_key("R1"), record_key("R2"), record_key("R9")]
        with store.transaction() as tx:
            assert tx.records.get(keys) == {keys[0]: record("R1"), keys[1]: bare}

    def test_a_record_written_again_replaces_every_field(self, store: SqlStore) -> None:
        newer = record("R1", revision=6, person_id="P2", own_type=None, sealed=None, body=b"")
        with store.transaction() as tx:
            tx.records.merge([record("R1")])
            tx.records.merge([newer])

            assert tx.records.get([record_key("R1")]) == {record_key("R1"): newer}

    def test_locks_answer_existing_rows_only(self, store: SqlStore) -> None:
        """What is made to be locked is no row for anybody, even after the commit."""
        with store.transaction() as tx:
            tx.links.put([link("us-wi", "P1", "n-1")])
            tx.references.put([reference("us-nv")])
        persons = [Person("us-wi", "P9"), Person("us-wi", "P1")]
        for _ in range(2):
            with store.transaction() as tx:
                assert set(tx.links.lock(persons)) == {Person("us-wi", "P1")}
                assert set(tx.references.lock([(8, "us-oh"), (8, "us-nv")])) == {(8, "us-nv")}
        with store.transaction() as tx:
            assert set(tx.links.of(persons)) == {Person("us-wi", "P1")}
            assert tx.references.all() == [reference("us-nv")]
            assert tx.links.members([""]) == []
            assert tx.links.persons_beside([]) == []

    def test_nothing_asked_for_is_nothing_answered(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            tx.records.merge([record("R1")])
            assert tx.records.merge([]) == Merged([], [])
            assert tx.records.matchable([]) == {}
            assert tx.records.get([]) == {}
            assert tx.records.of_persons([], [TRAINING]) == []
            assert tx.records.approvals_cited([]) == []
            assert tx.links.lock([]) == {}
            assert tx.links.of([]) == {}
            assert tx.references.lock([]) == {}
            assert tx.lock_persons([]) == set()
            assert tx.roots.read() == {}
            tx.roots.add({})
            tx.matches.replace([])
            assert tx.matches.of_records([]) == []
            assert tx.matches.of_persons([]) == []

    def test_records_of_persons_are_of_the_kinds_asked_for(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            tx.records.merge(
                [
                    record("R1"),
                    record("R2", person_id="P2"),
                    record("R3", kind=1),
                    record("R1", registry="us-oh"),
                ]
            )
            persons = [Person("us-wi", "P1"), Person("us-wi", "P2"), Person("us-wi", "P9")]
            found = tx.records.of_persons(persons, [TRAINING])

        assert {row.record_id for row in found} == {"R1", "R2"}
        assert {row.registry for row in found} == {"us-wi"}

    def test_approvals_are_found_by_id_by_course_and_by_trainer(self, store: SqlStore) -> None:
        def approval(record_id: str, **changes: Any) -> RecordRow:
            plain = {"kind": APPROVAL, "person_id": None, "approval_code": None, "trainer_id": None}
            return record(record_id, **{**plain, **changes})

        with store.transaction() as tx:
            tx.records.merge(
                [
                    approval("A1"),
                    approval("A2", trainer_id="T1"),
                    approval("A3", trainer_id="T3"),
                    approval("A4", approval_code="C1"),
                    approval("A1", registry="us-oh"),
                    record("T1"),
                ]
            )
            names = [("us-wi", "A1"), ("us-wi", "T1"), ("us-wi", "C1"), ("us-fl", "A3")]
            found = tx.records.approvals_cited(names)
            of_wisconsin = tx.records.approvals_of(["us-wi"])
            of_all = tx.records.approvals_of(None)

        assert sorted((row.registry, row.record_id) for row in found) == [
            ("us-wi", "A1"),
            ("us-wi", "A2"),
            ("us-wi", "A4"),
        ]
        assert {row.record_id for row in of_wisconsin} == {"A1", "A2", "A3", "A4"}
        assert len(of_all) == len(of_wisconsin) + 1

    def test_persons_who_cite_an_approval_are_found_once_each(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            tx.records.merge(
                [
                    record("R1", person_id="P1", approval_code="A1", trainer_id=None),
                    record("R2", person_id="P1", approval_code="A1", trainer_id="T1"),
                    record("R3", person_id="P2", approval_code="C1", trainer_id=None),
                    record("R4", person_id="P3", approval_code=None, trainer_id="T1"),
                    record("R5", person_id="P4", approval_code="A2", trainer_id="T2"),
                    record("R6", person_id="P5", approval_code=None, trainer_id=None),
                    record("A1", kind=APPROVAL, person_id=None, trainer_id="T1"),
                    record("R7", person_id="P6", approval_code="A1", registry="us-oh"),
                ]
            )
            by_ids = tx.records.citing("us-wi", ["A1", "C1"], None)
            by_trainer = tx.records.citing("us-wi", [], "T1")

        assert sorted(p.person_id for p in by_ids) == ["P1", "P2"]
        assert sorted(p.person_id for p in by_trainer) == ["P1", "P3"]

    def test_members_are_all_persons_of_a_national_person(self, store: SqlStore) -> None:
        rows = [link("us-wi", "P1", "n-1"), link("us-oh", "P1", "n-1"), link("us-oh", "P2", "n-2")]
        with store.transaction() as tx:
            tx.links.put(rows)
            assert sorted(tx.links.members(["n-1"]), key=lambda r: r.person) == [rows[1], rows[0]]
            moved = replace(rows[0], national_id="n-2", version=3)
            tx.links.put([moved])

            assert tx.links.members(["n-1"]) == [rows[1]]
            assert tx.links.of([Person("us-wi", "P1")]) == {Person("us-wi", "P1"): moved}

    def test_persons_beside_are_in_clusters_that_reach_every_registry(
        self, store: SqlStore
    ) -> None:
        with store.transaction() as tx:
            tx.links.put(
                [
                    link("us-wi", "P1", "n-1"),
                    link("us-oh", "P1", "n-1"),
                    link("us-nv", "P1", "n-1"),
                    link("us-wi", "P2", "n-2"),
                    link("us-oh", "P2", "n-2"),
                    link("us-wi", "P3", "n-3"),
                    link("us-wi", "P4", "n-4"),
                    link("us-wi", "P5", "n-4"),
                ]
            )

            def ids(registries: list[str]) -> list[str]:
                found = tx.links.persons_beside(registries)
                return sorted(f"{p.registry[3:]}{p.person_id[1:]}" for p in found)

            assert ids([]) == ["nv1", "oh1", "oh2", "wi1", "wi2", "wi4", "wi5"]
            assert ids(["us-oh"]) == ["nv1", "oh1", "oh2", "wi1", "wi2"]
            assert ids(["us-oh", "us-nv"]) == ["nv1", "oh1", "wi1"]
            assert ids(["us-wi"]) == ["nv1", "oh1", "oh2", "wi1", "wi2", "wi4", "wi5"]
            assert ids(["us-fl"]) == []

    def test_references_are_read_in_order_of_kind_and_key(self, store: SqlStore) -> None:
        rows = [reference("us-wi"), reference("us-nv"), reference("z", kind=9)]
        with store.transaction() as tx:
            tx.references.put(rows[::-1])
            assert tx.references.all() == [rows[1], rows[0], rows[2]]
            tx.references.put([reference("us-nv", revision=2, body=b"")])
            assert tx.references.all()[0] == reference("us-nv", revision=2, body=b"")

    def test_a_large_lock_answers_every_row(self, store: SqlStore) -> None:
        """More keys than either database takes as parameters of one statement."""
        rows = [link("us-wi", f"P{n:05}", "n-1") for n in range(2_500)]
        with store.transaction() as tx:
            tx.links.put(rows)
        with store.transaction() as tx:
            assert len(tx.links.lock([row.person for row in rows])) == 2_500
