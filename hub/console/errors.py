"""How an error reads on the console: what was attempted, what was tried, the remedy, the effect.

Values in a message are shown with control characters spelled out. No traceback: that is for
`--debug`, and the caller's to print.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TextIO

from hub.console.terminal import Terminal, escape_controls, terminal_of
from hub.errors import HubError

_PARTS = ("tried", "setting", "fix", "effect")


def print_error(error: HubError, stream: TextIO, terminal: Terminal | None = None) -> None:
    """Write the error's block; its parts always come in the same order."""
    terminal = terminal or terminal_of(stream)
    message = "\n".join(escape_controls(line) for line in error.message.split("\n"))
    lines = [f"{terminal.styled('error', 'red')}: {message}"]
    for part in _PARTS:
        text = getattr(error, part)
        if text:
            lines.append(f"  {part:<7}  {escape_controls(text)}")
    stream.write(terminal.signs("\n".join(lines)) + "\n")
    stream.flush()


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """` Did you mean HUB_STORE?` with its leading space, or nothing when no name is near."""
    by_folded = {known.casefold(): known for known in sorted(names)}
    near = difflib.get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=0.75)
    return f" Did you mean {by_folded[near[0]]}?" if near else ""
