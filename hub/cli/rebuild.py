"""Rebuild, scan and sample: what their commands do."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from hub import bootstrap
from hub.adapters.keyring import open_keyring
from hub.adapters.sql_generation import Generation
from hub.adapters.sql_scan import Scan, scan_store, state_roots
from hub.adapters.sql_store import SqlStore
from hub.cli import common, sampling
from hub.console.progress import Progress
from hub.console.rebuild import as_columns, rebuild_lines, sample_lines
from hub.domain.log import TopicPartition
from hub.domain.samples import SampleReport
from hub.errors import ConfigurationError
from hub.lanes.collector import calm_collector
from hub.projections.roots import FOLD_VERSION
from hub.rebuild.run import Rebuild, cancel
from hub.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildOptions:
    """What `hub rebuild` was told."""

    log: str | None
    store: str | None
    keyring: str | None
    replace: bool
    cancel: bool
    json: str | None
    quiet: bool


async def run_rebuild(options: RebuildOptions, settings: Settings) -> int:
    """Rebuild and switch; 1 where the live store differs, or a scan finds other roots."""
    store_url = common.required(options.store or settings.store, "HUB_STORE", "--store")
    if options.cancel:
        return _cancel(store_url)
    log_url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    keyring_url = common.keyring_url(options.keyring, settings)
    if settings.token_key:
        raise ConfigurationError(
            "nothing is rebuilt where the states' token key is",
            setting="HUB_TOKEN_KEY",
            fix="run this elsewhere; who holds the keyring must not hold the token key",
        )
    calm_collector()
    log = bootstrap.open_log(log_url, settings, to_read=True)
    keyring = open_keyring(keyring_url)
    live = bootstrap.open_store(store_url)
    generation = Generation(live, bootstrap.migrate)
    try:
        progress = Progress(sys.stderr, quiet=options.quiet)
        report = await Rebuild(generation, log, keyring, progress, options.replace).run()
    finally:
        generation.close()
        live.close()
        keyring.close()
        await log.close()
    document = report.document()
    common.write_json(document, options.json)
    if options.json != "-":
        sys.stdout.writelines(f"{line}\n" for line in rebuild_lines(document))
    return 0 if report.is_well else 1


def _cancel(store_url: str) -> int:
    live = bootstrap.open_store(store_url)
    generation = Generation(live, bootstrap.migrate)
    try:
        dropped = cancel(generation)
    finally:
        generation.close()
        live.close()
    sys.stdout.write("Dropped what was built.\n" if dropped else "There was nothing to drop.\n")
    return 0


def run_scan(store_url: str | None, json: str | None, settings: Settings) -> int:
    """Compare kept roots with those of a scan; 1 where they differ."""
    store = SqlStore(common.required(store_url or settings.store, "HUB_STORE", "--store"))
    try:
        with Progress(sys.stderr).step("Scanning", "Scanned") as step:
            scan = scan_store(store)
            step.result = (
                f"{scan.records:,} records, {scan.links:,} links, {scan.matches:,} matches"
            )
    finally:
        store.close()
    common.write_json(_scan_document(scan), json)
    if json != "-":
        plain, canonical = state_roots(scan.scanned)
        said = "Every root is as the lanes keep it."
        if scan.differing:
            said = f"Rows were changed past the lanes; roots that differ: {scan.differing}."
        sys.stdout.write(f"{said}\nState root {plain}, canonical {canonical}\n")
    return int(bool(scan.differing))


def _scan_document(scan: Scan) -> dict[str, Any]:
    kept, scanned = state_roots(scan.kept), state_roots(scan.scanned)
    return {
        "fold_version": FOLD_VERSION,
        "records": scan.records,
        "links": scan.links,
        "matches": scan.matches,
        "kept": {"state_root": kept[0], "state_root_canonical": kept[1]},
        "scanned": {"state_root": scanned[0], "state_root_canonical": scanned[1]},
        "differing": scan.differing,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOptions:
    """What `hub audit sample` was told."""

    partition: str | None
    one_in: int
    log: str | None
    store: str | None
    json: str | None


async def run_sample(options: SampleOptions, settings: Settings) -> int:
    """Check one sample; 1 where a record differs."""
    log_url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    store_url = common.required(options.store or settings.store, "HUB_STORE", "--store")
    place = None if options.partition is None else _place(options.partition)
    log = bootstrap.open_log(log_url, settings, to_read=True)
    store = SqlStore(store_url)
    try:
        if place is None:
            report = await sampling.check_next(store, log, one_in=options.one_in)
        else:
            report = await sampling.check(store, log, place, one_in=options.one_in)
    finally:
        store.close()
        await log.close()
    if report is None:
        common.write_json(None, options.json)
        sys.stderr.write("The store has folded no registry's events yet.\n")
        return 0
    common.write_json(_sample_document(report), options.json)
    if options.json != "-":
        sys.stdout.writelines(f"{line}\n" for line in sample_lines(report))
    return 0 if report.is_well else 1


def _place(text: str) -> TopicPartition:
    topic, _, number = text.rpartition("/")
    if not topic or not number.isdecimal():
        raise common.UsageError(
            f'"{text}" is no partition', fix="write one such as registry.us-oh.events/0"
        )
    return TopicPartition(topic, int(number))


def _sample_document(report: SampleReport) -> dict[str, Any]:
    return {
        "partition": str(report.place),
        "one_in": report.one_in,
        "turn": report.turn,
        "position": report.position,
        "persons": report.persons,
        "records": report.records,
        "differing": report.differing,
        "differences": [
            {
                "registry": each.key.registry,
                "kind": each.key.kind,
                "record_id": each.key.record_id,
                "person_id": each.person_id,
                "event": str(each.event),
                "stored": as_columns(each.stored),
                "from_log": as_columns(each.folded),
            }
            for each in report.differences
        ],
    }
