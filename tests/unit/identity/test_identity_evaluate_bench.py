"""The benchmark of identity, on few people: every figure is there, and counted from one run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.identity_eval import arguments_of, run
from benchmarks.population import STATES, Shape, population
from benchmarks.splink_compare import best_precision
from hub.identity.counting import truth_of_humans

RECORDS = 2_000
FEBRL = Path(__file__).parents[3] / "models" / "febrl.json"


def test_the_benchmark_gives_every_figure_with_its_goal() -> None:
    found = run(arguments_of(["--records", str(RECORDS), "--model", str(FEBRL)]))

    assert found["persons"] == RECORDS
    assert found.keys() >= found["goals"].keys()
    assert found["p50_ms"] <= found["p99_ms"] <= found["longest_ms"]
    assert 0 < found["linked_pairs_true"] <= found["true_pairs"]
    assert found["with_reviews"]["recall"] >= found["recall"]


def test_the_made_up_people_are_as_their_shape_says() -> None:
    records = list(population(RECORDS, seed=5, shape=Shape(two=1.0, three=0.0)))
    pairs = list(truth_of_humans((r.person, r.human) for r in records).pairs())

    assert len({record.person for record in records}) == len(records) == RECORDS
    assert {record.person.registry for record in records} == set(STATES)
    assert len(pairs) == pytest.approx(RECORDS / 2, rel=0.05)
    assert all(one.registry != other.registry for one, other in pairs)


def test_splink_is_asked_for_its_best_precision_at_a_recall() -> None:
    weights = np.array([9.0, 7.0, 7.0, 5.0, 1.0])
    right = np.array([True, True, False, True, True])

    assert best_precision(weights, right, 5, 0.2) == 1.0
    assert best_precision(weights, right, 5, 0.3) == 0.8
    assert best_precision(weights, right, 4, 0.5) == 0.8
    assert best_precision(weights[:4], right[:4], 4, 0.5) == 0.75
    assert best_precision(weights, right, 5, 0.9) is None


def test_the_same_seed_makes_the_same_people() -> None:
    assert list(population(300, seed=5)) == list(population(300, seed=5))
    assert list(population(300, seed=5)) != list(population(300, seed=6))
