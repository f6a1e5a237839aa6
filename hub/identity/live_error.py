"""The live error: a random sample of each month's automatic links, and what both sides say of it.

A sampled link is counted once both registries have said that the two are one, or either has said
that they are two; then it is wrong. One side's agreement alone is not counted yet, so while answers
are outstanding the error tends to seem too high.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from math import sqrt

from hub.domain.state import SampleCount
from hub.identity.reviews import Reply, Told
from hub.identity.statements import Answer

Z_95 = 1.959963984540054


def drawn(month: str, texts: Iterable[str], size: int) -> list[str]:
    """A sample of pairs by their texts. The same month and pairs give the same one; a pair that
    leaves moves no other one out."""
    return sorted(texts, key=lambda text: sha256(f"{month}|{text}".encode()).digest())[:size]


def month_ends(month: str) -> date:
    """The first day after a month, such as 2026-11. Raises ValueError on any other form."""
    first = date.fromisoformat(f"{month}-01")
    return (first + timedelta(days=31)).replace(day=1)


def sample_counts(told: Iterable[Told], replies: Iterable[Reply]) -> list[SampleCount]:
    """What came of every month's sample, the oldest first. Only answers that name the month are
    taken, and only of registries that were asked about the pair."""
    asked: dict[str, dict[str, set[str]]] = {}
    for each in told:
        asked.setdefault(each.period, {}).setdefault(each.text, set()).add(each.registry)
    said: dict[str, dict[str, dict[str, Answer]]] = {}
    for reply in replies:
        if reply.sample is not None:
            said.setdefault(reply.sample, {}).setdefault(reply.text, {})[reply.publisher] = (
                reply.answer
            )
    return [_counted(month, asked[month], said.get(month, {})) for month in sorted(asked)]


def _counted(
    month: str, asked: Mapping[str, Collection[str]], answers: Mapping[str, Mapping[str, Answer]]
) -> SampleCount:
    """asked: by pair the registries that were asked; answers: by pair those that answer this
    month's sample."""
    half = counted = wrong = 0
    for text, sides in asked.items():
        said = {side: answers[text][side] for side in sides if side in answers.get(text, {})}
        is_wrong = any(answer != Answer.SAME for answer in said.values())
        if is_wrong or (said and len(said) == len(sides)):
            counted += 1
            wrong += is_wrong
        elif said:
            half += 1
    return SampleCount(month, len(asked), half, counted, wrong)


def wilson(wrong: int, counted: int) -> tuple[float, float] | None:
    """The 95% interval of a share (Wilson's); None where nothing was counted."""
    if not counted:
        return None
    share, z2 = wrong / counted, Z_95 * Z_95
    middle = (share + z2 / (2 * counted)) / (1 + z2 / counted)
    half = Z_95 * sqrt(share * (1 - share) / counted + z2 / (4 * counted**2)) / (1 + z2 / counted)
    # Where nothing or all is wrong, rounding must not leave the share outside.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
