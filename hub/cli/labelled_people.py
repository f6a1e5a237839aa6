"""People of whom it is known who is who, out of CSV files: what evaluation and training read.

No error shows a cell: a file, a line, a column and a rule say where to look.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hub.console.numbers import plural
from hub.console.progress import Progress
from hub.console.terminal import escape_controls
from hub.domain.rows import Person
from hub.domain.statements import IdentityFields
from hub.errors import ConfigurationError
from hub.identity.counting import Truth, truth_of
from hub.identity.evaluate import Known, Shown, encode
from hub.identity.statements import Pair, pair_of
from hub.intake.people_csv import BadRowError, read_people

PAIR_COLUMNS = ("registry_a", "id_a", "registry_b", "id_b")
_EVERY = 500
"""Rows between two tellings of how far it is."""


class Labelled(NamedTuple):
    """Evidence of people, and who is who."""

    people: list[Known]
    """In the order of the files; a person may be in several rows."""
    marks: dict[Person, int]
    """Of each person, by the last row."""
    truth: Truth

    @property
    def persons(self) -> int:
        """How many there are."""
        return len(self.marks)


def people_of(paths: Sequence[Path]) -> Iterator[tuple[Person, IdentityFields]]:
    """Everybody in these files, in their order. An impossible birth date is taken as none.

    Raises ConfigurationError at the first row that cannot be used.
    """
    for path in paths:
        try:
            for row in read_people(path, forgiving=True):
                yield Person(row.registry, row.person_id), row.identity
        except BadRowError as error:
            raise ConfigurationError(
                f"{path.name}: {error.message}", fix="correct the row", effect="nothing was counted"
            ) from None


def truth_in(paths: Sequence[Path]) -> Truth:
    """Who is who, as these files say together. Raises ConfigurationError where one cannot be
    used."""
    return truth_of(pair for path in paths for _, pair in _pairs_in(path))


def labelled(people: Sequence[Path], truth: Truth, shown: Shown, *, progress: Progress) -> Labelled:
    """Encode everybody. Raises ConfigurationError where the truth names somebody else."""
    with progress.step("Encoding", "Encoded") as step:

        def tell(done: int) -> None:
            if not done % _EVERY:
                step.update(done, unit="persons")

        found = list(encode(people_of(people), shown, progress=tell))
        marks = {known.person: known.marks for known in found}
        step.result = plural(len(marks), "person", "persons")
    strange = next((person for person in sorted(truth.human) if person not in marks), None)
    if strange is not None:
        shown_id = escape_controls(f"{strange.registry}/{strange.person_id}")
        raise ConfigurationError(
            f"the truth names {shown_id}, whom no people file has",
            fix="name every file of the people whom the truth is about",
            effect="nothing was counted",
        )
    return Labelled(found, marks, truth)


def _pairs_in(path: Path) -> Iterator[tuple[int, Pair]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = tuple(cell.strip() for cell in next(rows, ()))
            if header != PAIR_COLUMNS:
                raise ConfigurationError(
                    f"{path.name}: the header is not that of pairs",
                    fix=f"write {','.join(PAIR_COLUMNS)}",
                )
            for row in rows:
                cells = [cell.strip() for cell in row]
                if cells:
                    yield rows.line_num, _pair(path, rows.line_num, cells)
    except OSError as error:
        raise ConfigurationError(
            f"{path} was not read: {error.strerror}", fix="name a CSV file of pairs"
        ) from None
    except (UnicodeDecodeError, csv.Error):
        raise ConfigurationError(
            f"{path.name} is not CSV in UTF-8", fix="write it as UTF-8 text, one pair a row"
        ) from None


def _pair(path: Path, line: int, cells: Sequence[str]) -> Pair:
    if len(cells) != len(PAIR_COLUMNS) or not all(cells):
        raise ConfigurationError(
            f"{path.name} line {line}: a pair has {len(PAIR_COLUMNS)} cells, none of them empty",
            fix="correct the row",
        )
    try:
        return pair_of(Person(*cells[:2]), Person(*cells[2:]))
    except ValueError:
        raise ConfigurationError(
            f"{path.name} line {line}: the pair names one person twice", fix="correct the row"
        ) from None
