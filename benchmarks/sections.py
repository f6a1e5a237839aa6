"""The benchmark's sections: each opens what it needs and answers lines of figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import brokers, latency, profile_lane, rebuilding, workers
from benchmarks.events import PARTS, Prepared
from benchmarks.machine import cpu_seconds, family, pin
from benchmarks.report import BARE, Line, Report, per_event
from benchmarks.stores import Server, empty_store, prepared_store
from deploy.local.kafka import KafkaBroker
from hub.adapters.kafka_log import KafkaEventLog
from hub.adapters.sql_store import SqlStore

FETCH_EVENTS = 10_000
WARM_EVENTS = 10_000
LATENCY_EVENTS = 15_000  # Thirty seconds at the rate of benchmarks.latency.


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What sections share."""

    prepared: Prepared
    server: Server | None
    report: Report
    batch: int
    fresh: bool
    pinned: bool

    @property
    def folder(self) -> Path:
        return self.prepared.folder.parent

    def pin_client(self) -> None:
        """This process on the second core, where that is asked for."""
        if self.pinned:
            pin(1)

    def pin_server(self, process_id: int | None) -> None:
        """A server, and all it has started, on the first core."""
        if self.pinned and process_id is not None:
            pin(0, *family(process_id))


def lane(setup: Setup, kind: str) -> None:
    """Records and derive lanes on a store that holds the stored events."""
    setup.pin_client()
    server = setup.server if kind == "postgresql" else None
    setup.pin_server(None if server is None else server.process_id)
    found = profile_lane.measure(
        setup.prepared, server, size=setup.batch, fresh=setup.fresh, profile=False
    )
    stored = {"stored": setup.prepared.plan.stored, "batch": setup.batch}
    setup.report.add([(f"lane-{kind}", {**stored, **found})])


@asynccontextmanager
async def _broker(setup: Setup) -> AsyncIterator[tuple[KafkaBroker, KafkaEventLog]]:
    with KafkaBroker() as broker:
        setup.pin_server(broker.process_id)
        log = KafkaEventLog(broker.bootstrap)
        try:
            await brokers.make_all_topics(log, setup.prepared.plan.registries)
            yield broker, log
        finally:
            await log.close()


async def kafka(setup: Setup) -> None:
    """The bare loop; then both lanes behind the same loop, to SQLite and to PostgreSQL."""
    setup.pin_client()
    async with _broker(setup) as (broker, log):
        await brokers.append_all(log, setup.prepared.messages(*PARTS))
        found = await brokers.measure_bare(
            broker.bootstrap, broker.process_id, setup.prepared, FETCH_EVENTS
        )
        setup.report.add([(BARE, found)])
        for server in (None, setup.server):
            setup.report.add([await _lanes_on_kafka(setup, server, broker)])


async def _lanes_on_kafka(setup: Setup, server: Server | None, broker: KafkaBroker) -> Line:
    prepared = setup.prepared
    name = prepared.folder.name.removeprefix("events-")
    process_id = None if server is None else server.process_id

    def load(store: SqlStore) -> None:
        profile_lane.load_into(store, prepared)

    measured = prepared.facts["events"]["measured"]
    with prepared_store(server, setup.folder, name, load, fresh=setup.fresh) as store:
        setup.pin_server(process_id)
        async with brokers.reader(broker.bootstrap, brokers.starts_of(prepared)) as consumer:
            warmed = await brokers.read_lanes(consumer, store, WARM_EVENTS, FETCH_EVENTS)
            used = (cpu_seconds(process_id), cpu_seconds(broker.process_id))
            rest = measured - warmed.steps.events
            timed = await brokers.read_lanes(consumer, store, rest, FETCH_EVENTS)
            server_used = cpu_seconds(process_id) - used[0]
            broker_used = cpu_seconds(broker.process_id) - used[1]
    found = per_event(
        timed.steps.events,
        client=timed.meter.client,
        wall=timed.meter.wall,
        server=None if server is None else server_used,
        broker=broker_used,
    )
    kind = "sqlite" if server is None else "postgresql"
    return f"kafka-{kind}", {"stored": prepared.plan.stored, **found}


