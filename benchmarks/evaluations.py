"""How many questions a policy answers a second on one core: one record, one receiver, one day.

    python -m benchmarks.evaluations

Made-up records over all rules of the shipped policies, and usual completions by a policy of twenty
rules of which the last decides. With the trace that an explanation needs, and without; a timeline
is what the derive lane asks of each record. The best of some rounds counts: a round that others
disturbed says nothing of the code.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.evaluation_cases import Case, long_cases, seed_cases
from benchmarks.machine import Meter, machine, pin
from benchmarks.report import Line, Report, per_event
from hub.lanes.collector import calm_collector
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.timeline import timeline

CASES = 20_000
ROUNDS = 5
GOALS = {"evaluate-seeds-trace": 50_000, "evaluate-long-trace": 20_000}
"""Evaluations a second."""

Work = Callable[[Sequence[Case]], Any]


def with_trace(cases: Sequence[Case]) -> None:
    for policy, facts, evidence, day, request in cases:
        evaluate(policy, facts, evidence, day, request, trace=True)


def without_trace(cases: Sequence[Case]) -> None:
    for policy, facts, evidence, day, request in cases:
        evaluate(policy, facts, evidence, day, request)


def timelines(cases: Sequence[Case]) -> None:
    for policy, facts, evidence, _, request in cases:
        timeline(policy, facts, evidence, request)


def measured(work: Work, cases: Sequence[Case], rounds: int) -> dict[str, Any]:
    """Figures of the round that took the least CPU, after one to warm up."""
    work(cases)
    meters = []
    for _ in range(rounds):
        meter = Meter()
        with meter:
            work(cases)
        meters.append(meter)
    best = min(meters, key=lambda meter: meter.client)
    return per_event(len(cases), client=best.client, wall=best.wall)


def tried(cases: Sequence[Case]) -> dict[str, Any]:
    """Rules and conditions that a question comes to, on average."""
    answers = [evaluate(*case, trace=True) for case in cases]
    rules = [rule for answer in answers if answer is not None for rule in answer.tried]
    return {
        "rules_tried": round(len(rules) / len(cases), 1),
        "conditions_tried": round(sum(len(r.conditions) for r in rules) / len(cases), 1),
    }


def lines_of(count: int, rounds: int, seed: int) -> list[Line]:
    """Every measure; those with a goal say whether it was reached."""
    found: list[Line] = []
    for name, cases in (("seeds", seed_cases(count, seed)), ("long", long_cases(count, seed))):
        reached = tried(cases)
        for what, work in (
            (f"evaluate-{name}-trace", with_trace),
            (f"evaluate-{name}", without_trace),
            (f"timeline-{name}", timelines),
        ):
            figures = {**measured(work, cases, rounds), **reached}
            if what in GOALS:
                rate = figures["events_per_client_second"] or 0
                figures |= {"goal": GOALS[what], "goal_reached": rate >= GOALS[what]}
            found.append((what, figures))
    return found


def arguments_of(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(description="Evaluations a second, as JSON lines.")
    parser.add_argument("--cases", type=int, default=CASES, help="questions in a round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pin", action="store_true", help="run on the second core alone")
    parser.add_argument("--json", type=Path, help="also write the lines to this file")
    return parser.parse_args(words)


def main() -> None:
    """Measure, print JSON lines and a table."""
    calm_collector()
    arguments = arguments_of()
    if arguments.pin:
        pin(1)
    about = {
        "seed": arguments.seed,
        "cases": arguments.cases,
        "rounds": arguments.rounds,
        "load_before": round(os.getloadavg()[0], 2),
        "machine": machine(),
    }
    report = Report(about, arguments.json)
    report.add(lines_of(arguments.cases, arguments.rounds, arguments.seed))
    report.close()


if __name__ == "__main__":
    main()
