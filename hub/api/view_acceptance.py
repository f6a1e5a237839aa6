"""The acceptance matrix on the page: a grid for each kind of record, the rules behind every cell,
the same as a list, and where trust goes one way.

Whoever reads the page is nobody's registry: counts under ten come hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.api.parts import Cell, Column, Document, Row, Table, cell
from hub.console.matrix import STANDING_WORDS, lets_through, matrix_head, rule_text
from hub.console.numbers import NO_POLICY as NO_POLICY_WORDS
from hub.console.numbers import NOT_APPLICABLE, count, day_text
from hub.console.words import OUTCOMES, kind_words
from hub.domain.states import state_name
from hub.projections.acceptance import ACCEPTS, DENIES, NO_POLICY, REVIEWS, WITH_DOCUMENTS

JSON_PATH = "/v1/national/acceptance-matrix"
CSV_PATH = f"{JSON_PATH}.csv"
EMPTY = "No policy has a rule in force. Rules appear with the first policy: hub policy publish."
_ICONS = {WITH_DOCUMENTS: "document", REVIEWS: "review", DENIES: "denied"}
_WORDS = {WITH_DOCUMENTS: "with documents", REVIEWS: "by review", DENIES: "not accepted"}
_DECISIONS = ("accepted", "partly", "refused", "pending")
Cells = Mapping[tuple[str, str, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class GridCell:
    """The most that one receiver's rules let through; links to them where there are any."""

    text: str
    icon: str = ""
    href: str = ""
    label: str = ""
    is_made_up: bool = False


@dataclass(frozen=True, slots=True)
class GridRow:
    code: str
    name: str
    cells: tuple[GridCell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """One kind of record: a row holds the record, a column judges it."""

    kind: str
    words: str
    caption: str
    columns: tuple[tuple[str, str], ...]
    """Name and two letters."""
    rows: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True)
class RuleLine:
    name: str
    icon: str
    outcome: str
    text: str
    citation: str
    is_made_up: bool


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """A receiver's rules on one kind."""

    anchor: str
    head: str
    rules: tuple[RuleLine, ...]


def acceptance_view(document: Document) -> dict[str, Any]:
    """Everything that the section shows, finished."""
    cells = {(c["from"], c["to"], c["kind"]): c for c in document["cells"]}
    outcomes = {(r["registry"], r["rule"]): r for r in document["rules"]}
    kinds = list(dict.fromkeys(rule["kind"] for rule in document["rules"]))
    return {
        "head": matrix_head(document).removesuffix("."),
        "as_of": day_text(document["as_of"]),
        "grids": [_grid(document, kind, cells, outcomes) for kind in sorted(kinds)],
        "groups": _groups(document["rules"]),
        "list": acceptance_table(document, cells),
        "one_way": [each["words"] for each in document["one_way"]],
        "empty": EMPTY,
        "json": JSON_PATH,
        "csv": CSV_PATH,
    }


def _grid(document: Document, kind: str, cells: Cells, outcomes: Mapping[Any, Any]) -> Grid:
    codes = sorted((each["name"], each["code"]) for each in document["registries"])
    of_kind = [c for c in document["cells"] if c["kind"] == kind and lets_through(c)]
    pairs = len(codes) * (len(codes) - 1)
    words = kind_words(kind)
    return Grid(
        kind=kind,
        words=words,
        caption=(
            f"{words}: the most that rules in force let through, {count(len(of_kind))} of "
            f"{count(pairs)} ways with documents or without. A row holds the record, a column "
            f"judges it; source: the policies, as of {day_text(document['as_of'])}"
        ),
        columns=tuple((name, code.removeprefix("us-").upper()) for name, code in codes),
        rows=tuple(
            GridRow(
                sender,
                name,
                tuple(_cell(sender, receiver, kind, cells, outcomes) for _, receiver in codes),
            )
            for name, sender in codes
        ),
    )


