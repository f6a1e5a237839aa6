"""Rows that the identity lane keeps for itself: what came from others than persons, and decisions
that stand on the log already."""

from __future__ import annotations

from typing import NamedTuple


class InputRow(NamedTuple):
    """What the identity lane took from others than persons: models, releases, ends of epochs; an
    answer only where its decision has several parts."""

    kind: int
    key: str
    sort: bytes
    """The event's order: of two statements the greater stands."""
    claim_offset: int
    parts: int
    """Parts of its decision that are written."""
    done: bool
    """Whether the last is among them."""
    schema_id: int
    body: bytes


class RecordedRow(NamedTuple):
    """A decision that stands on the log already, kept until its cause is reached."""

    claim_offset: int
    part: int
    schema_id: int
    body: bytes
