"""Matches by who judges and by what was decided, read from SQLite and from PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.postgres import fresh_database
from hub.adapters.sql_store import SqlStore, SqlTransaction
from hub.bootstrap import open_store
from hub.domain.events import Kind
from hub.domain.rows import EVER, PERSON_TOUCH, MatchRow, RecordKey, TouchKey
from tests.contract.store_rows import TRAINING, item, match, record

CREDENTIAL = int(Kind.CREDENTIAL)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    if request.param == "sqlite":
        store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
        yield store
        store.close()
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as url:
        store = open_store(url)
        yield store
        store.close()


def written(tx: SqlTransaction, *matches: MatchRow) -> None:
    tx.matches.replace([(None, each) for each in matches])


def test_a_receivers_matches_come_in_pages_in_order_of_record_with_their_receipt(
    store: SqlStore,
) -> None:
    names = ["R|1", "R1", "R2", "é"]
    with store.transaction() as tx:
        rows = [record(name, received_ms=at) for at, name in enumerate(names)]
        rows += [record("R9", registry="us-nd", received_ms=9)]
        tx.records.merge(rows)
        written(
            tx,
            *(match(name) for name in names),
            match("R9", registry="us-nd"),
            match("R1", receiver="us-fl"),
            match("gone"),
        )
        pages, after = [], None
        while page := tx.recognition.judged_by("us-nv", after, 2):
            pages.append([(each.match.record_id, each.received_ms) for each in page])
            after = RecordKey(*page[-1].match.key[:3])

    assert pages == [[("R9", 9), ("R1", 1)], [("R2", 2), ("R|1", 0)], [("é", 3)]]


def test_registries_are_those_of_which_a_record_is_held(store: SqlStore) -> None:
    with store.transaction() as tx:
        assert tx.recognition.registries() == []
        tx.records.merge(
            [record(f"R{n}", registry=code) for n, code in enumerate(["us-wi", "us-fl", "us-wi"])]
        )
        assert tx.recognition.registries() == ["us-fl", "us-wi"]


def test_decided_matches_come_by_pair_the_oldest_decision_first(store: SqlStore) -> None:
    with store.transaction() as tx:
        written(
            tx,
            match("R1", decided_ms=30),
            match("R2", decided_ms=10),
            match("R3", decided_ms=10, kind=TRAINING + 1, subject="credential"),
            match("R4"),
            match("R5", registry="us-nd", decided_ms=5),
            match("R6", receiver="us-fl", decided_ms=7),
        )
        pairs = tx.recognition.deciders()
        found = [each.record_id for each in tx.recognition.decided("us-nv", "us-wi")]

    assert pairs == [("us-fl", "us-wi"), ("us-nv", "us-nd"), ("us-nv", "us-wi")]
    assert found == ["R2", "R3", "R1"]


def test_credentials_end_on_a_day_of_the_span_both_ends_included(store: SqlStore) -> None:
    ends = {"C1": 99, "C2": 100, "C3": 160, "C4": 161, "C5": None, "C6": 130}
    with store.transaction() as tx:
        tx.records.merge(
            [record(name, kind=CREDENTIAL, valid_until=end) for name, end in ends.items()]
            + [record("C7", valid_until=130), record("C8", registry="us-nd", valid_until=130)]
        )
        first = tx.recognition.ending("us-wi", (100, 160), "", 2)
        rest = tx.recognition.ending("us-wi", (100, 160), first[-1].record_id, 2)

    assert [row.record_id for row in first] == ["C2", "C3"]
    assert [row.record_id for row in rest] == ["C6"]
    assert first[0] == record("C2", kind=CREDENTIAL, valid_until=100)


def test_sums_are_those_of_a_day_and_zeros_are_none(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.count(
            {
                ("decisions", "us-oh", "us-nv|training|ACCEPTED", 10): 2,
                ("decisions", "us-oh", "us-nv|training|REFUSED", 20): 1,
                ("decision_days", "us-oh", "us-nv|training", EVER): 40,
                ("accounts", "us-oh", "", EVER): 7,
            }
        )
        tx.count({("decisions", "us-oh", "us-nv|training|ACCEPTED", 15): -2})
        names = ("decisions", "decision_days")
        early = tx.recognition.sums(names, 12)
        late = tx.recognition.sums(names, 20)

    assert early == {
        ("decisions", "us-oh", "us-nv|training|ACCEPTED"): 2,
        ("decision_days", "us-oh", "us-nv|training"): 40,
    }
    assert late == {
        ("decisions", "us-oh", "us-nv|training|REFUSED"): 1,
        ("decision_days", "us-oh", "us-nv|training"): 40,
    }


def test_the_last_decision_is_that_of_a_day_up_to_the_one_asked_and_not_taken_back(
    store: SqlStore,
) -> None:
    accepted = ("decisions", "us-oh", "us-nv|training|ACCEPTED")
    with store.transaction() as tx:
        tx.count({(*accepted, 10): 2, (*accepted, 20): 1, (*accepted, 30): 1})
        tx.count({(*accepted, 20): -1, ("accounts", "us-oh", "", 12): 1})
        found = [tx.recognition.last_decided(day) for day in (9, 25, 30)]

    assert found == [{}, {accepted[1:]: 10}, {accepted[1:]: 30}]


def test_what_was_told_comes_in_pages_by_its_purpose_alone(store: SqlStore) -> None:
    subjects = ["lapse|us-oh|C|1|us-fl|us-fl", "lapse|us-oh|C1|us-fl|us-fl", "lapse|us-oh|é|x|x"]
    with store.transaction() as tx:
        others = ["lapses|a", "link|a|b", "laps|a"]
        tx.outbox.publish([item(f"inbox|{each}", b"content") for each in [*subjects, *others]])
        first = tx.recognition.told("lapse", "", 2)
        rest = tx.recognition.told("lapse", first[-1], 2)

    assert first + rest == sorted(subjects, key=str.encode)
    assert len(first) == 2


def test_touches_are_spanned_by_their_stamps(store: SqlStore) -> None:
    with store.transaction() as tx:
        assert tx.recognition.touched() is None
        tx.touches.add({TouchKey(PERSON_TOUCH, "us-wi|P1"): 0})
        only = tx.recognition.touched()
        tx.touches.add({TouchKey(PERSON_TOUCH, "us-wi|P2"): 0})
        both = tx.recognition.touched()

    assert only is not None
    assert both is not None
    assert only[0] == only[1] == both[0] < both[1]
