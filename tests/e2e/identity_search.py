"""A search for identity in text: who a person is, as the exports write it, in any usual form.

Needles are words in a row, whatever stands between them: `Smith, Ann`, `ann|smith` and `ANN SMITH`
are one needle. Numbers are looked for inside longer ones too, but not in hex digests, which hold
nine given digits by chance.
"""

from __future__ import annotations

import re
import sqlite3
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from tests.e2e.people_of_exports import (
    LAYOUTS,
    export_text,
    full_names,
    rows,
    value,
)
from tests.e2e.sample_run import EXPORTS, truth

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[^\W_]+")
_HEX = re.compile(r"[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ALONE = re.compile(r"(?<![0-9])(?<![0-9][.])[0-9]{4,5}(?![0-9])")
"""Few digits; the decimals of a score are none of anybody's."""
_PRINTABLE = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xf4]{4,}")
_TRAINERS = {
    "us-wi": ("approvals.csv", "Title or Name", ("Record Type", "T")),
    "us-oh": ("approvals.tsv", "Name", ("Kind", "Instructor")),
    "us-nv": ("approvals.csv", "trainer_name", None),
}
LETTERS_BY_CHANCE = 6

Words = tuple[str, ...]


@dataclass(slots=True)
class Needles:
    """What must not be found: words in a row, and digits wherever they stand, each by kind."""

    words: dict[Words, str] = field(default_factory=dict)
    digits: dict[str, str] = field(default_factory=dict)
    alone: dict[str, str] = field(default_factory=dict)
    """Few digits: found only where no digit stands beside them."""

    def add(self, kind: str, text: str) -> None:
        found = words_of(text)
        if found:
            self.words[found] = kind

    def kinds(self) -> set[str]:
        return {*self.words.values(), *self.digits.values(), *self.alone.values()}


def words_of(text: str) -> Words:
    return tuple(_WORD.findall(folded(text)))


