"""Matches on the page: outcomes in their fixed order, the matrix of pairs, the same as a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.api.parts import Cell, Column, Document, Row, Table, cell, cells
from hub.console.numbers import (
    NO_POLICY,
    NOT_APPLICABLE,
    count,
    percent,
    plural,
    share,
    share_of_base,
)
from hub.console.tally import counting, name_of, outcome_counts, pair_outcomes, registries_in_order
from hub.console.words import OUTCOMES, kind_words

HEAT_STEPS = 5  # Of 20 points each.
EMPTY = "No policy has a record to answer about yet. Matches appear with the first link."


@dataclass(frozen=True, slots=True)
class BarPart:
    """A stretch of the one bar, in hundredths of its width."""

    name: str
    words: str
    start: str
    width: str


def outcome_bar(document: Document) -> tuple[BarPart, ...]:
    counts = outcome_counts(document)
    total = sum(counts.values())
    parts = []
    start = 0.0
    for outcome in OUTCOMES:
        width = counts[outcome.code] * 100 / total if total else 0
        if width:
            parts.append(BarPart(outcome.name, outcome.words, f"{start:.3f}", f"{width:.3f}"))
        start += width
    return tuple(parts)


def outcome_table(document: Document) -> Table:
    """Outcomes by kind of record; the last column is the share over all kinds."""
    kinds = sorted(document["matches_by_kind"])
    counts = outcome_counts(document)
    total = sum(counts.values())
    by_kind = {kind: _by_outcome(pair_outcomes(document, kind)) for kind in kinds}
    rows = [
        Row(
            outcome.code,
            outcome.words,
            cells(
                *(count(by_kind[kind].get(outcome.code, 0)) for kind in kinds),
                count(counts[outcome.code]),
                percent(counts[outcome.code], total) or f"of {count(total)}",
            ),
            code=outcome.code,
            icon=outcome.name,
        )
        for outcome in OUTCOMES
    ]
    sums = [count(sum(by_kind[kind].values())) for kind in kinds]
    rows.append(
        Row("all", "All outcomes", cells(*sums, count(total), f"of {count(total)}"), is_total=True)
    )
    columns = [Column(kind_words(kind)) for kind in kinds]
    columns += [Column("All kinds, matches"), Column("Share of all matches")]
    caption = f"Matches by outcome and kind of record, as of {document['as_of_text']}"
    shown = tuple(rows) if total else ()
    return Table("outcomes", caption, "Outcome", tuple(columns), shown, "/matches.csv", EMPTY)


def pair_matrix(document: Document) -> Table:
    pairs = pair_outcomes(document)
    codes = [code for code, _ in registries_in_order(document)]
    columns = tuple(
        Column(name_of(document, code), short=code.removeprefix("us-").upper()) for code in codes
    )
    rows = tuple(
        Row(
            source,
            name_of(document, source),
            tuple(_matrix_cell(document, pairs, source, target) for target in codes),
            code=source,
        )
        for source in codes
    )
    caption = (
        "Share of matches that count in full or in part. A row holds the record, a column judges "
        f"it; as of {document['as_of_text']}"
    )
    shown = rows if pairs else ()
    return Table(
        "matrix", caption, "From \\ to", columns, shown, "/matches.csv", EMPTY, is_wide_only=True
    )


def _matrix_cell(document: Document, pairs: Any, source: str, target: str) -> Cell:
    outcomes = pairs.get((source, target))
    if outcomes:
        return _heat(counting(outcomes), sum(outcomes.values()))
    if source == target:
        return cell(NOT_APPLICABLE)
    return cell("0" if target in document["versions"]["policies"] else NO_POLICY)


def _heat(accepted: int, total: int) -> Cell:
    """Colored only where there is a percent, so that 1 of 1 does not shine like 150 of 150."""
    if percent(accepted, total) is None:
        return Cell(share_of_base(accepted, total))
    step = min(accepted * HEAT_STEPS // total, HEAT_STEPS - 1)
    return Cell(share_of_base(accepted, total), f"heat-{step}")


def pair_list(document: Document) -> Table:
    """The matrix as sentences, busiest first: what a small screen and a screen reader get."""
    pairs = pair_outcomes(document)
    ordered = sorted(pairs.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    rows = tuple(
        Row(
            f"{source}>{target}",
            f"from {name_of(document, source)} to {name_of(document, target)}",
            cells(
                count(sum(outcomes.values())),
                share(counting(outcomes), sum(outcomes.values())),
                *(count(outcomes[outcome.code]) for outcome in OUTCOMES),
            ),
            source=source,
        )
        for (source, target), outcomes in ordered
    )
    columns = (
        Column("Matches"),
        Column("Count in full or in part"),
        *(Column(outcome.words) for outcome in OUTCOMES),
    )
    caption = f"The same pairs as a list, busiest first, as of {document['as_of_text']}"
    return Table("pairs", caption, "Pair ↓ by matches", columns, rows, "/matches.csv", EMPTY)


def claim(document: Document) -> str:
    """The sentence over the bar."""
    counts = outcome_counts(document)
    total = sum(counts.values())
    if not total:
        return "No match yet"
    accepted = counting(counts)
    share_text = percent(accepted, total)
    if share_text is None:
        return f"{accepted} of {plural(total, 'match', 'matches')} count in full or in part"
    return f"{share_text} of matches count in full or in part ({share_of_all(accepted, total)})"


def share_of_all(accepted: int, total: int) -> str:
    return f"{count(accepted)} of {count(total)}"


def _by_outcome(pairs: Mapping[Any, Mapping[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for outcomes in pairs.values():
        for code, number in outcomes.items():
            sums[code] = sums.get(code, 0) + number
    return sums
