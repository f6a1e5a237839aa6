"""A file's mapping, compiled once: where things stand and how each cell is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from hub.domain.events import Kind
from hub.intake.cells import Reader, codes_of, reader_of
from hub.intake.mapping import FileMapping, Mapping, targets_of
from hub.intake.tables import Codes, Column, When
from hub.wire.schemas import load_schemas

Words = dict[str, str | None]
"""A row's words by column, blanks stripped; None is no value."""
CLOCK_HOURS = {"CLOCK": Decimal(1), "CEU": Decimal(10), "SEMESTER": Decimal(15)}


@dataclass(frozen=True, slots=True)
class Target:
    """A field that a column fills: its section, its name, and the code list that leads to it."""

    at: int
    section: str
    field: str
    codes: Codes | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One file, ready to be read."""

    mapping: Mapping
    file: FileMapping
    kind: Kind
    extract_on: date
    names: tuple[str, ...]
    at: dict[str, int]
    readers: tuple[tuple[int, Reader], ...]
    targets: tuple[Target, ...]
    padded: tuple[int, ...]
    """Columns whose blanks on the right are the layout's."""
    varies: frozenset[int]
    """Columns in which the rows of one statement may differ."""
    area_codes: Codes
    defaults: dict[str, Any]
    """An empty body."""

    def column(self, index: int) -> Column:
        return self.file.columns[self.names[index]]


def plan_of(mapping: Mapping, file: FileMapping, extract_on: date) -> Plan:
    """Compile one file's mapping."""
    names = tuple(file.columns)
    at = {name: index for index, name in enumerate(names)}
    columns = list(file.columns.values())
    padded = [i for i, c in enumerate(columns) if mapping.form.padded_codes and c.type == "code"]
    return Plan(
        mapping=mapping,
        file=file,
        kind=file.event_kind,
        extract_on=extract_on,
        names=names,
        at=at,
        readers=tuple((i, reader_of(c, mapping)) for i, c in enumerate(columns)),
        targets=tuple(_targets(columns, mapping)),
        padded=tuple(padded),
        varies=frozenset(at[name] for name in file.group.varies) if file.group else frozenset(),
        area_codes=_area_codes(file, mapping),
        defaults=_defaults(file.event_kind, _kept(file)),
    )


def _targets(columns: list[Column], mapping: Mapping) -> list[Target]:
    found = []
    for index, column in enumerate(columns):
        if column.to:
            codes = codes_of(column.codes, mapping) if column.type == "code" else None
            found.append(Target(index, *_split(column.to), codes))
        if column.own:
            found.append(Target(index, *_split(column.own), None))
    return found


def _split(target: str) -> tuple[str, str]:
    section, _, field = target.partition(".")
    return section, field


def _area_codes(file: FileMapping, mapping: Mapping) -> Codes:
    if file.areas is None:
        return {}
    if file.areas.codes:
        return codes_of(file.areas.codes, mapping)
    if file.areas.column:
        return codes_of(file.columns[file.areas.column].codes, mapping)
    return {}


def _kept(file: FileMapping) -> set[str]:
    """Fields of the body that this layout has a place for."""
    targets = {target.removeprefix("body.") for target in targets_of(file)}
    return targets | {"own_type", "not_kept"} | ({"clock_hours"} if "amount" in targets else set())


def _defaults(kind: Kind, kept: set[str]) -> dict[str, Any]:
    """A body in which nothing is known: enums at their default, no items, no values."""
    empty: dict[str, Any] = {}
    for field in load_schemas().of(kind).body["fields"]:
        form = field["type"]
        if isinstance(form, dict) and form["type"] == "enum":
            empty[field["name"]] = form["default"]
        elif isinstance(form, dict) and form["type"] == "array":
            empty[field["name"]] = []
        else:
            empty[field["name"]] = None
    if "not_kept" in empty:
        empty["not_kept"] = sorted(empty.keys() - kept)
    return empty


def holds(when: When, words: Words) -> bool:
    """Whether a row's words pass a test."""
    return (
        all(words[name] in allowed for name, allowed in when.equals.items())
        and all(words[name] is not None for name in when.filled)
        and all(words[name] is None for name in when.empty)
        and all((words[name] or "").startswith(start) for name, start in when.starts.items())
    )
