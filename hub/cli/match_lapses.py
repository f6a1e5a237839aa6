"""What `hub match lapses` does: list accepted credentials that end soon, and tell of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from hub.cli.match_reading import reading, store_of
from hub.cli.review_options import AskOptions, check_registry, day, shown, write_rows
from hub.console.recognition import print_lapses
from hub.domain.state import Document
from hub.lanes.lapses import Lapse, Told, Window, read_lapses, tell_lapses, waiting_stamp
from hub.settings import Settings

CELLS = (
    "lapses_on", "days_left", "held_by", "record_id", "person_id", "accepted_by",
    "own_person_ids", "own_person_ids_why", "outcome",
)  # fmt: skip


def run_lapses(registry: str | None, options: AskOptions, settings: Settings) -> int:
    """List lapses as the registry may see them; with send, tell both registries of each."""
    if registry is not None:
        check_registry(registry)
    window = Window(day=day(options), days=settings.lapse_days)
    told = Told(0, 0, 0)
    if options.send:
        store = store_of(options, settings)
        try:
            told = tell_lapses(store, window, waiting_stamp(store))
        finally:
            store.close()
    with reading(options, settings) as tx:
        lapses = list(read_lapses(tx, window))
        synthetic = tx.records.are_synthetic()
    document = lapses_document(lapses, window, registry)
    document |= {"synthetic": synthetic, "sent": options.send, **told._asdict()}
    cells = [{**r, "own_person_ids": " ".join(r["own_person_ids"])} for r in document["rows"]]
    write_rows(cells, CELLS, options.csv)
    return shown(document, options, lambda: print_lapses(document, sys.stdout))


def lapses_document(lapses: Sequence[Lapse], window: Window, registry: str | None) -> Document:
    """Each lapse of which registries are told; those of one registry, which is told of them."""
    seen = [each for each in lapses if each.is_shared]
    if registry is not None:
        seen = [each for each in seen if registry in each.told_to]
    seen.sort(key=lambda each: (each.lapses_on, each.key, each.receiver))
    return {
        "registry": registry,
        "as_of": window.day.isoformat(),
        "within_days": window.days,
        "until": window.last.isoformat(),
        "unshared": 0 if registry else sum(not each.is_shared for each in lapses),
        "rows": [_row(each, window, registry) for each in seen],
    }


def _row(each: Lapse, window: Window, registry: str | None) -> Document:
    """A side is shown its own ids of the person and none of the other's."""
    receivers = list(each.own_ids) if registry in (None, each.receiver) else []
    return {
        "lapses_on": each.lapses_on.isoformat(),
        "days_left": (each.lapses_on - window.day).days,
        "held_by": each.key.registry,
        "record_id": each.key.record_id,
        "person_id": each.person.person_id if registry in (None, each.key.registry) else None,
        "accepted_by": each.receiver,
        "own_person_ids": receivers,
        "own_person_ids_why": None if receivers else "not told, or known by consent alone",
        "outcome": each.outcome,
    }
