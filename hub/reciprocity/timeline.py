"""The timeline of a match: answers with adjoining days on which they hold.

Found by evaluating at every day on which an input can change, so the answer on any day is looked up
and nothing depends on a clock. Intervals adjoin; there is a gap only where the policy itself has
days without a rule on the kind, and it ends only where those rules end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from hub.reciprocity.answer import Answer
from hub.reciprocity.days import own_day, window_end
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.facts import Evidence, RecordFacts, Request
from hub.reciprocity.policy import KindRules, Policy

INTERVALS_MAX = 32
"""Where there are more, the newest are kept: what is asked is the answer on recent days."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """An answer and the first and last day on which it holds, both inclusive; None: no end."""

    from_on: date
    until_on: date | None
    answer: Answer


def timeline(
    policy: Policy, facts: RecordFacts, evidence: Evidence, request: Request
) -> tuple[Interval, ...]:
    """All answers, oldest first; empty where the policy has no rule on the kind."""
    return _all_intervals(policy, facts, evidence, request)[-INTERVALS_MAX:]


def interval_on(
    policy: Policy, facts: RecordFacts, evidence: Evidence, request: Request, day: date
) -> Interval | None:
    """The interval that holds on the day, however many came after it; None where none does."""
    return _holding(_all_intervals(policy, facts, evidence, request), day)


def answer_on(intervals: tuple[Interval, ...], day: date) -> Answer | None:
    """The answer that holds on the day; None where none does."""
    held = _holding(intervals, day)
    return None if held is None else held.answer


def _holding(intervals: tuple[Interval, ...], day: date) -> Interval | None:
    for interval in intervals:
        if interval.from_on <= day and (interval.until_on is None or day <= interval.until_on):
            return interval
    return None


def _all_intervals(
    policy: Policy, facts: RecordFacts, evidence: Evidence, request: Request
) -> tuple[Interval, ...]:
    of_kind = policy.by_kind.get(facts.kind)
    if of_kind is None:
        return ()
    found: list[Interval] = []
    open_answer: Answer | None = None
    opened_on = of_kind.days[0]
    for day in sorted(_change_days(of_kind, facts, evidence, request)):
        answer = evaluate(policy, facts, evidence, day, request)
        if answer == open_answer:
            continue
        if open_answer is not None:
            found.append(Interval(opened_on, day - _ONE_DAY, open_answer))
        open_answer, opened_on = answer, day
    if open_answer is not None:
        found.append(Interval(opened_on, None, open_answer))
    return tuple(found)


def _change_days(
    of_kind: KindRules, facts: RecordFacts, evidence: Evidence, request: Request
) -> set[date]:
    """Every day from the policy's first on which an answer can differ from the day before."""
    days = set(of_kind.days)
    days.update(_record_days(facts))
    own = own_day(facts)
    if own is not None and request.requested_on is None:
        days.update(_after(window_end(own, months) for months in of_kind.windows))
    if of_kind.asked:
        for approval in evidence.approvals:
            days.update(_record_days(approval.facts))
        for entry in evidence.mentioned(facts):
            if entry.from_on is not None:
                days.add(entry.from_on)
            if entry.until_on is not None:
                days.update(_after([entry.until_on]))
    return {day for day in days if day >= of_kind.days[0]}


def _record_days(facts: RecordFacts) -> Iterator[date]:
    for day in (facts.on, facts.revoked_on):
        if isinstance(day, date):
            yield day
    if isinstance(facts.expires, date):
        yield from _after([facts.expires])


def _after(days: Iterator[date] | list[date]) -> Iterator[date]:
    """Each day's next one; the last day of the calendar has none."""
    for day in days:
        if day < date.max:
            yield day + _ONE_DAY
