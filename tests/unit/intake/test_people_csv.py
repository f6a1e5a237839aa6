"""People in a CSV file: every good row is read, a bad one costs itself alone and shows nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.errors import ConfigurationError
from hub.intake.people_csv import QUOTED_LINES_MAX, BadRowError, PersonRow, read_people

HEADER = (
    "registry,person_id,given_name,middle_name,surname,former_surname,suffix,birth_date,sex,"
    "ssn,ssn_last4,street,city,zip\n"
)
WHOLE = (
    'us-oh,P1,Ana,Maria,"Garcia, y Lopez",Diaz; Ruiz,Jr,1990-02-03,F,'
    "900-12-3456,3456,1 Main St,Dayton,45402\n"
)


class Reading:
    """A file read to its end."""

    def __init__(self, folder: Path, text: str | bytes, *, forgiving: bool = False) -> None:
        path = folder / "people.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        self.bad: list[BadRowError] = []
        self.rows: list[PersonRow] = list(read_people(path, self.bad.append, forgiving=forgiving))

    @property
    def faults(self) -> list[tuple[int, str, str]]:
        return [(error.line, error.column, error.reason) for error in self.bad]


def test_every_column_becomes_the_field_it_names(tmp_path: Path) -> None:
    read = Reading(tmp_path, HEADER + WHOLE)
    row = read.rows[0]
    who = row.identity

    assert read.bad == []
    assert (row.line, row.registry, row.person_id) == (2, "us-oh", "P1")
    assert (who.given_name, who.middle_name, who.surname) == ("Ana", "Maria", "Garcia, y Lopez")
    assert (who.former_surnames, who.suffix, who.sex) == (("Diaz", "Ruiz"), "Jr", "F")
    assert (who.birth_on, who.ssn, who.ssn_last4) == (date(1990, 2, 3), "900-12-3456", "3456")
    assert (who.street, who.city, who.zip, who.withheld) == ("1 Main St", "Dayton", "45402", False)


def test_columns_may_stand_in_any_order_and_be_absent(tmp_path: Path) -> None:
    read = Reading(tmp_path, "surname,person_id,registry\nDoe,7,us-nv\n,8,us-nv\n")

    assert [(r.person_id, r.identity.surname) for r in read.rows] == [("7", "Doe"), ("8", None)]
    assert read.rows[0].identity.birth_on is None


@pytest.mark.parametrize(
    ("text", "withheld"),
    [("yes", True), ("1", True), ("TRUE", True), ("", False), ("no", False), ("0", False)],
)
def test_a_person_may_be_withheld(tmp_path: Path, text: str, withheld: bool) -> None:
    read = Reading(tmp_path, f"registry,person_id,withheld\nus-oh,P1,{text}\n")

    assert [row.identity.withheld for row in read.rows] == [withheld]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "person_id,given_name\n",
        "registry,given_name\n",
        "registry,person_id,mothers_name\n",
        "registry,person_id,registry\n",
        "us-oh,P1,Planted,Surname\n",
        '"registry,person_id\n',
    ],
)
def test_another_header_is_refused_without_showing_it(tmp_path: Path, header: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Reading(tmp_path, header + "us-oh,P1,Planted,Surname\n")

    shown = f"{caught.value.message} {caught.value.fix}"
    assert "Planted" not in shown
    assert "mothers_name" not in shown
    assert caught.value.effect == "no row was read"


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="was not read"):
        list(read_people(tmp_path / "nobody.csv"))


PLAIN = "registry,person_id,surname,birth_date,withheld\n"


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ("us-oh,P1,Planted,1990-02-03", "", "column_count"),
        ("us-oh,P1,Planted,1990-02-03,,", "", "column_count"),
        (",P1,Planted,1990-02-03,", "registry", "missing_key"),
        ("us-oh, ,Planted,1990-02-03,", "person_id", "missing_key"),
        ("us-oh,P1,Planted,1990-02-30,", "birth_date", "impossible_date"),
        ("us-oh,P1,Planted,02/03/1990,", "birth_date", "impossible_date"),
        ("us-oh,P1,Planted,1990-02-03,maybe", "withheld", "unknown_code"),
        ('us-oh,P1,"Planted,1990-02-03,', "", "quotes"),
        ('us-oh,P1,"Planted"s,1990-02-03,', "", "quotes"),
        ("us-oh,P1,Planted\x00,1990-02-03,", "surname", "undecodable_byte"),
    ],
)
def test_a_bad_row_is_told_by_line_column_and_rule_and_costs_itself(
    tmp_path: Path, row: str, column: str, rule: str
) -> None:
    read = Reading(tmp_path, f"{PLAIN}us-oh,P0,Doe,,\n{row}\nus-oh,P2,Roe,19900203,\n")

    assert read.faults == [(3, column, rule)]
    assert [(r.line, r.person_id) for r in read.rows] == [(2, "P0"), (4, "P2")]
    assert "Planted" not in str(read.bad[0])
    assert "1990" not in str(read.bad[0])


def test_bytes_that_are_not_text_stay_in_their_row(tmp_path: Path) -> None:
    data = PLAIN.encode() + b"us-oh,P1,Mu\xf1oz,,\nus-oh,P2,Mu\xc3\xb1oz,,\n"
    read = Reading(tmp_path, data)

    assert read.faults == [(2, "surname", "undecodable_byte")]
    assert [row.identity.surname for row in read.rows] == ["Muñoz"]


def test_a_quoted_cell_may_go_over_lines_and_lines_are_counted_on(tmp_path: Path) -> None:
    read = Reading(tmp_path, f'{PLAIN}us-oh,P1,"Van\nDyke",,\r\n\nus-oh,P2,"O""Hara",,\n')

    assert [(r.line, r.identity.surname) for r in read.rows] == [(2, "Van\nDyke"), (5, 'O"Hara')]


def test_a_quote_that_is_never_closed_costs_its_line_alone(tmp_path: Path) -> None:
    count = QUOTED_LINES_MAX * 2
    rest = "".join(f"us-oh,P{at},Roe,,\n" for at in range(count))
    read = Reading(tmp_path, f'{PLAIN}us-oh,X,"Doe,,\n{rest}')

    assert read.faults == [(2, "", "quotes")]
    assert [row.line for row in read.rows] == list(range(3, 3 + count))


def test_where_nobody_listens_a_bad_row_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"{PLAIN}us-oh,P1,Doe,never,\n")
    with pytest.raises(BadRowError, match="line 2, birth_date"):
        list(read_people(path))


def test_a_forgiving_reader_takes_an_impossible_birth_date_as_none(tmp_path: Path) -> None:
    read = Reading(tmp_path, f"{PLAIN}us-oh,P1,Doe,19900299,\n,P2,Roe,,\n", forgiving=True)

    assert [row.identity.birth_on for row in read.rows] == [None]
    assert read.faults == [(3, "registry", "missing_key")]


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    read = Reading(tmp_path, b"\xef\xbb\xbf" + HEADER.encode() + WHOLE.encode())

    assert len(read.rows) == 1
