"""People in a CSV file of the edge's own form, one row a person: what `hub encode` reads.

Rows are read one after the other and never held. A bad row costs itself alone and is told of by
line, column and rule, never by what stands in it; nor does any error show a cell of the header.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from hub.domain.statements import IdentityFields
from hub.errors import ConfigurationError, RejectedError

REQUIRED = ("registry", "person_id")
COLUMNS = (
    *REQUIRED,
    "given_name",
    "middle_name",
    "surname",
    "former_surname",
    "suffix",
    "birth_date",
    "sex",
    "ssn",
    "ssn_last4",
    "street",
    "city",
    "zip",
    "withheld",
)
"""Former surnames are parted by commas or semicolons. Whoever is withheld (1, yes, true) sends no
evidence."""
QUOTED_LINES_MAX = 100
"""A quoted cell over more lines is taken for a quote that is never closed."""
_RULES = {
    "column_count": "the row has another number of cells than the header",
    "quotes": "quotes that do not close, or stand within a cell",
    "missing_key": "the id is missing",
    "impossible_date": "not a calendar date of the form YYYY-MM-DD",
    "unknown_code": "neither yes nor no",
    "undecodable_byte": "a byte that is not UTF-8 text",
}
_FLAGS = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}
_UNREADABLE = re.compile("[\udc80-\udcff\x00]")
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)


class PersonRow(NamedTuple):
    """A person as one row says them. The identity is never shown."""

    line: int
    """Physical line on which the row begins, the header being line 1."""
    registry: str
    person_id: str
    identity: IdentityFields


class BadRowError(RejectedError):
    """A row that cannot be used; the others can."""

    def __init__(self, line: int, column: str, rule: str) -> None:
        super().__init__(f"line {line}, {column or 'row'}: {_RULES[rule]}", reason=rule)
        self.line = line
        self.column = column


OnBad = Callable[[BadRowError], None]


def read_people(
    path: Path, on_bad: OnBad | None = None, *, forgiving: bool = False
) -> Iterator[PersonRow]:
    """Persons of a file, in order. A bad row goes to on_bad, or is raised where there is none.
    Forgiving takes an impossible birth date as none.

    Raises ConfigurationError where the file or its header is not of this form.
    """
    try:
        file = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n")
    except OSError as error:
        raise ConfigurationError(
            f"{path} was not read: {error.strerror}", fix="name a CSV file of people"
        ) from None
    with file:
        rows = _rows(file)
        names = _names(next(rows, (1, ())), path.name)
        for line, cells in rows:
            try:
                yield _person(line, names, cells, forgiving)
            except BadRowError as error:
                if on_bad is None:
                    raise
                on_bad(error)


Cells = Sequence[str] | None
"""None where the quotes are off."""


def _rows(lines: Iterator[str]) -> Iterator[tuple[int, Cells]]:
    """Cells of every row that is not blank, with the line on which it begins."""
    number, ahead = 0, deque[str]()
    while True:
        text = ahead.popleft() if ahead else next(lines, None)
        if text is None:
            return
        number += 1
        text = text.rstrip("\r\n")
        if '"' in text:
            cells, used = _quoted(text, lines, ahead)
            yield number, cells
            number += used
        elif text:
            yield number, text.split(",")


def _quoted(first: str, lines: Iterator[str], ahead: deque[str]) -> tuple[Cells, int]:
    """Cells of a row with quotes, and how many lines it has beside its first."""
    text, used = first, 0
    while text.count('"') % 2:
        if used == len(ahead):
            more = next(lines, None)
            if more is None or used == QUOTED_LINES_MAX:
                ahead.extend(() if more is None else (more,))
                return None, 0
            ahead.append(more)
        text = f"{text}\n{ahead[used].rstrip(chr(10) + chr(13))}"
        used += 1
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error:
        return None, 0
    for _ in range(used):
        ahead.popleft()
    return cells, used


def _names(header: tuple[int, Cells], source: str) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in header[1] or ())
    wrong = [at for at, name in enumerate(names, 1) if name not in COLUMNS]
    absent = [name for name in REQUIRED if name not in names]
    if wrong or absent or len(set(names)) < len(names):
        what = "names a column twice"
        if absent:
            what = f"has no column {absent[0]}"
        elif wrong:
            what = f"has an unknown column at place {wrong[0]}"
        raise ConfigurationError(
            f"{source}: the header {what}",
            fix=f"use {', '.join(REQUIRED)} and any of {', '.join(COLUMNS[2:])}",
            effect="no row was read",
        )
    return names


def _person(line: int, names: Sequence[str], cells: Cells, forgiving: bool) -> PersonRow:
    if cells is None:
        raise BadRowError(line, "", "quotes")
    if len(cells) != len(names):
        raise BadRowError(line, "", "column_count")
    said: dict[str, str] = {}
    for name, cell in zip(names, cells, strict=True):
        if _UNREADABLE.search(cell):
            raise BadRowError(line, name, "undecodable_byte")
        if word := cell.strip():
            said[name] = word
    for name in REQUIRED:
        if name not in said:
            raise BadRowError(line, name, "missing_key")
    identity = _identity(line, said, forgiving)
    return PersonRow(line, said["registry"], said["person_id"], identity)


def _identity(line: int, said: Mapping[str, str], forgiving: bool) -> IdentityFields:
    flag = _FLAGS.get(said.get("withheld", "no").lower())
    if flag is None:
        raise BadRowError(line, "withheld", "unknown_code")
    born = _day(said["birth_date"]) if "birth_date" in said else None
    if born is None and "birth_date" in said and not forgiving:
        raise BadRowError(line, "birth_date", "impossible_date")
    former = re.split("[;,]", said.get("former_surname", ""))
    return IdentityFields(
        given_name=said.get("given_name"),
        middle_name=said.get("middle_name"),
        surname=said.get("surname"),
        suffix=said.get("suffix"),
        former_surnames=tuple(part for name in former if (part := name.strip())),
        birth_on=born,
        ssn=said.get("ssn"),
        ssn_last4=said.get("ssn_last4"),
        sex=said.get("sex"),
        street=said.get("street"),
        city=said.get("city"),
        zip=said.get("zip"),
        withheld=flag,
    )


def _day(word: str) -> date | None:
    found = _DAY.fullmatch(word)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
