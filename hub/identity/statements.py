"""What registries and the Alliance have answered about pairs, and what an account itself states.

Answers outlive corrections and models until they are withdrawn. NEVER beats all; an answer that two
are the same, and an account that continues under another, beat a conflict of numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import NamedTuple

from hub.domain.rows import Person

ALLIANCE = "alliance"


class Answer(IntEnum):
    """An answer about a pair, in the order of the event's symbols."""

    SAME = 0
    DIFFERENT = 1
    NEVER = 2
    DISPUTE = 3


class Pair(NamedTuple):
    """Two persons, the smaller first."""

    one: Person
    other: Person


def pair_of(one: Person, other: Person) -> Pair:
    """Raises ValueError where the two are one."""
    if one == other:
        raise ValueError("a pair has two persons")
    return Pair(one, other) if one < other else Pair(other, one)


class Said(NamedTuple):
    """What the answers about a pair come to."""

    never: bool = False
    agreed: bool = False
    apart: bool = False
    disputed: bool = False


NOTHING_SAID = Said()


class Answers:
    """Answers by pair and publisher."""

    __slots__ = ("_answers", "_others", "_said")

    def __init__(self) -> None:
        self._answers: dict[Pair, dict[str, Answer]] = {}
        self._said: dict[Pair, Said] = {}
        self._others: dict[Person, set[Person]] = {}

    @property
    def any(self) -> bool:
        """Whether anything was answered at all."""
        return bool(self._said)

    def of(self, pair: Pair) -> Mapping[str, Answer]:
        """Answers about a pair by publisher."""
        return self._answers.get(pair, {})

    def said(self, one: Person, other: Person) -> Said:
        """What stands between two persons."""
        if not self._said:
            return NOTHING_SAID
        return self._said.get(pair_of(one, other), NOTHING_SAID)

    def others(self, person: Person) -> Iterable[Person]:
        """With whom this person is in a pair that was answered."""
        return self._others.get(person, ())

    def put(self, pair: Pair, publisher: str, answer: Answer | None) -> Answer | None:
        """Let an answer stand, or none; answers the one before."""
        answers = self._answers.setdefault(pair, {})
        before = answers.pop(publisher, None)
        if answer is not None:
            answers[publisher] = answer
        if answers:
            self._said[pair] = _sum_up(pair, answers)
            self._others.setdefault(pair.one, set()).add(pair.other)
            self._others.setdefault(pair.other, set()).add(pair.one)
        else:
            del self._answers[pair]
            self._said.pop(pair, None)
            for here, there in (pair, pair[::-1]):
                self._others.get(here, set()).discard(there)
        return before


def _sum_up(pair: Pair, answers: Mapping[str, Answer]) -> Said:
    """A registry speaks for persons of its own; the Alliance may say NEVER only."""
    sides = {pair.one.registry, pair.other.registry}
    of_sides = {publisher: answer for publisher, answer in answers.items() if publisher in sides}
    never = Answer.NEVER in of_sides.values() or answers.get(ALLIANCE) == Answer.NEVER
    return Said(
        never=never,
        agreed=all(of_sides.get(side) == Answer.SAME for side in sides),
        apart=Answer.DIFFERENT in of_sides.values(),
        disputed=Answer.DISPUTE in of_sides.values(),
    )
