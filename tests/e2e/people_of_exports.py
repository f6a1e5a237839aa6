"""The people files of the sample, read without the hub: who stands in them, in plain words.

What the hub makes of identity is judged against this reading, so nothing of the hub is used here.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.e2e.sample_run import EXPORTS, truth

Person = tuple[str, str]
NO_VALUES = frozenset({"", "NULL", "N/A"})
SUFFIXES = frozenset({"JR", "SR", "II", "III", "IV"})


@dataclass(frozen=True, slots=True)
class Layout:
    """How a registry writes its files, and where identity stands in them."""

    encoding: str
    delimiter: str
    quoted: bool
    people: str
    person: str
    stamp: str
    born: tuple[str, str]
    """Column and form of the birth date."""
    given: tuple[str, ...]
    surname: tuple[str, ...]
    number: str | None = None
    emails: tuple[str, ...] = ()
    phone: str = ""
    street: str = ""


LAYOUTS = {
    "us-wi": Layout(
        "utf-8-sig", ",", True, "people.csv", "Registry ID", "Last Updated",
        ("Date of Birth", "%m/%d/%Y"), ("First Name",), ("Last Name", "Former Last Name"),
        "Last 4 SSN", ("Email Address",), "Phone", "Street",
    ),
    "us-nd": Layout(
        "utf-8", "|", False, "people.txt", "REGISTRY_ID", "LAST_UPDT_TS",
        ("BIRTH_DT", "%Y%m%d"), ("FIRST_NAME",), ("LAST_NAME", "MAIDEN_NAME"),
        None, ("EMAIL",), "PHONE_NBR", "ADDR_LINE1",
    ),
    "us-nv": Layout(
        "utf-8", ",", True, "people.csv", "participant_id", "updated_at",
        ("dob", "%Y-%m-%d"), ("full_name",), ("full_name", "former_names"),
        "ssn_last4", ("email",), "mobile", "mailing_address",
    ),
    "us-il": Layout(
        "cp1252", ",", True, "people.csv", "MEMBER_ID", "LAST_MODIFIED",
        ("DOB", "%d-%b-%Y"), ("FNAME", "PREF_NAME"), ("LNAME", "PREV_LNAME"),
        None, ("EMAIL1", "EMAIL2"), "HOME_PHONE", "ADDRESS",
    ),
    "us-oh": Layout(
        "utf-8", "\t", True, "people.tsv", "OPR Number", "Modified At",
        ("Birth Date", "%Y-%m-%d"), ("Name First",), ("Name Last", "Other Names Used"),
        "SSN", ("Email",), "Phone", "Address 1",
    ),
    "us-fl": Layout(
        "utf-8", ",", True, "people.csv", "STUDENT_ID", "UPDATED",
        ("BIRTHDATE", "%m/%d/%Y"), ("FIRST_NAME",), ("LAST_NAME", "ALIAS_LAST_NAME"),
        "SSN", ("EMAIL",), "PHONE", "ADDR1",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identity:
    """One row of a people file: what an identity is compared by."""

    given: frozenset[str]
    surnames: frozenset[str]
    born: str | None
    number: str | None
    """Nine digits, or the last four of them."""


def export_text(registry: str, name: str, exports: Path = EXPORTS) -> str:
    """A file as text; bytes that its encoding does not have are left out."""
    data = (exports / registry / name).read_bytes()
    return data.decode(LAYOUTS[registry].encoding, errors="ignore")


def rows(registry: str, name: str, exports: Path = EXPORTS) -> Iterator[tuple[int, dict[str, str]]]:
    """Data rows that have the header's width, each with the physical line it starts on."""
    layout = LAYOUTS[registry]
    text = export_text(registry, name, exports).replace("\r\n", "\n")
    reader = cells_in(io.StringIO(text), layout)
    header = next(reader)
    line = reader.line_num + 1
    for cells in reader:
        if len(cells) == len(header):
            yield line, dict(zip(header, (cell.strip() for cell in cells), strict=True))
        line = reader.line_num + 1


def cells_in(lines: Iterable[str], layout: Layout) -> Any:
    """A reader of the layout's rows."""
    quoting: Any = csv.QUOTE_MINIMAL if layout.quoted else csv.QUOTE_NONE
    return csv.reader(lines, delimiter=layout.delimiter, quoting=quoting)


def value(row: dict[str, str], column: str) -> str:
    """A cell; empty where the registry writes that there is no value."""
    return "" if row[column] in NO_VALUES else row[column]


@cache
def identities() -> dict[Person, Identity]:
    """The newest good row of every person in the six registries."""
    found: dict[Person, Identity] = {}
    for registry, layout in LAYOUTS.items():
        bad = {row["line"] for row in truth()["files"][f"{registry}/{layout.people}"]["bad_rows"]}
        newest: dict[str, datetime] = {}
        for line, row in rows(registry, layout.people):
            person_id, at = row[layout.person], stamp_of(registry, row[layout.stamp])
            if line not in bad and (person_id not in newest or at > newest[person_id]):
                newest[person_id] = at
                found[registry, person_id] = _identity(registry, row)
    return found


STAMPS = {
    "us-wi": "%m/%d/%Y %I:%M:%S %p",
    "us-nd": "%Y%m%d%H%M%S",
    "us-nv": "%Y-%m-%dT%H:%M:%SZ",
    "us-il": "%d-%b-%Y %H:%M:%S",
    "us-oh": "%Y-%m-%dT%H:%M:%S%z",
    "us-fl": "%Y-%m-%d %H:%M:%S.%f",
}


def stamp_of(registry: str, text: str) -> datetime:
    """When a row was last changed; comparable within one registry. Bad ones are long ago."""
    try:
        return datetime.strptime(text, STAMPS[registry])
    except ValueError:
        return datetime.min


def full_names(registry: str, row: dict[str, str]) -> tuple[list[str], list[str]]:
    """Given names and surnames of a row of a people file, as written."""
    layout = LAYOUTS[registry]
    if registry != "us-nv":
        given = [value(row, column) for column in layout.given]
        surnames = [value(row, column) for column in layout.surname]
        return [g for g in given if g], [s for s in surnames if s]
    surname, _, rest = value(row, "full_name").partition(",")
    given_name = rest.strip().partition(",")[0].split(" ")[0]
    formers = re.split(r"[;,]", value(row, "former_names"))
    return [given_name], [each.strip() for each in [surname, *formers] if each.strip()]


def _identity(registry: str, row: dict[str, str]) -> Identity:
    layout = LAYOUTS[registry]
    given, surnames = full_names(registry, row)
    column, form = layout.born
    born = value(row, column)
    number = re.sub(r"\D", "", value(row, layout.number)) if layout.number else ""
    return Identity(
        given=frozenset(plain(each) for each in given),
        surnames=frozenset(form for each in surnames for form in _surname_forms(each)),
        born=datetime.strptime(born, form).date().isoformat() if born else None,
        number=number or None,
    )


def _surname_forms(surname: str) -> set[str]:
    words = [word for word in re.split(r"[\s-]+", surname) if plain(word) not in SUFFIXES]
    return {plain("".join(words)), *(plain(w) for w in words if len(plain(w)) > 3)}


def plain(name: str) -> str:
    """Capitals without diacritics, nothing but letters."""
    letters = unicodedata.normalize("NFKD", name.upper())
    return "".join(letter for letter in letters if letter.isalpha())
