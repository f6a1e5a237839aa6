"""Made-up people whose every value stands nowhere else, in the edge's own form of CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.e2e.identity_search import Needles, add_birth_date

COLUMNS = (
    *("registry", "person_id", "given_name", "middle_name", "surname", "former_surname"),
    *("birth_date", "ssn", "ssn_last4", "street", "city", "zip", "withheld"),
)
_SYLLABLES = ("qua", "vex", "zor", "kly", "wyn", "phi", "jub", "dra", "nox", "tef")
_FIRST_BORN = date(1931, 2, 3)
REGISTRIES = ("us-oh", "us-wi")


@dataclass(frozen=True, slots=True)
class Planted:
    """One person, twice: in each registry under an id of its own. The odd one is the twin of the
    one before."""

    number: int

    @property
    def names(self) -> tuple[str, str, str, str]:
        """Given, middle, surname, former surname: words of no language."""
        own, family = _stem(self.number), _stem(self.number // 2 * 2)
        parts = (f"{own}ette", f"{own}ina", f"{family}berg", f"{family}ström")
        given, second, surname, former = (part.capitalize() for part in parts)
        return given, second, surname, former

    @property
    def born_on(self) -> date:
        return _FIRST_BORN + timedelta(days=41 * (self.number // 2))

    @property
    def ssn(self) -> str:
        return f"98{self.number % 10}21{101 + 11 * self.number:04d}"

    @property
    def street(self) -> str:
        return f"{7_300 + self.number} {self.names[1]} Hollow Lane"

    def row(self, registry: str) -> list[str]:
        """As this registry has them."""
        given, middle, surname, former = self.names
        whole = (self.ssn, "") if registry == REGISTRIES[0] else ("", self.ssn[5:])
        person_id = f"{registry}-{self.number:03d}"
        place = (self.street, f"{middle}ville", f"{self.number:05d}")
        cells = (given, middle, surname, former, self.born_on.isoformat(), *whole, *place, "no")
        return [registry, person_id, *cells]


def _stem(number: int) -> str:
    one, two = divmod(number, len(_SYLLABLES))
    return _SYLLABLES[one % len(_SYLLABLES)] + _SYLLABLES[two]


def write_people(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """A file of people."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    return path


def write_pairs(path: Path, people: Sequence[Planted]) -> Path:
    """Who is who."""
    one, other = REGISTRIES
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("registry_a", "id_a", "registry_b", "id_b"))
        for each in people:
            writer.writerow((one, each.row(one)[1], other, each.row(other)[1]))
    return path


def needles_of(people: Sequence[Planted]) -> Needles:
    """All that must not be found of these people."""
    needles = Needles()
    for each in people:
        for name in each.names:
            needles.add("name", name)
        add_birth_date(needles, each.born_on)
        needles.digits[each.ssn] = "number"
        needles.add("number", f"{each.ssn[:3]}-{each.ssn[3:5]}-{each.ssn[5:]}")
        needles.alone[each.ssn[5:]] = "last four"
        needles.add("street", each.street)
    return needles
