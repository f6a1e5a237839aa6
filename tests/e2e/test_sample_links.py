"""The shipped model on the sample exports: no false link, few misses, each with its cause."""

from __future__ import annotations

import json

import pytest

from benchmarks.sample_links import (
    EXPORTS,
    REGISTRIES,
    ROOT,
    SampleLinks,
    judge_sample,
    table_of,
)
from hub.cli.identity_evaluate import model_in
from hub.domain.rows import Person
from hub.identity.statements import Pair, pair_of

TRUE_BETWEEN, TRUE_INSIDE = 113, 13
REACHED_BETWEEN = 105
PAGE = ROOT / "docs" / "identity-evaluation.md"


def between(pairs: frozenset[Pair]) -> frozenset[Pair]:
    return frozenset(pair for pair in pairs if pair.one.registry != pair.other.registry)


@pytest.fixture(scope="module")
def found() -> SampleLinks:
    return judge_sample(model_in(None))


def test_no_two_people_are_linked_falsely(found: SampleLinks) -> None:
    assert (len(between(found.true)), len(found.true)) == (
        TRUE_BETWEEN,
        TRUE_BETWEEN + TRUE_INSIDE,
    )
    assert found.linked - found.true == set()


def test_links_between_registries_reach_what_was_asked(found: SampleLinks) -> None:
    assert len(between(found.linked)) >= REACHED_BETWEEN


def test_every_duplicate_inside_a_registry_is_linked_or_shown_to_it(found: SampleLinks) -> None:
    inside = found.true - between(found.true)
    shown = {miss.pair for miss in found.misses if miss.waits}

    assert len(inside) == TRUE_INSIDE
    assert inside <= found.linked | shown


def test_every_miss_is_listed_with_its_cause(found: SampleLinks) -> None:
    assert {miss.pair for miss in found.misses} == found.true - found.linked
    assert all(miss.cause for miss in found.misses)
    assert "\n".join(table_of(found)) in PAGE.read_text("utf-8")


def test_look_alikes_stay_apart(found: SampleLinks) -> None:
    truth = json.loads((EXPORTS / "truth.json").read_text("utf-8"))
    records = {
        human["person"]: [Person(r["registry"], r["id"]) for r in human["records"]]
        for human in truth["people"]
    }
    alike = [
        pair_of(one, other)
        for pairs in truth["look_alikes"].values()
        for first, second in pairs
        for one in records[first]
        for other in records[second]
    ]

    assert len(alike) >= sum(map(len, truth["look_alikes"].values())) > 0
    assert not found.linked & set(alike)


@pytest.mark.parametrize("turn", [1, 3, 5])
def test_the_order_of_registries_makes_no_link_false(turn: int) -> None:
    order = (*REGISTRIES[turn:], *REGISTRIES[:turn])
    found = judge_sample(model_in(None), order)

    assert found.linked <= found.true
    assert len(between(found.linked)) >= REACHED_BETWEEN
