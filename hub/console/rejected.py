"""Rejected events as a person reads them: how many by rule, each one's place, one in full."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from hub.console.numbers import count, plural
from hub.console.terminal import Terminal, escape_controls, terminal_of

ROWS_SHOWN = 50
TEXT_MAX = 64  # An event's own id may be anything that a foreign client wrote.

Document = Mapping[str, Any]

OUTCOMES = {
    "APPLIED": "applied",
    "REJECTED": "still rejected",
    "HALTED": "not tried: its schema is not known to this program",
    "ABSENT": "not tried: the log holds no event there",
    "NOT_REJECTED": "not tried: it is not among the rejected events",
}


def print_rejected(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """Counts by registry and rule, then the first places."""
    terminal = terminal or terminal_of(stream)
    rules, rows = document["by_rule"], document["rejected"]
    if not rules:
        _write(["No event is rejected."], stream, terminal)
        return
    total = sum(each["events"] for each in rules)
    title = plural(total, "event was not applied", "events were not applied")
    lines = [terminal.styled(title, "bold"), f"{'Registry':<12}{'Events':>8}  Rule"]
    for each in rules:
        rule = escape_controls(each["reason"])
        lines += _wrapped(f"{_whose(each['registry']):<12}{count(each['events']):>8}  ", rule)
        lines += _wrapped(" " * 22, each["fix"])
    lines.append(f"{'Seen':>4}  {'Received':<20}  Place")
    for each in rows[:ROWS_SHOWN]:
        received = each["received_at"] or "not known"
        lines.append(f"{each['times']:>4}  {received:<20}  {each['place']}")
    if total > ROWS_SHOWN:
        lines.append(f"Showing {ROWS_SHOWN} of {total:,}; all of them with --json -")
    lines.append("Next: hub rejected show PLACE; once mended, hub rejected redrive PLACE.")
    _write(lines, stream, terminal)


def print_one(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """One rejection: what the event says as far as it can be read, why, and what helps."""
    terminal = terminal or terminal_of(stream)
    says = document["event"]
    lines = [
        terminal.styled(f"{document['place']}  {escape_controls(document['reason'])}", "bold"),
        *_wrapped("  what        ", document["what"]),
        *_wrapped("  fix         ", document["fix"]),
    ]
    if says is None:
        lines.append("  event       cannot be read")
    else:
        lines += [
            f"  {name:<12}{_shown(says[key])}" for key, name in _SAID if says[key] is not None
        ]
    received = document["received_at"] or "not known"
    lines.append(f"  received    {received}, from {_whose(document['registry'])}")
    lines.append(
        f"  seen        {plural(document['times'], 'time', 'times')}, last {document['last_at']}"
    )
    for each in document["redrives"]:
        why = f" ({escape_controls(each['reason'])})" if each["reason"] else ""
        lines.append(f"  tried       {each['at']}  {OUTCOMES[each['outcome']]}{why}")
    lines.append("  effect      what was said of this record before it still stands")
    _write(lines, stream, terminal)


_SAID = (
    ("kind", "kind"),
    ("schema_id", "schema id"),
    ("event_registry", "says it is"),
    ("record_id", "record"),
    ("revision", "revision"),
    ("change", "change"),
    ("submission_id", "submission"),
    ("submission_row", "line"),
)


def print_redriven(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """What became of each event that was tried again."""
    terminal = terminal or terminal_of(stream)
    tried = document["redriven"]
    if not tried:
        _write(["No event is rejected: nothing was to be tried again."], stream, terminal)
        return
    lines = []
    for each in tried[:ROWS_SHOWN]:
        why = f" ({escape_controls(each['reason'])})" if each["reason"] else ""
        lines.append(f"{each['place']}  {OUTCOMES[each['outcome']]}{why}")
    if len(tried) > ROWS_SHOWN:
        lines.append(f"Showing {ROWS_SHOWN} of {len(tried):,}; all of them with --json -")
    applied = sum(each["outcome"] == "APPLIED" for each in tried)
    verb = "would be applied; nothing was changed" if document["dry_run"] else "applied"
    lines.append(
        terminal.styled(f"{applied:,} of {plural(len(tried), 'event', 'events')} {verb}.", "bold")
    )
    _write(lines, stream, terminal)


def _whose(registry: str | None) -> str:
    return registry or "no registry"


def _shown(value: Any) -> str:
    text = escape_controls(str(value))
    return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 1]}…"


def _wrapped(head: str, text: str) -> list[str]:
    parts = textwrap.wrap(escape_controls(text), 80 - len(head), break_long_words=False) or [""]
    return [head + parts[0], *(" " * len(head) + part for part in parts[1:])]


def _write(lines: Sequence[str], stream: TextIO, terminal: Terminal) -> None:
    stream.write("\n".join(terminal.signs(line.rstrip()) for line in lines) + "\n")
    stream.flush()
