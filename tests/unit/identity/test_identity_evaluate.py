"""Evaluation: people whose truth is known, encoded and decided as the hub does, then counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from hub.domain.rows import Person
from hub.domain.statements import IdentityFields
from hub.identity import evaluate
from hub.identity.counting import Truth, truth_of
from hub.identity.evaluate import Counts, Shown, count, decide, encode
from hub.identity.levels import LEVELS
from hub.identity.model import Model
from hub.identity.statements import pair_of
from hub.identity.surname_groups import is_double, is_non_english

ADA = IdentityFields(
    given_name="Ada", surname="Null", birth_on=date(1980, 2, 29), ssn="900-12-1234"
)
BEA = IdentityFields(
    given_name="Bea", surname="de la Cruz", birth_on=date(1991, 7, 4), ssn="900-12-7777"
)
CLEO = IdentityFields(given_name="Cleo", surname="Ruiz-Lee", birth_on=date(1975, 1, 9))
A1, A2, B1, B2, C1, C2 = (
    Person(registry, name) for name in ("ada", "bea", "cleo") for registry in ("us-aa", "us-bb")
)


def model(**weights: float) -> Model:
    """Whoever shares a whole name and birth date is linked."""
    agreeing = {level: 4.0 for level in LEVELS if level.endswith(("equal", "_nine"))}
    return Model(
        name="test",
        description="",
        training="",
        population=6,
        bias=-5.0,
        link_at=0.0,
        review_at=-4.0,
        weights=agreeing | weights,
    )


def counted(
    people: Iterable[tuple[Person, IdentityFields]],
    truth: Truth,
    shown: Shown | None = None,
    by: Model | None = None,
) -> Counts:
    known = list(encode(people, shown or Shown(), progress=_nobody))
    resolver = decide(known, by or model(), progress=_nobody)
    return count({each.person: each.marks for each in known}, resolver, truth)


def _nobody(_done: int) -> None:
    """Nobody is told how far it is."""


def truth(*pairs: tuple[Person, Person]) -> Truth:
    return truth_of(pair_of(*pair) for pair in pairs)


def test_links_are_counted_as_right_wrong_and_missed() -> None:
    people = [(A1, ADA), (A2, ADA), (B1, BEA), (B2, BEA), (C1, CLEO)]
    changed = replace(CLEO, surname="Young", birth_on=date(1957, 9, 1))

    found = counted([*people, (C2, changed)], truth((A1, A2), (C1, C2)))

    assert found.links == (2, 1, 2)
    assert found.links.precision == found.links.recall == found.links.f1 == 0.5


def test_pairs_inside_a_registry_count_only_where_the_truth_has_any() -> None:
    twice = Person("us-aa", "ada again")
    people = [(A1, ADA), (A2, ADA), (twice, ADA)]

    assert counted(people, truth((A1, A2), (A2, twice))).links == (2, 2, 2)
    assert counted(people, truth((A1, A2), (A1, twice))).links == (3, 3, 3)


def test_open_reviews_are_answered_as_the_truth_says_and_counted_again() -> None:
    other = replace(ADA, ssn="900-12-5678")
    people = [(A1, ADA), (A2, other), (B1, BEA), (B2, replace(BEA, ssn="900-12-8888"))]

    found = counted(people, truth((A1, A2)))

    assert found.links == (0, 0, 1)
    assert found.links.precision is None
    assert (found.reviews, found.reviews_true) == (2, 1)
    assert found.with_reviews == (1, 1, 1)


@pytest.mark.parametrize(
    ("shown", "group"),
    [
        (Shown(), evaluate.BOTH_NINE),
        (Shown(numbers=evaluate.LAST4), evaluate.BOTH_LAST4),
        (Shown(numbers=evaluate.NONE), evaluate.NOT_BOTH),
        (Shown(synthetic=False), evaluate.NOT_BOTH),
    ],
)
def test_pairs_are_counted_by_the_numbers_that_both_show(shown: Shown, group: str) -> None:
    found = counted([(A1, ADA), (A2, ADA)], truth((A1, A2)), shown)

    assert found.by_group.kinds() == [group]
    assert found.by_group.tally(group) == (1, 1, 1)


def test_numbers_of_another_form_count_only_where_that_is_asked_for() -> None:
    seven = replace(ADA, ssn="1234567")
    people, same = [(A1, seven), (A2, seven)], truth((A1, A2))

    assert counted(people, same).by_group.kinds() == [evaluate.NOT_BOTH]
    as_is = counted(people, same, Shown(ssn_as_is=True))
    assert as_is.by_group.kinds() == [evaluate.BOTH_NINE]
    last4 = counted(people, same, Shown(numbers=evaluate.LAST4, ssn_as_is=True))
    assert last4.by_group.kinds() == [evaluate.BOTH_LAST4]


def test_double_and_non_english_surnames_are_counted_apart() -> None:
    people = [(B1, BEA), (B2, BEA), (C1, CLEO), (C2, CLEO)]

    found = counted(people, truth((B1, B2), (C1, C2)))

    assert found.by_group.tally(evaluate.DOUBLE) == (1, 1, 1)
    assert found.by_group.tally(evaluate.NON_ENGLISH) == (2, 2, 2)


def test_the_registries_of_a_pair_are_named_in_order() -> None:
    found = counted([(A2, ADA), (A1, ADA)], truth((A1, A2)))

    assert found.by_registries.kinds() == ["us-aa us-bb"]


def test_a_row_that_names_a_person_again_corrects_the_earlier_one() -> None:
    people = [(A1, BEA), (A2, ADA), (B1, BEA), (A1, ADA)]

    found = counted(people, truth((A1, A2)))

    assert found.persons == 3
    assert found.links == (1, 1, 1)


def test_a_person_corrected_many_times_is_not_held() -> None:
    spellings = [replace(ADA, given_name=f"Ada{letter}") for letter in "bcdefg"]
    people = [*((A1, each) for each in spellings), (A1, ADA), (A2, ADA)]

    assert counted(people, truth((A1, A2))).links == (1, 1, 1)


def test_an_address_says_something_only_where_it_is_shown() -> None:
    at = {"street": "6 Elm Street", "zip": "53703"}
    there, here = (IdentityFields(given_name=None, surname=name, **at) for name in ("A", "B"))
    people, same = [(A1, there), (A2, here)], truth((A1, A2))
    neighbors = model(street_agrees=4.0, zip_agrees=4.0, names_sound=0.0)
    open_model = replace(neighbors, limits=replace(neighbors.limits, guard_birth=0, guard_given=0))

    assert evaluate.weighs_household(open_model)
    assert not evaluate.weighs_household(model())
    assert counted(people, same, Shown(household=True), open_model).links == (1, 1, 1)
    assert counted(people, same, Shown(), open_model).links == (0, 0, 1)
    unseen = Shown(household=True, address=False)
    assert counted(people, same, unseen, open_model).links == (0, 0, 1)


@pytest.mark.parametrize(
    ("surname", "double", "foreign"),
    [
        ("Smith", False, False),
        ("Smith-Jones", True, False),
        ("Peña", False, True),
        ("PENA", False, True),
        ("van Dyke", False, True),
        ("Ruiz-Lee", True, True),
        ("O'Brien", False, False),
        ("Nguyen", False, True),
        (None, False, False),
    ],
)
def test_surnames_are_told_by_how_they_are_written(
    surname: str | None, double: bool, foreign: bool
) -> None:
    assert is_double(surname) is double
    assert is_non_english(surname) is foreign
