"""What a check of an installation found, one thing at a time."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that was looked at; several may share a name. `found` and `fix` are sentences.

    Where a finding is well and has a fix, nothing is broken: something could not be looked at, or
    could be safer.
    """

    name: str
    ok: bool
    found: str
    fix: str | None
