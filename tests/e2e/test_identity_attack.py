"""Who holds all that a hub holds, keyring included, cannot name people; from a filter he could."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from benchmarks.attack.guessing import Guess
from benchmarks.attack.listed import match_list
from benchmarks.attack.names import COHORTS, buckets_of, names_of_tables
from benchmarks.attack.run import (
    CONTROL_MIN,
    GOAL,
    Plan,
    Prepared,
    Result,
    control_of_fields,
    control_of_filters,
    prepare,
    results,
)
from benchmarks.population import population
from hub.domain.statements import IdentityFields
from hub.identity.evidence import evidence_of, unpack
from hub.identity.tokens import TokenKey

PLAN = Plan(records=30_000, known=500, seed=11, few=1)
FILTERS_READ = 150


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(PLAN)


@pytest.fixture(scope="module")
def found(prepared: Prepared) -> list[Result]:
    return list(results(prepared))


def test_no_attack_names_half_a_percent_of_the_others(found: list[Result]) -> None:
    methods = ["prior", *["frequency"] * 5, "pairs", "equality", "together"]

    assert [each.method for each in found] == methods
    assert [each.labels for each in found if each.named.share >= GOAL] == []
    assert {each.named.others for each in found} == {PLAN.records - PLAN.known}


def test_strangers_are_named_by_their_most_frequent_name_at_most(found: list[Result]) -> None:
    """Who is no further account of a known person is named about as seldom as without any
    comparison."""
    prior = found[0].named

    for each in found:
        assert each.named.strangers_share < GOAL / 2
        assert each.named.strangers_named < 2 * prior.strangers_named + 10


def test_equality_finds_the_further_accounts_of_the_known(found: list[Result]) -> None:
    """Else the method would not be at work: an account of the same human shares tokens."""
    equality = next(each.named for each in found if each.method == "equality")

    further = equality.others - equality.strangers
    assert further > 50
    assert equality.named - equality.strangers_named > 0.7 * further
    assert equality.with_birth > 0.6 * further


def test_the_same_attacker_names_over_half_from_a_bloom_filter(prepared: Prepared) -> None:
    filters = control_of_filters(prepared, FILTERS_READ)

    assert filters.people == FILTERS_READ
    assert filters.share > CONTROL_MIN


def test_the_same_attacker_names_many_times_more_from_single_fields(
    prepared: Prepared, found: list[Result]
) -> None:
    worst = max(each.named.strangers_share for each in found)

    assert control_of_fields(prepared).share > 10 * worst


def test_a_list_of_everybody_names_some_by_the_pattern_around_them() -> None:
    """What the privacy page warns of: it needs no key, and is seldom wrong."""
    found = match_list(list(population(4_000, seed=PLAN.seed)), 1.0, PLAN.seed)

    assert found.people == 4_000
    assert found.matched > 40
    assert found.named >= 0.98 * found.matched


def test_a_right_guess_is_counted(prepared: Prepared) -> None:
    """An attacker who knew all would be seen to."""
    names = prepared.attack.names
    places = {given: at for at, given in enumerate(names.givens)}
    surnames = {surname: at for at, surname in enumerate(names.surnames)}
    truth = prepared.truth
    guesses = [
        Guess(places.get(each.given, 0), surnames.get(each.surname, 0), 1.0) for each in truth
    ]

    named = prepared.attack.named(guesses, truth, {})
    assert named.share > 0.8
    assert named.with_birth == 0


def test_the_attacker_tells_rarity_as_the_hub_does() -> None:
    names = names_of_tables([])
    key = TokenKey(1, bytes(32))
    buckets = buckets_of(names.rare_given[5], names.rare_surname)
    rows = np.random.default_rng(1).integers(0, buckets.size, 200)

    for given, surname in zip(*np.unravel_index(rows, buckets.shape), strict=True):
        identity = IdentityFields(
            given_name=names.givens[given],
            surname=names.surnames[surname],
            birth_on=date(COHORTS[5], 4, 9),
        )
        block = unpack(evidence_of(identity, [key], synthetic=True))[0]
        assert block.rarity == buckets[given, surname]
