"""Key numbers, one for each of the Alliance's goals, and the tables of their measures."""

from __future__ import annotations

from typing import Any

from hub.api.parts import (
    Column,
    Document,
    KeyNumber,
    Measure,
    Row,
    Table,
    cell,
    cells,
    measures_of,
)
from hub.console.numbers import NOT_REPORTED, count, measure_value, percent, small_word
from hub.console.tally import kinds_sent, name_of, registries_in_order
from hub.console.words import GOALS

_UNITS = {"days": "days", "hours": "clock hours", "share": "share (part of base)", "count": ""}


def key_numbers(document: Document) -> tuple[KeyNumber, ...]:
    soar = document["soar"]
    staff = soar["licensed_program_staff"]["national"]
    complete, _, kinds = kinds_sent(document).partition(" ")
    return (
        _key(
            document,
            "saturation",
            ("registries_present", "licensed_program_staff"),
            _count_of(soar["registries_present"]["national"], "known registries are present"),
            f"Staff of licensed programs: {measure_value(staff, 'share')}",
        ),
        _key(
            document,
            "operations",
            ("record_kinds",),
            (complete, kinds) if complete.isdecimal() else (NOT_REPORTED, "kinds of record sent"),
            f"of {count(len(document['registries']))} registries that are present",
        ),
        _key(
            document,
            "accountability",
            ("trainings_verified",),
            _share_of(soar["trainings_verified"]["national"], "trainings verified, in force"),
            f"Rows rejected: {measure_value(soar['rows_rejected']['national'], 'share')}",
        ),
        _key(
            document,
            "reciprocity",
            ("matches_accepted", "hours_accepted"),
            _share_of(soar["matches_accepted"]["national"], "matches count in full or in part"),
            f"Clock hours accepted: {measure_value(soar['hours_accepted']['national'], 'share')}",
        ),
    )


def _key(
    document: Document, goal: str, names: tuple[str, ...], shown: tuple[str, str], note: str
) -> KeyNumber:
    label, question = GOALS[goal]
    number, base = shown
    return KeyNumber(goal, label, number, base, note, question, measures_of(document, *names))


def _count_of(found: Any, what: str) -> tuple[str, str]:
    if found is None or found["numerator"] is None:
        return NOT_REPORTED, what
    return count(found["numerator"]), f"of {count(found['denominator'])} {what}"


def _share_of(found: Any, what: str) -> tuple[str, str]:
    """`28.2%` and `520 of 1,842 matches …`; under a base of 10 the count leads instead."""
    if found is None or found["numerator"] is None or found["denominator"] is None:
        return NOT_REPORTED, what
    numerator, denominator = found["numerator"], found["denominator"]
    both = f"{count(numerator)} of {count(denominator)} {what}"
    share_text = percent(numerator, denominator)
    if share_text is None:
        return count(numerator), f"of {count(denominator)} {what}"
    return share_text, both


def goal_tables(document: Document) -> tuple[tuple[Table, tuple[Measure, ...]], ...]:
    """A table for each goal, one measure a column so that a column has one unit."""
    tables = []
    for goal, (label, question) in GOALS.items():
        measures = [measure for measure in document["measures"] if measure["goal"] == goal]
        columns = tuple(Column(_head(measure)) for measure in measures)
        rows = [
            Row(code, name_of(document, code), _cells(document, measures, code), code=code)
            for code, _ in registries_in_order(document)
        ]
        total = _cells(document, measures, "national")
        label_all = f"All {small_word(len(rows))} together" if len(rows) > 1 else "Together"
        rows.append(Row("national", label_all, total, is_total=True))
        caption = f"{label}: {question} Each registry, as of {document['as_of_text']}"
        table = Table(f"goal-{goal}", caption, "Registry", columns, tuple(rows), "/measures.csv")
        tables.append((table, measures_of(document, *(m["name"] for m in measures))))
    return tuple(tables)


def _head(measure: Any) -> str:
    unit = _UNITS.get(measure["unit"], "")
    return f"{measure['title']}, {unit}" if unit else measure["title"]


def _cells(document: Document, measures: list[Any], place: str) -> tuple[Any, ...]:
    soar = document["soar"]
    return tuple(
        cell(_worded(soar.get(m["name"], {}), place, m["unit"], document)) for m in measures
    )


def _worded(found: Any, place: str, unit: str, document: Document) -> str:
    """A measure that is counted for the nation alone cannot have a registry's own value."""
    national = _said(found.get("national"))
    if place != "national" and not _said(found.get(place)) and national:
        per_registry = any(_said(found.get(code)) for code in document["registries"])
        return NOT_REPORTED if per_registry else cells("not applicable")[0].text
    return measure_value(found.get(place), unit)


def _said(found: Any) -> bool:
    return found is not None and found["numerator"] is not None


def people_table(document: Document) -> Table:
    """Three figures of one count, side by side."""
    names = ("accounts", "national_persons", "persons_if_reviews_linked")
    places = [(code, name_of(document, code)) for code, _ in registries_in_order(document)]
    every = f"All {small_word(len(places))} together" if len(places) > 1 else "Together"
    rows = tuple(
        Row(place, name, cells(*(_counted(document, each, place) for each in names)), code=place)
        for place, name in places
    )
    total = cells(*(_counted(document, each, "national") for each in names))
    columns = (
        Column("Summed over registries"),
        Column("Distinct people"),
        Column("Distinct, were every open review a link"),
    )
    caption = f"People, counted three ways, source: profiles and links, {document['as_of_text']}"
    total_row = Row("national", every, total, is_total=True)
    return Table("people", caption, "Registry ↑", columns, (*rows, total_row), "/measures.csv")


def _counted(document: Document, measure: str, place: str) -> str:
    found = document["soar"].get(measure, {}).get(place)
    return NOT_REPORTED if found is None else count(found["numerator"])
