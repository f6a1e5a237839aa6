"""What a draft of a policy would change, as a person reads it: the answer first, then sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from hub.console.numbers import NO_POLICY, NOT_APPLICABLE, count, decimal_text, plural
from hub.console.policies import outcome_sign
from hub.console.reviews import columns_of, person_text, write_lines
from hub.console.terminal import Terminal, escape_controls, terminal_of
from hub.console.words import OUTCOMES

ROWS_SHOWN = 50
Document = Mapping[str, Any]
CHANGE_WORDS = {"gain": "better", "loss": "worse", "other": "other terms", "same": "the same"}
_WORDS = {each.code: each.words for each in OUTCOMES}


def print_trial(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """How many records would be answered better or worse, by kind and sender, and whose."""
    terminal = terminal or terminal_of(stream)
    lines = [terminal.styled(_head(document), "bold"), *_beside(document)]
    if document["cells"]:
        lines += ["", *_cells(document["cells"])]
    lines += _together(document)
    named = document["named"]
    if named:
        lines += ["", f"Records of persons of {document['viewer']}:"]
        lines += columns_of(_NAMED_HEAD, [_named(each, terminal) for each in named[:ROWS_SHOWN]])
    shown = min(len(named), ROWS_SHOWN)
    if document["named_of"] > shown:
        lines.append(f"Showing {shown} of {document['named_of']:,}; more with --json - and --limit")
    lines += ["", "Nothing was changed."]
    lines.append(f"Next: hub policy publish {document['file']} --adopted-by STAFF-ID")
    write_lines(lines, stream, terminal)


def _head(document: Document) -> str:
    changes = document["changes"]
    gain, loss = changes["gain"]["records"], changes["loss"]["records"]
    least = "at least " if document["is_partly_shown"] else ""
    records = plural(gain, "record", "records")
    return (
        f"{document['name']} revision {document['revision']}: {least}{records} would be answered "
        f"better, {count(loss)} worse."
    )


def _beside(document: Document) -> list[str]:
    against, total = document["against"], document["records"]
    standing = "no policy that stands" if against is None else f"revision {against}"
    of = document["records_why"] if total is None else count(total)
    persons = document["own_persons"]
    lines = [f"Beside {standing}, on {document['as_of']}; records that are judged: {of}."]
    if any(persons.values()):
        lines.append(
            f"Persons of {document['viewer']} with a record that is answered better: "
            f"{count(persons['gain'])}, worse: {count(persons['loss'])}."
        )
    return lines


def _cells(cells: Sequence[Document]) -> list[str]:
    """Sums by kind, sender and answer; which are not shared, where some are not."""
    rows = [_cell(each) for each in cells]
    if all(each["shared"] for each in cells):
        return columns_of(_CELLS_HEAD, rows, numbers={3, 4, 5})
    seen = ["shared" if each["shared"] else "not shared" for each in cells]
    rows = [(*row, text) for row, text in zip(rows, seen, strict=True)]
    return columns_of((*_CELLS_HEAD, "Seen"), rows, numbers={3, 4, 5})


_CELLS_HEAD = ("Kind", "From", "Answer", "Records", "Hours now", "Hours then")


def _cell(each: Document) -> tuple[str, ...]:
    return (
        each["kind"],
        each["sender"],
        CHANGE_WORDS[each["change"]],
        count(each["records"]),
        each["hours_why"] or decimal_text(each["hours_before"]),
        each["hours_why"] or decimal_text(each["hours_after"]),
    )


def _together(document: Document) -> list[str]:
    if document["together_why"]:
        return ["", f"Other records, not shared: {document['together_why']}."]
    together = document["together"]
    if not together["records"]:
        return []
    records = plural(together["records"], "other record", "other records")
    return ["", f"{records}, not shared, are shown together only: parts of it are under 10."]


_NAMED_HEAD = ("Person", "Kind", "Record", "Now", "Then", "Hours")


def _named(each: Document, terminal: Terminal) -> tuple[str, ...]:
    before, after = each["before"], each["after"]
    hours = dict.fromkeys((_hours(before), _hours(after)))
    return (
        ", ".join(map(escape_controls, each["person_ids"])),
        each["kind"],
        person_text(each["registry"], each["record_id"]),
        _outcome(before, terminal),
        _outcome(after, terminal),
        " → ".join(hours),
    )


def _outcome(answer: Document | None, terminal: Terminal) -> str:
    if answer is None:
        return NO_POLICY
    return f"{outcome_sign(answer['outcome'], terminal)} {_WORDS[answer['outcome']]}"


def _hours(answer: Document | None) -> str:
    if answer is None:
        return NO_POLICY
    hours = answer["accepted_hours"]
    return NOT_APPLICABLE if hours is None else decimal_text(str(hours))
