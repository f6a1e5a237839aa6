"""Where the time of the records and derive lanes goes, on a store that holds much already.

    python -m benchmarks.profile_lane --store postgresql --stored 100000 --profile

The store is filled once, kept, and copied for each run. The first batches of a run warm caches and
are not counted. Figures are microseconds an event, one JSON line; the profile goes to stderr.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import sys
from contextlib import nullcontext
from itertools import islice
from typing import Any

from benchmarks.events import CHUNK, SETUP, Prepared, add_plan_arguments, plan_of, prepare
from benchmarks.lane_steps import Steps, counts_of, forget_outbox, run
from benchmarks.machine import cpu_seconds, family, machine, pin, resident_mb
from benchmarks.report import per_event
from benchmarks.stores import Server, postgres, prepared_store
from hub.adapters.sql_store import SqlStore
from hub.lanes.collector import calm_collector

LOAD_BATCH = 20_000
WARM_BATCHES = 2
PROFILE_LINES = 40


def load_into(store: SqlStore, prepared: Prepared) -> None:
    """Setup and stored events, folded and derived in large batches."""
    steps = Steps()
    run(store, prepared.batches(*SETUP, size=LOAD_BATCH), steps)
    for runs in prepared.batches("stored", size=LOAD_BATCH):
        run(store, [runs], steps)
        forget_outbox(store)


def measure(
    prepared: Prepared, server: Server | None, *, size: int, fresh: bool, profile: bool
) -> dict[str, Any]:
    """Run the measured part on a copy of the prepared store. Answers figures an event."""
    name = prepared.folder.name.removeprefix("events-")
    folder = prepared.folder.parent

    def load(store: SqlStore) -> None:
        load_into(store, prepared)

    with prepared_store(server, folder, name, load, fresh=fresh) as store:
        batches = prepared.batches("measured", size=size)
        run(store, islice(batches, WARM_BATCHES), Steps())
        before = counts_of(store)
        steps = Steps(profiles=(cProfile.Profile(), cProfile.Profile()) if profile else None)
        process_id = None if server is None else server.process_id
        used = cpu_seconds(process_id)
        run(store, batches, steps)
        used = cpu_seconds(process_id) - used
        after = counts_of(store)
    if steps.profiles:
        for lane, found in zip(("records", "derive"), steps.profiles, strict=True):
            show(lane, found)
    return figures(steps, None if server is None else used, before, after)


def figures(
    steps: Steps, server: float | None, before: dict[str, int], after: dict[str, int]
) -> dict[str, Any]:
    """Microseconds an event, of each part too, and what grew."""
    parts = (("open", steps.opened), ("apply", steps.applied), ("derive", steps.derived))
    found = per_event(steps.events, client=steps.client, wall=steps.wall, server=server)
    for name, meter in parts:
        found[f"{name}_us"] = round(meter.client / steps.events * 1e6, 2)
        found[f"{name}_wall_us"] = round(meter.wall / steps.events * 1e6, 2)
    grown = {name: after[name] - before[name] for name in after}
    memory = {"resident_mb": resident_mb()}
    return {**found, "touches": steps.touches, "grown": grown, "rows": after, **memory}


def show(lane: str, profile: cProfile.Profile) -> None:
    """The lane's costliest functions by their own time, on stderr."""
    sys.stderr.write(f"\n{lane} lane, by own time\n")
    stats = pstats.Stats(profile, stream=sys.stderr)
    stats.sort_stats("tottime").print_stats(PROFILE_LINES)


def pin_apart(server: Server | None) -> None:
    """This process on the second core, the server and all it starts on the first."""
    pin(1)
    if server is not None and server.process_id is not None:
        pin(0, *family(server.process_id))


def arguments_of(words: list[str] | None = None) -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(
        description="What the records and derive lanes cost an event.",
        epilog="Figures are microseconds an event; with --profile, tables on stderr.",
    )
    add_plan_arguments(parser)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--batch", type=int, default=CHUNK, help="events in a batch")
    parser.add_argument("--fresh", action="store_true", help="fill the kept store again")
    parser.add_argument("--profile", action="store_true", help="cProfile of each lane")
    parser.add_argument("--pin", action="store_true", help="client and server on a core each")
    return parser.parse_args(words)


def main() -> None:
    """Measure, print one JSON line."""
    calm_collector()
    arguments = arguments_of()
    prepared = prepare(arguments.folder, plan_of(arguments))
    context = postgres(arguments.folder) if arguments.store == "postgresql" else nullcontext(None)
    with context as server:
        if arguments.pin:
            pin_apart(server)
        found = measure(
            prepared,
            server,
            size=arguments.batch,
            fresh=arguments.fresh,
            profile=arguments.profile,
        )
    about = {"store": arguments.store, "server": server.version if server else None}
    plan = {"plan": prepared.plan.as_dict(), "batch": arguments.batch, **about}
    sys.stdout.write(json.dumps({**plan, **found, "machine": machine()}) + "\n")


if __name__ == "__main__":
    main()
