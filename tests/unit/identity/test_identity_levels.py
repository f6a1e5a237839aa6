"""What two evidences say of each field, seen through the tokens of two whole identities."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hub.domain.statements import IdentityFields
from hub.identity.compare import compare, numbers_conflict, side_of
from hub.identity.evidence import evidence_of, unpack
from hub.identity.levels import LEVELS, Compared, levels_of
from hub.identity.tokens import SECRET_BYTES, TokenKey

KEY = TokenKey(1, b"k" * SECRET_BYTES)
ADA = IdentityFields(
    given_name="Margaret",
    middle_name="Ada",
    surname="Lovell",
    birth_on=date(1980, 3, 4),
    ssn="901020304",
)


def compared(**changes: Any) -> Compared:
    """Ada's evidence against that of somebody who differs in this."""
    both = (evidence_of(said, [KEY], synthetic=True) for said in (ADA, replace(ADA, **changes)))
    ours, theirs = map(unpack, both)
    found = compare(side_of(ours), theirs)
    assert found is not None
    return found


def level_of(field: str, **changes: Any) -> set[str]:
    """What is said of one field."""
    said = levels_of(compared(**changes))
    return {level.removeprefix(f"{field}_") for level in said if level.startswith(f"{field}_")}


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ("Margaret", "equal"),
        ("MARGARET ", "equal"),
        ("Peggy", "root"),
        ("Margarett", "sound_and_start"),
        ("Marcel", "start"),
        ("Judith", "differs"),
    ],
)
def test_a_first_name_agrees_as_well_as_any_token_says(given: str, level: str) -> None:
    assert level_of("given", given_name=given) == {level}


@pytest.mark.parametrize(
    ("surname", "level"),
    [
        ("Lovell", "equal"),
        ("Lovell-Byron", "equal"),
        ("Lovel", "sound_and_start"),
        ("Loville", "sound"),
        ("Lovejoy", "start"),
        ("Byron", "differs"),
    ],
)
def test_a_surname_agrees_as_well_as_any_token_says(surname: str, level: str) -> None:
    assert level_of("surname", surname=surname) == {level}


def test_a_former_surname_agrees_with_the_one_kept() -> None:
    assert level_of("surname", surname="Byron", former_surnames=("Lovell",)) == {"equal"}


def test_names_in_each_others_place_are_swapped() -> None:
    assert level_of("given", given_name="Lovell", surname="Margaret") == {"swapped"}


@pytest.mark.parametrize(
    ("born", "level"),
    [
        (date(1980, 3, 4), "equal"),
        (date(1980, 4, 3), "swapped"),
        (date(1980, 3, 5), "year_month"),
        (date(1980, 9, 4), "year_day"),
        (date(1990, 3, 4), "month_day"),
        (date(1991, 9, 9), "differs"),
    ],
)
def test_a_birth_date_agrees_whole_swapped_or_in_part(born: date, level: str) -> None:
    assert level_of("birth", birth_on=born) == {level}


def test_a_birth_date_beside_another_first_name_is_equal_or_swapped_nobody_knows() -> None:
    assert level_of("birth", given_name="Judith") == {"either"}


@pytest.mark.parametrize(
    ("number", "levels", "conflict"),
    [
        ({}, {"nine"}, False),
        ({"ssn": "901020305"}, {"nine_differs", "last4_differs"}, True),
        ({"ssn": "902020304"}, {"nine_differs", "last4"}, True),
        ({"ssn": None, "ssn_last4": "0304"}, {"last4"}, False),
        ({"ssn": None, "ssn_last4": "9999"}, {"last4_differs"}, True),
        ({"ssn": None}, set(), False),
    ],
)
def test_numbers_agree_differ_or_are_absent(
    number: dict[str, Any], levels: set[str], conflict: bool
) -> None:
    assert level_of("number", **number) == levels
    assert numbers_conflict(*compared(**number)[:2]) is conflict


def test_last_fours_of_two_strangers_are_not_compared() -> None:
    stranger = {
        "given_name": "Judith",
        "middle_name": None,
        "surname": "Byron",
        "birth_on": date(1955, 12, 30),
        "ssn": None,
        "ssn_last4": "9999",
    }

    assert levels_of(compared(**stranger)) == ("birth_differs",)
    assert not numbers_conflict(*compared(**stranger)[:2])


@pytest.mark.parametrize(
    ("middle", "level"),
    [("Ada", {"name"}), ("A", {"initial"}), ("Berta", {"differs"}), (None, set())],
)
def test_a_middle_name_agrees_whole_or_by_its_initial(middle: str | None, level: set[str]) -> None:
    assert level_of("middle", middle_name=middle) == level


def test_the_rarity_is_that_of_the_commoner_name() -> None:
    common = replace(ADA, given_name="Jennifer", surname="Smith", birth_on=date(1975, 1, 2))
    evidence = unpack(evidence_of(common, [KEY], synthetic=True))

    assert evidence[0].rarity == 0
    assert (
        unpack(evidence_of(replace(common, surname="Qqzz"), [KEY], synthetic=True))[0].rarity == 7
    )
    assert level_of("rarity_full") < {str(bucket) for bucket in range(8)}


def test_whoever_has_no_common_epoch_is_not_compared() -> None:
    other = TokenKey(2, b"k" * SECRET_BYTES)
    ours = unpack(evidence_of(ADA, [KEY], synthetic=True))
    theirs = unpack(evidence_of(ADA, [other], synthetic=True))

    assert compare(side_of(ours), theirs) is None


def test_every_level_that_is_said_is_one_that_a_model_can_weigh() -> None:
    said = {
        level
        for agree in range(1 << 12)
        for level in levels_of(Compared(agree << 2, 0xFFFFFF, 3, 5))
    }

    assert said <= set(LEVELS)
