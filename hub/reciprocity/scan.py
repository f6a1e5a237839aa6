"""A first look at a policy's text, before it is read as TOML: nothing is nested or dotted too deep.

The TOML reader works recursively on brackets and by the square of a key's parts, so both are
bounded here, in one pass, the same on every machine. Strings and comments are stepped over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

BRACKETS_MAX = 8
"""Open at once; a policy needs four."""
KEY_PARTS_MAX = 8
"""Of one dotted key; a policy needs four."""

_PART = r"""(?:(?<![A-Za-z0-9_-])[A-Za-z0-9_-]++|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_TOKEN = re.compile(
    rf"""{_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{KEY_PARTS_MAX},}}|[\[\]{{}}#"']""", re.DOTALL
)
_ENDS = {
    '"""': re.compile(r'(?:\\.|[^"\\]|"(?!""))*+"""(?:"(?!"")){0,2}', re.DOTALL),
    "'''": re.compile(r"(?:[^']|'(?!''))*+'''(?:'(?!'')){0,2}", re.DOTALL),
    '"': re.compile(r'(?:\\.|[^"\\\n])*+"'),
    "'": re.compile(r"[^'\n]*+'"),
}


def first_excess(text: str) -> tuple[int, str] | None:
    """Offset and words of the first thing that goes beyond the bounds; None where nothing does.

    Stops where the text is no TOML: the reader stops there, too.
    """
    depth = 0
    for offset, token in _tokens(text):
        if token in ("[", "{"):
            depth += 1
            if depth > BRACKETS_MAX:
                return offset, "is nested too deep"
        elif token in ("]", "}"):
            depth = max(0, depth - 1)
        else:
            return offset, "is a key of too many parts"
    return None


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    """Brackets and keys of too many parts, outside strings and comments."""
    at = 0
    while (found := _TOKEN.search(text, at)) is not None:
        token, at = found[0], found.end()
        if token == "#":
            line_end = text.find("\n", at)
            if line_end < 0:
                return
            at = line_end
        elif token in ('"', "'"):
            start = found.start()
            quote = token * 3 if text.startswith(token * 3, start) else token
            end = _ENDS[quote].match(text, start + len(quote))
            if end is None:
                return
            at = end.end()
        else:
            yield found.start(), token


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Both from 1, the column in characters."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, start) + 1, offset - start + 1