def _cell(
    sender: str, receiver: str, kind: str, cells: Cells, outcomes: Mapping[Any, Any]
) -> GridCell:
    if sender == receiver:
        return GridCell(NOT_APPLICABLE)
    found = cells.get((sender, receiver, kind))
    standing = NO_POLICY if found is None else found["by_rule"]
    if found is None or not found["rules"]:
        return GridCell(STANDING_WORDS.get(standing, NO_POLICY_WORDS))
    rules = [outcomes[receiver, name] for name in found["rules"]]
    icon, text = _ICONS.get(standing, ""), _WORDS.get(standing, "")
    if standing == ACCEPTS:
        plain = (rule for rule in rules if "documents" not in rule["conditions"])
        is_full = any(rule["outcome"] == "FULL" for rule in plain)
        icon, text = ("full", "in full") if is_full else ("partial", "in part")
    return GridCell(
        text=text,
        icon=icon,
        href=f"#{_anchor(receiver, kind)}",
        label=f"{kind_words(kind)} from {state_name(sender)} to {state_name(receiver)}: {text}",
        is_made_up=any(rule["illustrative"] for rule in rules),
    )


def _anchor(receiver: str, kind: str) -> str:
    return f"rules-{receiver}-{kind}"


def _groups(rules: Iterable[Mapping[str, Any]]) -> list[RuleGroup]:
    """A receiver's rules, kind by kind, in the order in which they are evaluated."""
    by_group: dict[tuple[str, str], list[RuleLine]] = {}
    names = {outcome.code: outcome for outcome in OUTCOMES}
    for rule in rules:
        outcome = names[rule["outcome"]]
        line = RuleLine(
            name=rule["rule"],
            icon=outcome.name,
            outcome=outcome.words,
            text=rule_text(rule, day_text),
            citation=rule["citation"] or "",
            is_made_up=rule["illustrative"],
        )
        by_group.setdefault((rule["registry"], rule["kind"]), []).append(line)
    ordered = sorted(by_group.items(), key=lambda item: (state_name(item[0][0]), item[0][1]))
    return [
        RuleGroup(
            _anchor(registry, kind), f"{state_name(registry)}: {kind_words(kind)}", tuple(lines)
        )
        for (registry, kind), lines in ordered
    ]


def acceptance_table(document: Document, cells: Cells) -> Table:
    """The grids as sentences, with what was decided; for small screens and screen readers, too."""
    ordered = sorted(
        document["cells"],
        key=lambda c: (state_name(c["to"]), c["kind"], state_name(c["from"])),
    )
    rows = tuple(
        Row(
            f"{each['from']}>{each['to']}|{each['kind']}",
            f"from {state_name(each['from'])} to {state_name(each['to'])}",
            (
                cell(kind_words(each["kind"])),
                _standing(each),
                _standing(cells.get((each["to"], each["from"], each["kind"]))),
                *_decided(each),
                _last(each),
            ),
        )
        for each in ordered
    )
    columns = (
        Column("Kind of record", is_number=False),
        Column("By rule", is_number=False),
        Column("The way back", is_number=False),
        Column("Accepted"),
        Column("In part"),
        Column("Refused"),
        Column("Noted"),
        Column("Last decided", is_number=False),
    )
    caption = (
        "The same as a list, with decisions of the receiving registries: accepted, in part, "
        "refused, and where only documents are noted. Counts under 10 are hidden, pairs without a "
        f"policy left out. As of {day_text(document['as_of'])}"
    )
    return Table(
        "acceptance",
        caption,
        "Pair ↑ by receiver",
        columns,
        rows,
        csv=CSV_PATH,
        json=JSON_PATH,
        empty=EMPTY,
    )


def _standing(found: Mapping[str, Any] | None) -> Cell:
    standing = NO_POLICY if found is None else found["by_rule"]
    if found is None or not found["rules"]:
        return Cell(STANDING_WORDS[standing], "missing")
    return Cell(_WORDS.get(standing, STANDING_WORDS[standing]))


def _decided(each: Mapping[str, Any]) -> tuple[Cell, ...]:
    counts = each["decisions"]
    if counts is None:
        return (Cell(each["decisions_why"], "missing"),) * len(_DECISIONS)
    return tuple(Cell(count(counts[name])) for name in _DECISIONS)


def _last(each: Mapping[str, Any]) -> Cell:
    last = each["last_decided_on"]
    return Cell(each["last_decided_on_why"], "missing") if last is None else Cell(day_text(last))
