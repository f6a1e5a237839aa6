"""Decisions beside the answers of the rules: what is left to decide, how far the two agree, which
rules people contradict, what lapses.

Pure: bodies of matches and sums in, plain values out. Intervals are those of a match's body.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from hub.projections.verdicts import AGREES, CONTRADICTS
from hub.reciprocity.answer import Answer, WithDocuments

ACCEPTING = frozenset({"FULL", "PARTIAL"})
LEFT_TO_PEOPLE = frozenset({"NEEDS_DOCUMENT", "NEEDS_REVIEW"})
SMALL_BELOW = 10
"""Counts of other registries below it are hidden: they could name somebody."""
DECISION_SUMS = (
    "decisions",
    "decision_verdicts",
    "decision_days",
    "decision_days_of",
    "decision_reasons",
)
Body = Mapping[str, Any]


def holding(intervals: Sequence[Body], day: date) -> Body | None:
    """The interval that holds on this day."""
    for interval in intervals:
        if interval["from_on"] <= day and _reaches(interval, day):
            return interval
    return None


def _reaches(interval: Body, day: date) -> bool:
    return interval["until_on"] is None or day <= interval["until_on"]


def answer_of(interval: Body) -> Answer:
    """An interval's answer, as the rules gave it."""
    lifted = interval["with_documents"]
    return Answer(
        outcome=interval["outcome"],
        reason=interval["reason"],
        reason_values=tuple((each["name"], each["text"]) for each in interval["reason_values"]),
        rule_id=interval["rule_id"],
        rule_version=interval["rule_version"],
        accepted_hours=interval["accepted_hours"],
        total_hours=interval["total_hours"],
        counts_as=interval["counts_as"],
        not_for=tuple(interval["not_for"]),
        documents=tuple(interval["documents"]),
        with_documents=None
        if lifted is None
        else WithDocuments(lifted["outcome"], lifted["accepted_hours"], lifted["counts_as"]),
        unknown=tuple(interval["unknown"]),
    )


def is_decided(match: Body) -> bool:
    """Whether the receiving registry has decided on the record as it stands: noted documents are
    no decision, and what was decided on an earlier revision leaves the later one open."""
    decision = match["decision"]
    if decision is None or decision["decision"] == "PENDING":
        return False
    return bool(decision["record_revision"] == match["record_revision"])


def left_to_people(match: Body, day: date) -> Body | None:
    """The answer that holds on this day, where it leaves the record to people who have not decided
    on it."""
    interval = holding(match["intervals"], day)
    if interval is None or interval["outcome"] not in LEFT_TO_PEOPLE or is_decided(match):
        return None
    return interval


def waits_since(interval: Body, received_on: date) -> date:
    """Since when there is something to do: the record is there, and the answer holds."""
    begins: date = interval["from_on"]
    return max(begins, received_on)


def ends_by_expiry(intervals: Sequence[Body], expires_on: date) -> bool:
    """Whether acceptance ends with the record's own last day, and not for another cause."""
    last = holding(intervals, expires_on)
    if last is None or last["outcome"] not in ACCEPTING or last["until_on"] != expires_on:
        return False
    after = holding(intervals, expires_on + timedelta(days=1))
    return after is None or after["outcome"] not in ACCEPTING


def is_accepted_until(intervals: Sequence[Body], day: date, last: date) -> bool:
    """Whether every answer from this day to the last accepts the record."""
    at = day
    while at <= last:
        interval = holding(intervals, at)
        if interval is None or interval["outcome"] not in ACCEPTING:
            return False
        if interval["until_on"] is None:
            return True
        at = interval["until_on"] + timedelta(days=1)
    return True


@dataclass(slots=True)
class Tally:
    """What one registry decided on the records of another, of one kind."""

    sender: str
    receiver: str
    kind: str
    decisions: dict[str, int] = field(default_factory=dict)
    verdicts: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    days: int = 0
    """Days from a record to its decision, summed over the decisions on the revision received."""
    days_of: int = 0

    @property
    def total(self) -> int:
        return sum(self.decisions.values())

    @property
    def agreement(self) -> tuple[int, int]:
        """How many agree, of those that agree with the rules or contradict them."""
        agree = self.verdicts.get(AGREES, 0)
        return agree, agree + self.verdicts.get(CONTRADICTS, 0)

    @property
    def is_small(self) -> bool:
        """Whether any count in it is so small that others must not see it: then none is shown,
        since what is hidden could be worked out from the rest."""
        counts = (*self.decisions.values(), *self.verdicts.values(), *self.reasons.values())
        return any(0 < count < SMALL_BELOW for count in (*counts, self.days_of))


def tallies_of(sums: Mapping[tuple[str, str, str], int]) -> list[Tally]:
    """Decisions by holding registry, deciding registry and kind, in this order."""
    found: dict[tuple[str, str, str], Tally] = {}
    for (name, sender, dim), value in sums.items():
        if name not in DECISION_SUMS or not value:
            continue
        receiver, kind, *rest = dim.split("|", 2)
        key = (sender, receiver, kind)
        tally = found.setdefault(key, Tally(*key))
        if name == "decision_days":
            tally.days = value
        elif name == "decision_days_of":
            tally.days_of = value
        else:
            _PARTS[name](tally)[rest[0]] = value
    return [found[key] for key in sorted(found)]


_PARTS = {
    "decisions": lambda tally: tally.decisions,
    "decision_verdicts": lambda tally: tally.verdicts,
    "decision_reasons": lambda tally: tally.reasons,
}


class Ruled(NamedTuple):
    """One decision and the rule that had answered before it."""

    receiver: str
    sender: str
    kind: str
    record_id: str
    decided_ms: int
    verdict: str
    rule_id: str
    rule_version: int


class Contradiction(NamedTuple):
    """One version of a rule that the registry's own people contradict again and again."""

    receiver: str
    sender: str
    rule_id: str
    rule_version: int
    kinds: tuple[str, ...]
    contradicting: int
    decisions: int
    """How many were looked at: the last ones."""


def contradictions_of(
    ruled: Iterable[Ruled], *, at_least: int, of_last: int
) -> Iterator[Contradiction]:
    """Of the last decisions under one version of a rule, on records of one registry, so many or
    more contradict it. Given in any order; of one moment the greater record id is the later."""
    last: dict[tuple[str, str, str, int], deque[Ruled]] = {}
    for each in sorted(ruled, key=lambda r: (r.decided_ms, r.sender, r.kind, r.record_id)):
        if each.verdict in (AGREES, CONTRADICTS):
            key = (each.receiver, each.sender, each.rule_id, each.rule_version)
            last.setdefault(key, deque(maxlen=of_last)).append(each)
    for key in sorted(last):
        seen = last[key]
        contradicting = sum(each.verdict == CONTRADICTS for each in seen)
        if contradicting >= at_least:
            kinds = tuple(sorted({each.kind for each in seen}))
            yield Contradiction(*key, kinds, contradicting, len(seen))
