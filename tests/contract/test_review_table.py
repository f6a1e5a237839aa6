"""What people are asked about pairs, read from SQLite and from PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.postgres import fresh_database
from hub.adapters.sql_reads import read_state
from hub.adapters.sql_store import SqlStore, SqlTransaction
from hub.bootstrap import NO_DAY, open_store
from hub.domain.events import Change, Kind
from hub.domain.rows import Person
from hub.identity.compare import Verdict
from hub.identity.reviews import Reply, Seen
from hub.identity.statements import Answer, Pair
from hub.wire.codec import encode_body
from hub.wire.schemas import load_schemas
from tests.contract.store_rows import claim, item, link, pair, record

PERSONS = {name: Person("us-wi", name) for name in "ABCD"}
ANSWER = int(Kind.REVIEW_ANSWER)


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


def with_pairs(tx: SqlTransaction) -> None:
    """A linked with B, a review of A and C, and D in Nevada beside C."""
    national = {"A": "n-1", "B": "n-1", "C": "n-2"}
    tx.claims.put(
        [claim(PERSONS[n], at, national_id=national[n]) for at, n in enumerate("ABC")]
        + [claim(Person("us-nv", "D"), 3, national_id="n-2")]
    )
    tx.pairs.put(
        [
            pair("A", "B", verdict=2),
            pair("A", "C", cause="number_conflict", opened_ms=5),
            pair("D", "C", registry="us-nv", verdict=2),
        ]
    )


def seen_of(tx: SqlTransaction, verdict: Verdict, within: str | None = None) -> list[Seen]:
    return tx.reviews.pairs(verdict, within=within)


def test_pairs_come_with_their_persons_sorted_and_whether_they_are_together(
    store: SqlStore,
) -> None:
    with store.transaction() as tx:
        with_pairs(tx)
        links, (review,) = seen_of(tx, Verdict.LINK), seen_of(tx, Verdict.REVIEW)
        within = seen_of(tx, Verdict.LINK, "us-wi")

    assert [each.pair.one for each in links] == [Person("us-nv", "D"), PERSONS["A"]]
    assert review == Seen(
        Pair(PERSONS["A"], PERSONS["C"]),
        Verdict.REVIEW,
        "number_conflict",
        3.5,
        6,
        2**31 + 6,
        5,
        together=False,
    )
    assert [(each.pair.other, each.together) for each in within] == [(PERSONS["B"], True)]


def test_mates_are_persons_of_one_cluster_without_a_pair_of_their_own(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.pairs.put([pair("A", "B", verdict=2)])
        tx.links.lock([*PERSONS.values()])
        tx.links.put([link("us-wi", name, "n-1") for name in "ABC"] + [link("us-wi", "D", "n-2")])
        mates = tx.reviews.mates("us-wi")
        elsewhere = tx.reviews.mates("us-nv")

    assert [each.pair for each in mates] == [
        Pair(PERSONS["A"], PERSONS["C"]),
        Pair(PERSONS["B"], PERSONS["C"]),
    ]
    assert elsewhere == []


def test_answers_that_were_taken_back_are_none(store: SqlStore) -> None:
    body = {
        "registry": "us-wi",
        "person_id": "A",
        "other_registry": "us-wi",
        "other_person_id": "C",
        "answer": "DIFFERENT",
        "reason": "review",
        "staff_id": None,
        "sample": "2026-06",
    }
    data = encode_body(Kind.REVIEW_ANSWER, body)
    schema_id = load_schemas().of(Kind.REVIEW_ANSWER).schema_id
    with store.transaction() as tx:
        tx.records.merge(
            [
                record(name, kind=ANSWER, schema_id=schema_id, body=data, change=int(change))
                for name, change in (("x", Change.STATED), ("y", Change.WITHDRAWN))
            ]
        )
        replies = tx.reviews.replies()

    assert replies == [Reply("us-wi", "x", Answer.DIFFERENT, "2026-06")]


def test_what_was_told_is_found_by_its_purpose_alone(store: SqlStore) -> None:
    subjects = ("review|us-wi|2026-W27|x", "reviewer|us-wi", "sample|us-wi|2026-06|x", "link|a|b")
    with store.transaction() as tx:
        tx.outbox.publish([item(f"inbox|{subject}", b"content") for subject in subjects])
        told = tx.reviews.told("review")
        samples = tx.reviews.told("sample")

    assert (told, samples) == ([subjects[0]], [subjects[2]])


def test_a_state_has_the_pairs_that_nobody_settled(store: SqlStore) -> None:
    with store.transaction() as tx:
        with_pairs(tx)

    assert read_state(store, NO_DAY).open_pairs == ((PERSONS["A"], PERSONS["C"]),)