def folded(text: str) -> str:
    """Small letters without diacritics."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text.casefold()).translate(_marks())


@cache
def _marks() -> dict[int, None]:
    """Marks over and under letters, each to be dropped."""
    return {at: None for at in range(sys.maxunicode + 1) if unicodedata.combining(chr(at))}


def needles_of_sample(exports: Path = EXPORTS) -> Needles:
    """Every e-mail, nine-digit number, phone, street and full name of these exports."""
    needles = Needles()
    for registry, layout in LAYOUTS.items():
        for file in sorted((exports / registry).iterdir()):
            if file.suffix != ".md":
                for address in _EMAIL.findall(export_text(registry, file.name, exports)):
                    needles.add("e-mail", address)
        for _, row in rows(registry, layout.people, exports):
            add_person(needles, registry, row)
        if registry in _TRAINERS:
            _add_trainers(needles, registry, exports)
    for _, row in rows("us-nv", "training.csv", exports):
        _add_full_name(needles, value(row, "trainer_name"))
    for _, row in rows("us-nd", "training.txt", exports):
        _add_name(needles, value(row, "FIRST_NAME"), value(row, "LAST_NAME"))
    return needles


def add_person(needles: Needles, registry: str, row: dict[str, str]) -> None:
    """Names, number, phone and street of a row of a people file."""
    layout = LAYOUTS[registry]
    given_names, surnames = full_names(registry, row)
    for given in given_names:
        for surname in surnames:
            _add_name(needles, given, surname)
    number = re.sub(r"\D", "", row[layout.number]) if layout.number else ""
    if len(number) == 9:
        needles.digits[number] = "number"
        needles.add("number", f"{number[:3]}-{number[3:5]}-{number[5:]}")
    _add_phone(needles, value(row, layout.phone))
    street = re.split(r"[\n,]", value(row, layout.street))[0].strip()
    if street[:1].isdigit() and len(words_of(street)) > 2:
        needles.add("street", street)


def _add_phone(needles: Needles, text: str) -> None:
    digits = re.sub(r"\D", "", text)[-10:]
    if len(digits) == 10:
        needles.digits[digits] = "phone"
        needles.add("phone", f"{digits[:3]} {digits[3:6]} {digits[6:]}")
        needles.add("phone", f"{digits[:3]} {digits[3:]}")
    if len(digits) >= 7:
        needles.add("phone", f"{digits[-7:-4]} {digits[-4:]}")
        needles.add("phone", digits[-7:])


def _add_name(needles: Needles, given: str, surname: str) -> None:
    if words_of(given) and words_of(surname):
        needles.add("name", f"{given} {surname}")
        needles.add("name", f"{surname} {given}")


def _add_full_name(needles: Needles, name: str) -> None:
    given, _, surname = name.strip().partition(" ")
    _add_name(needles, given, surname)


def _add_trainers(needles: Needles, registry: str, exports: Path) -> None:
    file, column, only = _TRAINERS[registry]
    for _, row in rows(registry, file, exports):
        if only is None or row[only[0]] == only[1]:
            name = value(row, column)
            surname, comma, given = name.partition(",")
            if comma:
                _add_name(needles, given.strip().split(" ")[0], surname)
            else:
                _add_full_name(needles, name)


def add_birth_date(needles: Needles, day: date) -> None:
    """Every form in which a registry of the sample writes a day, and its number since 1970."""
    forms = ("%m/%d/%Y", "%Y-%m-%d", "%d-%b-%Y", "%d/%m/%Y", "%B %d %Y", "%d %B %Y")
    for form in forms:
        needles.add("birth date", day.strftime(form))
    needles.add("birth date", f"{day.month}/{day.day}/{day.year}")
    for form in ("%Y%m%d", "%m%d%Y", "%d%m%Y"):
        needles.digits[day.strftime(form)] = "birth date"
    number = (day - date(1970, 1, 1)).days
    assert number < 0
    needles.alone[str(-number)] = "birth date"


@dataclass(slots=True)
class Search:
    """Looks through text, piece by piece."""

    needles: Needles
    found: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _first: dict[str, list[Words]] = field(default_factory=lambda: defaultdict(list))
    _masked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for words in self.needles.words:
            self._first[words[0]].append(words)
        formulas = {c["value"] for f in truth()["files"].values() for c in f["text_cells"]}
        self._masked = tuple(sorted(map(folded, formulas), key=len, reverse=True))

    def look(self, text: str, *, bytes_too: bool = False) -> None:
        """Note every needle in the text. Where text stands among bytes that look random, short
        needles are left aside: a few given letters or digits are there by chance."""
        plain = _HEX.sub(" # ", folded(text))
        for formula in self._masked:
            plain = plain.replace(formula, " # ")
        self._look_for_words(_WORD.findall(plain), LETTERS_BY_CHANCE if bytes_too else 0)
        for length in {len(digits) for digits in self.needles.digits}:
            for window in re.findall(rf"(?=([0-9]{{{length}}}))", plain):
                if window in self.needles.digits:
                    self.found[self.needles.digits[window]].add(window)
        if not bytes_too:
            for run in _ALONE.findall(plain):
                if run in self.needles.alone:
                    self.found[self.needles.alone[run]].add(run)

    def _look_for_words(self, words: list[str], shorter: int) -> None:
        first = self._first
        for at, word in enumerate(words):
            if word in first:
                for needle in first[word]:
                    by_chance = sum(map(len, needle)) <= shorter
                    if not by_chance and tuple(words[at : at + len(needle)]) == needle:
                        self.found[self.needles.words[needle]].add(" ".join(needle))


def printable_parts(data: bytes) -> str:
    """What can be read in a file's raw bytes, freed pages of a database included."""
    parts = (part.decode("utf-8", errors="ignore") for part in _PRINTABLE.findall(data))
    return "\n".join(parts)


def cells_of(path: Path) -> Iterator[str]:
    """Texts and numbers of every table of an SQLite file, a row a line."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                yield " | ".join(str(cell) for cell in row if not isinstance(cell, bytes | None))


def texts_in(found: Any) -> Iterator[str]:
    """Every text, number and day in a decoded value, whatever holds it."""
    if isinstance(found, dict):
        for each in found.values():
            yield from texts_in(each)
    elif isinstance(found, list | tuple):
        for each in found:
            yield from texts_in(each)
    elif isinstance(found, date):
        yield found.isoformat()
    elif found is not None and not isinstance(found, bytes | bool):
        yield str(found)


def look_all(search: Search, texts: Iterable[str]) -> None:
    search.look("\n".join(texts))
