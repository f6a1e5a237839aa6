"""The console summary: every number of it stands in the summary document or is a sum of such.

Made for 80 columns. In less room the secondary columns go first; numbers and ids are never cut, and
a stream that is not a terminal gets the whole state roots. The text reads the same without color.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, TextIO

from hub.console.numbers import (
    NOT_APPLICABLE,
    NOT_REPORTED,
    count,
    count_and_percent,
    decimal_text,
    percent,
    plural,
    share,
    short_hash,
    small_word,
)
from hub.console.tally import (
    busiest_pair,
    hours_total,
    kinds_sent,
    live_error_text,
    name_of,
    outcome_counts,
    people_text,
    registries_in_order,
    shared_text,
    total_of,
)
from hub.console.terminal import WIDTH_MAX, Terminal, terminal_of
from hub.console.words import OUTCOMES, Outcome, rule_words

TITLE_WIDTH = 76
TABLE_WIDTH = 78
RULES_SHOWN = 3

Document = Mapping[str, Any]


def print_summary(
    document: Document,
    stream: TextIO,
    width: int | None = None,
    *,
    terminal: Terminal | None = None,
    page_url: str | None = None,
) -> None:
    """Write the summary; `page_url` is the live page's address while there is one."""
    terminal = terminal or terminal_of(stream)
    room = min(width or terminal.width, WIDTH_MAX)
    lines = [
        *_registries(document, terminal, room),
        *_people(document),
        *_matches(document, terminal, room),
        *_goals(document, terminal),
        *_closing(document, terminal, page_url),
    ]
    stream.write("\n".join(terminal.signs(line.rstrip()) for line in lines) + "\n")
    stream.flush()


def _title(text: str, right: str, terminal: Terminal, width: int) -> str:
    gap = max(width - len(text) - len(right), 2)
    return terminal.styled(text, "bold") + " " * gap + right


# Each column: head, width, and what it is worth: the highest goes first when there is no room.
_COLUMNS = (
    ("Rows", 8, 0),
    ("Rejected", 12, 1),
    ("Accounts", 12, 0),
    ("Verified hours", 16, 2),
    ("Sent back", 11, 3),
)


def _registries(document: Document, terminal: Terminal, room: int) -> list[str]:
    rows = [
        (name_of(document, code), code, _registry_cells(entry))
        for code, entry in registries_in_order(document)
    ]
    if not rows:
        return ["No registry has sent anything yet.", ""]
    hours = hours_total(document)
    totals = {
        "rows": total_of(document, "rows"),
        "rejected": total_of(document, "rejected"),
        "persons": total_of(document, "persons"),
        "verified_clock_hours": None if hours is None else str(hours),
        "inbox_written": total_of(document, "inbox_written"),
    }
    rows.append((f"All {small_word(len(rows))}", "", _registry_cells(totals)))
    widths = [
        max(width, *(len(cells[at]) + 2 for _, _, cells in rows))
        for at, (_, width, _) in enumerate(_COLUMNS)
    ]
    shown = _columns_that_fit(rows, widths, room - 19)
    head = f"{'Registry':<19}" + "".join(f"{_COLUMNS[at][0]:>{widths[at]}}" for at in shown)
    lines = [
        _title(
            "What the registries sent",
            f"as of {document['as_of']}",
            terminal,
            min(room, TITLE_WIDTH),
        ),
        head,
    ]
    for number, (name, code, cells) in enumerate(rows):
        line = f"{name:<12}  {code:<5}" + "".join(f"{cells[at]:>{widths[at]}}" for at in shown)
        lines.append(terminal.styled(line, "bold") if number == len(rows) - 1 else line)
    if total_of(document, "inbox_written") is None:
        lines.append(f"Sent back: {NOT_APPLICABLE}, nothing is sent back by this command.")
    return [*lines, *_rules(document)]


def _registry_cells(entry: Mapping[str, Any]) -> list[str]:
    rows, rejected = entry["rows"], entry["rejected"]
    return [
        count(rows),
        count_and_percent(rejected, rows),
        count(entry["persons"]),
        decimal_text(entry["verified_clock_hours"]),
        count(entry["inbox_written"]),
    ]


def _columns_that_fit(rows: list[Any], widths: list[int], room: int) -> list[int]:
    shown = list(range(len(_COLUMNS)))
    if all(cells[-1] == NOT_REPORTED for _, _, cells in rows):
        shown.pop()
    while len(shown) > 1 and sum(widths[at] for at in shown) > room:
        shown.remove(max(shown, key=lambda at: _COLUMNS[at][2]))
    return shown


