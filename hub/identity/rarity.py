"""How rare a name is, in three bits: all that leaves a state of a name's frequency.

Shares are of the public tables in hub/seeds/names (US Census surnames, Social Security first
names by birth cohort). A bucket is 0.45 of a power of ten wide; a name that no table has is
of the rarest.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from math import log10

from hub.identity.normalize import given_form, surname_forms

RAREST = 7
_COMMON = 3.45
"""Minus the power of ten of the share below which the first bucket ends."""
_WIDTH = 0.45
_FIRST_COHORT, _LAST_COHORT = 1950, 2005
"""Birth years from which five-year columns of the table of first names run."""


def rarity_of(givens: Iterable[str], surnames: Iterable[str], birth_year: int | None) -> int:
    """Bucket of the most common full name of these forms among people born about that year, 0 the
    most common."""
    of_surname = _surname_shares()
    of_given = _given_shares()[_cohort(birth_year)]
    given = max((of_given.get(form, 0.0) for form in givens), default=0.0)
    share = given * max((of_surname.get(form, 0.0) for form in surnames), default=0.0)
    if share <= 0.0:
        return RAREST
    return max(0, min(RAREST, int((-log10(share) - _COMMON) / _WIDTH)))


def _cohort(birth_year: int | None) -> str:
    """Column of the table of first names; "" stands for all of them."""
    if birth_year is None:
        return ""
    return f"b{max(_FIRST_COHORT, min(_LAST_COHORT, birth_year // 5 * 5))}"


@cache
def _given_shares() -> Mapping[str, Mapping[str, float]]:
    """Share of each given name by its form, by cohort and over all of them."""
    counts: dict[str, dict[str, float]] = {}
    with (files("hub") / "seeds/names/first_names.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            form = given_form(row["name"]) or ""
            for cohort in (name for name in row if name[0] == "b"):
                for column in ("", cohort):
                    born = counts.setdefault(column, {})
                    born[form] = born.get(form, 0) + int(row[cohort])
    return {cohort: _normed(born) for cohort, born in counts.items()}


@cache
def _surname_shares() -> Mapping[str, float]:
    """Share of each surname by its form."""
    counts: dict[str, float] = {}
    with (files("hub") / "seeds/names/surnames.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for form in surname_forms(row["surname"])[:1]:
                counts[form] = counts.get(form, 0) + int(row["count"])
    return _normed(counts)


def _normed(counts: Mapping[str, float]) -> Mapping[str, float]:
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()}
