"""The auditor's commands: audit replay, schemas check."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from hub import bootstrap
from hub.adapters.sql_reads import read_state, rows_of
from hub.adapters.sql_store import SqlStore
from hub.audit.replay import Cut, cut_at_end, cut_at_time, first_difference, replay
from hub.cli import common
from hub.console.progress import Progress
from hub.console.summary import print_summary
from hub.domain.state import Document
from hub.errors import ConfigurationError
from hub.lanes.collector import calm_collector
from hub.ports import EventLog
from hub.settings import Settings
from hub.wire.compatibility import problems_of_schemas

TABLES = ("record", "link", "match", "counter")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """What `hub audit replay` was told."""

    log: str | None
    recorded_as_of: str | None
    effective_on: date | None
    store: str | None
    compare: str | None
    json: str | None


async def run_replay(options: ReplayOptions, settings: Settings) -> int:
    """Fold the log alone; with --compare, 1 at the first differing row."""
    if options.compare and options.recorded_as_of:
        raise common.UsageError(
            "--compare folds to the live store's positions",
            fix="leave --recorded-as-of out",
        )
    if options.recorded_as_of is not None:
        milliseconds_of(options.recorded_as_of)  # Wrong words are told of before anything opens.
    url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    calm_collector()
    log = bootstrap.open_log(url, settings, to_read=True)
    live = SqlStore(options.compare) if options.compare else None
    try:
        with tempfile.TemporaryDirectory(prefix="hub-replay-") as folder:
            scratch = f"sqlite:///{Path(folder) / 'replay.sqlite'}"
            store = bootstrap.open_store(options.store or scratch)
            try:
                return await _replay(options, log, store, live)
            finally:
                store.close()
    finally:
        if live is not None:
            live.close()
        await log.close()


async def _replay(
    options: ReplayOptions, log: EventLog, store: SqlStore, live: SqlStore | None
) -> int:
    _check_empty(store)
    cut = await _cut(options, log, live)
    progress = Progress(sys.stderr)
    with progress.step("Replaying", "Replayed") as step:
        count = await replay(
            log, store, cut, lambda done, total: step.update(done, total, "events")
        )
        step.result = f"{count:,} events"
    document = await bootstrap.summary(store, None, options.effective_on, common.command_line())
    common.write_json(_as_replayed(document), options.json)
    if options.json != "-":
        print_summary(document, sys.stdout)
    return 0 if live is None else _compare(store, live)


_UNREAD = "not replayed, since what registries were asked stands in their inboxes"


def _as_replayed(document: Document) -> Document:
    """What only a live hub knows is null."""
    for each in document["registries"].values():
        each["inbox_written"] = None
    document["national"] |= {"live_error": None, "live_errors": [], "live_error_why": _UNREAD}
    document["seconds"] = None
    return document


def _check_empty(store: SqlStore) -> None:
    with store.transaction() as tx:
        if tx.positions.of("records"):
            raise ConfigurationError(
                "the store to replay into holds projections already",
                fix="give --store an empty database, or leave it out",
                effect="nothing was read or written",
            )


async def _cut(options: ReplayOptions, log: EventLog, live: SqlStore | None) -> Cut:
    if live is not None:
        state = bootstrap.read_progress(live)
        if state.touches_pending:
            raise ConfigurationError(
                f"the live store still works out {state.touches_pending} changes",
                fix="wait with hub summary --wait, then compare again",
                effect="nothing was compared",
            )
        return state.positions.get("records", {})
    if options.recorded_as_of is not None:
        return await cut_at_time(log, milliseconds_of(options.recorded_as_of))
    return await cut_at_end(log)


def milliseconds_of(text: str) -> int:
    """A time with its zone, as milliseconds since 1970. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise common.UsageError(
            f"{text} is not a time", fix="write one such as 2026-07-01T12:00:00Z"
        ) from None
    if moment.tzinfo is None:
        raise common.UsageError(f"{text} names no zone", fix=f"write {text}Z for UTC")
    return int(moment.astimezone(UTC).timestamp() * 1000)


def _compare(store: SqlStore, live: SqlStore) -> int:
    ours, theirs = (read_state(each, date(1970, 1, 1)) for each in (store, live))
    for table in TABLES:
        found = first_difference(rows_of(store, table), rows_of(live, table))
        if found is not None:
            sys.stdout.write(f"{table}: the first row that differs\n")
            for name, row in zip(("replayed", "live"), found, strict=True):
                sys.stdout.write(f"  {name:<9} {'absent' if row is None else ' | '.join(row)}\n")
            return 1
    if ours.state_root != theirs.state_root:
        sys.stdout.write("rows are equal, roots are not: the fold versions differ\n")
        return 1
    sys.stdout.write(f"Live equals replayed. State root {ours.state_root}\n")
    return 0


def run_schemas_check() -> int:
    """1 where a schema differs from the lock or does not fit an earlier version."""
    problems = problems_of_schemas()
    for problem in problems:
        sys.stdout.write(problem + "\n")
    if not problems:
        sys.stdout.write("Every schema is as released, and every version reads every other.\n")
    return int(bool(problems))
