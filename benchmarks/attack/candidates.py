"""Full names that fit an account by what is sealed: sex, birth year, rarity, numbers of tokens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.attack.holdings import Holdings
from benchmarks.attack.names import COHORTS, SEXES, Floats, Ints, Names, buckets_of

CANDIDATES_MAX = 3_000
_KEPT_MAX = 60_000
_SURNAMES_TRIED = 1_500
"""Rarer surnames are the best guess of no bucket: each bucket has given names to go with these."""
_BORN_LEAST = 1e-5
_LEAST_PEOPLE = 0.1


class Candidates:
    """The most frequent full names of each kind of account, each name as one number."""

    def __init__(self, names: Names, holdings: Holdings) -> None:
        self.names = names
        people = np.full((len(SEXES), len(COHORTS)), _LEAST_PEOPLE)
        stated = (holdings.sex < len(SEXES)) & (holdings.cohort < len(COHORTS))
        np.add.at(people, (holdings.sex[stated], holdings.cohort[stated]), 1)
        self.people = people
        """By sex and cohort."""
        self.share = _with_unstated(names.given_share, people)
        """As Names.given_share, and in the last places for a sex or a cohort that is not known."""
        self._buckets: dict[int, NDArray[np.int8]] = {}
        self._kept: dict[tuple[int, int, int, int], Ints] = {}
        self._found: dict[tuple[int, int, int, int, int], Ints] = {}

    def apart(self, numbers: Ints) -> tuple[Ints, Ints]:
        """Given names and surnames of full names."""
        given, surname = np.divmod(numbers, len(self.names.surnames))
        return given, surname

    def givens(self, roots: int, sounds: int) -> Ints:
        """Given names with so many roots and sounds; any where the numbers say nothing."""
        if not roots:
            return np.arange(len(self.names.givens))
        return np.flatnonzero((self.names.roots == roots) & (self.names.sounds == sounds))

    def most_frequent(self, sex: int, cohort: int, bucket: int, roots: int, sounds: int) -> Ints:
        """The most frequent full names that fit; of any bucket where it is -1."""
        key = (sex, cohort, bucket, roots, sounds)
        if key not in self._found:
            kept = self._kept_of(cohort, bucket, roots, sounds)
            given, surname = self.apart(kept)
            share = self.share[sex, cohort][given] * self.names.surname_share[surname]
            self._found[key] = kept[_top(share, CANDIDATES_MAX)]
        return self._found[key]

    def all_of(self, givens: Ints, surnames: Ints, cohort: int, bucket: int) -> Ints:
        """Every full name of these that fits."""
        numbers = givens[:, None] * len(self.names.surnames) + surnames[None, :]
        if bucket < 0:
            return numbers.ravel()
        if cohort not in self._buckets:
            shares = self.names.rare_given[cohort], self.names.rare_surname
            self._buckets[cohort] = buckets_of(*shares)
        found: Ints = numbers[self._buckets[cohort][np.ix_(givens, surnames)] == bucket]
        return found

    def _kept_of(self, cohort: int, bucket: int, roots: int, sounds: int) -> Ints:
        """Names that are frequent in either sex."""
        key = (cohort, bucket, roots, sounds)
        if key not in self._kept:
            surnames = np.arange(min(_SURNAMES_TRIED, len(self.names.surnames)))
            givens = self.givens(roots, sounds)
            born = self.share[:, cohort].max(axis=0)[givens] > _BORN_LEAST
            numbers = self.all_of(givens[born], surnames, cohort, bucket)
            given, surname = self.apart(numbers)
            share = self.share[:, cohort].max(axis=0)[given] * self.names.surname_share[surname]
            self._kept[key] = numbers[_top(share, _KEPT_MAX)]
        return self._kept[key]


def _top(share: Floats, most: int) -> Ints:
    if len(share) <= most:
        return np.arange(len(share))
    return np.argpartition(-share, most - 1)[:most]


def _with_unstated(share: Floats, people: Floats) -> Floats:
    by_cohort = people.sum(axis=0)
    either = np.einsum("scn,sc->cn", share, people) / by_cohort[:, None]
    every = np.concatenate([share, either[None]])
    weight = np.concatenate([people, by_cohort[None]])
    of_any_cohort = np.einsum("scn,sc->sn", every, weight) / weight.sum(axis=1)[:, None]
    return np.concatenate([every, of_any_cohort[:, None]], axis=1)
