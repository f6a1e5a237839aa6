"""Shadows of models and exposures as a person reads them: the answer first, then what it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from hub.console.numbers import count, plural
from hub.console.reviews import columns_of, person_text, write_lines
from hub.console.terminal import Terminal, terminal_of

ROWS_SHOWN = 50
Document = Mapping[str, Any]
_COUNTS_HEAD = ("Change", "Registry", "Registry", "Pairs")
_CHANGES = (
    ("appear", "Links that would appear"),
    ("vanish", "Links that would vanish"),
    ("reviews_opened", "Reviews that would open"),
    ("reviews_closed", "Reviews that would close"),
)


def print_shadow(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """What a model would change: totals, by registries, the first pairs."""
    terminal = terminal or terminal_of(stream)
    appear, vanish = document["appear"], document["vanish"]
    head = (
        f"{document['model']} instead of {document['in_force'] or 'no model'}: "
        f"{plural(appear, 'link', 'links')} would appear, {count(vanish)} would vanish."
    )
    moved = plural(document["national_person_changes"], "person", "persons")
    verb = "changes" if document["national_person_changes"] == 1 else "change"
    lines = [
        terminal.styled(head, "bold"),
        f"{moved} of {count(document['persons'])} {verb} the national person. "
        f"Reviews: {count(document['reviews_opened'])} open, "
        f"{count(document['reviews_closed'])} close.",
    ]
    counts = [
        (title, *pair.split("|"), count(number))
        for key, title in _CHANGES
        for pair, number in document["by_registries"][key].items()
    ]
    if counts:
        lines += ["", *columns_of(_COUNTS_HEAD, counts, numbers={3})]
    for key, title in _CHANGES:
        first = document["first"][key]
        if first:
            shown = f", the first {len(first)} of {count(document[key])}"
            lines += ["", f"{title}{shown if len(first) < document[key] else ''}:"]
            lines += [f"  {person_text(*one)}  {person_text(*other)}" for one, other in first]
    lines += ["", "Nothing was changed."]
    lines.append(f"Next: hub reference publish {document['file']} puts it in force.")
    write_lines(lines, stream, terminal)


def print_exposure(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """From when until when two were taken for one, and each record that was received wrongly."""
    terminal = terminal or terminal_of(stream)
    lines: list[str] = []
    for linked in document["linked"]:
        rows = linked["received"]
        one, other = person_text(*linked["one"]), person_text(*linked["other"])
        told = plural(len(rows), "record was", "records were")
        lines += [
            terminal.styled(f"{one} and {other}: {told} received wrongly.", "bold"),
            f"Taken for one person from {linked['from']} until {linked['until']}",
            f"(decided at {linked['linked_by']}, undone at {linked['undone_by']}).",
        ]
        lines += _received(rows)
        lines.append("")
    if document["sent"]:
        lines.append("Sent: each receiver has the list in its inbox.")
    elif any(linked["received"] for linked in document["linked"]):
        lines.append("Next: --send tells each receiver in its inbox.")
    else:
        lines.append("Nobody received anything through it.")
    write_lines(lines, stream, terminal)


def _received(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return []
    shown = [
        (
            person_text(each["receiver"], each["own_person_id"]),
            each["kind"],
            person_text(each["registry"], each["record_id"]),
            each["at"],
        )
        for each in rows[:ROWS_SHOWN]
    ]
    lines = columns_of(("Told for", "Kind", "Record", "When"), shown)
    if len(rows) > ROWS_SHOWN:
        lines.append(f"Showing {ROWS_SHOWN} of {len(rows):,}; all of them with --json -")
    return lines
