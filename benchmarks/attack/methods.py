"""The attacks, each a best guess for every account, and how many guesses are right.

frequency: ranks of one label. pairs: two labels together. equality: tokens shared with known
persons, with the rarity bucket and the most frequent name where several are left; who is named
with certainty counts as known in the next round. together: all of it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product

import numpy as np

from benchmarks.attack.candidates import Candidates
from benchmarks.attack.equality import Equality, together
from benchmarks.attack.frequency import FULL_NAME_LABELS, align_full_name, align_parts
from benchmarks.attack.guessing import (
    GIVEN_LABELS,
    NAMESAKES,
    SURNAME_LABELS,
    Guess,
    Guesser,
    Limits,
    namesakes,
)
from benchmarks.attack.holdings import Holdings, Known, Truth
from benchmarks.attack.names import Names
from hub.identity.tokens import Label

CERTAIN = 0.95
ROUNDS_MAX = 6
NONE: frozenset[Label] = frozenset()
ALL_LABELS = frozenset([*GIVEN_LABELS.values(), *SURNAME_LABELS.values(), *NAMESAKES])


@dataclass(frozen=True, slots=True)
class Named:
    """What an attack reached among the persons that the attacker does not know."""

    others: int
    named: int
    """Given name and surname exactly right."""
    with_birth: int
    """The birth date, too."""
    strangers: int
    """Others who are no further account of a known person."""
    strangers_named: int
    strangers_with_birth: int

    @property
    def share(self) -> float:
        return self.named / self.others

    @property
    def strangers_share(self) -> float:
        return self.strangers_named / self.strangers


@dataclass(frozen=True, slots=True)
class Attack:
    """The attacker: a dictionary, what a hub holds, and some persons known by account."""

    names: Names
    holdings: Holdings
    known: Sequence[Known]
    candidates: Candidates

    def prior(self) -> list[Guess]:
        """No comparison at all: sex, birth year, rarity and numbers of tokens."""
        return _alone(Guesser(self.candidates, self.holdings, NONE))

    def frequency(self, seed: int, parts: int | None = None) -> Iterator[tuple[str, list[Guess]]]:
        """Every label by its ranks, or the first few pairs of parts."""
        guesser = Guesser(self.candidates, self.holdings, NONE)
        random = np.random.default_rng(seed)
        for label in FULL_NAME_LABELS:
            yield label.name, align_full_name(guesser, label, random)
        for given, surname in list(product(GIVEN_LABELS, SURNAME_LABELS))[:parts]:
            name = f"{GIVEN_LABELS[given].name} and {SURNAME_LABELS[surname].name}"
            yield name, align_parts(guesser, given, surname, random)

    def pairs(self, most: int | None = None) -> Iterator[tuple[str, list[Guess]]]:
        """Two labels together: of given name and surname, or two of the full name."""
        full = [frozenset(two) for two in combinations(NAMESAKES, 2)]
        parts = product(GIVEN_LABELS.values(), SURNAME_LABELS.values())
        for labels in [*full, *map(frozenset, parts)][:most]:
            guesser = Guesser(self.candidates, self.holdings, labels)
            name = " and ".join(label.name for label in sorted(labels))
            if labels <= NAMESAKES.keys():
                yield name, self._spread(guesser, [])
            else:
                yield name, _alone(guesser)

    def equality(self) -> list[Guess]:
        """Tokens shared with known persons, and with those whom they name."""
        return self._spread(Guesser(self.candidates, self.holdings, NONE), self.known)

    def together(self) -> list[Guess]:
        """All labels' frequencies, namesakes, and equality with known persons."""
        return self._spread(Guesser(self.candidates, self.holdings, ALL_LABELS), self.known)

    def _spread(self, guesser: Guesser, known: Sequence[Known]) -> list[Guess]:
        """Guesses, again and again while they make persons known with certainty."""
        guesses = _alone(guesser)
        groups = _groups(guesser)
        equality = Equality(self.names, self.holdings) if known else None
        counted = list(known)
        for _ in range(ROUNDS_MAX):
            limits = equality.limits(counted) if equality else {}
            at_known = {person.person for person in counted}
            certain = []
            for members in _touched(groups, guesser, limits):
                for at, guess, sure in _guesses_of(guesser, members, limits):
                    guesses[at] = guess
                    if sure and at not in at_known:
                        certain.append(self._known_as(at, guess))
            if not certain or equality is None:
                break
            counted += certain
        return guesses

    def _known_as(self, at: int, guess: Guess) -> Known:
        given, surname = self.names.givens[guess.given], self.names.surnames[guess.surname]
        return Known(at, given, surname, None)

    def births(self) -> dict[int, date]:
        """Birth dates that follow from the known persons'."""
        return Equality(self.names, self.holdings).births(self.known)

    def named(
        self, guesses: Sequence[Guess], truth: Sequence[Truth], births: Mapping[int, date]
    ) -> Named:
        """How many of the others' guesses are right."""
        known = {person.person for person in self.known}
        humans = {truth[at].human for at in known}
        others = [at for at in range(len(truth)) if at not in known]
        right = {at for at in others if self._is_right(guesses[at], truth[at])}
        whole = {at for at in right if at in births and births[at] == truth[at].birth_on}
        strangers = {at for at in others if truth[at].human not in humans}
        return Named(
            others=len(others),
            named=len(right),
            with_birth=len(whole),
            strangers=len(strangers),
            strangers_named=len(right & strangers),
            strangers_with_birth=len(whole & strangers),
        )

    def _is_right(self, guess: Guess, truth: Truth) -> bool:
        given, surname = self.names.givens[guess.given], self.names.surnames[guess.surname]
        return (given, surname) == (truth.given, truth.surname)


def _alone(guesser: Guesser) -> list[Guess]:
    kept = {trait: guesser.alone(trait) for trait in set(guesser.traits)}
    return [kept[trait] for trait in guesser.traits]


def _groups(guesser: Guesser) -> dict[int, list[int]]:
    """Accounts by their group of namesakes."""
    found: dict[int, list[int]] = {}
    for at, group in enumerate(namesakes(guesser.holdings, guesser.labels).tolist()):
        found.setdefault(group, []).append(at)
    return found


def _touched(
    groups: Mapping[int, list[int]], guesser: Guesser, limits: Mapping[int, Limits]
) -> Iterable[list[int]]:
    """Groups of more than one, and those of whom something is known."""
    for members in groups.values():
        if len(members) > 1 or members[0] in limits:
            yield members


def _guesses_of(
    guesser: Guesser, members: list[int], limits: Mapping[int, Limits]
) -> Iterator[tuple[int, Guess, bool]]:
    """A guess for each member, and whether it is certain: those of one bucket together."""
    beings = len({int(guesser.holdings.being[at]) for at in members})
    left = [limits[at] for at in members if at in limits]
    both = together(left) if left else None
    by_bucket: dict[int, list[int]] = {}
    for at in members:
        by_bucket.setdefault(guesser.traits[at].bucket, []).append(at)
    for of_bucket in by_bucket.values():
        once = {int(guesser.holdings.being[at]): guesser.traits[at] for at in of_bucket}
        guess = guesser.together(list(once.values()), beings, both)
        sure = guess.weight >= CERTAIN and (both is None or both.certain)
        for at in of_bucket:
            yield at, guess, sure
