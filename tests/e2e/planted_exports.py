"""A copy of the sample exports with birth dates and last fours that stand nowhere else."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from tests.e2e.identity_search import Needles, add_birth_date, needles_of_sample
from tests.e2e.people_of_exports import LAYOUTS
from tests.e2e.sample_run import EXPORTS, REGISTRIES, files_in

PLANTED_PER_FILE = 12
FIRST_PLANTED = date(1931, 3, 4)
STANDS_ALONE = r"(?<![0-9])(?:[0-9]{5})?[0-9]{4}(?![0-9])"
PLANTED = {"us-oh": "SSN", "us-wi": "Last 4 SSN"}
"""Registries in whose copies values are planted, with the column of the number."""


def plant_exports(exports: Path) -> Path:
    """Make the copy."""
    shutil.copytree(EXPORTS, exports)
    for registry, column in PLANTED.items():
        _plant(exports, registry, column)
    return exports


@cache
def planted_values(registry: str) -> list[tuple[date, str]]:
    """Birth dates and last fours, each registry its own, that stand nowhere in the sample. The
    number of a row or of an offset never starts with 0."""
    at = sorted(PLANTED).index(registry) * PLANTED_PER_FILE
    files = (path for path in files_in(EXPORTS) if path.parent.name in REGISTRIES)
    text = " ".join(path.read_text("latin-1") for path in files)
    taken = {number[-4:] for number in re.findall(STANDS_ALONE, text)}
    free = [number for n in range(100, 1_000) if (number := f"0{n}") not in taken]
    return [
        (FIRST_PLANTED + timedelta(days=37 * (at + n)), free[at + n])
        for n in range(PLANTED_PER_FILE)
    ]


def needles_of_planted(exports: Path) -> Needles:
    """All that must not be found of the copy."""
    found = needles_of_sample(exports)
    for registry in PLANTED:
        for day, last_four in planted_values(registry):
            add_birth_date(found, day)
            found.alone[last_four] = "last four"
    return found


def _plant(exports: Path, registry: str, column: str) -> None:
    layout = LAYOUTS[registry]
    path = exports / registry / layout.people
    lines = path.read_bytes().split(b"\n")
    header = lines[0].decode(layout.encoding).strip().split(layout.delimiter)
    born, form = layout.born
    values = iter(planted_values(registry))
    for at, line in enumerate(lines[1:], 1):
        cells = line.split(layout.delimiter.encode())
        if b'"' in line or len(cells) != len(header) or not cells[header.index(column)]:
            continue
        planted = next(values, None)
        if planted is None:
            break
        day, last_four = planted
        number = f"98{at % 10}21{last_four}" if column == "SSN" else last_four
        cells[header.index(born)] = day.strftime(form).encode()
        cells[header.index(column)] = number.encode()
        lines[at] = layout.delimiter.encode().join(cells)
    assert next(values, None) is None
    path.write_bytes(b"\n".join(lines))
