"""Counting pairs: the truth is closed, and tallies divide only where there is something."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.rows import Person
from hub.identity.counting import Split, Tally, truth_of, truth_of_humans
from hub.identity.statements import pair_of

PERSONS = [Person(f"us-{letter}{letter}", name) for letter in "abc" for name in ("1", "2", "3")]


def test_whoever_is_the_same_as_the_same_is_the_same() -> None:
    one, other, third = PERSONS[:3]

    truth = truth_of([pair_of(one, other), pair_of(other, third)])

    assert truth.is_one(one, third)
    assert not truth.is_one(one, PERSONS[3])
    assert not truth.is_one(PERSONS[4], PERSONS[5])
    assert not truth.between
    assert len(set(truth.pairs())) == 3


def test_a_truth_between_registries_counts_no_pair_inside_one() -> None:
    (one, twice, *_), other = PERSONS, PERSONS[3]

    truth = truth_of([pair_of(one, other), pair_of(twice, other)])

    assert truth.between
    assert truth.is_one(one, twice)
    assert sorted(truth.pairs()) == sorted([pair_of(one, other), pair_of(twice, other)])


@given(st.lists(st.integers(0, 3), min_size=len(PERSONS), max_size=len(PERSONS)))
def test_a_truth_told_by_a_chain_of_pairs_is_the_truth_told_by_humans(humans: list[int]) -> None:
    members = [
        [p for p, human in zip(PERSONS, humans, strict=True) if human == number]
        for number in range(4)
    ]
    chained = truth_of(pair_of(a, b) for group in members for a, b in pairwise(group))
    told = truth_of_humans(zip(PERSONS, humans, strict=True))

    for one, other in combinations(PERSONS, 2):
        assert chained.is_one(one, other) == told.is_one(one, other)


def test_a_tally_of_nothing_has_no_rates() -> None:
    assert Tally().precision is Tally().recall is Tally().f1 is None
    assert Tally(linked=2, correct=0, true=0).f1 == 0.0
    assert Tally(linked=4, correct=3, true=6)[:] == (4, 3, 6)
    assert Tally(linked=4, correct=3, true=6).precision == 0.75
    assert Tally(linked=4, correct=3, true=6).recall == 0.5
    assert Tally(linked=4, correct=3, true=6).f1 == 0.6


def test_a_pair_counts_for_each_of_its_kinds() -> None:
    split = Split()
    split.add_true(["a", "b"])
    split.add_linked(["a"], correct=True)
    split.add_linked(["c"], correct=False)

    assert split.kinds() == ["a", "b", "c"]
    assert split.tally("a") == (1, 1, 1)
    assert split.tally("b") == (0, 0, 1)
    assert split.tally("c") == (1, 0, 0)
