"""The attacker's dictionary: public names, how frequent each is, and what tokens make of it.

Names stand in it by their forms (hub/identity/normalize.py). Names of persons whom the attacker
knows are added, as rare ones. The rules of encoding are public, so the dictionary knows for each
name its roots, sounds and starts, and for each full name its rarity bucket.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from jellyfish import soundex
from numpy.typing import NDArray

from hub.identity.nicknames import roots_of
from hub.identity.normalize import given_form, surname_forms
from hub.identity.rarity import _COMMON, _WIDTH, RAREST

COHORTS = tuple(range(1950, 2010, 5))
SEXES = ("F", "M")
_GIVEN_START, _SURNAME_START = 3, 4
_UNSEEN = 1e-7
"""Share that a name of no table is given."""
_NICKNAMED = 0.1
"""Share of people who go by another form of their given name."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Names:
    """Given names and surnames, most frequent surname first, with all that is public of them."""

    givens: tuple[str, ...]
    surnames: tuple[str, ...]
    given_share: Floats
    """By sex, cohort and name: share among those born so."""
    surname_share: Floats
    rare_given: Floats
    rare_surname: Floats
    """What rarity is reckoned from: share of a given name or of its first root, whichever is
    larger, by cohort and in the last place over all; share of the surname."""
    given_like: Mapping[str, Mapping[str, Ints]]
    """By part (whole, root, sound, start) and its value: the given names that have it."""
    surname_like: Mapping[str, Mapping[str, Ints]]
    roots: Ints
    """How many roots a given name has; so many tokens of roots has a person."""
    sounds: Ints


def names_of_tables(known: Iterable[tuple[str, str]]) -> Names:
    """The dictionary: public tables, and these full names by their forms."""
    born, surname_count = _first_names(), _surnames()
    every = list(known)
    givens = list(dict.fromkeys([*born, *(given for given, _ in every)]))
    surnames = list(dict.fromkeys([*surname_count, *(surname for _, surname in every)]))
    counts = np.zeros((len(SEXES), len(COHORTS), len(givens)))
    for at, given in enumerate(givens):
        if given in born:
            counts[:, :, at] = born[given]
    share = counts / counts.sum(axis=2, keepdims=True) + _UNSEEN
    surname_counts = np.array([surname_count.get(each, 0.0) for each in surnames])
    surname_share = surname_counts / surname_counts.sum()
    parts = [given_parts(given) for given in givens]
    given_like = _like(parts)
    share += _by_nickname(share, givens, given_like["root"])
    return Names(
        tuple(givens),
        tuple(surnames),
        share,
        surname_share + _UNSEEN,
        _rare_given(givens, counts),
        surname_share,
        given_like,
        _like([surname_parts(surname) for surname in surnames]),
        np.array([len(each["root"]) for each in parts]),
        np.array([len(each["sound"]) for each in parts]),
    )


def _first_names() -> dict[str, Floats]:
    """Births by sex and cohort of each form."""
    found: dict[str, Floats] = {}
    with (files("hub") / "seeds/names/first_names.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            form = given_form(row["name"])
            if form:
                born = found.setdefault(form, np.zeros((len(SEXES), len(COHORTS))))
                born[SEXES.index(row["sex"])] += [float(row[f"b{cohort}"]) for cohort in COHORTS]
    return found


def _surnames() -> dict[str, float]:
    found: dict[str, float] = {}
    with (files("hub") / "seeds/names/surnames.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for form in surname_forms(row["surname"])[:1]:
                found[form] = found.get(form, 0.0) + float(row["count"])
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def given_parts(given: str) -> dict[str, tuple[str, ...]]:
    """What tokens take of a given name: itself, roots, sounds of those, start."""
    roots = roots_of(given)
    sounds = tuple(dict.fromkeys(_sound(root) for root in roots))
    return {"whole": (given,), "root": roots, "sound": sounds, "start": (given[:_GIVEN_START],)}


def surname_parts(surname: str) -> dict[str, tuple[str, ...]]:
    """What tokens take of a form of a surname."""
    start = surname[:_SURNAME_START]
    return {"whole": (surname,), "sound": (_sound(surname),), "start": (start,)}


def _sound(form: str) -> str:
    return soundex(form) or form


def _like(parts: list[dict[str, tuple[str, ...]]]) -> dict[str, dict[str, Ints]]:
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for at, each in enumerate(parts):
        for part, values in each.items():
            for value in values:
                found[part][value].append(at)
    return {
        part: {value: np.array(which) for value, which in of.items()} for part, of in found.items()
    }


def _by_nickname(share: Floats, givens: list[str], of_root: Mapping[str, Ints]) -> Floats:
    """Share that a name gains as a short form or other spelling of its roots."""
    places = {given: at for at, given in enumerate(givens)}
    gained = np.zeros_like(share)
    for root, which in of_root.items():
        others = which[which != places.get(root, -1)]
        if root in places and len(others):
            gained[:, :, others] += _NICKNAMED * share[:, :, [places[root]]] / len(others)
    return gained


def _rare_given(givens: list[str], counts: Floats) -> Floats:
    by_cohort = counts.sum(axis=0)
    every = np.concatenate([by_cohort, by_cohort.sum(axis=0)[None]])
    share = every / every.sum(axis=1, keepdims=True)
    places = {given: at for at, given in enumerate(givens)}
    first = [places.get(roots_of(given)[0], at) for at, given in enumerate(givens)]
    found: Floats = np.maximum(share, share[:, first])
    return found


def buckets_of(given: Floats, surname: Floats) -> NDArray[np.int8]:
    """Rarity buckets of all full names of these shares, as hub/identity/rarity.py tells them."""
    with np.errstate(divide="ignore"):
        rare = -np.log10(given)[:, None] - np.log10(surname)[None, :]
    return np.clip(np.trunc((rare - _COMMON) / _WIDTH), 0, RAREST).astype(np.int8)
