"""`hub portability report`: from what it is made, what it writes, and what it refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.domain.log import Message
from hub.domain.rows import Person
from hub.projections.exchange_items import request_prefix
from tests.unit.cli.exchange_hub import run, write
from tests.unit.printing.report_items import everything, inbox_message, interval, item, message

REPORT = ("portability", "report", "us-oh/P-1", "--to", "us-nd", "--as-of", "2026-06-30", "--out")
FULL = interval("FULL", "accepted_in_full")
DENIED = interval("DENIED", "not_accepted_by_rule")


def training(record_id: str, answer: dict[str, Any] = FULL, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = item(("us-oh", "training", record_id), answer, **changes)
    return body


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite"


def page(log: Path, *messages: Message, words: tuple[str, ...] = ()) -> str:
    """The HTML of a log with these items."""
    write(log, messages)
    out = log.parent / "report.html"
    ran = run(log, (*REPORT, out, *words))
    assert ran.code == 0, ran.err
    return out.read_text("utf-8")


def test_both_forms_are_written_and_said(log: Path) -> None:
    write(log, [message(each) for each in everything()])
    html, pdf = log.parent / "report.html", log.parent / "REPORT.PDF"

    made = [run(log, (*REPORT, out)) for out in (html, pdf)]

    assert [ran.code for ran in made] == [0, 0]
    assert made[0].out == f"{html}: 9 records of us-oh/P-1 for us-nd, as of 2026-06-30.\n"
    assert html.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert pdf.read_bytes().startswith(b"%PDF")


def test_the_highest_version_stands_whatever_came_last(log: Path) -> None:
    text = page(log, message(training("T-1", FULL), 2), message(training("T-1", DENIED), 1))

    assert "Accepted in full: training T-1" in text
    assert "Not accepted: training T-1" not in text


def test_what_was_withdrawn_is_left_out(log: Path) -> None:
    gone = training("T-1", withdrawn=True, person_ids=[], judge="us-nd")
    text = page(log, message(training("T-1"), 1), message(gone, 2), message(training("T-2"), 1))

    assert "training T-2" in text
    assert "T-1" not in text


def test_others_and_other_registries_are_left_out(log: Path) -> None:
    other_person = training("T-OTHER", person_ids=["P-11"])
    other_judge = training("T-JUDGE", judge="us-fl")
    text = page(log, message(training("T-1")), message(other_person), message(other_judge))

    assert "training T-1" in text
    assert "T-OTHER" not in text
    assert "T-JUDGE" not in text


def test_an_id_may_hold_what_parts_the_names_of_subjects(log: Path) -> None:
    person = Person("us-oh", "P|1/%<b>")
    body = training("T-1", person_ids=[person.person_id])
    subject = f"inbox|{request_prefix(person, 'us-nd')}us-oh|training|T-1"
    write(log, [inbox_message("us-oh", subject, body, 1)])
    out = log.parent / "report.html"

    ran = run(log, (*REPORT[:2], "us-oh/P|1/%<b>", *REPORT[3:], out))

    assert ran.code == 0
    assert "P|1/%&lt;b&gt; (us-oh)" in out.read_text("utf-8")


def test_kinds_without_a_policy_are_named(log: Path) -> None:
    request = item(None, rule="NO_POLICY: credential, education")

    text = page(log, message(request), message(training("T-1")))

    assert "no rules on these kinds of record: credential and education." in text


def test_a_request_alone_makes_a_report_of_nothing(log: Path) -> None:
    assert "No record can be shown for North Dakota" in page(log, message(item(None)))


def test_the_answer_is_of_today_where_no_day_is_given(log: Path) -> None:
    write(log, [message(training("T-1"))])
    before = datetime.now(UTC).date()
    ran = run(log, (*REPORT[:5], "--out", log.parent / "report.html"))

    day = date.fromisoformat(ran.out.rstrip(".\n").rpartition(" ")[2])
    assert before <= day <= datetime.now(UTC).date()


def test_spanish_is_written_as_spanish(log: Path) -> None:
    text = page(log, message(training("T-1")), words=("--language", "es"))

    assert '<html lang="es">' in text
    assert "Aceptada por completo: capacitación T-1, del registro de Ohio" in text


@pytest.mark.parametrize(("synthetic", "labelled"), [(True, True), (False, False)])
def test_made_up_data_are_labelled(log: Path, synthetic: bool, labelled: bool) -> None:
    text = page(log, message(training("T-1"), synthetic=synthetic))

    assert ("Synthetic data" in text) is labelled


def test_the_page_names_the_command_that_makes_it_again(log: Path) -> None:
    text = page(log, message(training("T-1")))

    assert (
        "hub portability report us-oh/P-1 --to us-nd --as-of 2026-06-30 --language en"
        " --out report.html"
    ) in text
    assert str(log.parent) not in text


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ((*REPORT, "report.txt"), 2, "end its name in .html or .pdf"),
        ((*REPORT, "report.pdf", "--language", "fr"), 2, "use en or es"),
        ((*REPORT[:5], "--as-of", "June", "--out", "report.pdf"), 2, "such as 2026-06-30"),
        ((*REPORT[:2], "P-1", *REPORT[3:], "report.pdf"), 1, "us-oh/P-1042"),
        ((*REPORT[:2], "us-oh/P-2", *REPORT[3:], "report.pdf"), 1, "hub portability ask"),
        ((*REPORT[:2], "us-fl/P-1", *REPORT[3:], "report.pdf"), 1, "the inbox of us-fl answers no"),
        ((*REPORT[:2], "us-wi/P-1", *REPORT[3:], "report.pdf"), 1, "the inbox of us-wi answers no"),
        ((*REPORT, "nowhere/report.pdf"), 1, "was not written"),
    ],
)
def test_what_is_off_is_refused_and_no_file_is_written(
    log: Path, words: tuple[str, ...], code: int, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(log, [message(training("T-1"))])
    monkeypatch.chdir(log.parent)

    ran = run(log, words)

    assert (ran.code, ran.out) == (code, "")
    assert why in ran.err
    assert [each.suffix for each in log.parent.iterdir() if each.suffix in (".pdf", ".html")] == []
