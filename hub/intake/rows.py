"""One row judged by itself: what it says, or the first rule that it breaks.

Order: number of columns, bytes, keys, each cell in the layout's order, then what several cells say
together. Days are judged against the day of the extract, never against the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.intake.cells import CellError, shown
from hub.intake.forms import Moment
from hub.intake.plan import Plan, Words, holds
from hub.intake.reader import UNREADABLE, Row
from hub.intake.rules import Hours, broken_rule, hours_of
from hub.intake.tables import When


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that a rule rejects."""

    line: int
    field: str
    rule: str
    record_id: str
    here: str | None
    statement: tuple[str, int] | None = None
    """Record id and stamp, where rows form statements and the row still says which."""
    slot: str | None = None
    """Which row of that statement it is."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A row that is good by itself."""

    line: int
    cells: tuple[str, ...]
    """As two rows are compared: after the layout's trimming."""
    words: Words
    values: tuple[Any, ...]
    record_id: str
    person_id: str | None
    stamp: int
    hours: Hours | None


def check_row(plan: Plan, row: Row) -> Checked | Fault:
    """Judge one row."""
    if not row.fits:
        return _unfit(plan, row)
    for index, cell in enumerate(row.cells):
        if UNREADABLE.search(cell):
            return _fault(plan, row, index, "undecodable_byte")
    words = _words(plan, row)
    for key in (plan.file.key, plan.file.person):
        if key and words[key] is None:
            return _fault(plan, row, plan.at[key], "missing_key")
    values: list[Any] = []
    for index, read in plan.readers:
        try:
            values.append(read(row.cells[index]))
        except CellError as error:
            return _fault(plan, row, index, error.rule)
    hours = hours_of(plan, words, values)
    broken = broken_rule(plan, words, values, hours)
    if broken is not None:
        return _fault(plan, row, *broken)
    stamp = values[plan.at[plan.file.stamp]]
    if not isinstance(stamp, Moment):
        return _fault(plan, row, plan.at[plan.file.stamp], "impossible_date")
    return Checked(
        line=row.line,
        cells=_trimmed(plan, row.cells),
        words=words,
        values=tuple(values),
        record_id=words[plan.file.key] or "",
        person_id=words[plan.file.person] if plan.file.person else None,
        stamp=stamp.instant,
        hours=hours,
    )


def _words(plan: Plan, row: Row) -> Words:
    words: Words = {}
    for name, cell in zip(plan.names, row.cells, strict=True):
        word = cell.strip()
        nulls = plan.file.columns[name].nulls
        words[name] = None if not word or word in plan.mapping.form.nulls or word in nulls else word
    return words


def _trimmed(plan: Plan, cells: tuple[str, ...]) -> tuple[str, ...]:
    if not plan.padded:
        return cells
    trimmed = list(cells)
    for index in plan.padded:
        trimmed[index] = trimmed[index].rstrip(" ")
    return tuple(trimmed)


def _unfit(plan: Plan, row: Row) -> Fault:
    if row.trailer:
        return Fault(row.line, "", "trailer_count", "", None)
    key = plan.at[plan.file.key]
    record_id = shown(row.cells[key]) if key < len(row.cells) else ""
    here = f"{len(row.cells)} columns, not {len(plan.names)}"
    return Fault(row.line, "", "column_count", record_id, here)


def _fault(plan: Plan, row: Row, index: int, rule: str) -> Fault:
    record_id = shown(_words(plan, row)[plan.file.key] or "")
    here = here_of(plan, row.cells, index)
    return Fault(row.line, plan.names[index], rule, record_id, here, *_membership(plan, row))


def _membership(plan: Plan, row: Row) -> tuple[tuple[str, int] | None, str | None]:
    """Statement and slot of a rejected row, as far as its cells can be read."""
    if plan.file.group is None:
        return None, None
    key, stamp = plan.at[plan.file.key], plan.at[plan.file.stamp]
    try:
        moment = dict(plan.readers)[stamp](row.cells[stamp])
    except CellError:
        return None, None
    if not isinstance(moment, Moment):
        return None, None
    statement = (row.cells[key].strip(), moment.instant)
    return statement, row.cells[plan.at[plan.file.group.line]].strip()


def here_of(plan: Plan, cells: tuple[str, ...], index: int) -> str | None:
    """What stands in a cell, for the desk; None for identity."""
    if is_identity(plan, cells, index):
        return None
    return shown(cells[index]) or None


def is_identity(plan: Plan, cells: tuple[str, ...], index: int) -> bool:
    """Whether a cell may hold identity. In doubt it does."""
    column = plan.column(index)
    if column.identity or (column.to or "").startswith("identity."):
        return True
    unless: When | None = column.identity_unless
    if unless is None:
        return False
    words: Words = {name: cell.strip() for name, cell in zip(plan.names, cells, strict=True)}
    return not holds(unless, words)
