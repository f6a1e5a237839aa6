"""Hand-made files of one small registry: what can go wrong in bytes, quotes, rows and cells."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_samples import (
    PEOPLE,
    TRAINING_HEADER,
    read_small,
    receipt_of,
    rejected,
    small,
    titles,
)

from hub.domain.events import Kind
from hub.errors import RejectedError
from hub.intake.reader import QUOTED_LINES_MAX
from hub.intake.submission import read_submission

GOOD = "T1,P1,Safe sleep,2026-01-05,2,Y,2026-01-06 08:00:00\n"
OTHER = "T2,P2,First aid,2026-01-05,3,Y,2026-01-06 08:00:00\n"


def row(**cells: str) -> str:
    """A good row with some cells replaced."""
    names = TRAINING_HEADER.strip().split(",")
    values = dict(zip(names, GOOD.strip().split(","), strict=True)) | cells
    return ",".join(values.values()) + "\n"


@pytest.mark.parametrize(
    ("cells", "rule", "field"),
    [
        ({"record": ""}, "missing_key", "record"),
        ({"id": " "}, "missing_key", "id"),
        ({"id": "P9"}, "orphan_person", "id"),
        ({"done": "2026-02-30"}, "impossible_date", "done"),
        ({"done": "01/05/2026"}, "impossible_date", "done"),
        ({"done": ""}, "impossible_date", "done"),
        ({"done": "2026-07-02"}, "future_date", "done"),
        ({"hours": "-1"}, "negative_hours", "hours"),
        ({"hours": "0.25"}, "negative_hours", "hours"),
        ({"hours": "120.01"}, "absurd_hours", "hours"),
        ({"hours": "1e9"}, "absurd_hours", "hours"),
        ({"hours": "1000000000"}, "absurd_hours", "hours"),
        ({"hours": "two"}, "not_a_number", "hours"),
        ({"hours": "NaN"}, "not_a_number", "hours"),
        ({"hours": "1.00001"}, "not_a_number", "hours"),
        ({"verified": "yes"}, "unknown_code", "verified"),
        ({"verified": ""}, "unknown_code", "verified"),
        ({"changed": "2026-01-06"}, "impossible_date", "changed"),
        ({"changed": ""}, "impossible_date", "changed"),
        ({"title": "x" * 2_000_000}, "too_long", "title"),
        ({"title": "a\x00b"}, "undecodable_byte", "title"),
        ({"title": "a,b"}, "column_count", ""),
    ],
)
def test_one_row_is_rejected_and_the_others_stand(
    cells: dict[str, str], rule: str, field: str
) -> None:
    submission = read_small(row(**cells) + OTHER)

    assert rejected(submission) == [(2, rule, field)]
    assert titles(submission) == ["First aid"]


def test_a_byte_of_another_encoding_rejects_its_row_only() -> None:
    bad = row(title="Sue\u00f1o").encode("windows-1252")

    submission = read_small(bad + OTHER.encode())

    assert rejected(submission) == [(2, "undecodable_byte", "title")]
    assert receipt_of(submission, "training.csv").rejections[0].here == "Sue\\xf1o"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_may_be_there_or_not(mark: bytes) -> None:
    submission = read_small(GOOD, people=mark + PEOPLE.encode())

    assert titles(submission) == ["Safe sleep"]


def test_line_ends_may_be_mixed_and_the_last_may_be_missing() -> None:
    submission = read_small(GOOD.replace("\n", "\r\n") + "\n" + OTHER.removesuffix("\n"))

    assert titles(submission) == ["Safe sleep", "First aid"]


def test_a_quoted_line_break_keeps_the_physical_line_of_the_next_row() -> None:
    submission = read_small(row(title='"Safe\nsleep, ""soon"""') + row(record="T2", hours="0"))

    assert titles(submission) == ['Safe\nsleep, "soon"']
    assert rejected(submission) == [(4, "negative_hours", "hours")]


@pytest.mark.parametrize("lines_after", [1, QUOTED_LINES_MAX + 10])
def test_a_quote_that_is_never_closed_costs_its_own_line(lines_after: int) -> None:
    after = "".join(row(record=f"T{number}") for number in range(2, 2 + lines_after))

    submission = read_small(row(title='"Safe sleep') + after)

    assert rejected(submission) == [(2, "column_count", "")]
    assert len(titles(submission)) == lines_after


