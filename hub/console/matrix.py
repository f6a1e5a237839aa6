"""The acceptance matrix as a person reads it: a grid a kind, the rules behind it, one-way trust."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from hub.console.numbers import count, plural
from hub.console.recognition import outcome_text, synthetic_line
from hub.console.reviews import columns_of, write_lines
from hub.console.terminal import Terminal, terminal_of
from hub.console.words import kind_words
from hub.domain.states import state_name
from hub.projections.acceptance import (
    ACCEPTS,
    DENIES,
    NO_POLICY,
    NO_RULE,
    REVIEWS,
    WITH_DOCUMENTS,
)

WIDTH = 80
GRID_MAX = 12
"""Registries that a grid of 80 columns has room for."""
STANDING_WORDS = {
    ACCEPTS: "accepts",
    WITH_DOCUMENTS: "accepts with documents",
    REVIEWS: "reviews",
    DENIES: "does not accept",
    NO_RULE: "no rule",
    NO_POLICY: "no policy",
}
_GRID_WORDS = {
    ACCEPTS: "yes",
    WITH_DOCUMENTS: "docs",
    REVIEWS: "rev.",
    DENIES: "no",
    NO_RULE: "none",
    NO_POLICY: "n.p.",
}
_LEGEND = (
    "yes: a rule accepts in full or in part; docs: with documents; rev.: a review;",
    "no: not accepted; none: no rule for that registry; n.p.: no policy on this kind.",
)
Document = Mapping[str, Any]
Cells = Mapping[tuple[str, str, str], Mapping[str, Any]]


def print_matrix(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """How much lets through, the grids, the rules, the decisions, and what is one-way."""
    terminal = terminal or terminal_of(stream)
    codes = [each["code"] for each in document["registries"]]
    cells = {(c["from"], c["to"], c["kind"]): c for c in document["cells"]}
    kinds = sorted({rule["kind"] for rule in document["rules"]})
    lines = [
        *(terminal.styled(line, "bold") for line in textwrap.wrap(matrix_head(document), WIDTH)),
        f"As of {document['as_of']}, by the rules alone: no record is looked at.",
        *synthetic_line(document),
        *_viewer(document),
    ]
    if kinds and len(codes) <= GRID_MAX:
        lines += ["", "A row holds the record, a column judges it."]
        for kind in kinds:
            lines += ["", terminal.styled(kind_words(kind), "bold"), *_grid(codes, kind, cells)]
        lines += ["", *_LEGEND]
    elif kinds:
        lines += ["", f"{len(codes)} registries: pairs as a list with --csv or --json."]
    lines += _rules(document["rules"], terminal)
    lines += _counted(document["cells"])
    lines += _one_way(document["one_way"], terminal)
    write_lines(lines, stream, terminal)


def matrix_head(document: Document) -> str:
    """On how many ways rules let any kind of record through, and how often not back."""
    if not document["rules"]:
        return "No policy has a rule in force on this day."
    ways = {(c["from"], c["to"]) for c in document["cells"] if lets_through(c)}
    known = len(document["registries"])
    cases = plural(len(document["one_way"]), "case", "cases")
    return (
        f"Rules let records through on {count(len(ways))} of {count(known * (known - 1))} ways "
        f"between registries; in {cases} the same kind does not count the other way."
    )


def lets_through(cell: Mapping[str, Any]) -> bool:
    """Whether a rule accepts, with or without documents."""
    return cell["by_rule"] in (ACCEPTS, WITH_DOCUMENTS)


def _viewer(document: Document) -> list[str]:
    if document["for"] is None:
        return []
    return [f"As {state_name(document['for'])} may see it: counts under 10 of others are hidden."]


def _grid(codes: Sequence[str], kind: str, cells: Cells) -> list[str]:
    head = ("from \\ to", *(code.removeprefix("us-").upper() for code in codes))
    rows = [(code, *(_grid_word(cells, code, to, kind) for to in codes)) for code in codes]
    return columns_of(head, rows)


def _grid_word(cells: Cells, sender: str, receiver: str, kind: str) -> str:
    if sender == receiver:
        return "·"
    cell = cells.get((sender, receiver, kind))
    return _GRID_WORDS[NO_POLICY if cell is None else cell["by_rule"]]


def _rules(rules: Sequence[Mapping[str, Any]], terminal: Terminal) -> Iterator[str]:
    held = None
    for rule in rules:
        if rule["registry"] != held:
            held = rule["registry"]
            yield ""
            yield terminal.styled(f"{state_name(held)}'s rules in force ({held})", "bold")
        yield f"  {outcome_text(rule['outcome'], terminal)}  {rule['kind']}, {rule['rule']}"
        yield from _indented(rule_text(rule))


def rule_text(rule: Mapping[str, Any], day: Callable[[str], str] = str) -> str:
    """What a rule asks for and since when, and whether it is made up; day: how days are written."""
    ends = f" to {day(rule['until'])}" if rule["until"] else f", {rule['until_why']}"
    parts = [f"from {day(rule['from'])}{ends}"]
    if rule["counts_as"]:
        parts.append(f"counts as {_plain(rule['counts_as'])}")
    if rule["documents"]:
        lifted = rule["with_documents"]
        then = _OUTCOMES.get(lifted["outcome"], lifted["outcome"]) if lifted else "not said"
        documents = ", ".join(_plain(each) for each in rule["documents"])
        parts.append(f"with {documents}: {then}")
    if rule["conditions"]:
        parts.append("looks at " + ", ".join(_plain(each) for each in rule["conditions"]))
    if rule["illustrative"]:
        parts.append("made up, not the state's own rule")
    return "; ".join(parts)


_OUTCOMES = {
    "FULL": "accepted in full",
    "PARTIAL": "accepted in part",
    "NEEDS_REVIEW": "a review",
    "DENIED": "not accepted",
}


def _counted(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Decisions of pairs that have any; matches stand in hub summary."""
    shown = [cell for cell in cells if cell["decisions"] is None or any(cell["decisions"].values())]
    if not shown:
        yield ""
        yield "No registry has decided on another's record yet."
        return
    head = ("From", "To", "Kind", "Accepted", "Partly", "Refused", "Noted", "Last day")
    rows = [_decided(cell) for cell in shown]
    yield ""
    yield "By decision"
    yield from columns_of(head, rows, numbers=range(3, 7))


