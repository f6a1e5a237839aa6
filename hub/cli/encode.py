"""What `hub encode` does: the edge's encoder alone, rows of people in, rows of evidence out.

Rows go through one after the other. A rejected one is told of by line, column and rule; no value of
an identity is ever shown.
"""

from __future__ import annotations

import base64
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from hub.cli.token_keys import token_keys_of
from hub.console.numbers import plural
from hub.console.progress import Progress
from hub.identity.evidence import evidence_of, unpack
from hub.identity.tokens import TokenKey
from hub.intake.people_csv import BadRowError, PersonRow, read_people
from hub.settings import Settings

OUT_COLUMNS = ("registry", "person_id", "epochs", "evidence")
SHOWN_MAX = 20
"""Rejected rows shown one by one; the rest is counted."""


def run_encode(
    path: Path, keys: Sequence[Path], synthetic: bool, quiet: bool, settings: Settings
) -> int:
    """Encode a file; 1 where rows were rejected."""
    token_keys = token_keys_of(keys, settings)
    progress = Progress(sys.stderr, quiet=quiet)
    rejected = 0

    def on_bad(error: BadRowError) -> None:
        nonlocal rejected
        rejected += 1
        if rejected <= SHOWN_MAX:
            progress.note(f"{path.name}: {error.message}")

    out = csv.writer(sys.stdout, lineterminator="\n")
    people = read_people(path, on_bad)
    with progress.step("Encoding", "Encoded") as step:
        count = 0
        for row in people:
            if not count:
                out.writerow(OUT_COLUMNS)
            out.writerow(_encoded(row, token_keys, synthetic))
            count += 1
            if not count % 100:
                step.update(count, unit="people")
        if not count:
            out.writerow(OUT_COLUMNS)
        rows = plural(rejected, "rejected row", "rejected rows")
        step.result = f"{plural(count, 'person', 'people')}, {rows}"
    if rejected > SHOWN_MAX:
        progress.note(f"{path.name}: and {rejected - SHOWN_MAX:,} more rejected rows")
    return int(rejected > 0)


def _encoded(row: PersonRow, keys: Sequence[TokenKey], synthetic: bool) -> tuple[str, ...]:
    evidence = evidence_of(row.identity, keys, synthetic=synthetic)
    epochs = " ".join(str(block.epoch) for block in unpack(evidence))
    return row.registry, row.person_id, epochs, base64.b64encode(evidence).decode()
