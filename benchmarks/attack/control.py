"""The controls: the same attacker before evidence that is known to give names away.

The Bloom filter: bigrams of given name, surname and birth date are hashed with a key that the
attacker does not have into one filter a person, as record linkage commonly does. From the known
persons' filters ridge regression learns which bits each bigram sets; then the names of the
dictionary and the days of a lifetime are tried, each field in turn while the others stand, and the
best fit is the guess.

Single fields: a token of the given name alone and one of the surname alone. A token's holders by
sex and birth year, and their number, tell its name.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from benchmarks.attack.candidates import Candidates
from benchmarks.attack.holdings import Holdings, Truth
from benchmarks.attack.names import COHORTS, SEXES, Floats, Ints, Names

BITS = 1_024
HASHES = 25
_RIDGE = 1.0
_ROUNDS = 4
_FIRST_DAY, _DAYS = date(1950, 1, 1), 56 * 366
_SECRET = b"the edges' key of the filters"
_FIELDS = ("given", "surname", "birth")

Values = tuple[str, str, str]


class Decoded(NamedTuple):
    """What was read out of filters."""

    people: int
    named: int
    with_birth: int

    @property
    def share(self) -> float:
        return self.named / self.people


class _Filter:
    """Filters under one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._bits: dict[tuple[str, str], Ints] = {}

    def of(self, people: Sequence[Values]) -> Floats:
        """A row of bits for each."""
        found = np.zeros((len(people), BITS))
        for at, values in enumerate(people):
            for field, value in zip(_FIELDS, values, strict=True):
                for bigram in _bigrams(value):
                    found[at, self._bits_of(field, bigram)] = 1
        return found

    def _bits_of(self, field: str, bigram: str) -> Ints:
        key = (field, bigram)
        if key not in self._bits:
            digest = hmac.digest(self._secret, f"{field} {bigram}".encode(), hashlib.sha512)
            seeds = np.frombuffer(digest[:16], np.uint64)
            hashes = seeds[0] + np.arange(HASHES, dtype=np.uint64) * (seeds[1] | np.uint64(1))
            self._bits[key] = (hashes % np.uint64(BITS)).astype(np.int64)
        return self._bits[key]


def read_filters(
    truth: Sequence[Truth], known: Sequence[int], others: Sequence[int], names: Names
) -> Decoded:
    """Name these others from their filters, with these persons known."""
    filters = _Filter(_SECRET)
    ways = _dictionary(names)
    learned = [_values(truth[at]) for at in known]
    wanted = [_values(truth[at]) for at in others]
    found = _decoded(filters.of(learned), learned, filters.of(wanted), ways)
    guesses = [tuple(way[at] for way, at in zip(ways, best, strict=True)) for best in found]
    return Decoded(
        len(wanted),
        sum(guess[:2] == values[:2] for guess, values in zip(guesses, wanted, strict=True)),
        sum(guess == values for guess, values in zip(guesses, wanted, strict=True)),
    )


def read_single_fields(
    truth: Sequence[Truth], holdings: Holdings, candidates: Candidates
) -> Decoded:
    """Name everybody from tokens of one field each, nobody known."""
    names, people = candidates.names, candidates.people
    stated = (holdings.sex < len(SEXES)) & (holdings.cohort < len(COHORTS))
    group = np.where(stated, holdings.sex * len(COHORTS) + holdings.cohort, people.size)
    given = _holders([person.given for person in truth], group, people.size)
    expected = people.reshape(-1, 1) * names.given_share.reshape(people.size, -1)
    best_given = (given.counts[:, :-1] @ np.log(expected) - expected.sum(axis=0)).argmax(axis=1)
    surname = _holders([person.surname for person in truth], np.zeros_like(group), 0)
    bearers = len(truth) * names.surname_share
    best_surname = (surname.counts * np.log(bearers) - bearers).argmax(axis=1)
    found = best_given[given.token].tolist(), best_surname[surname.token].tolist()
    guesses = zip(*found, strict=True)
    right = [
        (names.givens[one], names.surnames[other]) == (person.given, person.surname)
        for (one, other), person in zip(guesses, truth, strict=True)
    ]
    return Decoded(len(truth), sum(right), 0)


class _Held(NamedTuple):
    token: Ints
    counts: Ints
    """Of each token its holders by group."""


def _holders(values: Sequence[str], group: Ints, groups: int) -> _Held:
    """Tokens of one field stand for its values one to one."""
    each, token = np.unique(np.array(values), return_inverse=True)
    counts = np.zeros((len(each), groups + 1), np.int64)
    np.add.at(counts, (token, group), 1)
    return _Held(token, counts)


def _dictionary(names: Names) -> tuple[list[str], list[str], list[str]]:
    days = [(_FIRST_DAY + timedelta(days=day)).isoformat() for day in range(_DAYS)]
    return list(names.givens), list(names.surnames), days


def _values(truth: Truth) -> Values:
    return truth.given, truth.surname, truth.birth_on.isoformat() if truth.birth_on else ""


def _bigrams(value: str) -> list[str]:
    """Two letters each, ends included; digits of a date with their place."""
    if value[:1].isdigit():
        digits = value.replace("-", "")
        return [f"{at}{digits[at : at + 2]}" for at in range(len(digits) - 1)]
    padded = f"_{value}_"
    return [padded[at : at + 2] for at in range(len(padded) - 1)] if value else []


def _decoded(
    known_bits: Floats, known: Sequence[Values], bits: Floats, ways: Sequence[Sequence[str]]
) -> list[tuple[int, ...]]:
    """For each filter the place of the best value of each field."""
    seen = [{b for values in known for b in _bigrams(values[at])} for at in range(len(_FIELDS))]
    places = {
        (field, bigram): place
        for place, (field, bigram) in enumerate(
            (at, bigram) for at, bigrams in enumerate(seen) for bigram in sorted(bigrams)
        )
    }
    design = np.zeros((len(known), len(places)))
    for row, values in enumerate(known):
        for at, value in enumerate(values):
            design[row, [places[at, bigram] for bigram in _bigrams(value)]] = 1
    mean = known_bits.mean(axis=0)
    center = design.mean(axis=0)
    centered = design - center
    gram = centered @ centered.T + _RIDGE * np.eye(len(known))
    weights = centered.T @ np.linalg.solve(gram, known_bits - mean)
    fields = []
    for at, way in enumerate(ways):
        matrix = np.zeros((len(way), len(places)))
        for row, value in enumerate(way):
            known_bigrams = [b for b in _bigrams(value) if b in seen[at]]
            matrix[row, [places[at, bigram] for bigram in known_bigrams]] = 1
        own = np.array([place for (field, _), place in places.items() if field == at])
        fields.append((matrix[:, own] - center[own]) @ weights[own])
    return _fitted(bits - mean, fields)


def _fitted(bits: Floats, fields: Sequence[Floats]) -> list[tuple[int, ...]]:
    """Each field in turn takes the value whose bits are nearest to what the others leave."""
    best = [np.zeros(len(bits), np.int64) for _ in fields]
    said = [np.zeros_like(bits) for _ in fields]
    for _ in range(_ROUNDS):
        for at, expected in enumerate(fields):
            left = bits - sum(other for place, other in enumerate(said) if place != at)
            score = left @ expected.T - (expected**2).sum(axis=1) / 2
            best[at] = score.argmax(axis=1)
            said[at] = expected[best[at]]
    return list(zip(*(each.tolist() for each in best), strict=True))