def _rules(document: Document) -> list[str]:
    most = sorted(document["rejected_by_rule"].items(), key=lambda item: (-item[1], item[0]))
    after = document.get("rejected_events") or 0
    late = [f"Rejected after publishing: {plural(after, 'event', 'events')}; see inbox.csv."]
    if not most:
        return ["No row was rejected.", *(late if after else [])]
    named = "; ".join(f"{rule_words(rule)} {count(n)}" for rule, n in most[:RULES_SHOWN])
    lines = textwrap.wrap(f"Most often rejected: {named}.", 80, subsequent_indent="  ")
    return [*lines, *(late if after else [])]


def _people(document: Document) -> list[str]:
    national = document["national"]
    double = national["two_in_one"]
    model = document["versions"].get("identity_model")
    named = f" (model {model})" if model else ""
    error = live_error_text(national["live_error"], national["live_error_why"])
    return [
        *_wrapped(f"People: {people_text(document)}."),
        *_wrapped(
            f"  {shared_text(document)}; "
            f"{count(double)} {'has' if double == 1 else 'have'} two accounts in one."
        ),
        *_wrapped(f"  {error} Some links are missing{named}."),
    ]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 80, subsequent_indent="  ")


def _matches(document: Document, terminal: Terminal, room: int) -> list[str]:
    counts = outcome_counts(document)
    total = sum(counts.values())
    title = "What the receiving states' policies answer"
    lines = [_title(title, plural(total, "match", "matches"), terminal, min(room, TABLE_WIDTH))]
    if not total:
        return [*lines, "  No policy has a record to answer about yet."]
    cells = [_outcome_cell(outcome, counts, total, terminal) for outcome in OUTCOMES]
    source, target, busiest = busiest_pair(document)
    cells.append(f"busiest: from {source} to {target}, {count(busiest)}")
    if room < TABLE_WIDTH:
        return [*lines, *(f"  {cell}" for cell in cells)]
    return [*lines, *(f"  {cells[at]:<38}{cells[at + 3]}" for at in range(3))]


def _outcome_cell(
    outcome: Outcome, counts: Mapping[str, int], total: int, terminal: Terminal
) -> str:
    icon = outcome.icon if terminal.has_unicode else f"[{outcome.letter}]"
    number = counts[outcome.code]
    share_text = percent(number, total) or f"of {total}"
    return f"{icon} {outcome.words:<16} {count(number):>7}  {share_text:>5}"


def _goals(document: Document, terminal: Terminal) -> list[str]:
    soar = document["soar"]
    present = soar["registries_present"]["national"] or {}
    verified = soar["trainings_verified"]["national"] or {}
    accepted = soar["matches_accepted"]["national"] or {}
    staff = soar["licensed_program_staff"]["national"] or {}
    reported = staff.get("value") is not None
    staff_text = "program staff reported" if reported else "program staff not reported"
    return [
        terminal.styled("The Alliance's four goals", "bold"),
        f"  Saturation      {count(present.get('numerator'))} of "
        f"{count(present.get('denominator'))} known registries present; {staff_text}",
        f"  Operations      {kinds_sent(document)}",
        f"  Accountability  {_of('trainings verified, in force', verified)}",
        f"  Reciprocity     {_of('matches count in full or in part', accepted)}",
    ]


def _of(what: str, cell: Mapping[str, Any]) -> str:
    """`28.2% of matches … (520 of 1,842)`, or without a percent `3 of 7 matches …`."""
    numerator, denominator = cell.get("numerator"), cell.get("denominator")
    if numerator is None or denominator is None:
        return f"{what}: {NOT_REPORTED}"
    share_text = percent(numerator, denominator)
    if share_text is None:
        return f"{share(numerator, denominator)} {what}"
    return f"{share_text} of {what} ({count(numerator)} of {count(denominator)})"


def _closing(document: Document, terminal: Terminal, page_url: str | None) -> list[str]:
    root, canonical = document["state_root"], document["state_root_canonical"]
    seconds = document["seconds"]
    done = "" if seconds is None else f"Done in {float(seconds):.1f} s. "
    if terminal.is_live:
        lines = [f"{done}State root {short_hash(root)}, canonical {short_hash(canonical)}."]
    else:
        lines = [done.rstrip(), f"State root {root}", f"canonical  {canonical}"]
    if page_url:
        lines.append(f"Page: {page_url} (until Ctrl-C; none with --no-ui)")
    lines.append("Next: hub check DIR shows each rejected row of a registry and how to fix it.")
    return [line for line in lines if line]
