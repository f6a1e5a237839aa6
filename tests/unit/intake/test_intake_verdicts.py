"""Accepted, superseded, duplicate, rejected: whole submissions, earlier ones, any order of rows."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_samples import (
    PEOPLE,
    files_of,
    mapping_of,
    read_small,
    receipt_of,
    rejected,
    sample,
    small,
    titles,
)

from hub.domain.events import Kind
from hub.domain.statements import Statement, Submission
from hub.errors import RejectedError
from hub.intake.submission import read_submission

FIRST = "T1,P1,Safe sleep,2026-01-05,2,Y,2026-01-06 08:00:00\n"
LATER = "T1,P1,Safe sleep,2026-01-05,3,Y,2026-02-06 08:00:00\n"
CONFLICT = FIRST.replace("Safe sleep", "First aid")
SLOTS = (
    "OPR Number\tCompletion ID\tLine No\tPD Event ID\tCourse Title\tOhio Approved\t"
    "Instructor OPR\tInstructor Level\tCompleted On\tKnowledge Area\tAmount\tTotal Amount\tUnit\t"
    "Attendance Status\tModified At\n"
)


class Known:
    """Earlier submissions: one person, one stamp."""

    def __init__(self, persons: set[str], stamps: dict[str, int]) -> None:
        self._persons = persons
        self._stamps = stamps

    def has_person(self, person_id: str) -> bool:
        return person_id in self._persons

    def newest_stamp(self, kind: Kind, record_id: str) -> int | None:
        return self._stamps.get(record_id) if kind == Kind.TRAINING_COMPLETION else None


def counts(training: str) -> tuple[int, int, int, int]:
    receipt = receipt_of(read_small(training), "training.csv")
    return receipt.accepted, receipt.superseded, receipt.duplicate, receipt.rejected


def ohio_row(line: int, area: str, amount: str, total: str = "3", title: str = "Talk") -> str:
    return (
        f"10110001\tPD-1\t{line}\t1-1\t{title}\tTRUE\t\t\t2026-01-05T09:00:00-05:00\t{area}\t"
        f"{amount}\t{total}\tCLK\tV\t2026-01-06T09:00:00-05:00\n"
    )


def read_ohio(*rows: str) -> list[Statement]:
    submission = ohio(*rows)
    return [s for s in submission.statements if s.kind == Kind.TRAINING_COMPLETION]


def ohio(*rows: str) -> Submission:
    known = Known({"10110001"}, {})
    files = {"training.tsv": (SLOTS + "".join(rows)).encode()}
    return read_submission(files, mapping_of("us-oh"), known)


def test_the_newest_stamp_stands_wherever_its_row_is() -> None:
    assert counts(FIRST + LATER) == counts(LATER + FIRST) == (1, 1, 0, 0)


def test_a_row_sent_twice_is_a_duplicate() -> None:
    assert counts(FIRST + FIRST + LATER + FIRST) == (1, 1, 2, 0)


def test_of_two_rows_with_one_stamp_the_first_stands() -> None:
    submission = read_small(FIRST + CONFLICT)

    assert titles(submission) == ["Safe sleep"]
    assert rejected(submission) == [(3, "conflicting_duplicate", "title")]


def test_a_conflict_with_a_rejected_row_is_none() -> None:
    submission = read_small(FIRST.replace("Y", "?") + CONFLICT)

    assert titles(submission) == ["First aid"]
    assert rejected(submission) == [(2, "unknown_code", "verified")]


def test_a_rejected_correction_leaves_the_earlier_statement() -> None:
    submission = read_small(FIRST + LATER.replace(",3,", ",300,"))

    assert titles(submission) == ["Safe sleep"]
    assert receipt_of(submission, "training.csv").accepted == 1


def test_a_person_with_no_good_profile_orphans_their_rows() -> None:
    submission = read_small(FIRST, people=PEOPLE.replace("1980-02-03", "1980-02-31"))

    assert rejected(submission) == [(2, "orphan_person", "id")]


def test_a_person_of_an_earlier_submission_is_known() -> None:
    files = {"training.csv": read_small_bytes(FIRST)}

    submission = read_submission(files, small(), Known({"P1"}, {}))

    assert titles(submission) == ["Safe sleep"]


def read_small_bytes(rows: str) -> bytes:
    return ("record,id,title,done,hours,verified,changed\n" + rows).encode()


def test_a_row_older_than_an_earlier_submission_is_superseded_and_an_equal_one_accepted() -> None:
    stamp = max(s.revision for s in read_small(LATER).statements if s.record_id == "T1")
    known = Known({"P1"}, {"T1": stamp})
    files = {"training.csv": read_small_bytes(FIRST + LATER)}

    receipt = read_submission(files, small(), known).files[0]
    assert (receipt.accepted, receipt.superseded) == (1, 1)

    older = {"training.csv": read_small_bytes(FIRST)}
    receipt = read_submission(older, small(), known).files[0]
    assert (receipt.accepted, receipt.superseded) == (0, 1)


def test_the_rows_of_a_statement_may_stand_apart_and_in_any_order() -> None:
    other = ohio_row(1, "PD", "3").replace("PD-1", "PD-2")

    rows = (ohio_row(1, "CGD", "1"), other, ohio_row(2, "HSN", "2"))

    forth, back = read_ohio(*rows), read_ohio(*reversed(rows))

    assert {s.record_id: s.body for s in forth} == {s.record_id: s.body for s in back}
    areas = next(s for s in forth if s.record_id == "PD-1").body["areas"]
    assert [area["area"] for area in areas] == ["01", "02"]


def test_amounts_that_do_not_add_up_reject_every_row_of_the_statement() -> None:
    submission = ohio(ohio_row(1, "CGD", "1"), ohio_row(2, "HSN", "1"))

    rejections = submission.files[0].rejections
    assert [(r.line, r.rule, r.field) for r in rejections] == [
        (2, "split_sum_mismatch", "Amount"),
        (3, "split_sum_mismatch", "Amount"),
    ]
    assert rejections[0].here == "lines 2 and 3: 1 and 1, Total Amount 3"


def test_a_bad_row_takes_the_rest_of_its_statement_with_it() -> None:
    submission = ohio(ohio_row(1, "CGD", "1"), ohio_row(2, "???", "2"))

    rules = [(r.line, r.rule) for r in submission.files[0].rejections]
    assert rules == [(2, "unknown_code"), (3, "unknown_code")]


def test_a_contradicting_row_of_a_statement_is_rejected_alone() -> None:
    submission = ohio(
        ohio_row(1, "CGD", "1"), ohio_row(2, "HSN", "2"), ohio_row(2, "HSN", "2", title="Walk")
    )

    rules = [(r.line, r.rule, r.field) for r in submission.files[0].rejections]
    assert rules == [(4, "conflicting_duplicate", "Course Title")]
    assert submission.files[0].accepted == 2


def test_a_statement_with_fewer_rows_replaces_the_one_with_more() -> None:
    later = ohio_row(1, "PD", "3").replace("2026-01-06", "2026-02-06")

    statements = read_ohio(ohio_row(1, "CGD", "1"), ohio_row(2, "HSN", "2"), later)

    newest = max(statements, key=lambda s: s.revision)
    assert [area["own_area"] for area in newest.body["areas"]] == ["PD"]


def test_the_submission_id_depends_on_the_files_and_nothing_else() -> None:
    again = read_submission(dict(files_of("us-nd")), mapping_of("us-nd"))

    assert again.submission_id == sample("us-nd").submission_id
    assert again.submission_id != sample("us-nv").submission_id


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(min_value=0, max_value=1 << 32))
def test_the_order_of_rows_changes_only_which_of_two_contradicting_rows_stands(seed: int) -> None:
    name = "training.txt"
    header, *rows, trailer = files_of("us-nd")[name].split(b"\n")[:-1]
    random.Random(seed).shuffle(rows)
    files = {**files_of("us-nd"), name: b"\n".join([header, *rows, trailer, b""])}

    turned = read_submission(files, mapping_of("us-nd"))

    contradicted = {
        r.record_id
        for r in receipt_of(sample("us-nd"), name).rejections
        if r.rule == "conflicting_duplicate"
    }
    assert len(receipt_of(turned, name).rejections) == len(
        receipt_of(sample("us-nd"), name).rejections
    )
    assert _facts(turned.statements, contradicted) == _facts(
        sample("us-nd").statements, contradicted
    )


def _facts(statements: tuple[Statement, ...], left_out: set[str]) -> list[str]:
    return sorted(
        repr((s.kind, s.record_id, s.revision, s.person_id, s.change, s.body, s.private))
        for s in statements
        if s.record_id not in left_out
    )


def test_a_trailer_that_counts_otherwise_is_shown_and_a_missing_one_refused() -> None:
    files = dict(files_of("us-nd"))
    lines = files["approvals.txt"].split(b"\n")
    files["approvals.txt"] = b"\n".join([*lines[:50], *lines[51:]])

    shown = read_submission(files, mapping_of("us-nd"))
    assert rejected(shown, "approvals.txt")[-1] == (108, "trailer_count", "")

    files["approvals.txt"] = b"\n".join([*lines[:50], b""])
    with pytest.raises(RejectedError, match="may be cut short"):
        read_submission(files, mapping_of("us-nd"))
