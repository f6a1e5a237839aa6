"""Weights learned from pairs that are known: logistic regression on what each field says.

The pairs are all that share an indexed token. A small quadratic penalty keeps a level that is
seldom seen near nothing. The number of people in the training data is taken out of the bias, as the
score puts in its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import log
from typing import NamedTuple

import numpy as np

from hub.domain.rows import Person
from hub.errors import ConfigurationError
from hub.identity.compare import compare, side_of
from hub.identity.evidence import unpack
from hub.identity.index import TokenIndex
from hub.identity.levels import Compared, levels_of
from hub.identity.model import Limits, Model

PENALTY = 1.0
_STEPS = 60
_SMALL = 1e-7
Examples = Counter[tuple[Compared, bool]]
Same = Callable[[Person, Person], bool]


def examples_of(people: Sequence[tuple[Person, bytes]], same: Same, *, most: int) -> Examples:
    """Compared pairs among people with packed evidence, each counted with whether they are one.
    most: a token that more hold offers nobody."""
    index = TokenIndex()
    found: Examples = Counter()
    for at, (person, evidence) in enumerate(people):
        number = index.add_person(person, at, at)
        blocks = unpack(evidence)
        index.evidence[number] = evidence
        tokens = [token for block in blocks for token in block.tokens]
        side = side_of(blocks)
        others, _ = index.candidates(number, tokens, most)
        for other in others:
            compared = compare(side, unpack(index.evidence[other]))
            if compared is not None:
                found[compared, same(person, index.persons[other])] += 1
        index.put_tokens(number, tokens)
    return found


class Terms(NamedTuple):
    """What a model says that is not learned."""

    name: str
    description: str
    training: str
    population: int
    link_at: float
    review_at: float
    limits: Limits = Limits()


def train(examples: Examples, terms: Terms, *, trained_on: int) -> Model:
    """A model of these examples, drawn from trained_on persons. Deterministic.

    Raises ConfigurationError where either kind of pair is missing.
    """
    if {same for _, same in examples} != {True, False}:
        raise ConfigurationError(
            "training needs pairs of one human and pairs of two",
            fix="give data with both, and their truth",
        )
    counts: Counter[tuple[tuple[str, ...], bool]] = Counter()
    for (compared, same), count in examples.items():
        counts[levels_of(compared), same] += count
    names = sorted({level for levels, _ in counts for level in levels})
    rows = np.array([[1.0, *(float(n in levels) for n in names)] for levels, _ in counts])
    truth = np.array([same for _, same in counts], dtype=float)
    weights = _fit(rows, truth, np.array(list(counts.values()), dtype=float))
    return Model(
        **terms._asdict(),
        bias=_rounded(weights[0] + log(trained_on)),
        weights={name: _rounded(w) for name, w in zip(names, weights[1:], strict=True)},
    )


def _fit(
    rows: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    truth: np.ndarray[tuple[int], np.dtype[np.float64]],
    counts: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> list[float]:
    """Newton's method for penalized logistic regression; the bias has no penalty."""
    weights = np.zeros(rows.shape[1])
    penalty = np.full(rows.shape[1], PENALTY)
    penalty[0] = _SMALL
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -40, 40)))
        slope = rows.T @ (counts * (chance - truth)) + penalty * weights
        spread = counts * chance * (1.0 - chance)
        curve = (rows * spread[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if float(np.max(np.abs(step))) < _SMALL:
            break
    return [float(weight) for weight in weights]


def _rounded(weight: float) -> float:
    """Weights are published with four digits behind the point."""
    return round(weight, 4)
