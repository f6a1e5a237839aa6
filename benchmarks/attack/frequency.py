"""Frequency alone: the most frequent tokens of a label are taken for its most frequent values.

Tokens are ranked within each group that the opened seals tell apart (sex, birth year, rarity
bucket), values by the shares of the public tables times the chance of the part of the birth date.
Tokens of equal frequency stand in an order drawn at random.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.attack.guessing import (
    GIVEN_LABELS,
    SURNAME_LABELS,
    Guess,
    Guesser,
    Trait,
    beings_met,
)
from benchmarks.attack.names import COHORTS, Floats, Ints
from hub.identity.tokens import Label

_SWAPPED_DAYS, _PLAIN_DAYS = 66, 233
"""Birth dates of a year with day and month in order of size: those of two dates, those of one."""
_VALUES = {
    Label.NAME_BIRTH: (True, _SWAPPED_DAYS + _PLAIN_DAYS),
    Label.NAME_YEAR_MONTH: (True, 12),
    Label.NAME_YEAR_DAY: (True, 31),
    Label.NAME_MONTH_DAY: (False, 366),
}
"""By label of a full name: whether the year is part of it, and how many values a name has."""
FULL_NAME_LABELS = tuple(_VALUES)


def align_full_name(guesser: Guesser, label: Label, random: np.random.Generator) -> list[Guess]:
    """A guess for each account from the ranks of one label of full names."""
    holdings = guesser.holdings
    with_year, values = _VALUES[label]
    ranked = _Ranked(guesser, label, random)
    groups: dict[tuple[int, ...], list[int]] = {}
    for at, trait in enumerate(guesser.traits):
        year = int(holdings.year[at]) if with_year else 0
        groups.setdefault((trait.sex, trait.bucket, year), []).append(at)
    guesses = [Guess(0, 0, 0.0)] * holdings.people
    for members in groups.values():
        which = np.array(members)
        names = _by_share(guesser, guesser.traits[members[0]], with_year)
        place = ranked.ranks(which) // values
        for at, name in zip(
            members, names[np.minimum(place, len(names) - 1)].tolist(), strict=True
        ):
            given, surname = divmod(name, len(guesser.names.surnames))
            guesses[at] = Guess(given, surname, 0.0)
    return guesses


def _by_share(guesser: Guesser, trait: Trait, with_year: bool) -> Ints:
    """Full names of a group's sex, bucket and year, most frequent first."""
    names = guesser.names
    cohort = trait.cohort if with_year else len(COHORTS)
    found = guesser.candidates.most_frequent(trait.sex, cohort, trait.bucket, 0, 0)
    given, surname = guesser.candidates.apart(found)
    share = guesser.candidates.share[trait.sex, cohort][given] * names.surname_share[surname]
    return found[np.argsort(-share, kind="stable")]


def align_parts(
    guesser: Guesser, given: str, surname: str, random: np.random.Generator
) -> list[Guess]:
    """A guess for each account from the ranks of a label of given names and one of surnames."""
    holdings, names = guesser.holdings, guesser.names
    found_given = np.zeros(holdings.people, np.int64)
    found_surname = np.zeros(holdings.people, np.int64)
    of_given = _Ranked(guesser, GIVEN_LABELS[given], random)
    of_surname = _Ranked(guesser, SURNAME_LABELS[surname], random)
    for year in np.unique(holdings.year).tolist():
        born = holdings.year == year
        cohort = int(holdings.cohort[born][0])
        for sex in np.unique(holdings.sex[born]).tolist():
            group = np.flatnonzero(born & (holdings.sex == sex))
            share = guesser.candidates.share[sex, cohort]
            found_given[group] = _aligned(of_given.ranks(group), share, names.given_like[given])
        group = np.flatnonzero(born)
        rank = of_surname.ranks(group)
        found_surname[group] = _aligned(rank, names.surname_share, names.surname_like[surname])
    both = zip(found_given.tolist(), found_surname.tolist(), strict=True)
    return [Guess(one, other, 0.0) for one, other in both]


def _aligned(rank: Ints, share: Floats, like: Mapping[str, Ints]) -> Ints:
    """For each rank the name whose part has it: a part has a value for each day of the year."""
    best = np.array([which[share[which].argmax()] for which in like.values()])
    weight = np.array([share[which].sum() for which in like.values()])
    expected = np.concatenate([2 * weight, weight])
    days = np.repeat([_SWAPPED_DAYS, _PLAIN_DAYS], len(weight))
    order = np.argsort(-expected, kind="stable")
    place = np.searchsorted(np.cumsum(days[order]), rank, side="right")
    return best[order[np.minimum(place, len(order) - 1)] % len(best)]


class _Ranked:
    """Tokens of a label by how many beings hold them."""

    def __init__(self, guesser: Guesser, label: Label, random: np.random.Generator) -> None:
        column = guesser.holdings.columns[label]
        self._met = beings_met(guesser.holdings, column)
        self._token = np.full(guesser.holdings.people, -1)
        self._token[column.person[::-1]] = column.token[::-1]
        self._random = random

    def ranks(self, group: Ints) -> Ints:
        """Rank of each one's token within the group, most frequent first; equal ones in a drawn
        order."""
        each, first, back = np.unique(self._token[group], return_index=True, return_inverse=True)
        order = np.lexsort((self._random.random(len(each)), -self._met[group][first]))
        place = np.empty(len(each), np.int64)
        place[order] = np.arange(len(each))
        return place[back]
