"""Two persons' evidence compared: what agrees, what differs, and what a model makes of it.

A pair is compared under the newest epoch that both have. A comparison is two masks of labels and
the rarity of the name; the score and the guards follow from these alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from hub.identity.evidence import TOKENS_AT, Block, blocks_of
from hub.identity.levels import (
    BIRTH,
    GIVEN,
    LAST4,
    NINE,
    NUMBERS,
    SEEN_BESIDE,
    Compared,
    levels_of,
)
from hub.identity.model import Model
from hub.identity.tokens import TOKEN_BYTES, Token


class Verdict(IntEnum):
    """What a pair is. The numbers stand in tables and in events."""

    APART = 0
    REVIEW = 1
    LINK = 2


class Judged(NamedTuple):
    """A pair by its own evidence, before clusters are looked at. Score without the prior."""

    score: float
    verdict_max: Verdict
    cause: str
    """What keeps it from more than verdict_max, or score."""


def labels_of(tokens: Iterable[Token]) -> int:
    """Mask of the labels that these tokens have."""
    return _mask_of(bytes([token[0] for token in tokens]))


@lru_cache(maxsize=4096)
def _mask_of(labels: bytes) -> int:
    mask = 0
    for label in labels:
        mask |= 1 << label
    return mask


def common_blocks(ours: tuple[Block, ...], theirs: tuple[Block, ...]) -> tuple[Block, Block] | None:
    """Both blocks of the newest common epoch; None where there is none."""
    epochs = {block.epoch: block for block in theirs}
    for block in ours:
        if block.epoch in epochs:
            return block, epochs[block.epoch]
    return None


class Side(NamedTuple):
    """One evidence made ready to be compared with many: tokens, their labels, and rarity, by
    epoch."""

    epochs: dict[int, tuple[frozenset[Token], int, int]]


def side_of(blocks: tuple[Block, ...]) -> Side:
    """Make an evidence ready to be compared with many."""
    return Side({b.epoch: (frozenset(b.tokens), labels_of(b.tokens), b.rarity) for b in blocks})


def compare(side: Side, theirs: tuple[Block, ...]) -> Compared | None:
    """Compare two evidences; None where no epoch is common."""
    for block in theirs:
        ours = side.epochs.get(block.epoch)
        if ours is not None:
            return _of_epoch(ours, block.tokens, labels_of(block.tokens), block.rarity)
    return None


def compare_packed(side: Side, theirs: bytes) -> Compared | None:
    """The same with evidence that was checked and is still packed: mostly there is one epoch."""
    if len(theirs) < 2 or theirs[1] != 1:
        return compare(side, blocks_of(theirs))
    epoch, rarity = theirs[2] << 8 | theirs[3], theirs[4]
    ours = side.epochs.get(epoch)
    if ours is None:
        return None
    tokens = [theirs[i : i + TOKEN_BYTES] for i in range(TOKENS_AT, len(theirs), TOKEN_BYTES)]
    return _of_epoch(ours, tokens, _mask_of(theirs[TOKENS_AT::TOKEN_BYTES]), rarity)


def _of_epoch(
    ours: tuple[frozenset[Token], int, int], theirs: Iterable[bytes], labels: int, rarity: int
) -> Compared:
    agree = 0
    for token in ours[0].intersection(theirs):
        agree |= 1 << token[0]
    both = ours[1] & labels
    if rarity < ours[2]:
        return _compared(agree, both, rarity, ours[2])
    return _compared(agree, both, ours[2], rarity)


@lru_cache(maxsize=65536)
def _compared(agree: int, both: int, commoner: int, rarer: int) -> Compared:
    """Labels that cannot be compared, for what they were made of besides differs, drop out."""
    for beside, label in SEEN_BESIDE:
        if not agree & beside:
            both &= ~label | agree
    return Compared(agree, both, commoner, rarer)


def numbers_conflict(agree: int, both: int) -> bool:
    """Both nine digits differ, else both last fours, seen beside an equal birth date or name."""
    if both & NINE:
        return not agree & NINE
    return bool(both & LAST4 and not agree & LAST4)


class Judge:
    """A model at work; what it made of a comparison is kept, as few different ones occur."""

    __slots__ = ("_kept", "model")

    def __init__(self, model: Model) -> None:
        self.model = model
        self._kept: dict[Compared, Judged] = {}

    def judge(self, compared: Compared) -> Judged:
        """Score and guards of a pair. Pure: the same comparison, the same answer."""
        judged = self._kept.get(compared)
        if judged is None:
            judged = self._kept[compared] = _judged(self.model, compared)
        return judged

    def verdict(self, judged: Judged, score: float) -> tuple[Verdict, str]:
        """What a pair with this score, prior taken off, is by itself, and why no more."""
        if score >= self.model.link_at:
            return judged.verdict_max, judged.cause
        if score >= self.model.review_at:
            return Verdict.REVIEW, "score"
        return Verdict.APART, "score"


def _judged(model: Model, compared: Compared) -> Judged:
    agree, both = compared[:2]
    weights = model.weights
    score = model.bias + sum(weights.get(level, 0.0) for level in levels_of(compared))
    limits = model.limits
    if limits.guard_numbers and numbers_conflict(agree, both):
        return Judged(score, Verdict.REVIEW, "number_conflict")
    if limits.guard_birth and not agree & (BIRTH | NUMBERS):
        return Judged(score, Verdict.REVIEW, "birth_differs")
    if limits.guard_given and not agree & (GIVEN | NUMBERS):
        return Judged(score, Verdict.REVIEW, "given_differs")
    return Judged(score, Verdict.LINK, "score")
