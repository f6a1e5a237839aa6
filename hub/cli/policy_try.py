"""What `hub policy try` does: a draft on the records of a store, before anything is published."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from hub.adapters.sql_store import SqlStore, SqlTransaction
from hub.adapters.sql_trial import SqlTrialPages
from hub.cli import common
from hub.cli.policy_show import read_policy_file
from hub.cli.said import checked_registry
from hub.console.numbers import NOT_APPLICABLE
from hub.console.policy_trial import print_trial
from hub.console.progress import Progress
from hub.domain.state import Document
from hub.domain.states import state_name
from hub.lanes.policy_trial import (
    CHANGES,
    SMALL,
    Cell,
    Named,
    Shown,
    Sums,
    Trial,
    Tried,
    shown_cells,
    try_policy,
)
from hub.reciprocity.answer import Answer
from hub.reciprocity.codes import KINDS_WITH_HOURS
from hub.reciprocity.effect import two_places
from hub.reciprocity.policy import parse_policy
from hub.settings import Settings

HIDDEN = f"hidden: under {SMALL}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TryOptions:
    """What `hub policy try` was told."""

    file: Path
    viewer: str | None
    limit: int
    as_of: date | None
    quiet: bool
    json: str | None
    store: str | None


def run_try(options: TryOptions, settings: Settings) -> int:
    """Say who would gain or lose what by a draft. Changes nothing."""
    draft = parse_policy(read_policy_file(options.file), source=options.file.name)
    trial = Trial(
        draft=draft,
        day=options.as_of or datetime.now(UTC).date(),
        viewer=checked_registry(options.viewer or draft.registry),
        named_max=options.limit,
    )
    url = common.required(options.store or settings.store, "HUB_STORE", "--store")
    store = SqlStore(url)
    try:
        tried = _tried(store, trial, Progress(sys.stderr, quiet=options.quiet))
    finally:
        store.close()
    document = trial_document(tried, trial)
    common.write_json(document, options.json)
    if options.json != "-":
        print_trial({**document, "file": str(options.file)}, sys.stdout)
    return 0


def _tried(store: SqlStore, trial: Trial, progress: Progress) -> Tried:
    """In one view of the store, which locks nothing."""
    name = state_name(trial.draft.registry)
    with store.reading() as sql, progress.step(f"Trying on {name}'s persons", "Tried") as step:
        pages = SqlTrialPages(sql)
        tried = try_policy(
            SqlTransaction(sql, 0),
            pages,
            trial,
            lambda done, total: step.update(done, total, "persons"),
        )
        step.result = "in one view of the store, which nothing was written to"
    return tried


def trial_document(tried: Tried, trial: Trial) -> Document:
    """Sums by kind, sender and change, and records of the viewer's own persons."""
    shown = shown_cells(tried.cells)
    return {
        "registry": trial.draft.registry,
        "name": state_name(trial.draft.registry),
        "revision": trial.draft.revision,
        "against": tried.standing,
        "as_of": trial.day.isoformat(),
        "viewer": trial.viewer,
        "records": _total(shown),
        "records_why": HIDDEN if shown.hidden else None,
        "changes": {change: _of_change(shown.cells, change) for change in CHANGES},
        "together": None if shown.hidden else _sums(shown.together),
        "together_why": HIDDEN if shown.hidden else None,
        "is_partly_shown": shown.together.records > 0,
        "cells": [_cell(cell, sums) for cell, sums in sorted(shown.cells.items())],
        "own_persons": {change: tried.persons.get(change, 0) for change in CHANGES[:-1]},
        "named": [_named(each) for each in tried.named],
        "named_of": tried.named_count,
    }


def _cell(cell: Cell, sums: Sums) -> Document:
    document = {**cell._asdict(), **_sums(sums), "hours_why": None}
    if cell.kind not in KINDS_WITH_HOURS:
        document |= {"hours_before": None, "hours_after": None, "hours_why": NOT_APPLICABLE}
    return document


def _total(shown: Shown) -> int | None:
    if shown.hidden:
        return None
    return _added(shown.cells.values()).records + shown.together.records


def _of_change(cells: dict[Cell, Sums], change: str) -> Document:
    """Of what is shown apart."""
    return _sums(_added(sums for cell, sums in cells.items() if cell.change == change))


def _added(parts: Iterable[Sums]) -> Sums:
    total = Sums()
    for each in parts:
        total.add(each)
    return total


def _sums(sums: Sums) -> Document:
    return {
        "records": sums.records,
        "hours_before": str(two_places(sums.hours_before)),
        "hours_after": str(two_places(sums.hours_after)),
    }


def _named(named: Named) -> Document:
    return {
        "person_ids": list(named.person_ids),
        "kind": named.kind,
        "registry": named.registry,
        "record_id": named.record_id,
        "change": named.change,
        "before": _answer(named.before),
        "after": _answer(named.after),
    }


def _answer(answer: Answer | None) -> Document | None:
    if answer is None:
        return None
    hours = answer.accepted_hours
    return {
        "outcome": answer.outcome,
        "accepted_hours": None if hours is None else str(hours),
        "counts_as": answer.counts_as,
        "documents": list(answer.documents),
        "rule": {"id": answer.rule_id, "version": answer.rule_version},
    }
