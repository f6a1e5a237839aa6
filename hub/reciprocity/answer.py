"""The answer: an outcome with its rule, its reason, its hours, and what documents would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

NOT_IN_FORCE = "not-in-force"
DEFAULT = "default"
"""Ids of the two answers that no rule of the file gives; their version is 0."""


@dataclass(frozen=True, slots=True)
class WithDocuments:
    """What the same policy answers on the same day once the documents are there."""

    outcome: str
    accepted_hours: Decimal | None
    counts_as: str | None


class TriedCondition(NamedTuple):
    """A condition, what it read, and whether it held; None: unknown."""

    name: str
    value: Any
    result: bool | None


class TriedRule(NamedTuple):
    """A rule that was tried, with every condition of it, and whether it held; None: unknown."""

    rule_id: str
    rule_version: int
    result: bool | None
    conditions: tuple[TriedCondition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one policy answers about one record. Nothing in it names the day it was asked on."""

    outcome: str
    """FULL, PARTIAL, NEEDS_DOCUMENT, NEEDS_REVIEW or DENIED."""
    reason: str
    reason_values: tuple[tuple[str, str], ...] = ()
    rule_id: str
    rule_version: int
    accepted_hours: Decimal | None = None
    """Clock hours that count now; None where the record has no hours."""
    total_hours: Decimal | None = None
    counts_as: str | None = None
    not_for: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    """Documents that would change the answer and are not there, sorted."""
    with_documents: WithDocuments | None = None
    unknown: tuple[str, ...] = ()
    """Fields that the record does not have and the deciding rule asks for, sorted."""
    tried: Sequence[TriedRule] = ()
    """Rules up to the deciding one; only when a trace was asked for."""
