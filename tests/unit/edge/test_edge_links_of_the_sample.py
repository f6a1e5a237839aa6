"""The exact-v1 model on the sample exports, against the truth about them."""

from __future__ import annotations

from itertools import combinations

import pytest

from hub.domain.events import Kind
from hub.domain.rows import Person
from hub.domain.statements import Statement
from hub.identity.evidence import evidence_of, unpack
from hub.identity.exact import Claim, ExactIndex, decide
from tests.unit.edge.edge_samples import KEY, REGISTRIES, sample, truth

Pair = tuple[Person, Person]
TRUE_PAIRS = 126
PLAIN_TOKENS_REACH = 87
"""With full names as they stand; former, double and preferred names reach further."""
REACHED = 104


def profiles(registry: str) -> list[Statement]:
    """The standing profile of each person."""
    stated = [s for s in sample(registry).statements if s.kind is Kind.PROFILE]
    newest = {s.record_id: s for s in sorted(stated, key=lambda s: s.revision)}
    return list(newest.values())


@pytest.fixture(scope="module")
def found() -> set[Pair]:
    index = ExactIndex()
    for registry in REGISTRIES:
        for profile in profiles(registry):
            assert profile.identity is not None
            evidence = evidence_of(profile.identity, KEY, synthetic=True)
            decide(index, _claim(registry, profile, evidence, index.size))
    groups = index.clusters().values()
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


@pytest.fixture(scope="module")
def true() -> set[Pair]:
    humans = [[Person(r["registry"], r["id"]) for r in h["records"]] for h in truth()["people"]]
    return {pair for persons in humans for pair in combinations(sorted(persons), 2)}


def _claim(registry: str, profile: Statement, evidence: bytes, offset: int) -> Claim:
    return Claim(
        person=Person(registry, profile.person_id or ""),
        offset=offset,
        event_id=f"{registry} {profile.record_id}",
        present=True,
        tokens=unpack(evidence),
        replaced_by=profile.body["replaced_by"],
    )


def test_no_two_people_are_linked_falsely(found: set[Pair], true: set[Pair]) -> None:
    assert len(true) == TRUE_PAIRS
    assert found - true == set()


def test_links_reach_at_least_what_plain_tokens_can(found: set[Pair], true: set[Pair]) -> None:
    assert len(found & true) == REACHED >= PLAIN_TOKENS_REACH


def test_look_alikes_stay_apart(found: set[Pair]) -> None:
    records = {
        human["person"]: [Person(r["registry"], r["id"]) for r in human["records"]]
        for human in truth()["people"]
    }
    alike = [pair for pairs in truth()["look_alikes"].values() for pair in pairs]
    apart = [
        tuple(sorted((one, other)))
        for first, second in alike
        for one in records[first]
        for other in records[second]
    ]

    assert len(apart) >= len(alike) > 0
    assert not found & set(apart)
