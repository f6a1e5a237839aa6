"""Persons held from linking as a person reads them: how many by registry and cause, then who."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from hub.console.numbers import count, plural
from hub.console.terminal import Terminal, escape_controls, terminal_of

ROWS_SHOWN = 50
CAUSES = {
    "evidences": "more different evidences than the model allows",
    "newcomers": "more new persons of the registry than the model allows",
}

Document = Mapping[str, Any]


def print_holds(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """Counts by registry and cause, then the first persons."""
    terminal = terminal or terminal_of(stream)
    held, persons = document["held"], document["persons"]
    if not held:
        _write(["Nobody is held from linking."], stream, terminal)
        return
    total = sum(each["persons"] for each in held)
    title = plural(total, "person is held from linking", "persons are held from linking")
    lines = [terminal.styled(title, "bold"), f"{'Registry':<12}{'Persons':>8}  Why"]
    for each in held:
        why = CAUSES.get(each["cause"], each["cause"])
        lines.append(f"{each['registry']:<12}{count(each['persons']):>8}  {why}")
    lines.append(f"{'Registry':<12}{'Evidences':>10}  Person")
    for each in persons[:ROWS_SHOWN]:
        person = escape_controls(each["person_id"])
        lines.append(f"{each['registry']:<12}{count(each['evidences']):>10}  {person}")
    if len(persons) > ROWS_SHOWN:
        lines.append(f"Showing {ROWS_SHOWN} of {len(persons):,}; all of them with --json -")
    lines.append("Next: hub identity release REGISTRY/PERSON --reason CODE, once it is explained.")
    _write(lines, stream, terminal)


def _write(lines: list[str], stream: TextIO, terminal: Terminal) -> None:
    stream.write("\n".join(terminal.signs(line.rstrip()) for line in lines) + "\n")
    stream.flush()
