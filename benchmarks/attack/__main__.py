"""What an attacker with all that a hub holds can name: JSON lines on stdout, a table on stderr.

python -m benchmarks.attack
python -m benchmarks.attack --records 1000000 --few 1
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.attack.control import Decoded
from benchmarks.attack.run import (
    CONTROL_MIN,
    GOAL,
    Plan,
    control_of_fields,
    control_of_filters,
    listed,
    prepare,
    results,
)


def main(words: Sequence[str] | None = None) -> int:
    """1 where an attack reached the goal, or the control did not."""
    plan = _plan_of(words)
    started = time.monotonic()
    prepared = prepare(plan)
    about = {"records": plan.records, "known": plan.known, "seed": plan.seed}
    worst = 0.0
    for each in results(prepared):
        named = each.named
        worst = max(worst, named.strangers_share)
        _say(
            f"{each.method} {each.labels}",
            {
                **about,
                "method": each.method,
                "labels": each.labels,
                "others": named.others,
                "named": named.named,
                "with_birth": named.with_birth,
                "percent": round(100 * named.share, 4),
                "strangers": named.strangers,
                "strangers_named": named.strangers_named,
                "strangers_with_birth": named.strangers_with_birth,
                "strangers_percent": round(100 * named.strangers_share, 4),
                "seconds": round(time.monotonic() - started, 1),
            },
        )
    for share, found in listed(prepared):
        _say(
            f"list of {share:.0%} of the people",
            {
                **about,
                "method": "listed",
                "listed": share,
                "others": found.people,
                "matched": found.matched,
                "named": found.named,
                "percent": round(100 * found.named / found.people, 2),
            },
        )
    _say_control("control of single fields", about, control_of_fields(prepared))
    filters = control_of_filters(prepared)
    _say_control("control of filters", about, filters)
    return 0 if worst < GOAL and filters.share > CONTROL_MIN else 1


def _plan_of(words: Sequence[str] | None) -> Plan:
    parser = argparse.ArgumentParser(description="What can be named from link evidence.")
    parser.add_argument("--records", type=int, default=Plan().records)
    parser.add_argument("--known", type=int, default=Plan().known)
    parser.add_argument("--seed", type=int, default=Plan().seed)
    parser.add_argument("--few", type=int, help="pairs of labels to try, of each kind; else all")
    found = parser.parse_args(words)
    return Plan(found.records, found.known, found.seed, found.few)


def _say_control(name: str, about: dict[str, Any], found: Decoded) -> None:
    figures = {"named": found.named, "with_birth": found.with_birth}
    percent = round(100 * found.share, 2)
    _say(name, {**about, "method": name, "others": found.people, **figures, "percent": percent})


def _say(title: str, line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)
    shown = f"{title:55.55} {line['named']:>8,} of {line['others']:>9,} {line['percent']:>9} %"
    print(shown, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
