"""Bytes of an export file to rows, each with its physical line: one bad row never stops a file.

Promises: every line that is not blank becomes a row or part of one; a quote that is never closed
costs the line it stands on, not the rest of the file; a byte that the encoding does not have stays
in its row, as a lone surrogate. Refuses a file whose header is not the layout's, naming the column
of the layout and never what stands in the file.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import cache

from hub.errors import RejectedError
from hub.intake.mapping import FileMapping
from hub.intake.tables import Form

QUOTED_LINES_MAX = 100  # A quoted field over more lines is taken for a quote never closed.
UNREADABLE = re.compile("[\udc80-\udcff\x00]")


@dataclass(frozen=True, slots=True)
class Row:
    """One data row. `cells` stand in the layout's order where their number is right."""

    line: int
    cells: tuple[str, ...]
    fits: bool
    """Whether the number of cells is the layout's."""
    trailer: bool = False
    """A closing line that does not count the rows before it."""


def read_rows(data: bytes, file: FileMapping, form: Form) -> list[Row]:
    """All data rows of a file. Raises RejectedError where the header is not the layout's."""
    lines = _text(data, form).split("\n")
    at, rows, order = 0, [], None
    while at < len(lines):
        start = at
        cells, at, whole = _record(lines, at, form)
        if cells is None:
            continue
        if order is None:
            order = _order(cells, file)
            continue
        fits = whole and len(cells) == len(order)
        placed = tuple(cells[index] for index in order) if fits else tuple(cells)
        rows.append(Row(start + 1, placed, fits))
    if order is None:
        raise RejectedError(f"{file.name} has no header row", reason="header_missing")
    return rows if form.trailer is None else _without_trailer(rows, form.trailer, file.name)


def _text(data: bytes, form: Form) -> str:
    if data.startswith(codecs.BOM_UTF8) and form.encoding == "utf-8":
        data = data[len(codecs.BOM_UTF8) :]
    return data.decode(form.encoding, errors="surrogateescape")


def _record(lines: list[str], start: int, form: Form) -> tuple[list[str] | None, int, bool]:
    """Cells of the record that starts on a line, the line after it, and whether it is whole."""
    text = lines[start].removesuffix("\r")
    if not text:
        return None, start + 1, True
    if form.quoting == "none" or '"' not in text:
        return text.split(form.delimiter), start + 1, True
    for end in range(start + 1, min(len(lines), start + QUOTED_LINES_MAX) + 1):
        cells, is_open = _split_quoted(text, form.delimiter)
        if cells is not None:
            return cells, end, True
        if not is_open or end == len(lines):
            break
        text = "\n".join([text, lines[end].removesuffix("\r")])
    first = lines[start].removesuffix("\r").split(form.delimiter)
    return [cell.strip('"') for cell in first], start + 1, False


@cache
def _field(delimiter: str) -> re.Pattern[str]:
    stop = re.escape(delimiter)
    return re.compile(rf'"([^"]*(?:""[^"]*)*)"(?={stop}|\Z)|([^"{stop}][^{stop}]*|)(?={stop}|\Z)')


def _split_quoted(text: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """Cells of a record with quotes, or None and whether its last quote is still open."""
    field, cells, at = _field(delimiter), [], 0
    while True:
        match = field.match(text, at)
        if match is None:
            closing = re.compile(r'"[^"]*(?:""[^"]*)*"').match(text, at)
            return None, closing is None
        quoted = match.group(1)
        cells.append(match.group(2) if quoted is None else quoted.replace('""', '"'))
        at = match.end()
        if at == len(text):
            return cells, False
        at += 1


def _order(header: list[str], file: FileMapping) -> list[int]:
    """Where each column of the layout stands in the file."""
    names = [name.strip() for name in header]
    for column in file.columns:
        if names.count(column) != 1:
            raise RejectedError(
                f'{file.name}: the header names the column "{column}" '
                f"{names.count(column)} times, not once",
                reason="header_mismatch",
                fix="send the file with the header of its layout, or correct the mapping file",
            )
    for place, name in enumerate(names, start=1):
        if name not in file.columns:
            raise RejectedError(
                f"{file.name}: column {place} of the header is not in the mapping file",
                reason="header_mismatch",
                fix="add the column to the mapping file, or leave it out of the export",
            )
    return [names.index(column) for column in file.columns]


def _without_trailer(rows: list[Row], word: str, name: str) -> list[Row]:
    """The rows but the trailer; one that counts otherwise stays, to be rejected."""
    closing = [row for row in rows if row.cells[0] == word and len(row.cells) == 2]
    if not closing:
        raise RejectedError(
            f"{name} has no {word} line: it may be cut short",
            reason="trailer_missing",
            fix="send the whole file again",
        )
    last = closing[-1]
    kept = [row for row in rows if row is not last]
    if last.cells[1].strip() == str(len(kept)):
        return kept
    return [*kept, Row(last.line, last.cells, fits=False, trailer=True)]
