"""What the identity lane, and who asks people about links, need of the store, as protocols.

They belong to hub.ports: a transaction has one of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from hub.domain.identity_rows import InputRow, RecordedRow
from hub.domain.rows import AnswerRow, ClaimRow, PairRow, Person
from hub.identity.reviews import Reply, Seen


class ClaimTable(Protocol):
    """Persons in the identity lane."""

    def of_persons(self, persons: Sequence[Person]) -> list[ClaimRow]:
        """Claims that stand of these persons."""

    def after(self, claim_offset: int, count_max: int) -> list[ClaimRow]:
        """The next claims that stand behind this offset, in order of claim offset."""

    def held(self) -> list[ClaimRow]:
        """Persons held from linking, in order of person."""

    def put(self, rows: Sequence[ClaimRow]) -> None:
        """Write claims, one a person."""


class PairTable(Protocol):
    """What stands between two persons."""

    def all(self) -> list[PairRow]:
        """Every pair, in order of its persons."""

    def get(self, pairs: Sequence[tuple[Person, Person]]) -> list[PairRow]:
        """Of these pairs, the smaller person first, those that stand."""

    def of_persons(self, persons: Sequence[Person]) -> list[PairRow]:
        """Pairs with one of these persons on either side, in order of their persons."""

    def put(self, rows: Sequence[PairRow]) -> None:
        """Write pairs; one whose verdict is APART goes."""


class AnswerTable(Protocol):
    """What registries and the Alliance said of pairs."""

    def all(self) -> list[AnswerRow]:
        """Every answer, in order of publisher and pair; those taken back too."""

    def of_pairs(self, pairs: Sequence[tuple[Person, Person]]) -> list[AnswerRow]:
        """Answers about these pairs, the smaller person first."""

    def put(self, rows: Sequence[AnswerRow]) -> None:
        """Write answers."""


class ReviewTable(Protocol):
    """What people are asked about pairs, to be read alone."""

    def pairs(self, verdict: int, *, within: str | None = None) -> list[Seen]:
        """Pairs of this verdict, in order of their persons; of one registry's own, or all."""

    def mates(self, registry: str) -> list[Seen]:
        """Persons of one registry who share a national person through others alone."""

    def replies(self) -> list[Reply]:
        """Registries' answers that stand, in order of publisher and pair."""

    def told(self, purpose: str) -> list[str]:
        """Subjects of inbox items of this purpose that were ever sent, sorted."""


class InputTable(Protocol):
    """What the identity lane took from others than persons, and decisions that are on the log."""

    def all(self) -> list[InputRow]:
        """Models, releases and ends of epochs, in order of their places on the log."""

    def get(self, kind: int, key: str) -> InputRow | None:
        """One of them."""

    def put(self, row: InputRow) -> None:
        """Write one."""

    def record(self, rows: Sequence[RecordedRow]) -> None:
        """Keep decisions that stand on the log."""

    def recorded(self, first: int, end: int) -> list[RecordedRow]:
        """Decisions kept of causes from first on and before end, in order of cause and part."""

    def forget_recorded(self, before: int) -> None:
        """Drop what is kept of causes before this one."""
