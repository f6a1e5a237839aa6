"""One explained answer as a person reads it: the sentence first, then why, then since when."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from hub.console.numbers import NONE, decimal_text
from hub.console.reviews import columns_of, person_text, write_lines
from hub.console.terminal import Terminal, escape_controls, terminal_of
from hub.console.words import OUTCOMES
from hub.domain.states import state_name

WIDTH = 80
_LABEL = 12
Document = Mapping[str, Any]
_OUTCOME_WORDS = {each.code: f"{each.icon} {each.words}" for each in OUTCOMES}
_KNOWN_WORDS = {
    "record": "the record as it stood",
    "policy": "the policy",
    "link": "who the person is elsewhere",
    "request": "the request",
    "decision": "the decision",
    "approval": "an approval it cites",
    "list": "a list that names it",
}


def print_explanation(
    document: Document, tried: Sequence[str], stream: TextIO, terminal: Terminal | None = None
) -> None:
    """The answer on the day, its rule, what was tried (in lines already), the timeline, and since
    when it is known."""
    terminal = terminal or terminal_of(stream)
    lines = [
        *(terminal.styled(line, "bold") for line in textwrap.wrap(document["words"], WIDTH)),
        *_head(document),
        "",
        *_answer(document),
        *_decision(document["decision"]),
        "",
        *_tried(tried),
        *_timeline(document["timeline"]),
        "",
        "Known to the hub since",
        *_indented([_known(each) for each in document["known_since"]]),
        "",
        *_foot(document),
    ]
    write_lines([_signs(line, terminal) for line in lines], stream, terminal)


def _signs(line: str, terminal: Terminal) -> str:
    """Outcomes by their letters where the stream has no signs for them."""
    if terminal.has_unicode:
        return line
    for each in OUTCOMES:
        line = line.replace(each.icon, each.letter)
    return line


def _head(document: Document) -> list[str]:
    record = document["input"]["record"]
    registry, kind = record["registry"], record["kind"]
    name = f"{registry}/{kind}/{escape_controls(record['record_id'])}"
    return [
        f"{name}, from {state_name(registry)} to {state_name(document['to'])}, "
        f"on {document['effective_as_of']}.",
        *(["Synthetic data."] if document["synthetic"] else []),
    ]


def _answer(document: Document) -> list[str]:
    outcome = document["outcome"]
    fields = [("Outcome", _OUTCOME_WORDS[outcome] if outcome else "no policy")]
    if outcome:
        fields.append(("Reason", document["reason"].replace("_", " ")))
        fields += _rule(document)
        fields += _hours(document)
        fields += [
            ("Counts as", _text(document["counts_as"])),
            ("Not for", _listed(document["not_for"])),
            ("Documents", _listed(document["documents"])),
            ("With them", _lifted(document["with_documents"])),
            ("Not known", _listed(document["unknown"])),
            ("Holds", _days(document["valid"])),
        ]
    return [line for label, text in fields if text for line in _field(label, text)]


def _rule(document: Document) -> Iterable[tuple[str, str]]:
    rule = document["rule"]
    if document["policy_revision"] is not None and rule is not None:
        revision = f"revision {document['policy_revision']}"
        yield "Rule", f"{rule['id']} version {rule['version']}, policy {revision}"
    if document["illustrative"]:
        yield "Source", "illustrative: no published rule of that state"
    elif document["citation"]:
        yield "Source", document["citation"]


def _hours(document: Document) -> Iterable[tuple[str, str]]:
    if document["total_hours"] is not None:
        accepted = decimal_text(document["accepted_hours"])
        yield "Hours", f"{accepted} of {decimal_text(document['total_hours'])} clock hours now"


def _lifted(lifted: Document | None) -> str:
    if lifted is None:
        return ""
    text = _OUTCOME_WORDS[lifted["outcome"]]
    if lifted["accepted_hours"] is not None:
        text += f", {decimal_text(lifted['accepted_hours'])} clock hours"
    return text + (f", as {lifted['counts_as']}" if lifted["counts_as"] else "")


def _decision(decision: Document | None) -> list[str]:
    if decision is None:
        return []
    text = f"{decision['decision'].lower()} on {decision['decided_on']}, {decision['reason']}"
    if decision["accepted_hours"] is not None:
        text += f", {decimal_text(decision['accepted_hours'])} clock hours"
    return [
        *_field("Decided", text),
        *_field("Received", _listed(decision["document_received"]) or NONE),
    ]


def _tried(lines: Sequence[str]) -> list[str]:
    if not lines:
        return ["No rule was tried."]
    return ["Tried, in the policy's order", *(f"  {escape_controls(line)}" for line in lines)]


def _timeline(timeline: Sequence[Document]) -> list[str]:
    if not timeline:
        return []
    rows = [
        (
            each["from"],
            each["until"] or "no end",
            _OUTCOME_WORDS[each["outcome"]],
            f"{each['rule']['id']} {each['rule']['version']}",
        )
        for each in timeline
    ]
    return ["", *columns_of(("From", "Until", "Outcome", "Rule"), rows)]


def _indented(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows without a head, two cells in."""
    return [f"  {line}" for line in columns_of(rows[0], rows[1:])] if rows else []


def _known(known: Document) -> tuple[str, ...]:
    return (_KNOWN_WORDS[known["what"]], known["since"], known["place"] or "identity decisions")


def _foot(document: Document) -> list[str]:
    person = document["person"]
    asker = person_text(person["registry"], person["person_id"])
    return textwrap.wrap(
        f"For {asker}, by what was received up to {document['recorded_as_of']}. "
        f"{state_name(document['to'])} decides; this is what its rules say.",
        WIDTH,
    )


def _field(label: str, text: str) -> list[str]:
    indent = " " * _LABEL
    first = f"{label:<{_LABEL}}"
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _days(valid: Document | None) -> str:
    if valid is None:
        return ""
    until = f"until {valid['until']}" if valid["until"] else "with no end"
    return f"from {valid['from']}, {until}"


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(each.replace("_", " ") for each in codes)


def _text(code: str | None) -> str:
    return "" if code is None else code.replace("_", " ")
