"""Findings of a check as a person reads them: a sentence each, and below it what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TextIO

from hub.console.numbers import count, plural
from hub.console.terminal import Terminal, escape_controls, terminal_of
from hub.domain.findings import Finding

_INDENT = " " * 17


def print_findings(
    findings: Sequence[Finding], stream: TextIO, terminal: Terminal | None = None
) -> None:
    """Write every finding; the most important line comes last."""
    terminal = terminal or terminal_of(stream)
    lines: list[str] = []
    for each in findings:
        lines += _wrapped(f"{_mark(each, terminal)}  {escape_controls(each.name):<12}", each.found)
        if each.fix is not None:
            lines += _wrapped(_INDENT, f"To do: {each.fix}")
    lines.append(terminal.styled(_answer(findings), "bold"))
    stream.write("\n".join(terminal.signs(line.rstrip()) for line in lines) + "\n")
    stream.flush()


def _mark(finding: Finding, terminal: Terminal) -> str:
    if not finding.ok:
        return terminal.styled("no ", "red")
    return "ok " if finding.fix is None else "?  "


def _answer(findings: Sequence[Finding]) -> str:
    wrong = sum(not each.ok for each in findings)
    unseen = sum(each.ok and each.fix is not None for each in findings)
    if not wrong:
        rest = f"; {plural(unseen, 'thing', 'things')} could not be looked at" if unseen else ""
        checks = plural(len(findings) - unseen, "check", "checks")
        return f"Everything is as it must be, in {checks}{rest}."
    verb = "needs" if wrong == 1 else "need"
    return f"{count(wrong)} of {plural(len(findings), 'check', 'checks')} {verb} something done."


def _wrapped(head: str, text: str) -> list[str]:
    width = 80 - len(_INDENT)
    parts = textwrap.wrap(escape_controls(text), width, break_long_words=False) or [""]
    return [head + parts[0], *(_INDENT + part for part in parts[1:])]
