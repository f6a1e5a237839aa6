"""What a connector is: it yields a registry's rows and takes rows back, nothing more.

Mapping, validation, encoding and sealing are the hub's edge; delivery, retries and the ledger are
the sync lane. A connector must take the same row twice without harm: rows carry an id, and one
that was taken before is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector promises."""

    name: str
    reads: bool
    writes: bool
    keeps_order: bool
    repeats_are_safe: bool


class Connector(Protocol):
    """Moves rows between a registry's own system and the hub's edge."""

    capabilities: Capabilities

    def read(self, place: Path) -> dict[str, bytes]:
        """The export's files by name, as they stand."""

    def write(self, place: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> int:
        """Take rows; answer how many were not there before. Rows are known by "event_id"."""
