"""What a portability report says: counts, documents, each record, and what it cannot show."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.printing import texts_en, texts_es
from hub.printing.answers import OUTCOMES
from hub.printing.document import Document, Fields, Paragraph, Points, Section, Table
from hub.printing.portability import portability_report
from tests.unit.printing.report_items import asked, decided, everything, interval, item, lifted

ENGLISH = texts_en.texts()
TRAINING = ("us-oh", "training", "T-1")


def report(*items: Any, spanish: bool = False, **changes: Any) -> Document:
    texts = texts_es.texts() if spanish else ENGLISH
    return portability_report(asked(**changes), items, texts)


def whole() -> Document:
    return report(*(each for each in everything() if each["record_id"] is not None))


def section(document: Document, heading: str) -> Section:
    (found,) = [each for each in document.sections if each.heading == heading]
    return found


def fields_of(part: Section) -> dict[str, str | None]:
    return {
        field.label: field.value
        for block in part.blocks
        if isinstance(block, Fields)
        for field in block.rows
    }


def words_of(part: Section) -> list[str]:
    return [block.text for block in part.blocks if isinstance(block, Paragraph)]


def only_record(
    *intervals: Any, record: tuple[str, str, str] = TRAINING, **changes: Any
) -> Section:
    document = report(item(record, *intervals, **changes))
    (found,) = section(document, "Each record").sections
    return found


def summary_rows(document: Document) -> list[tuple[str, ...]]:
    (table,) = [b for b in section(document, "Summary").blocks if isinstance(b, Table)]
    return [(row.head, *row.cells) for row in table.rows]


def test_the_first_lines_answer_with_numbers_and_a_day() -> None:
    document = whole()

    assert document.heading == "Accepted in full or in part in North Dakota: 4 of 9 records"
    assert document.lead == (
        "102 of 146.5 clock hours count under the rules of North Dakota on Jun 30, 2026."
    )
    assert "It is not a decision" in document.warning
    assert document.name == "Portability report: from Ohio to North Dakota"


def test_the_person_is_an_id_and_a_line_to_write_on() -> None:
    who = fields_of(section(whole(), "Who asks"))

    assert who["Person's id in the registry of Ohio"] == "P-1 (us-oh)"
    assert who["Name (filled in by hand)"] is None
    assert who["For the registry of"] == "North Dakota, us-nd"
    assert (who["Asked on"], who["Answers on"]) == ("Jun 30, 2026", "Jun 30, 2026")


def test_every_outcome_is_counted_in_the_fixed_order() -> None:
    assert summary_rows(whole()) == [
        ("Accepted in full", "1", "45.00", "45.00"),
        ("Accepted in part", "3", "57.00", "60.50"),
        ("Needs a document", "2", "0.00", "8.00"),
        ("Needs a review", "1", "0.00", "30.00"),
        ("Not accepted", "1", "0.00", "3.00"),
        ("No rule in force", "1", "no hours", "no hours"),
        ("All records", "9", "102.00", "146.50"),
    ]


def test_each_document_is_to_be_brought_once_with_its_records() -> None:
    bring = section(whole(), "What to bring")
    (points,) = [block.points for block in bring.blocks if isinstance(block, Points)]

    assert [(point.text, point.detail) for point in points] == [
        ("Certificate of completion", "for training T-4, T-5, held by Ohio"),
        (
            "Official transcript, sent to the registry by the college itself",
            "for training T-2, held by Ohio",
        ),
        ("Proof of the moon (in the registry's own words)", "for training T-5, held by Ohio"),
    ]
    assert words_of(bring)[-1] == (
        "The registry of North Dakota has received: session tracking form of the conference."
    )


def test_where_no_document_changes_anything_it_says_so() -> None:
    document = report(item(TRAINING, interval("FULL", "accepted_in_full")))

    assert words_of(section(document, "What to bring")) == [
        "No document would change an answer on Jun 30, 2026."
    ]
    assert document.lead.endswith("No record shown has hours.")


def test_a_record_says_its_answer_its_days_and_its_rule() -> None:
    first, second = (
        interval(
            "FULL", "accepted_in_full", until_on=date(2028, 2, 28), counts_as="level-3",
            accepted_hours=Decimal("45.00"), total_hours=Decimal("45.00"),
        ),
        interval("DENIED", "not_in_force", from_on=date(2028, 2, 29), rule_version=0),
    )  # fmt: skip
    part = only_record(first, second)

    assert part.heading == "Accepted in full: training T-1, held by Ohio"
    assert (part.sign, part.code) == ("FULL", "FULL")
    assert words_of(part) == ["North Dakota counts 45 of 45 clock hours of this training."]
    assert fields_of(part) == {
        "Clock hours": "45 of 45 accepted",
        "Counts as (their own word)": "level-3",
        "Why": "A rule accepts it in full.",
        "Holds": "from Jul 1, 2024 until Feb 28, 2028; then: not accepted",
        "Rule": "nd-rule, version 1",
        "Decided by North Dakota": "nothing yet",
    }


def test_the_answer_is_that_of_the_day() -> None:
    days = (
        interval("FULL", "accepted_in_full", until_on=date(2026, 6, 30)),
        interval("DENIED", "not_accepted_by_rule", from_on=date(2026, 7, 1)),
    )

    on, after = (report(item(TRAINING, *days), as_of=date(2026, *day)) for day in ((6, 30), (7, 1)))

    assert on.heading.endswith("1 of 1 record")
    assert after.heading.endswith("0 of 1 record")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            interval("DENIED", "not_in_force", reason_values=[{"name": "why", "text": "expired"}]),
            "The record does not hold on this day: it had expired.",
        ),
        (
            interval("NEEDS_REVIEW", "not_known", unknown=["grade", "of_the_moon"]),
            "A rule asks what the record does not say: the grade and of the moon.",
        ),
        (
            interval(
                "PARTIAL",
                "hours_taken",
                reason_values=[
                    {"name": "accepted_hours", "text": "12"},
                    {"name": "areas_not_counted", "text": "06, 77"},
                    {"name": "cap_hours", "text": "5.00"},
                ],
            ),
            "Some hours do not count: those in the knowledge areas 06 (administration and"
            " management), 77; at most 5 count for one record.",
        ),
        (interval("DENIED", "of_the_moon"), "of the moon"),
    ],
)
def test_why_is_said_in_words(answer: dict[str, Any], why: str) -> None:
    assert fields_of(only_record(answer))["Why"] == why


def test_documents_say_what_they_would_change() -> None:
    answer = interval(
        "PARTIAL", "accepted_in_part", not_for=["career_pathway"], counts_as="level-1",
        accepted_hours=Decimal("30"), total_hours=Decimal("45"),
        documents=["official_transcript"], with_documents=lifted("FULL", "45", "level-3"),
    )  # fmt: skip
    part = only_record(answer)

    assert words_of(part) == [
        "North Dakota counts 30 of 45 clock hours of this training, but not toward a career level."
    ]
    assert fields_of(part)["Documents asked for"] == (
        "official transcript, sent to the registry by the college itself; with them: accepted in"
        " full, 45 of 45 accepted, level-3"
    )


def test_a_rule_of_all_records_and_a_source_are_named() -> None:
    source = [{"name": "citation", "text": "https://www.example.gov/rules"}]
    part = only_record(
        interval("NEEDS_REVIEW", "no_rule_decides", rule_id="default", rule_version=0,
                 reason_values=source)
    )  # fmt: skip

    assert fields_of(part)["Rule"] == "none of their own: the same for every record (default)"
    assert fields_of(part)["Source of the rule"] == "https://www.example.gov/rules"


def test_a_decision_stands_beside_the_answer() -> None:
    said = decided(
        "PARTLY", accepted_hours=Decimal("12.50"), counts_as="level_2", reason="area_06",
        document_received=["certificate"], record_revision=3,
    )  # fmt: skip
    part = only_record(interval("FULL", "accepted_in_full"), decision=said)

    assert fields_of(part)["Decided by North Dakota"] == (
        "accepted in part on Jun 20, 2026; clock hours: 12.5; counts as (their own word): level 2;"
        " their reason code: area_06; on an earlier version of the record; documents received:"
        " certificate of completion"
    )


def test_decisions_are_counted_and_noted_documents_are_none() -> None:
    answer = interval("FULL", "accepted_in_full")
    document = report(
        item(TRAINING, answer, decision=decided("ACCEPTED")),
        item(("us-oh", "training", "T-2"), answer, decision=decided("PENDING")),
    )

    (said,) = words_of(section(document, "Summary"))
    assert said.startswith("The registry of North Dakota has decided on 1 of 2")


def test_an_answer_to_an_earlier_request_says_so() -> None:
    part = only_record(interval("FULL", "accepted_in_full"), requested_on=date(2026, 5, 1))

    assert words_of(part)[-1] == "This answers the request of May 1, 2026."


def test_what_cannot_be_shown_is_said_and_not_counted() -> None:
    told = words_of(section(whole(), "What is not shown here"))

    assert told[0].startswith("North Dakota has published no rules on these kinds of record:")
    assert "credential" in told[0]
    assert told[1].endswith("Nothing here says whether there are others.")


def test_a_request_without_any_answer_claims_nothing() -> None:
    document = report()

    assert document.heading == "No record can be shown for North Dakota"
    assert document.lead == (
        "No rule of North Dakota answers a record that Ohio may show, on Jun 30, 2026."
    )
    assert "What to bring" not in [each.heading for each in document.sections]


@pytest.mark.parametrize(("synthetic", "has_band"), [(True, True), (False, False)])
def test_made_up_data_are_labelled(synthetic: bool, has_band: bool) -> None:
    assert (report(synthetic=synthetic).band is not None) is has_band


def test_spanish_says_the_same_in_spanish() -> None:
    items = [each for each in everything() if each["record_id"] is not None]
    document = report(*items, spanish=True)

    assert document.language == "es"
    assert document.heading == (
        "Aceptadas por completo o en parte en Dakota del Norte: 4 de 9 constancias"
    )
    assert [each.heading for each in document.sections][:3] == [
        "Quién solicita",
        "Qué llevar",
        "Resumen",
    ]


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    total = draw(st.none() | st.decimals(0, 200, places=2))
    accepted = None if total is None else draw(st.decimals(0, total, places=2))
    documents = draw(st.lists(st.sampled_from(["certificate", "form", "letter"]), unique=True))
    return interval(
        draw(st.sampled_from(OUTCOMES)), draw(st.sampled_from(sorted(ENGLISH.codes.reasons))),
        accepted_hours=accepted, total_hours=total, documents=documents,
    )  # fmt: skip


@given(st.lists(answers(), max_size=12), st.booleans())
def test_counts_and_hours_add_up_and_no_record_is_left_out(
    given_answers: list[dict[str, Any]], spanish: bool
) -> None:
    records = [("us-oh", "training", f"T-{n}") for n in range(len(given_answers))]
    pairs = zip(records, given_answers, strict=True)
    document = report(*(item(record, answer) for record, answer in pairs), spanish=spanish)
    if not records:
        return
    tables = [b for part in document.sections for b in part.blocks if isinstance(b, Table)]
    *rows, total = tables[0].rows
    each = next(part for part in document.sections if part.sections).sections
    bring = [b.points for part in document.sections for b in part.blocks if isinstance(b, Points)]

    assert sum(int(row.cells[0]) for row in rows) == int(total.cells[0]) == len(records)
    for column in (1, 2):
        hours = [row.cells[column].replace(",", "") for row in (*rows, total)]
        numbers = [Decimal(text) if text[0].isdigit() else Decimal(0) for text in hours]
        assert sum(numbers[:-1]) == numbers[-1]
    assert len(each) == len(records)
    asked_for = {name for answer in given_answers for name in answer["documents"]}
    assert len(bring[0] if bring else ()) == len(asked_for)
