"""Parts of the page: tables, key numbers and measures as finished text for the templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.console.numbers import NO_POLICY, NONE, NOT_APPLICABLE, NOT_REPORTED

Document = Mapping[str, Any]

MISSING_WORDS = frozenset({NOT_REPORTED, NOT_APPLICABLE, NO_POLICY})


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    style: str = ""  # A class: `missing`, `heat-0` to `heat-4`.


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    head: str
    cells: tuple[Cell, ...]
    code: str = ""
    icon: str = ""
    is_total: bool = False
    source: str = ""  # Of a pair: the code by which a small screen chooses.


@dataclass(frozen=True, slots=True)
class Column:
    head: str
    is_number: bool = True
    short: str = ""  # Two letters for the heads of the matrix.


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    caption: str
    first: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    csv: str = ""
    empty: str = ""  # What stands in its place when there is no row.
    is_wide_only: bool = False  # A list beside it says the same on a small screen.
    json: str = "/summary.json"


@dataclass(frozen=True, slots=True)
class Measure:
    title: str
    definition: str
    inputs: str
    numerator: str
    denominator: str


@dataclass(frozen=True, slots=True)
class KeyNumber:
    name: str
    label: str
    number: str
    base: str
    note: str
    question: str
    measures: tuple[Measure, ...]


def cell(text: str) -> Cell:
    return Cell(text, "missing" if text in MISSING_WORDS or text == NONE else "")


def cells(*texts: str) -> tuple[Cell, ...]:
    return tuple(cell(text) for text in texts)


def measures_of(document: Document, *names: str) -> tuple[Measure, ...]:
    """How these measures are counted, in the document's own words."""
    by_name = {measure["name"]: measure for measure in document["measures"]}
    return tuple(
        Measure(
            title=by_name[name]["title"],
            definition=by_name[name]["definition"],
            inputs=_listed(by_name[name]["inputs"]),
            numerator=by_name[name]["numerator"] or NOT_APPLICABLE,
            denominator=by_name[name]["denominator"] or NOT_APPLICABLE,
        )
        for name in names
        if name in by_name
    )


def _listed(inputs: Any) -> str:
    return inputs if isinstance(inputs, str) else ", ".join(inputs)
