"""`hub doctor`: every check of an installation, each with a sentence and what to do.

It reads and changes nothing. A check that cannot be made is a finding too, and the rest go on.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from hub import bootstrap
from hub.adapters.sql_status import read_status
from hub.adapters.sql_store import SqlStore
from hub.cli import common
from hub.cli.doctor_log import check_log, check_places, newest_append_ms
from hub.cli.doctor_store import (
    check_clock,
    check_keyring,
    check_store,
    check_token_key,
    check_waiting,
    check_workers,
)
from hub.console.findings import print_findings
from hub.domain.findings import Finding
from hub.errors import HubError
from hub.ports import EventLog
from hub.settings import Settings
from hub.wire.compatibility import problems_of_schemas

PROBLEMS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Places:
    """What is to be checked, and where."""

    log: str | None
    store: str | None
    keyring: str | None


async def run_doctor(
    urls: tuple[str | None, str | None, str | None], target: str | None, settings: Settings
) -> int:
    """Print every finding; 1 where one is not ok."""
    held = None if settings.keyring is None else settings.keyring.get_secret_value()
    given = (urls[0] or settings.log, urls[1] or settings.store, urls[2] or held)
    places = Places(*(url or None for url in given))
    findings = await examine(places, settings)
    is_well = all(each.ok for each in findings)
    document = {"ok": is_well, "findings": [each._asdict() for each in findings]}
    common.write_json(document, target)
    if target != "-":
        print_findings(findings, sys.stdout)
    return int(not is_well)


async def examine(places: Places, settings: Settings) -> list[Finding]:
    """Every finding, in the order in which things build on each other."""
    findings = check_schemas()
    log = await _opened_log(places.log, settings, findings)
    store = await _opened_store(places.store, findings)
    try:
        if log is not None:
            findings += await _tried("topics", lambda: check_log(log, settings, places.log or ""))
        if store is not None:
            findings += await _tried("lanes", lambda: _of_lanes(store, log))
        findings += await _tried(
            "keyring", lambda: asyncio.to_thread(check_keyring, places.keyring)
        )
        findings += check_token_key(settings, places.keyring)
    finally:
        if store is not None:
            store.close()
        if log is not None:
            await log.close()
    return findings


def check_schemas() -> list[Finding]:
    """Files as released, and every version reads every other."""
    problems = problems_of_schemas()
    if not problems:
        return [Finding("schemas", True, "Every schema is as it was released.", None)]
    return [
        Finding(
            "schemas",
            False,
            f"Schemas differ from what was released: {'; '.join(problems[:PROBLEMS_SHOWN])}.",
            "Install the released program again; see every difference with hub schemas check.",
        )
    ]


async def _opened_log(
    url: str | None, settings: Settings, findings: list[Finding]
) -> EventLog | None:
    if url is None:
        findings.append(Finding("log", False, "No log is named.", "Give --log or set HUB_LOG."))
        return None
    try:
        log = bootstrap.open_log(url, settings, to_read=True)
    except HubError as error:
        findings.append(of_error("log", error))
        return None
    try:
        ends = await log.ends()
    except HubError as error:
        findings.append(of_error("log", error))
        await log.close()
        return None
    count = sum(ends.values())
    findings.append(Finding("log", True, f"The log answers; it holds {count:,} events.", None))
    return log


async def _opened_store(url: str | None, findings: list[Finding]) -> SqlStore | None:
    """The store where lanes can be looked at: it answers, and has the program's tables."""
    if url is None:
        findings.append(
            Finding("store", False, "No store is named.", "Give --store or set HUB_STORE.")
        )
        return None
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists():
        fix = "Start hub run with this store, which makes it, or correct HUB_STORE."
        findings.append(Finding("store", False, f"There is no store at {path}.", fix))
        return None
    try:
        store = SqlStore(url)
    except HubError as error:
        findings.append(of_error("store", error))
        return None
    found = await _tried("store", lambda: asyncio.to_thread(check_store, store))
    findings += found
    if all(each.ok or each.name == "postgresql" for each in found):
        return store
    store.close()
    return None


async def _of_lanes(store: SqlStore, log: EventLog | None) -> list[Finding]:
    state = await asyncio.to_thread(lambda: read_status(store, with_roots=False))
    now_ms = time.time_ns() // 1_000_000
    findings: list[Finding] = []
    lag = 0
    if log is not None:
        checked = await check_places(log, state.positions)
        findings += checked.findings
        lag = checked.lag
        newest_ms = await newest_append_ms(log, state.positions)
        findings += await asyncio.to_thread(check_clock, store, newest_ms, now_ms)
    findings += check_waiting(state.waiting, now_ms)
    is_busy = lag > 0 or state.waiting.touches > 0 or state.waiting.outbox > 0
    findings += check_workers(state.workers, now_ms, is_busy=is_busy)
    found = f"{state.rejected:,} events were not applied."
    hint = " See hub rejected list." if state.rejected else ""
    return [*findings, Finding("rejected", True, found + hint, None)]


async def _tried(name: str, check: Callable[[], Awaitable[Iterable[Finding]]]) -> list[Finding]:
    """What a check finds; an error of the hub is a finding of its own."""
    try:
        return list(await check())
    except HubError as error:
        return [of_error(name, error)]


def of_error(name: str, error: HubError) -> Finding:
    """An error as a finding: message and remedy."""
    told = f"{error.message} ({error.tried})" if error.tried else error.message
    return Finding(name, False, sentence(told), sentence(error.fix or "See hub run's own lines"))


def sentence(text: str) -> str:
    """The text with a capital and a period."""
    return text[:1].upper() + text[1:].rstrip(".") + "."
