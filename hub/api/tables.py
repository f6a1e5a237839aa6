"""The summary's tables as CSV: a missing value is an empty cell, and its `…_why` says which kind.

A cell that a spreadsheet would run as a formula starts with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from hub.console.numbers import NOT_APPLICABLE, NOT_REPORTED
from hub.console.tally import name_of, pair_outcomes, registries_in_order
from hub.console.words import OUTCOMES
from hub.projections.acceptance_document import CELLS, cell_rows

Document = Mapping[str, Any]
Row = dict[str, Any]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_REGISTRY_COLUMNS = (
    "rows", "rejected", "persons", "active_persons", "completions", "verified_clock_hours",
    "inbox_written", "last_sent_on",
)  # fmt: skip


def registries_csv(document: Document) -> str:
    rows = []
    for code, entry in registries_in_order(document):
        row: Row = {"registry": code, "name": name_of(document, code), "as_of": document["as_of"]}
        for column in _REGISTRY_COLUMNS:
            why = NOT_APPLICABLE if column == "inbox_written" else NOT_REPORTED
            row.update(_with_why(column, entry.get(column), why))
        rows.append(row)
    head = ["registry", "name", "as_of", *_twice(_REGISTRY_COLUMNS)]
    return _csv(head, rows)


def matches_csv(document: Document) -> str:
    """A row for every kind and pair that has a match, one column an outcome."""
    rows = []
    for kind in sorted(document["matches_by_kind"]):
        for (source, target), outcomes in sorted(pair_outcomes(document, kind).items()):
            row: Row = {"kind": kind, "from": source, "to": target, "as_of": document["as_of"]}
            row["matches"] = sum(outcomes.values())
            row.update({outcome.code.lower(): outcomes[outcome.code] for outcome in OUTCOMES})
            rows.append(row)
    codes = [outcome.code.lower() for outcome in OUTCOMES]
    return _csv(["kind", "from", "to", "as_of", "matches", *codes], rows)


def measures_csv(document: Document) -> str:
    """A row for every measure and place, those that nobody reported included."""
    columns = ("numerator", "denominator", "value")
    rows = []
    for measure in document["measures"]:
        cells = document["soar"].get(measure["name"], {})
        for place in ("national", *sorted(document["registries"])):
            cell = cells.get(place)
            if cell is not None and cell["numerator"] is None:
                cell = None
            row: Row = {key: measure[key] for key in ("name", "goal", "title", "unit")}
            row |= {"place": place, "as_of": document["as_of"]}
            for column in columns:
                why = NOT_REPORTED if cell is None or column == "numerator" else NOT_APPLICABLE
                row.update(_with_why(column, (cell or {}).get(column), why))
            rows.append(row)
    return _csv(["name", "goal", "title", "unit", "place", "as_of", *_twice(columns)], rows)


def acceptance_csv(document: Document) -> str:
    """A row for every pair and kind with a policy, an answer or a decision."""
    return _csv(list(CELLS), cell_rows(dict(document)))


def neutralized(value: Any) -> str:
    """The cell's text; numbers stay numbers, a leading minus included."""
    if isinstance(value, int | float):
        return str(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()


def _with_why(column: str, value: Any, why: str) -> Row:
    return {column: value, f"{column}_why": why if value is None else ""}


def _twice(columns: Iterable[str]) -> list[str]:
    return [name for column in columns for name in (column, f"{column}_why")]


def _csv(head: list[str], rows: list[Row]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")  # RFC 4180, section 2.
    writer.writerow(head)
    for row in rows:
        writer.writerow([neutralized(row.get(column)) for column in head])
    return stream.getvalue()
