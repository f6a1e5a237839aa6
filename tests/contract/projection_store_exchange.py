"""What every projection store promises of what registries say beside their records."""

from __future__ import annotations

from hub.adapters.sql_store import SqlStore
from hub.domain.events import Kind
from hub.domain.rows import RECORD_TOUCH, OutboxItem, Person, RecordRow
from tests.contract.store_rows import item, record, record_key

CONSENT, REQUEST = int(Kind.CONSENT), int(Kind.PORTABILITY_REQUEST)
DECISION, DISPUTE = int(Kind.RECOGNITION_DECISION), int(Kind.DISPUTE)
CREDENTIAL = int(Kind.CREDENTIAL)


def decision(registry: str, name: str) -> RecordRow:
    return record(name, kind=DECISION, registry=registry, person_id=None)


class ProjectionExchangeContract:
    """The suite. Named without Test, so that it runs only where an adapter inherits it."""

    def test_decisions_are_found_by_the_record_that_they_name(self, store: SqlStore) -> None:
        one = decision("us-nv", "us-wi|training|R1")
        two = decision("us-oh", "us-wi|training|R1")
        with store.transaction() as tx:
            tx.records.merge([one, two, decision("us-nv", "us-wi|training|R2"), record("R1")])

            found = tx.records.decisions_on(["us-wi|training|R1", "us-wi|training|none"])
            assert sorted(found) == [one, two]
            assert tx.records.decisions_on([]) == []

    def test_what_a_registry_decided_on_is_listed_by_name(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            assert tx.records.decided(None) == []
            tx.records.merge(
                [
                    decision("us-nv", "us-wi|training|R1"),
                    decision("us-oh", "us-wi|training|R2"),
                ]
            )

            assert tx.records.decided("us-oh") == ["us-wi|training|R2"]
            assert tx.records.decided(None) == ["us-wi|training|R1", "us-wi|training|R2"]

    def test_persons_with_a_statement_are_named_once(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            tx.records.merge(
                [
                    record("P1|us-nv", kind=CONSENT),
                    record("P1|us-oh", kind=REQUEST),
                    record("P2|us-nv", kind=REQUEST, person_id="P2", registry="us-fl"),
                    record("R1", person_id="P3"),
                ]
            )

            assert tx.records.persons_with([CONSENT, REQUEST]) == [
                Person("us-fl", "P2"),
                Person("us-wi", "P1"),
            ]
            assert tx.records.persons_with([DISPUTE]) == []

    def test_a_record_is_matchable_when_it_was_decided_on_or_asked_about(
        self, store: SqlStore
    ) -> None:
        with store.transaction() as tx:
            tx.records.merge(
                [
                    record("R1", person_id="alone"),
                    record("R2", person_id="alone"),
                    record("C1", person_id="alone", kind=CREDENTIAL),
                    record("R3", person_id="asked"),
                    record("R4", person_id="appeals"),
                    record("R5", person_id="consents"),
                    decision("us-nv", "us-wi|training|R2"),
                    decision("us-nv", "us-wi|credential|C1"),
                    record("asked|us-nv", kind=REQUEST, person_id="asked"),
                    record("appeal", kind=DISPUTE, person_id="appeals"),
                    record("consents|us-nv", kind=CONSENT, person_id="consents"),
                ]
            )
            keys = [record_key(f"R{n}") for n in range(1, 6)]
            keys.append(record_key("C1", kind=CREDENTIAL))

            assert set(tx.records.matchable(keys)) == {
                record_key("R2"),
                record_key("R3"),
                record_key("R4"),
                record_key("C1", kind=CREDENTIAL),
            }

    def test_records_that_were_spoken_of_are_touched_though_their_persons_are_alone(
        self, store: SqlStore
    ) -> None:
        rows = [record("R1", person_id="P1"), record("R2", person_id="P2")]
        with store.transaction() as tx:
            tx.records.merge([*rows, decision("us-nv", "us-wi|training|R2")])
            tx.touches.add({}, [(row.key, Person("us-wi", row.person_id or "")) for row in rows])

            touched = {touch.key for touch in tx.touches.take(10) if touch.kind == RECORD_TOUCH}
            assert f"us-wi|{rows[1].kind}|R2" in touched

    def test_records_of_persons_are_counted_by_kind(self, store: SqlStore) -> None:
        persons = [Person("us-wi", "P1"), Person("us-wi", "P2"), Person("us-wi", "P3")]
        with store.transaction() as tx:
            tx.records.merge(
                [
                    record("R1"),
                    record("R2"),
                    record("C1", kind=CREDENTIAL),
                    record("R3", person_id="P2"),
                    record("D1", kind=DISPUTE, person_id="P3"),
                ]
            )

            counts = tx.records.count_of(persons, [record("R1").kind, CREDENTIAL])
            assert counts == {persons[0]: 3, persons[1]: 1}
            assert tx.records.count_of([], [CREDENTIAL]) == {}

    def test_subjects_are_found_by_how_they_begin(self, store: SqlStore) -> None:
        names = ["inbox|a|1|", "inbox|a|1|x", "inbox|a|12|", "inbox|b|1|"]
        items: list[OutboxItem] = [item(name, b"content") for name in names]
        with store.transaction() as tx:
            tx.outbox.publish(items)

            assert tx.outbox.published_under("inbox|a|1|") == names[:2]
            assert tx.outbox.published_under("inbox|c|") == []

    def test_a_store_knows_whether_its_data_are_made_up(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            assert not tx.records.are_synthetic()
            tx.records.merge([record("S1", kind=7, person_id=None, synthetic=False)])
            assert not tx.records.are_synthetic()
            tx.records.merge([record("S2", kind=7, person_id=None, registry="us-oh")])
            assert tx.records.are_synthetic()

    def test_what_nobody_can_be_sent_goes_and_counts_as_not_told(self, store: SqlStore) -> None:
        with store.transaction() as tx:
            tx.outbox.publish([item("lost", b"1"), item("kept", b"1")])
            rows = tx.outbox.lease(10, 1_000, 2_000)
            tx.outbox.drop([row for row in rows if row.subject == "lost"])

            assert tx.outbox.pending() == 1
            assert list(tx.outbox.published(["lost", "kept"])) == ["kept"]
