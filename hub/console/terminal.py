"""What the stream at hand can show: redrawing, color, UTF-8, width; and text made safe for it.

Decided once from the stream and the environment, so that the same text reads the same in a pipe.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

WIDTH_DEFAULT = 80
WIDTH_MAX = 100  # Longer lines are not read as lines.

_STYLES = {"bold": "1", "dim": "2", "red": "31", "yellow": "33"}
_PLAIN_SIGNS = str.maketrans({"✓": "ok", "…": "...", "━": "#", "─": "-", "◐": "P", "→": "->"})


@dataclass(frozen=True, slots=True)
class Terminal:
    is_live: bool  # A line may be redrawn.
    has_color: bool
    has_unicode: bool
    width: int

    def styled(self, text: str, style: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.has_color else text

    def signs(self, text: str) -> str:
        """The text with each sign that the stream's encoding lacks put in letters."""
        if self.has_unicode:
            return text
        return text.translate(_PLAIN_SIGNS).encode("ascii", "replace").decode("ascii")


def terminal_of(
    stream: TextIO,
    environment: Mapping[str, str] | None = None,
    *,
    quiet: bool = False,
    no_color: bool = False,
) -> Terminal:
    settings = os.environ if environment is None else environment
    is_terminal = stream.isatty() and settings.get("TERM", "") != "dumb"
    has_color = is_terminal or bool(settings.get("FORCE_COLOR"))
    if no_color or settings.get("NO_COLOR"):
        has_color = False
    columns = shutil.get_terminal_size((WIDTH_DEFAULT, 24)).columns if is_terminal else None
    return Terminal(
        is_live=is_terminal and not quiet,
        has_color=has_color,
        has_unicode=_encodes(stream, "✓●◐▤◇✕━…"),
        width=min(columns or WIDTH_DEFAULT, WIDTH_MAX),
    )


def escape_controls(text: str) -> str:
    """The text with control characters spelled out, so that a value cannot steer a terminal."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def _encodes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
