"""Links counted against the truth: how many are right, how many there should be.

What is counted are pairs of persons. The truth may say only some pairs of one human; whoever is the
same as the same is the same, so it is closed first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from hub.domain.rows import Person
from hub.identity.statements import Pair, pair_of


class Tally(NamedTuple):
    """Pairs that were linked, those of them that are one human, and all that are."""

    linked: int = 0
    correct: int = 0
    true: int = 0

    @property
    def precision(self) -> float | None:
        """None where nothing was linked."""
        return self.correct / self.linked if self.linked else None

    @property
    def recall(self) -> float | None:
        """None where there was nothing to link."""
        return self.correct / self.true if self.true else None

    @property
    def f1(self) -> float | None:
        """None where nothing was linked and nothing was to be."""
        both = self.linked + self.true
        return 2 * self.correct / both if both else None


@dataclass(frozen=True, slots=True)
class Truth:
    """Which persons are one human. between: whether it speaks of pairs between registries alone."""

    human: Mapping[Person, int]
    between: bool

    def is_one(self, one: Person, other: Person) -> bool:
        """Whether two persons are one human."""
        human = self.human.get(one)
        return human is not None and human == self.human.get(other)

    def counts(self, one: Person, other: Person) -> bool:
        """Whether a pair is of the kind that the truth speaks of."""
        return not self.between or one.registry != other.registry

    def pairs(self) -> Iterator[Pair]:
        """Every pair of one human that is counted, in no order."""
        members: dict[int, list[Person]] = {}
        for person, human in self.human.items():
            members.setdefault(human, []).append(person)
        return self.within(members.values())

    def within(self, groups: Iterable[Sequence[Person]]) -> Iterator[Pair]:
        """Every pair inside these groups that is counted."""
        for group in groups:
            for one, other in combinations(group, 2):
                if self.counts(one, other):
                    yield pair_of(one, other)


def truth_of(pairs: Iterable[Pair]) -> Truth:
    """The truth that these pairs say, closed."""
    leader: dict[Person, Person] = {}
    between = True
    for one, other in pairs:
        between = between and one.registry != other.registry
        first, second = sorted((_leader_of(one, leader), _leader_of(other, leader)))
        leader[second] = first
    numbers: dict[Person, int] = {}
    human = {p: numbers.setdefault(_leader_of(p, leader), len(numbers)) for p in list(leader)}
    return Truth(human, between and bool(human))


def truth_of_humans(humans: Iterable[tuple[Person, int]]) -> Truth:
    """The truth where each person's human is known by number; pairs inside a registry count."""
    persons = list(humans)
    often = Counter(human for _, human in persons)
    return Truth({person: human for person, human in persons if often[human] > 1}, False)


def _leader_of(person: Person, leader: dict[Person, Person]) -> Person:
    above = leader.setdefault(person, person)
    while above != person:
        leader[person] = leader[above]
        person, above = above, leader[above]
    return person


class Split:
    """Tallies by kinds of pair. A pair may be of several kinds, or of none."""

    def __init__(self) -> None:
        self._linked: Counter[str] = Counter()
        self._correct: Counter[str] = Counter()
        self._true: Counter[str] = Counter()

    def add_linked(self, kinds: Iterable[str], *, correct: bool) -> None:
        """Count a linked pair."""
        for kind in kinds:
            self._linked[kind] += 1
            self._correct[kind] += correct

    def add_true(self, kinds: Iterable[str]) -> None:
        """Count a pair of one human."""
        for kind in kinds:
            self._true[kind] += 1

    def tally(self, kind: str) -> Tally:
        """Of one kind; of nothing where no such pair was counted."""
        return Tally(self._linked[kind], self._correct[kind], self._true[kind])

    def kinds(self) -> list[str]:
        """Every kind that was counted, sorted."""
        return sorted(self._linked.keys() | self._true.keys())
