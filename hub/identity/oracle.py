"""Limits on asking: whoever may send evidence could try whom it links.

Held are a person with more than a few different evidences in a month, and a registry's new persons
above a share of those it has, once its first submission is in. Time is append time alone.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right

from hub.identity.compare import common_blocks
from hub.identity.evidence import Block
from hub.identity.model import Limits

_HOUR_MS = 60 * 60 * 1000
_DAY_MS = 24 * _HOUR_MS
EVIDENCES, NEWCOMERS = "evidences", "newcomers"
"""Why a person is held."""


def is_newcomer_too_many(first_ms: array[int], at_ms: int, limits: Limits) -> bool:
    """Whether the newest of these first claims of a registry, sorted by append time and that of
    at_ms among them, is above the share."""
    if at_ms <= first_ms[0] + limits.first_load_hours * _HOUR_MS:
        return False
    before = bisect_right(first_ms, at_ms - limits.newcomers_days * _DAY_MS)
    newcomers = len(first_ms) - before
    return newcomers > max(limits.newcomers_min, before * limits.newcomers_percent / 100)


def evidence_times(times: tuple[int, ...], at_ms: int, limits: Limits) -> tuple[int, ...]:
    """When a person's evidence was another, the newest last, of the days that count."""
    since = at_ms - limits.evidences_days * _DAY_MS
    return (*(time for time in times if time > since), at_ms)[-limits.evidences_max - 1 :]


def is_another(before: tuple[Block, ...], after: tuple[Block, ...]) -> bool:
    """Whether evidence says something else; the same under another key's epoch too does not."""
    common = common_blocks(after, before)
    return common is None or common[0] != common[1]