def _decided(cell: Mapping[str, Any]) -> tuple[str, ...]:
    ends = (cell["from"], cell["to"], cell["kind"])
    counts = cell["decisions"]
    if counts is None:
        return (*ends, "hidden", "hidden", "hidden", "hidden", cell["decisions_why"])
    last = cell["last_decided_on"] or cell["last_decided_on_why"]
    numbers = (count(counts[name]) for name in ("accepted", "partly", "refused", "pending"))
    return (*ends, *numbers, last)


def _one_way(found: Sequence[Mapping[str, Any]], terminal: Terminal) -> Iterator[str]:
    yield ""
    if not found:
        yield "Nothing goes one way."
        return
    unused = sum(each["unused_trust"] for each in found)
    yield terminal.styled(
        f"One way: {count(len(found))}, of these {count(unused)} without a rule on the other side",
        "bold",
    )
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for each in found:
        key = (each["accepts"], each["kind"], each["how"], each["other"])
        groups.setdefault(key, []).append(each["records_of"])
    for (receiver, kind, how, other), senders in groups.items():
        verb = "accepts with documents" if how == WITH_DOCUMENTS else "accepts"
        names = ", ".join(map(state_name, senders))
        back = _BACK[other].format(receiver=state_name(receiver))
        yield from _indented(f"{state_name(receiver)} {verb}, {kind}: {names}; {back}.")


_BACK = {
    NO_POLICY: "no policy on this kind there",
    NO_RULE: "no rule for {receiver} there",
    DENIES: "not accepted from {receiver} there",
}


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="     ", subsequent_indent="       ")
