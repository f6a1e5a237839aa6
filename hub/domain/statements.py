"""What an edge reads from a registry's export: statements, verdicts, receipts.

A statement is what a registry says about one record at one stamp; it may span several rows, and
its rows share one fate. Values of identity never leave the edge: they become link evidence there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from hub.domain.events import Change, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFields:
    """Identity as the export has it, trimmed. Never encoded, logged or printed."""

    given_name: str | None
    middle_name: str | None = None
    surname: str | None = None
    suffix: str | None = None
    preferred_name: str | None = None
    former_surnames: tuple[str, ...] = ()
    birth_on: date | None = None
    ssn: str | None = None
    """Nine digits."""
    ssn_last4: str | None = None
    sex: str | None = None
    street: str | None = None
    city: str | None = None
    zip: str | None = None
    withheld: bool = False
    """Flagged by the registry (address confidentiality, court order): sends no evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One record at one stamp, ready to be sealed and encoded."""

    kind: Kind
    record_id: str
    person_id: str | None
    revision: int
    """The row's stamp in microseconds since 1970 UTC."""
    change: Change
    body: dict[str, Any]
    """The event's body, as its schema asks."""
    private: dict[str, Any]
    """Fields of person_private but evidence; empty where nothing is to be sealed."""
    identity: IdentityFields | None
    """Of profiles only."""
    file: str
    row: int
    """Physical line of the first row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One rejected row. What is shown outside the desk is line, field, rule and record id."""

    line: int
    field: str
    rule: str
    record_id: str
    here: str | None = None
    """What stands there, for the state's own desk only: None for identity columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReceipt:
    """What became of every row of a file: rows = accepted + superseded + duplicate + rejected."""

    name: str
    kind: str
    rows: int
    accepted: int
    superseded: int
    duplicate: int
    rejections: tuple[Rejection, ...]

    @property
    def rejected(self) -> int:
        return len(self.rejections)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A submission as read and judged, whole."""

    registry: str
    submission_id: str
    digest: str
    extract_on: date
    mapping_version: int
    synthetic: bool
    kinds: tuple[str, ...]
    elements: tuple[str, ...]
    functions: tuple[str, ...]
    files: tuple[FileReceipt, ...]
    statements: tuple[Statement, ...]
    """Accepted and superseded ones, in the order of their rows."""


class KnownRecords(Protocol):
    """What earlier submissions of the registry said: a cache that a full export rebuilds."""

    def has_person(self, person_id: str) -> bool:
        """Whether an earlier submission had a good profile of this person."""

    def newest_stamp(self, kind: Kind, record_id: str) -> int | None:
        """Stamp of the record's newest good statement, microseconds since 1970 UTC."""
