"""CSV files in a folder: exports in, inbox.csv out.

Delivers at least once and is safe to repeat: a row whose event id is in the file already is left
out. Order is kept. Text that a spreadsheet would take for a formula is made harmless with a leading
apostrophe, and a line break within a text becomes a space: every line of the file is one row.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from hub.connector_api import Capabilities
from hub.errors import RetryableError

FILE_NAME = "inbox.csv"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")


class CsvDrop:
    """Reads exports from a folder and appends inbox rows to a file in it."""

    capabilities = Capabilities(
        name="csv_drop", reads=True, writes=True, keeps_order=True, repeats_are_safe=True
    )

    def read(self, place: Path) -> dict[str, bytes]:
        """The folder's files by name. Raises RetryableError where the folder is not there."""
        try:
            return {p.name: p.read_bytes() for p in sorted(place.iterdir()) if p.is_file()}
        except OSError as error:
            raise RetryableError(f"the export folder {place} was not read: {error}") from error

    def write(self, place: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> int:
        """Append rows that are not in the file. Raises RetryableError where it is not writable."""
        try:
            place.mkdir(parents=True, exist_ok=True)
            path = place / FILE_NAME
            known = _known_ids(path)
            fresh = _fresh(rows, known)
            if fresh or not path.exists():
                _append(path, columns, fresh)
            return len(fresh)
        except OSError as error:
            raise RetryableError(f"the out folder {place} was not written: {error}") from error


def harmless(text: str) -> str:
    """Text as a spreadsheet shows it, never runs it; in one line, so that a line that a crash cut
    off ends where the file's last line break is."""
    text = text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ")
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def _fresh(rows: Sequence[Mapping[str, str]], known: set[str]) -> list[Mapping[str, str]]:
    fresh = []
    for row in rows:
        if row["event_id"] not in known:
            known.add(row["event_id"])
            fresh.append(row)
    return fresh


def _known_ids(path: Path) -> set[str]:
    """Ids in the file. A last line that a crash cut off is taken away first."""
    if not path.exists():
        return set()
    data = path.read_bytes()
    if data and not data.endswith(b"\r\n"):
        path.write_bytes(data[: data.rfind(b"\r\n") + 2 if b"\r\n" in data else 0])
    with path.open(encoding="utf-8", newline="") as file:
        return {row["event_id"] for row in csv.DictReader(file)}


def _append(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, fieldnames=list(columns), lineterminator="\r\n")
    if not path.exists() or path.stat().st_size == 0:
        writer.writeheader()
    for row in rows:
        writer.writerow({column: harmless(row.get(column, "")) for column in columns})
    with path.open("ab") as file:
        file.write(buffer.getvalue().encode())
        file.flush()
        os.fsync(file.fileno())
