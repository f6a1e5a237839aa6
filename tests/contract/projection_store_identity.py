"""What every projection store promises of the identity lane's rows, as one abstract suite."""

from __future__ import annotations

from hub.adapters.sql_store import SqlStore
from hub.domain.identity_rows import RecordedRow
from hub.domain.rows import Person
from tests.contract.store_rows import answer, claim, count_rows, identity_input, pair


def persons(*numbers: int) -> list[Person]:
    return [Person("us-wi", f"P{number}") for number in numbers]


class ProjectionIdentityContract:
    """The suite. Named without Test, so that it runs only where an adapter inherits it."""

    def test_claims_are_read_in_chunks_in_order_of_their_offset(self, store: SqlStore) -> None:
        rows = [
            claim(person, offset)
            for person, offset in zip(persons(1, 2, 3), (9, 3, 6), strict=True)
        ]
        with store.transaction() as tx:
            tx.claims.put(rows)
            assert tx.claims.after(-1, 2) == [rows[1], rows[2]]
            assert tx.claims.after(6, 2) == [rows[0]]
            gone = claim(rows[1].person, 20, present=False, sealed=None, sealed_key=None)
            tx.claims.put([gone])

            assert tx.claims.after(-1, 10) == [rows[2], rows[0], gone]

    def test_claims_of_persons_come_back_as_they_were_put(self, store: SqlStore) -> None:
        held = claim(persons(1)[0], 4, held="evidences", first_ms=5, changed_ms=bytes(16))
        other = claim(persons(2)[0], 5, replaced_by="P1")
        with store.transaction() as tx:
            tx.claims.put([other, held])

            assert sorted(tx.claims.of_persons(persons(1, 2, 3))) == [held, other]
            assert tx.claims.of_persons([]) == []
            assert tx.claims.held() == [held]

    def test_pairs_are_found_from_either_side(self, store: SqlStore) -> None:
        one, two, three = pair("P1", "P2"), pair("P2", "P3", verdict=2), pair("P3", "P4")
        with store.transaction() as tx:
            tx.pairs.put([three, one, two])

            assert tx.pairs.all() == [one, two, three]
            assert tx.pairs.of_persons(persons(2, 2)) == [one, two]
            assert tx.pairs.of_persons(persons(4)) == [three]
            assert tx.pairs.of_persons([]) == []
            wanted = [(two.one, two.other), (one.one, two.other)]
            assert tx.pairs.get(wanted) == [two]

    def test_a_pair_that_is_apart_goes_and_one_that_changes_stands(self, store: SqlStore) -> None:
        one, two = pair("P1", "P2"), pair("P2", "P3")
        with store.transaction() as tx:
            tx.pairs.put([one, two])
            tx.pairs.put([one._replace(verdict=0), two._replace(cause="never", score=-1.25)])
            tx.pairs.put([pair("P8", "P9", verdict=0)])

            assert tx.pairs.all() == [two._replace(cause="never", score=-1.25)]

    def test_answers_stand_once_for_each_publisher_and_pair(self, store: SqlStore) -> None:
        ours, theirs = answer("us-wi", "P1", "P2"), answer("alliance", "P1", "P2")
        with store.transaction() as tx:
            tx.answers.put([ours, theirs, answer("us-wi", "P1", "P3")])
            tx.answers.put([ours._replace(answer="", sort=b"\x02")])

            found = tx.answers.of_pairs([(ours.one, ours.other), tuple(persons(8, 9))])
            assert found == [theirs, ours._replace(answer="", sort=b"\x02")]
            assert len(tx.answers.all()) == 3

    def test_inputs_are_read_in_order_of_their_place(self, store: SqlStore) -> None:
        first, second = identity_input("b", claim_offset=2), identity_input("a", claim_offset=7)
        with store.transaction() as tx:
            for row in (second, first._replace(done=False), first):
                tx.inputs.put(row)

            assert tx.inputs.all() == [first, second]
            assert tx.inputs.get(first.kind, "b") == first
            assert tx.inputs.get(first.kind, "c") is None

    def test_recorded_decisions_are_kept_until_their_cause_is_reached(
        self, store: SqlStore
    ) -> None:
        rows = [RecordedRow(o, part, 1401, b"%d" % o) for o, part in ((4, 1), (4, 0), (9, 0))]
        with store.transaction() as tx:
            tx.inputs.record([*rows, rows[0]])
            tx.inputs.record(rows)

            assert tx.inputs.recorded(0, 9) == [rows[1], rows[0]]
            tx.inputs.forget_recorded(5)
            assert tx.inputs.recorded(0, 100) == [rows[2]]
            tx.inputs.record([])
        assert count_rows(store, "identity_recorded") == 1
