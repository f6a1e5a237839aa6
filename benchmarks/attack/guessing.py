"""The attacker's best guess: the full name that fits all that is held of an account best.

A name's score is its logarithmic share among those of that sex and birth year, and for each token
the chance (Poisson) that so many others hold the same one, if it were this name's. The rarity
bucket and the numbers of tokens rule names out. Accounts that share a token of the full name are
judged together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from benchmarks.attack.candidates import Candidates
from benchmarks.attack.holdings import Column, Holdings, joined
from benchmarks.attack.names import COHORTS, Floats, Ints
from hub.identity.tokens import Label

GIVEN_LABELS = {
    "whole": Label.GIVEN_BIRTH,
    "root": Label.ROOT_BIRTH,
    "sound": Label.GIVEN_SOUND_BIRTH,
    "start": Label.GIVEN_START_BIRTH,
}
SURNAME_LABELS = {
    "whole": Label.SURNAME_BIRTH,
    "sound": Label.SURNAME_SOUND_BIRTH,
    "start": Label.SURNAME_START_BIRTH,
}
NAMESAKES = {
    Label.NAME_YEAR_MONTH: 1 / (30 * 12),
    Label.NAME_YEAR_DAY: 1 / (30 * 30.4),
    Label.NAME_MONTH_DAY: 1 / 365,
}
"""Chance that two namesakes share the token: a name's bearers spread over some thirty years."""
SAME_DAY = 1 / 268
"""Chance that two persons of one year share the birth date with day and month in either order."""
SAME_HUMAN = 0.001
"""Share of accounts that share such a token with one of the same human, mistyped in the one."""
KIN = {"whole": 0.02, "root": 0.005, "sound": 0.005, "start": 0.005}
"""Twins, and one human's accounts that no token of a number or a full name joins: so many share a
part of the name and the birth date with somebody for another reason than a frequent name."""
_COUNT_MAX = 8

Count = tuple[int, ...]


class Limits(NamedTuple):
    """Names that an account can have, as indices; None where any."""

    given: Ints | None
    surname: Ints | None
    certain: bool


class Guess(NamedTuple):
    """Indices of names, and the share of all fitting names' weight that this one has."""

    given: int
    surname: int
    weight: float


class Trait(NamedTuple):
    """What decides the guess for an account by itself; many accounts share one."""

    sex: int
    cohort: int
    bucket: int
    roots: int
    sounds: int
    givens: Count
    surnames: Count


class Guesser:
    """Guesses under the labels whose counts the attacker uses; keeps what many guesses share."""

    def __init__(
        self, candidates: Candidates, holdings: Holdings, labels: frozenset[Label]
    ) -> None:
        self.candidates = candidates
        self.names = candidates.names
        self.holdings = holdings
        self.labels = labels
        self.traits = _traits(holdings, labels)
        self._same_day = candidates.people / 5 * SAME_DAY
        self._bearers = candidates.share[-1, -1] * holdings.people
        self._given: dict[tuple[int, int, Count], Floats] = {}
        self._surname: dict[tuple[int, Count], Floats] = {}
        self._expected: dict[tuple[str, str, int], Floats] = {}

    def alone(self, trait: Trait) -> Guess:
        """For one account."""
        return self.together([trait], 1, None)

    def together(self, traits: Sequence[Trait], beings: int, limits: Limits | None) -> Guess:
        """For accounts of one name and bucket, held by so many beings."""
        fitting = self._fitting(traits, limits)
        if not len(fitting):
            return self.together(_looser(traits), beings, limits)
        given, surname = self.candidates.apart(fitting)
        score = np.zeros(len(fitting))
        met = sum(chance for label, chance in NAMESAKES.items() if label in self.labels)
        for at, trait in enumerate(traits):
            own = self._given_score(trait)[given] + self._surname_score(trait)[surname]
            if at:
                own = np.log(np.exp(own) * self.holdings.people * met + SAME_HUMAN)
            score += own
        if met:
            bearers = self._bearers[given] * self.names.surname_share[surname]
            score -= bearers * (1 - (1 - met) ** beings)
        best = int(score.argmax())
        weight = 1 / float(np.exp(score - score[best]).sum())
        return Guess(int(given[best]), int(surname[best]), weight)

    def _fitting(self, traits: Sequence[Trait], limits: Limits | None) -> Ints:
        """Full names that can be."""
        if limits is None:
            lists = {trait[:5]: self.candidates.most_frequent(*trait[:5]) for trait in traits}
            return reduce(np.union1d, lists.values())
        left = (self.candidates.givens(trait.roots, trait.sounds) for trait in traits)
        givens = reduce(np.intersect1d, left)
        if limits.given is not None:
            givens = np.intersect1d(givens, limits.given)
            givens = givens if len(givens) else limits.given
        surnames = limits.surname
        if surnames is None:
            surnames = np.arange(len(self.names.surnames))
        return self.candidates.all_of(givens, surnames, traits[0].cohort, traits[0].bucket)

    def _given_score(self, trait: Trait) -> Floats:
        key = (trait.sex, trait.cohort, trait.givens)
        if key not in self._given:
            score = np.log(self.candidates.share[trait.sex, trait.cohort])
            score = score + self._met("given", trait.cohort, trait.givens)
            self._given[key] = score
        return self._given[key]

    def _surname_score(self, trait: Trait) -> Floats:
        key = (trait.cohort, trait.surnames)
        if key not in self._surname:
            met = self._met("surname", trait.cohort, trait.surnames)
            self._surname[key] = np.log(self.names.surname_share) + met
        return self._surname[key]

    def _met(self, side: str, cohort: int, counts: Count) -> Floats:
        """Logarithm of the chance that so many others hold the account's tokens, by name.

        Whoever holds the token of the whole name holds those of its parts, and counts once.
        """
        labels = GIVEN_LABELS if side == "given" else SURNAME_LABELS
        size = len(self.names.givens if side == "given" else self.names.surnames)
        score = np.zeros(size)
        if cohort == len(COHORTS):
            return score
        whole, of_whole = 0, np.zeros(size)
        for part, count in zip(labels, counts, strict=True):
            if count:
                expected = np.maximum(self._others(side, part, cohort) - of_whole, 0) + KIN[part]
                others = max(count - 1 - whole, 0)
                score += others * np.log(expected) - expected
                if part == "whole":
                    whole, of_whole = count - 1, expected
        return score

    def _others(self, side: str, part: str, cohort: int) -> Floats:
        """Others expected on one day who share this part of a name, by name."""
        key = (side, part, cohort)
        if key not in self._expected:
            if side == "given":
                each = self._same_day[:, cohort] @ self.names.given_share[:, cohort]
                like = self.names.given_like[part]
            else:
                each = self._same_day[:, cohort].sum() * self.names.surname_share
                like = self.names.surname_like[part]
            found = np.zeros(len(each))
            for which in like.values():
                found[which] = np.maximum(found[which], each[which].sum())
            self._expected[key] = found
        return self._expected[key]


