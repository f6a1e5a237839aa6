"""Mapping files: the six shipped ones hold together, and a slip of the pen is named."""

from __future__ import annotations

import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_samples import REGISTRIES, ROOT, SMALL, files_of, mapping_of

from hub.errors import ConfigurationError
from hub.intake.cells import split_name
from hub.intake.forms import read_day, read_moment, read_period
from hub.intake.mapping import load_mapping
from hub.intake.submission import read_submission, unread_files

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize("registry", REGISTRIES)
def test_a_mapping_names_every_file_and_known_elements(registry: str) -> None:
    mapping = mapping_of(registry)
    elements = json.loads((ROOT / "data/ceds_elements.json").read_text("utf-8"))

    assert mapping.registry == registry
    assert {file.name for file in mapping.file} == set(files_of(registry))
    assert unread_files(ROOT / "data/exports" / registry, mapping) == ("LAYOUT.md",)
    assert len(mapping.elements) > 25
    assert [code for code in mapping.elements if code not in elements] == []


@pytest.mark.parametrize("registry", REGISTRIES)
def test_names_mail_numbers_and_streets_are_identity_columns(registry: str) -> None:
    words = ("name", "mail", "phone", "mobile", "street", "addr", "ssn", "birth", "dob")
    people = next(file for file in mapping_of(registry).file if file.kind == "profile")
    for name, column in people.columns.items():
        if any(word in name.lower() for word in words):
            assert column.identity or (column.to or "").startswith("identity."), name


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('title = { to = "body.title" }', 'title = { to = "body.titel" }', "body.titel"),
        ('title = { to = "body.title" }', "title = { too = 1 }", "too"),
        ('column = "hours"', 'column = "minutes"', 'has no column "minutes"'),
        ('A = "ACTIVE"', 'A = "ALIVE"', 'no word "ALIVE"'),
        ('unit = "CLOCK"', 'unit = "DAY"', "unit"),
        ('range = ["0.5", "120"]', "range = [0.5, 120]", "range"),
        ('codes = "verified"', 'codes = "yes"', 'code list "yes"'),
        ('name = "training.csv"', 'name = "people.csv"', "stands once"),
        ("version = 3", "version = 0", "version"),
        ('zone = "America/Denver"', 'zone = "Mars/Base"', "no time zone"),
        ("version = 3", "version = ", "small"),
        ("id = {}\nsurname", 'id = { to = "identity.withheld" }\nsurname', "so it is a flag"),
    ],
)
def test_a_slip_in_a_mapping_is_refused_and_named(old: str, new: str, words: str) -> None:
    assert old in SMALL

    with pytest.raises(ConfigurationError, match=words) as caught:
        load_mapping(SMALL.replace(old, new), "small")

    assert "small" in str(caught.value)


def test_a_flag_of_the_mapping_withholds_a_person() -> None:
    column = 'surname = { to = "identity.surname" }'
    flag = 'safe = { type = "flag", to = "identity.withheld" }'
    mapping = load_mapping(SMALL.replace(column, f"{column}\n{flag}"), "small")
    text = (
        "id,surname,safe,given,born,ssn,status,changed\n"
        "P1,Doe,Y,Jane,1980-02-03,,A,2025-01-01 10:00:00\n"
        "P2,Roe,N,Ann,1981-02-03,,A,2025-01-01 10:00:01\n"
        "P3,Poe,,Ann,1981-02-03,,A,2025-01-01 10:00:01\n"
    )
    submission = read_submission({"people.csv": text.encode()}, mapping)
    withheld = [s.identity.withheld for s in submission.statements if s.identity]

    assert withheld == [True, False, False]


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_every_day_is_read_in_every_form(day: date) -> None:
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]

    assert read_day("MM/DD/YYYY", day.strftime("%m/%d/%Y")) == day
    assert read_day("M/D/YYYY", f"{day.month}/{day.day}/{day.year}") == day
    assert read_day("DD-MON-YYYY", f"{day.day:02}-{months[day.month - 1]}-{day.year}") == day
    assert read_day("YYYYMMDD", day.strftime("%Y%m%d")) == day
    assert read_period("MON-YYYY", f"{months[day.month - 1]}-{day.year}") == f"{day:%Y-%m}"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("M/D/YYYY", "07/4/2026"),
        ("MM/DD/YYYY", "7/4/2026"),
        ("DD-MON-YYYY", "04-jul-2026"),
        ("DD-MON-YYYY", "04-JLY-2026"),
        ("YYYY-MM-DD", "2026-02-29"),
        ("YYYY-MM-DD", "0000-00-00"),
        ("YYYY-MM-DD", "٢٠٢٦-07-04"),
        ("YYYYMMDD", "20260704 "),
    ],
)
def test_another_form_or_no_day_is_refused(form: str, text: str) -> None:
    with pytest.raises(ValueError):
        read_day(form, text)


@pytest.mark.parametrize(
    ("form", "text", "instant"),
    [
        ("MM/DD/YYYY hh:mm:ss AM", "01/01/1970 12:00:00 AM", 6 * 3_600_000_000),
        ("MM/DD/YYYY hh:mm:ss AM", "01/01/1970 12:00:00 PM", 18 * 3_600_000_000),
        ("YYYY-MM-DDTHH:mm:ssZ", "1970-01-01T00:00:01Z", 1_000_000),
        ("YYYY-MM-DDTHH:mm:ssOFFSET", "1970-01-01T00:00:00-04:00", 4 * 3_600_000_000),
        ("YYYY-MM-DD HH:mm:ss.SSS", "1970-01-01 00:00:00.007", 6 * 3_600_000_000 + 7_000),
    ],
)
def test_stamps_are_microseconds_of_utc(form: str, text: str, instant: int) -> None:
    assert read_moment(form, text, CHICAGO).instant == instant


def test_of_an_hour_that_comes_twice_the_first_is_meant() -> None:
    hour = read_moment("YYYYMMDDHHmmss", "20251102013000", CHICAGO)

    assert hour == read_moment("YYYY-MM-DDTHH:mm:ssOFFSET", "2025-11-02T01:30:00-05:00", CHICAGO)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Li, Lisa Kathy", ("Lisa", "Kathy", "Li", None)),
        ("García Rivera, Ana", ("Ana", None, "García Rivera", None)),
        ("Roe, Sam Q, Jr.", ("Sam", "Q", "Roe", "Jr.")),
        ("Cher", (None, None, "Cher", None)),
    ],
)
def test_a_full_name_is_split(text: str, parts: tuple[str | None, ...]) -> None:
    found = split_name(text)

    names = ("given_name", "middle_name", "surname", "suffix")
    assert tuple(found[name] for name in names) == parts