@asynccontextmanager
async def _site(setup: Setup, server: Server | None) -> AsyncIterator[workers.Site]:
    """A broker with references and approvals, an empty store, and a keyring."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="hub-bench-")))
        store = stack.enter_context(empty_store(server, folder))
        async with _broker(setup) as (broker, log):
            await brokers.append_all(log, setup.prepared.messages("references", "approvals"))
            workers.write_keyring(setup.prepared.plan, folder / "keys.sqlite")
            yield workers.Site(
                bootstrap=broker.bootstrap,
                broker=broker.process_id,
                server=None if server is None else server.process_id,
                store=store,
                log=log,
                folder=folder,
            )


async def run_workers(setup: Setup, kind: str) -> None:
    """One worker fills an empty store, takes a third of what is measured, and shows its latency;
    then two take as much together (on SQLite there is one). What they made is rebuilt."""
    server = setup.server if kind == "postgresql" else None
    messages = setup.prepared.messages("measured")
    share = (setup.prepared.facts["events"]["measured"] - LATENCY_EVENTS) // 2
    stored = {"stored": setup.prepared.plan.stored, "store": kind}
    async with _site(setup, server) as site:
        with ExitStack() as stack:
            _pin_workers(setup, site, 1)
            stack.enter_context(workers.worker(site))
            await workers.until(site, everything=True)
            loaded = await workers.measure_events(site, setup.prepared.messages("stored"))
            setup.report.add([("workers-1-from-empty", {**loaded, "store": kind})])
            setup.report.add([("memory", {**memory_of(site, loaded), "store": kind})])
            found = await workers.measure_events(site, list(islice(messages, share)))
            setup.report.add([("workers-1", {**stored, **found})])
            steady = await latency.measure_latency(site, list(islice(messages, LATENCY_EVENTS)))
            setup.report.add([("latency", {**stored, **steady})])
            if server is not None:
                await workers.until(site, everything=True)
                _pin_workers(setup, site, 2)
                stack.enter_context(workers.worker(site))
                await workers.joined(site)
                found = await workers.measure_events(site, list(islice(messages, share)))
                setup.report.add([("workers-2", {**stored, **found})])
                await workers.until(site, everything=True)
        _pin_workers(setup, site, 1)
        setup.report.add([("rebuild", {"store": kind, **rebuilding.measure_rebuild(site)})])


def _pin_workers(setup: Setup, site: workers.Site, count: int) -> None:
    """One worker has the second core for itself; two share both with everybody."""
    if not setup.pinned:
        return
    setup.pin_server(site.server)
    site.core = 1 if count == 1 else None
    pin(0 if count == 1 else None)
    if count > 1:
        pin(None, *(each.pid for each in site.workers))


async def memory(setup: Setup, kind: str) -> None:
    """The memory of one worker over one long run from an empty store."""
    server = setup.server if kind == "postgresql" else None
    async with _site(setup, server) as site:
        _pin_workers(setup, site, 1)
        with workers.worker(site):
            await workers.until(site, everything=True)
            found = await workers.measure_events(site, setup.prepared.messages("stored"))
    setup.report.add([("memory", {**found, **memory_of(site, found), "store": kind})])


def memory_of(site: workers.Site, found: dict[str, Any]) -> dict[str, Any]:
    """What the worker held at each tenth of the run, in MB."""
    seen = site.resident
    tenths = [seen[round(n * (len(seen) - 1) / 10)] for n in range(11)]
    return {
        "events": found["events"],
        "resident_tenths": tenths,
        "resident_max_mb": max(seen),
        "resident_half_to_end_mb": round(tenths[10] - tenths[5], 1),
    }
