"""What work queues, agreement, contradictions and lapse notices need of the store, as a protocol.

It belongs to hub.ports: a transaction has one. Nothing is written through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from hub.domain.rows import MatchRow, RecordKey, RecordRow

Sums = dict[tuple[str, str, str], int]
"""(counter, registry, dimension) to its value on a day."""


class Judged(NamedTuple):
    """A match, and when the hub received the record that it judges."""

    match: MatchRow
    received_ms: int


class RecognitionTable(Protocol):
    """Matches, by who judges and by what was decided."""

    def registries(self) -> list[str]:
        """Registries of which any record is held, sorted."""

    def judged_by(self, receiver: str, after: RecordKey | None, count_max: int) -> list[Judged]:
        """The receiver's next matches behind this record, in order of record."""

    def deciders(self) -> list[tuple[str, str]]:
        """(receiver, holding registry) of every decision, sorted."""

    def decided(self, receiver: str, registry: str) -> list[MatchRow]:
        """Matches that the receiver decided on, of records of one registry, oldest decision
        first."""

    def last_decided(self, day: int) -> dict[tuple[str, str], int]:
        """The last day of a decision up to this one, by holding registry and dimension of the sum
        of decisions: receiver, kind and what was decided."""

    def ending(
        self, registry: str, days: tuple[int, int], after: str, count_max: int
    ) -> list[RecordRow]:
        """The registry's next credentials behind this record id whose last day is among these days,
        both inclusive, in order of record id."""

    def sums(self, names: Sequence[str], day: int) -> Sums:
        """These sums as of a day, zeros left out."""

    def told(self, purpose: str, after: str, count_max: int) -> list[str]:
        """The next subjects of inbox items of this purpose behind this one, sorted, withdrawn ones
        too."""

    def touched(self) -> tuple[int, int] | None:
        """Smallest and greatest stamp among the touches that wait; None where none waits."""
