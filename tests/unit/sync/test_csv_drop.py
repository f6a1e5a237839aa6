"""CSV files of a registry's out folder: nothing is written twice, and nothing in them runs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from connectors.csv_drop import CONNECTOR
from connectors.csv_drop.connector import FILE_NAME, CsvDrop, harmless
from hub.errors import RetryableError

COLUMNS = ("event_id", "about", "reason")


def row(number: int, reason: str = "plain", about: str = "R") -> dict[str, str]:
    return {"event_id": f"e{number}", "about": about, "reason": reason}


def read(folder: Path) -> list[dict[str, str]]:
    with (folder / FILE_NAME).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_rows_are_appended_in_order_below_one_header(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "us-wi"

    assert CsvDrop().write(folder, COLUMNS, [row(1), row(2)]) == 2
    assert CsvDrop().write(folder, COLUMNS, [row(3)]) == 1
    assert [each["event_id"] for each in read(folder)] == ["e1", "e2", "e3"]


def test_a_row_that_is_in_the_file_is_not_written_again(tmp_path: Path) -> None:
    CsvDrop().write(tmp_path, COLUMNS, [row(1), row(2)])
    before = (tmp_path / FILE_NAME).read_bytes()

    assert CsvDrop().write(tmp_path, COLUMNS, [row(2), row(1)]) == 0
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_row_twice_in_one_batch_is_written_once(tmp_path: Path) -> None:
    assert CsvDrop().write(tmp_path, COLUMNS, [row(1), row(2), row(1)]) == 2


def test_no_rows_still_leave_a_file_with_its_header(tmp_path: Path) -> None:
    assert CsvDrop().write(tmp_path, COLUMNS, []) == 0
    assert (tmp_path / FILE_NAME).read_bytes() == b"event_id,about,reason\r\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_a_formula_is_shown_and_never_run(tmp_path: Path, start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    CsvDrop().write(tmp_path, COLUMNS, [row(1, reason=text)])

    assert read(tmp_path)[0]["reason"] == "'" + text


@pytest.mark.parametrize("text", ["", "plain", "a=b", "3-5", "us-wi:P1", "’=", "Größe, „so“"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("text", ["two\r\nlines", "two\nlines", "two\rlines"])
def test_a_text_of_two_lines_becomes_one(tmp_path: Path, text: str) -> None:
    CsvDrop().write(tmp_path, COLUMNS, [row(1, reason=text)])

    assert read(tmp_path)[0]["reason"] == "two lines"
    assert (tmp_path / FILE_NAME).read_bytes().count(b"\r\n") == 2


@pytest.mark.parametrize("text", ["\n=1+1", "\r\n=1+1", "\r=1+1"])
def test_a_formula_behind_a_line_break_is_no_formula(text: str) -> None:
    assert harmless(text) == " =1+1"


def test_separators_and_quotes_come_back(tmp_path: Path) -> None:
    text = "a,\"b\";'c'"
    CsvDrop().write(tmp_path, COLUMNS, [row(1, reason=text)])

    assert read(tmp_path)[0]["reason"] == text


def test_a_last_line_cut_off_anywhere_is_written_again(tmp_path: Path) -> None:
    """A crash may end the file in the middle of a row, a quoted text or a character."""
    rows = [row(1, "a, b"), row(2, 'first\r\nsecond, "größe"'), row(3, "c")]
    CsvDrop().write(tmp_path, COLUMNS, rows)
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        CsvDrop().write(tmp_path, COLUMNS, rows)
        assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_can_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(RetryableError, match="was not written"):
        CsvDrop().write(tmp_path / "file", COLUMNS, [row(1)])


def test_exports_are_read_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(b"\xef\xbb\xbfid\r\n\xff")
    (tmp_path / "folder").mkdir()

    assert CsvDrop().read(tmp_path) == {"people.csv": b"\xef\xbb\xbfid\r\n\xff"}
    with pytest.raises(RetryableError, match="was not read"):
        CsvDrop().read(tmp_path / "absent")


def test_the_connector_promises_what_the_sync_lane_needs() -> None:
    promised = CONNECTOR.capabilities

    assert (promised.writes, promised.keeps_order, promised.repeats_are_safe) == (True, True, True)
