"""`make simulate`: replay one seed with its trace, or run many and name those that fail.

One seed is printed statement by statement, who did what and when, and ends with its verdict. Many
show how far they are; the last lines hold the failing seeds and the command that replays each.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

from tests.simulation.sim_run import Verdict, run
from tests.simulation.sim_scheduler import START_MS, Detail

PROGRESS_SECONDS = 5.0
DETAIL_COLUMNS_MAX = 160
DIFFERENCES_MAX = 20
DIFFERENCE_COLUMNS_MAX = 600


def main(arguments: Sequence[str]) -> int:
    """0 where every run ended well, else 1."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this seed with its trace")
    parser.add_argument("--seeds", type=int, default=500, help="how many to run")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first of many")
    given = parser.parse_args(arguments)
    if given.seed is not None:
        return _replay(given.seed)
    return _run_many(given.first, given.seeds)


def _replay(seed: int) -> int:
    verdict = run(seed, trace=_print_step)
    print(f"\nseed {seed}: {verdict.steps} steps, {_in_words(verdict)}")
    for difference in verdict.differences[:DIFFERENCES_MAX]:
        print(f"  {difference[:DIFFERENCE_COLUMNS_MAX]}")
    rest = len(verdict.differences) - DIFFERENCES_MAX
    if rest > 0:
        print(f"  and {rest} more")
    return 0 if verdict.is_good else 1


def _in_words(verdict: Verdict) -> str:
    if not verdict.is_good:
        return f"{len(verdict.differences)} differences:"
    if verdict.diverged:
        return "good: the log had lost what was folded, and the lane stopped (LOG_DIVERGED)"
    return "good: the store, its roots and the topics say what a plain fold says"


def _print_step(now_ms: int, who: str, what: str, detail: Detail) -> None:
    shown = " ".join(_short(each) for each in detail)
    if len(shown) > DETAIL_COLUMNS_MAX:
        shown = shown[: DETAIL_COLUMNS_MAX - 1] + "…"
    print(f"{(now_ms - START_MS) / 1000:9.3f}  {who:12}  {what:24}  {shown}".rstrip())


def _short(value: Any) -> str:
    if isinstance(value, tuple):
        return "|".join(_short(each) for each in value)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _run_many(first: int, count: int) -> int:
    began = told = time.monotonic()
    failed: list[int] = []
    steps = diverged = 0
    for done, seed in enumerate(range(first, first + count), 1):
        verdict = run(seed)
        steps += verdict.steps
        diverged += verdict.diverged
        if not verdict.is_good:
            failed.append(seed)
            print(f"seed {seed}: {verdict.differences[0][:DIFFERENCE_COLUMNS_MAX]}", flush=True)
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            rate = done / (told - began)
            left = (count - done) / rate
            print(
                f"{done} of {count} seeds, {rate:.1f} a second, {left:.0f} seconds left,"
                f" {len(failed)} failed",
                file=sys.stderr,
                flush=True,
            )
    seconds = time.monotonic() - began
    print(
        f"{count} seeds from {first} in {seconds:.0f} seconds: {count - len(failed)} good"
        f" ({diverged} of them stopped at a log that had lost its tail), {len(failed)} failed;"
        f" {steps} steps"
    )
    for seed in failed:
        print(f"  make simulate SEED={seed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
