"""The benchmark's events: equal for equal plans, mixed as promised, and applied by the lanes."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.encoding import key_of, records_of
from benchmarks.events import PARTS, Prepared, prepare
from benchmarks.feed import Feed
from benchmarks.lane_steps import Steps, counts_of, run
from benchmarks.plan import MIX, Plan, human_of, person_of
from hub.adapters.sql_store import SqlStore
from hub.domain.events import Kind
from hub.domain.log import TopicPartition
from hub.domain.rows import Person
from hub.identity.sealing import open_sealed
from hub.wire.codec import decode_private, read_event

PLAN = Plan(stored=600, measured=400, accounts=40, linked=0.5)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("bench"), PLAN)


def test_equal_plans_give_equal_records_and_another_seed_gives_others(prepared: Prepared) -> None:
    again = list(islice(records_of(PLAN), 1_000))
    other = list(islice(records_of(Plan(stored=600, accounts=40, linked=0.5, seed=2)), 1_000))

    assert [record for _, record in again] == list(islice(prepared.records(*PARTS), 1_000))
    assert [record for _, record in again] != [record for _, record in other]


def test_each_thousand_of_statements_holds_the_mix() -> None:
    feed = Feed(PLAN)
    statements = feed.statements()
    said = [next(statements) for _ in range(2_000)]

    known: set[tuple[Kind, int]] = set()
    fresh = Counter[Kind]()
    for each in said:
        fresh[each.kind] += (each.kind, each.number) not in known
        known.add((each.kind, each.number))
    assert fresh[Kind.TRAINING_COMPLETION] == 2 * MIX["training"]
    assert fresh[Kind.CREDENTIAL] == 2 * MIX["credential"]
    assert fresh[Kind.EMPLOYMENT] == 2 * MIX["employment"]
    assert feed.records == sum(fresh.values())


def test_records_of_a_person_follow_each_other_in_order_file() -> None:
    feed = Feed(Plan(stored=600, accounts=400, order="file"))
    accounts: dict[int, int] = {}
    for each in islice(feed.statements(), 1_000):
        if each.kind is not Kind.PROFILE:
            accounts[each.number] = each.account

    groups = [{accounts[n] for n in range(start, start + 4)} for start in range(0, 800, 4)]
    assert all(len(group) == 1 for group in groups)


def test_offsets_are_dense_in_every_partition(prepared: Prepared) -> None:
    ends: dict[TopicPartition, int] = {}
    for record in prepared.records(*PARTS):
        assert record.offset == ends.get(record.place, 0)
        ends[record.place] = record.offset + 1

    assert len(ends) == 2 * 4 + 2


def test_both_lanes_apply_every_event_and_the_highest_version_stands(
    prepared: Prepared, tmp_path: Path
) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}")
    store.create()
    steps = Steps()
    run(store, prepared.batches(*PARTS, size=300), steps)
    counts = counts_of(store)
    with store.reading() as sql:
        found = sql.rows("SELECT record_id, revision FROM record")
    store.close()

    stated: dict[str, int] = {}
    for record in prepared.records("approvals", "stored", "measured"):
        head = read_event(record)[0].head
        stated[head.record_id] = max(head.revision, stated.get(head.record_id, 0))
    assert {row["record_id"]: row["revision"] for row in found} == stated
    assert steps.events == sum(prepared.facts["events"].values())
    assert counts["rejected"] == counts["touch"] == 0
    assert counts["link"] == PLAN.account_count
    assert counts["match"] > 100


def test_sealed_profiles_open_and_only_pairs_share_their_evidence(prepared: Prepared) -> None:
    evidence: dict[Person, bytes] = {}
    for record in prepared.records("stored", "measured"):
        envelope, _ = read_event(record)
        if envelope.kind is Kind.PROFILE:
            person = Person(envelope.head.registry, str(envelope.head.person_id))
            assert envelope.sealed is not None
            key = key_of(PLAN, person)
            assert envelope.sealed.key_id == key.key_id
            plain = open_sealed(envelope.sealed, key.key, person, Kind.PROFILE)
            evidence[person] = decode_private(plain)["evidence"]

    humans = {person_of(PLAN, n): human_of(PLAN, n) for n in range(PLAN.account_count)}
    assert len(evidence) > PLAN.pair_count * 2
    assert len(set(evidence.values())) == len({humans[person] for person in evidence})
