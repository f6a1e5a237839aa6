"""What a policy is evaluated on: a record's facts, evidence of its registry, lists, a request.

A field that the record does not have is UNKNOWN; None says that it is known to be none. Conditions
tell the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias, TypeVar


class Unknown(Enum):
    """Type of UNKNOWN, so that a type checker can tell it from a value."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN

Value = TypeVar("Value")
Maybe: TypeAlias = Value | Unknown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """One record in common codes. Days are the registry's own, amounts are in `unit`."""

    registry: str
    kind: str
    record_id: str
    revision: int = 0
    standing: Maybe[str] = UNKNOWN
    type: Maybe[str] = UNKNOWN
    subtype: Maybe[str] = UNKNOWN
    own_type: Maybe[str] = UNKNOWN
    on: Maybe[date] = UNKNOWN
    """The record's own day: completion, issue or approval."""
    expires: Maybe[date] = UNKNOWN
    """Last day, inclusive; neither known nor none both mean no end."""
    revoked_on: Maybe[date] = UNKNOWN
    """Day of revocation or withdrawal: the first on which the record is not in force."""
    amount: Maybe[Decimal] = UNKNOWN
    unit: Maybe[str] = UNKNOWN
    hours_by_area: Maybe[tuple[tuple[str, Decimal], ...]] = UNKNOWN
    """Clock hours by common area code, sorted by code."""
    verification: Maybe[str] = UNKNOWN
    evidence: Maybe[str] = UNKNOWN
    event_type: Maybe[str] = UNKNOWN
    delivery: Maybe[str] = UNKNOWN
    organization: Maybe[str] = UNKNOWN
    approval_code: Maybe[str] = UNKNOWN
    trainer: Maybe[str] = UNKNOWN
    """The registry's own id of the trainer, never a name."""
    level: Maybe[str] = UNKNOWN
    held_in: Maybe[str] = UNKNOWN
    """State in which it was held: ND or us-nd."""
    grade: Maybe[str] = UNKNOWN
    accredited: Maybe[bool] = UNKNOWN
    birth_to_8_percent: Maybe[Decimal] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFacts:
    """An approval of the record's own registry, and the id under which records name it."""

    id: str
    facts: RecordFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """A member of a list, with the days on which it is on it, both inclusive."""

    list: str
    member: str
    aliases: tuple[str, ...] = ()
    state: str | None = None
    from_on: date | None = None
    until_on: date | None = None
    meets_cda: bool | None = None

    def holds_on(self, day: date) -> bool:
        return (self.from_on is None or self.from_on <= day) and (
            self.until_on is None or day <= self.until_on
        )


ListIndex: TypeAlias = dict[tuple[str, str], tuple[ListEntry, ...]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer may read beside the record. Order of approvals and lists never matters.

    Making one indexes the lists: make it once, then use `with_approvals` for each record.
    """

    approvals: tuple[ApprovalFacts, ...] = ()
    lists: tuple[ListEntry, ...] = ()
    index: ListIndex | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.index is None:
            object.__setattr__(self, "index", _index(self.lists))

    def entries(self, list_name: str, text: str) -> tuple[ListEntry, ...]:
        """Entries of a list whose member or alias is exactly this text."""
        index = self.index
        return index.get((list_name, text), ()) if index else ()

    def mentioned(self, facts: RecordFacts) -> tuple[ListEntry, ...]:
        """Entries of any list that name the record's organization or own type."""
        text = list_text(facts)
        if not isinstance(text, str) or self.index is None:
            return ()
        return tuple(
            entry
            for (_, member), entries in self.index.items()
            if member == text
            for entry in entries
        )

    def with_approvals(self, approvals: tuple[ApprovalFacts, ...]) -> Evidence:
        """The same lists, not indexed again, with other approvals."""
        return Evidence(approvals, self.lists, self.index)


@dataclass(frozen=True, slots=True)
class Request:
    """What the receiving registry says of a request: its day, and the documents it received."""

    requested_on: date | None = None
    documents: frozenset[str] = frozenset()


def list_text(facts: RecordFacts) -> Maybe[str]:
    """The text under which lists name it: the organization, or us-wi:CODE of a credential."""
    if facts.kind != "credential":
        return facts.organization
    own = facts.own_type
    return f"{facts.registry}:{own}" if isinstance(own, str) else own


def _index(lists: tuple[ListEntry, ...]) -> ListIndex:
    found: dict[tuple[str, str], list[ListEntry]] = {}
    for entry in lists:
        for text in {entry.member, *entry.aliases}:
            found.setdefault((entry.list, text), []).append(entry)
    return {key: tuple(entries) for key, entries in found.items()}
