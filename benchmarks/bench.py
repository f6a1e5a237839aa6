"""The benchmark: one command, JSON lines on stdout, a table on stderr.

    make bench
    make bench ARGS="--only lane-postgresql --large"
    make bench ARGS="--only memory --events 2000000"

Every line names the machine, its libraries and servers, the seed and the sizes. Where the bare loop
ran too, each rate of a client CPU second is also given as a share of that loop's.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import evaluations, sections
from benchmarks.decoding import measure_decoding
from benchmarks.events import add_plan_arguments, plan_of, prepare
from benchmarks.machine import kafka_version, machine, pin
from benchmarks.plan import Plan
from benchmarks.report import Report
from benchmarks.sections import Setup
from benchmarks.stores import Server, postgres
from hub.lanes.collector import calm_collector

ALWAYS = ("kafka", "decode", "evaluations", "lane-sqlite", "lane-postgresql", "workers")
ASKED = ("workers-sqlite", "memory", "memory-sqlite")
MEASURED = 100_000
LARGE = 1_000_000
RECORDS_PER_EVENT = 0.84  # Of the mix: the rest says again what was said.
SIZES = ("stored", "measured", "accounts")  # In each line where they matter.
WITHOUT_SERVER = {"decode", "evaluations", "lane-sqlite", "workers-sqlite", "memory-sqlite"}


def arguments_of(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(description="What the hub costs, as JSON lines.")
    add_plan_arguments(parser, measured=MEASURED)
    parser.add_argument(
        "--only", default=",".join(ALWAYS), help=f"of {', '.join((*ALWAYS, *ASKED))}"
    )
    parser.add_argument("--large", action="store_true", help="lanes again at 1,000,000 stored")
    parser.add_argument("--events", type=int, default=2_000_000, help="of the memory run")
    parser.add_argument("--batch", type=int, default=10_000, help="events in a batch of the lanes")
    parser.add_argument("--fresh", action="store_true", help="fill kept stores again")
    parser.add_argument("--pin", action="store_true", help="client and servers on a core each")
    parser.add_argument("--json", type=Path, help="also write the lines to this file")
    arguments = parser.parse_args(words)
    arguments.only = arguments.only.split(",")
    unknown = set(arguments.only) - {*ALWAYS, *ASKED}
    if unknown:
        parser.error(f"--only does not know {', '.join(sorted(unknown))}")
    return arguments


def run(arguments: argparse.Namespace) -> None:
    """Every section that was asked for."""
    began = time.monotonic()
    with ExitStack() as stack:
        server = None
        if set(arguments.only) - WITHOUT_SERVER:
            server = stack.enter_context(postgres(arguments.folder))
        plan = plan_of(arguments)
        report = Report(about(arguments, plan, server), arguments.json)
        stack.callback(report.close)
        for name in (*ALWAYS, *ASKED):
            if name in arguments.only:
                _section(name, arguments, plan, server, report)
    sys.stderr.write(f"{time.monotonic() - began:.0f} s in all\n")


def _section(
    name: str,
    arguments: argparse.Namespace,
    plan: Plan,
    server: Server | None,
    report: Report,
) -> None:
    sys.stderr.write(f"{name} …\n")
    if name == "evaluations":
        if arguments.pin:
            pin(1)
        report.add(evaluations.lines_of(evaluations.CASES, evaluations.ROUNDS, plan.seed))
        return
    if name.startswith("memory"):
        plan = replace(plan, stored=int(arguments.events * RECORDS_PER_EVENT), measured=0)
    kind = "sqlite" if name.endswith("sqlite") else "postgresql"
    setup = Setup(
        prepared=prepare(arguments.folder, plan),
        server=server,
        report=report,
        batch=arguments.batch,
        fresh=arguments.fresh,
        pinned=arguments.pin,
    )
    setups = [setup]
    if arguments.large and name.startswith(("kafka", "lane")) and plan.stored < LARGE:
        larger = prepare(arguments.folder, replace(plan, stored=LARGE))
        setups.append(replace(setup, prepared=larger))
    for each in setups:
        _measure(name, kind, each)


def _measure(name: str, kind: str, setup: Setup) -> None:
    if name == "kafka":
        asyncio.run(sections.kafka(setup))
    elif name == "decode":
        setup.pin_client()
        setup.report.add(measure_decoding(setup.prepared))
    elif name.startswith("lane"):
        sections.lane(setup, kind)
    elif name.startswith("workers"):
        asyncio.run(sections.run_workers(setup, kind))
    else:
        asyncio.run(sections.memory(setup, kind))


def about(arguments: argparse.Namespace, plan: Plan, server: Server | None) -> dict[str, Any]:
    """What holds for every line."""
    mixed = {key: value for key, value in plan.as_dict().items() if key not in SIZES}
    return {
        "plan": mixed,
        "pinned": arguments.pin,
        "load_before": round(os.getloadavg()[0], 2),
        "postgresql": None if server is None else server.version,
        "kafka": kafka_version(),
        "machine": machine(),
    }


def main() -> None:
    """Run the benchmark."""
    calm_collector()
    run(arguments_of())


if __name__ == "__main__":
    main()