def _looser(traits: Sequence[Trait]) -> list[Trait]:
    """With less that rules names out, where a mistyped record has left none."""
    if traits[0].bucket >= 0:
        return [trait._replace(bucket=-1) for trait in traits]
    return [trait._replace(roots=0, sounds=0) for trait in traits]


def _traits(holdings: Holdings, labels: frozenset[Label]) -> list[Trait]:
    columns = holdings.columns
    single = _held(holdings, Label.GIVEN_BIRTH) == 1
    roots = np.where(single, _held(holdings, Label.ROOT_BIRTH), 0)
    sounds = np.where(single, _held(holdings, Label.GIVEN_SOUND_BIRTH), 0)

    def met(of: Mapping[str, Label]) -> list[Count]:
        found = [
            beings_met(holdings, columns.get(label) if label in labels else None)
            for label in of.values()
        ]
        return list(zip(*(each.tolist() for each in found), strict=True))

    plain = (holdings.sex, holdings.cohort, holdings.bucket, roots, sounds)
    lists = (each.tolist() for each in plain)
    return list(map(Trait, *lists, met(GIVEN_LABELS), met(SURNAME_LABELS)))


def _held(holdings: Holdings, label: Label) -> Ints:
    """How many tokens of this label each account has."""
    column = holdings.columns.get(label)
    if column is None:
        return np.zeros(holdings.people, np.int64)
    return np.bincount(column.person, minlength=holdings.people)


def beings_met(holdings: Holdings, column: Column | None) -> Ints:
    """By account: how many beings hold its token; 0 where it has none of the label, or several."""
    if column is None:
        return np.zeros(holdings.people, np.int64)
    being = holdings.being[column.person]
    once = np.unique(column.token * holdings.people + being) // holdings.people
    beings = np.bincount(once, minlength=column.tokens)
    found = np.zeros(holdings.people, np.int64)
    found[column.person] = np.minimum(beings[column.token], _COUNT_MAX)
    found[np.bincount(column.person, minlength=holdings.people) != 1] = 0
    return found


def namesakes(holdings: Holdings, labels: frozenset[Label]) -> Ints:
    """By account, its group: those joined by tokens of a full name, among accounts of one name."""
    single = (_held(holdings, Label.SURNAME_BIRTH) == 1) & (_held(holdings, Label.GIVEN_BIRTH) == 1)
    columns = []
    for label in NAMESAKES:
        column = holdings.columns.get(label)
        if label in labels and column is not None:
            only = single[column.person]
            columns.append(Column(column.person[only], column.token[only], column.tokens))
    return joined(holdings.people, columns)