def test_text_after_a_closing_quote_costs_its_own_line() -> None:
    submission = read_small(row(title='"Safe" sleep') + OTHER)

    assert rejected(submission) == [(2, "column_count", "")]
    assert titles(submission) == ["First aid"]


def test_a_formula_is_text() -> None:
    formula = "=HYPERLINK(0)"

    assert titles(read_small(row(title=formula))) == [formula]


def test_a_file_with_only_a_header_has_no_rows() -> None:
    receipt = receipt_of(read_small(""), "training.csv")

    assert (receipt.rows, receipt.accepted, receipt.rejections) == (0, 0, ())


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(RejectedError, match=r"training\.csv has no header row"):
        read_submission({"training.csv": b""}, small())


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (TRAINING_HEADER.replace("hours", "minutes"), 'the column "hours" 0 times'),
        (TRAINING_HEADER.replace("title", "hours"), 'the column "title" 0 times'),
        (TRAINING_HEADER.strip() + ",hours\n", 'the column "hours" 2 times'),
        (TRAINING_HEADER.strip() + ",notes\n", "column 8 of the header is not in the mapping"),
    ],
)
def test_another_header_refuses_the_file_and_names_the_column(header: str, words: str) -> None:
    with pytest.raises(RejectedError, match=words):
        read_submission({"training.csv": header.encode()}, small())


def test_a_header_error_does_not_repeat_what_stands_in_the_file() -> None:
    with pytest.raises(RejectedError) as caught:
        read_submission({"people.csv": b"P1,Doe,Jane,1980-02-03,123456789,A,x\n"}, small())

    assert "Doe" not in str(caught.value)


def test_columns_in_another_order_are_read_by_name() -> None:
    header = "id,record,title,done,hours,verified,changed\n"
    body = "P1,T1,Safe sleep,2026-01-05,2,Y,2026-01-06 08:00:00\n"
    files = {"people.csv": PEOPLE.encode(), "training.csv": (header + body).encode()}

    assert titles(read_submission(files, small())) == ["Safe sleep"]


def test_a_submission_without_any_file_of_the_registry_is_refused() -> None:
    with pytest.raises(RejectedError, match=r"people\.csv, training\.csv"):
        read_submission({"letters.csv": b"a,b\n"}, small())


def test_a_record_id_of_another_shape_is_not_shown_for_a_row_of_another_width() -> None:
    people = PEOPLE + "Doe,Jane\n" + "P3,Doe\n"

    receipt = receipt_of(read_small("", people=people), "people.csv")

    assert [r.record_id for r in receipt.rejections] == ["", "P3"]


def test_a_never_issued_number_is_no_evidence_for_real_data() -> None:
    statements = [s for s in read_small("").statements if s.kind == Kind.PROFILE]

    found = {s.record_id: (s.identity.ssn, s.identity.ssn_last4) for s in statements if s.identity}
    assert found == {"P1": ("123456789", "6789"), "P2": (None, None)}


def test_identity_is_never_shown_at_the_desk() -> None:
    people = PEOPLE.replace("1980-02-03", "03.02.1980").replace("Roe", "Roe\x00")

    receipt = receipt_of(read_small("", people=people), "people.csv")

    assert [(r.field, r.here) for r in receipt.rejections] == [("born", None), ("surname", None)]


def test_cells_at_the_desk_are_cut_and_escaped() -> None:
    submission = read_small(row(verified="\x1b[31m" + "y" * 60))

    here = receipt_of(submission, "training.csv").rejections[0].here
    assert here is not None
    assert here.startswith("\\x1b[31m")
    assert len(here) == 40


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from([b'"', b",", b"\n", b"\r\n", GOOD.encode(), OTHER.encode()]),
        ),
        max_size=12,
    )
)
def test_whatever_the_bytes_are_every_row_has_one_receipt(pieces: list[bytes]) -> None:
    receipt = receipt_of(read_small(b"".join(pieces)), "training.csv")

    ready = receipt.accepted + receipt.superseded + receipt.duplicate
    assert ready + receipt.rejected == receipt.rows
    lines = [rejection.line for rejection in receipt.rejections]
    assert lines == sorted(set(lines))
