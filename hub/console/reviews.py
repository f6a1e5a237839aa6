"""Reviews, duplicates and samples as a person reads them: the answer first, then one line each."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TextIO

from hub.console.numbers import count, plural
from hub.console.tally import live_error_text
from hub.console.terminal import Terminal, escape_controls, terminal_of

ROWS_SHOWN = 50
WIDTH = 80

Document = Mapping[str, Any]


def print_reviews(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """How many are open and shown, by registry, then each question of each side."""
    terminal = terminal or terminal_of(stream)
    whose = f" of {document['registry']}" if document["registry"] else ""
    head = plural(document["open"], f"open review{whose}", f"open reviews{whose}")
    lines = [
        terminal.styled(f"{head}; {count(document['shown'])} shown to both registries.", "bold"),
        f"As of {document['as_of']}, week {document['week']}; at most "
        f"{document['weekly']} new ones a registry and week.",
    ]
    lines += _beside(document)
    counts = [_counts(each) for each in document["by_registry"]]
    if counts:
        lines += ["", *columns_of(_COUNTS_HEAD, counts, numbers=range(1, 6))]
    rows = document["reviews"]
    if rows:
        lines += ["", *columns_of(_ASKED_HEAD, [_asked(each) for each in rows[:ROWS_SHOWN]])]
    if len(rows) > ROWS_SHOWN:
        lines.append(f"Showing {ROWS_SHOWN} of {len(rows):,}; all of them with --json - or --csv.")
    late = document["expired_reviews"]
    if late:
        lines += ["", "Not answered in time; these stay apart:"]
        lines += columns_of(_LATE_HEAD, [_late(each) for each in late[:ROWS_SHOWN]])
    lines += ["", *_next(document, rows)]
    write_lines(lines, stream, terminal)


def _beside(document: Document) -> list[str]:
    """Of what is open and not shown: how many, and why not."""
    kept = (
        (document["waiting"], "for a later week"),
        (document["unshared"], "kept back, since no agreement covers identity both ways"),
        (document["expired"], "not answered in time, which stay apart"),
    )
    parts = [f"{count(number)} {why}" for number, why in kept if number]
    return _wrapped(f"Not shown: {'; '.join(parts)}.") if parts else []


_COUNTS_HEAD = ("Registry", "Shown", "New", "Waiting", "No agreement", "Expired")


def _counts(each: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = ("shown", "new", "waiting", "unshared", "expired")
    return (each["registry"], *(count(each[name]) for name in numbers))


_ASKED_HEAD = ("Own record", "Other record", "Name", "Birth", "Number", "Purpose", "Answer by")


def _asked(each: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        person_text(each["registry"], each["person_id"]),
        person_text(each["other_registry"], each["other_person_id"]),
        each["name"],
        each["birth"],
        each["number"],
        each["purpose"],
        each["answer_by"],
    )


_LATE_HEAD = ("Own record", "Other record", "Opened on", "Answer by")


def _late(each: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        person_text(each["registry"], each["person_id"]),
        person_text(each["other_registry"], each["other_person_id"]),
        each["opened_on"],
        each["answer_by"],
    )


def _next(document: Document, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if document["sent"]:
        return ["Sent: each question is in its registry's inbox; what closed was taken back."]
    if not rows:
        return ["Nothing is to be asked."]
    return ["Next: --send puts each question into its registry's inbox.", _answer_hint(rows[0])]


def _answer_hint(each: Mapping[str, Any]) -> str:
    one = person_text(each["registry"], each["person_id"])
    other = person_text(each["other_registry"], each["other_person_id"])
    return (
        f"Answer: hub identity answer {one} {other} same --registry {each['registry']} --staff ID"
    )


def print_duplicates(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """Accounts of one registry that seem to be one human."""
    terminal = terminal or terminal_of(stream)
    registry, rows = document["registry"], document["duplicates"]
    title = plural(len(rows), "pair of accounts seems", "pairs of accounts seem")
    lines = [terminal.styled(f"{title} to be one human in {registry}.", "bold")]
    settled = plural(document["known"], "more pair is", "more pairs are")
    settled = f"{settled} settled by the registry. " if document["known"] else ""
    lines.append(f"{settled}No record is merged.")
    if rows:
        head = ("Account", "Account", "Name", "Birth", "Number", "Seen as", "Since")
        shown = [
            (
                escape_controls(each["person_id"]),
                escape_controls(each["other_person_id"]),
                each["name"],
                each["birth"],
                each["number"],
                "one" if each["verdict"] == "LINK" else "perhaps one",
                each["opened_on"] or each["opened_on_why"],
            )
            for each in rows[:ROWS_SHOWN]
        ]
        lines += ["", *columns_of(head, shown)]
    if len(rows) > ROWS_SHOWN:
        lines.append(f"Showing {ROWS_SHOWN} of {len(rows):,}; all of them with --json - or --csv.")
    sent = f"Sent: {registry} has them in its inbox; what is none any more was taken back."
    lines += ["", sent if document["sent"] else f"Next: --send puts them into {registry}'s inbox."]
    write_lines(lines, stream, terminal)


def print_sample(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """What was drawn of a month's automatic links, and what answers say of them."""
    terminal = terminal or terminal_of(stream)
    month = document["month"]
    drawn = plural(document["drawn"], "link", "links")
    lines = [
        terminal.styled(f"Sample of {month}: {drawn} of {count(document['links'])}.", "bold"),
        *_left_out(document["unshared"]),
        *_wrapped(
            f"Still asked: {count(document['open'])}, to be answered by {document['answer_by']}. "
            + live_error_text(document["live_error"])
        ),
    ]
    sent = "Sent: both registries of each link have the question in their inboxes."
    asked = "Next: --send asks both registries of each link."
    lines.append(sent if document["sent"] else asked)
    write_lines(lines, stream, terminal)


def _left_out(links: int) -> list[str]:
    if not links:
        return []
    more = plural(links, "more link is", "more links are")
    return _wrapped(f"{more} left out, since no agreement covers identity both ways.")


def person_text(registry: str, person_id: str) -> str:
    """A person, or a record, as commands take it."""
    return f"{registry}/{escape_controls(person_id)}"


def columns_of(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Collection[int] = ()
) -> list[str]:
    """Lines of a table, columns as wide as their widest word, those of numbers to the right."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    return [
        "  ".join(
            text.rjust(width) if at in numbers else text.ljust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ")


def write_lines(lines: Sequence[str], stream: TextIO, terminal: Terminal) -> None:
    """Write lines as this terminal can show them."""
    stream.write("\n".join(terminal.signs(line.rstrip()) for line in lines) + "\n")
    stream.flush()
