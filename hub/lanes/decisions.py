"""Decisions of receiving registries on the records of a batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hub.domain.events import Change
from hub.domain.rows import RecordRow
from hub.ports import StoreTransaction
from hub.projections.exchange import subject_id
from hub.projections.records import body_of

PENDING = "PENDING"
_DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Decision:
    """What one registry decided on one record, or that it took it back."""

    registry: str
    body: dict[str, Any]
    leaf: bytes
    received_ms: int
    stands: bool
    synthetic: bool

    @property
    def documents(self) -> frozenset[str]:
        """Documents that the registry has received."""
        return frozenset(self.body["document_received"]) if self.stands else frozenset()

    def timing(self, row: RecordRow) -> tuple[int | None, int | None]:
        """When it was received, and how many whole days after the record, where this revision of it
        was decided on; nothing of what is pending or was taken back."""
        if not self.stands or self.body["decision"] == PENDING:
            return None, None
        if self.body["record_revision"] != row.revision or self.received_ms < row.received_ms:
            return self.received_ms, None
        return self.received_ms, (self.received_ms - row.received_ms) // _DAY_MS


def decision_of(row: RecordRow) -> Decision:
    """The decision that a record of the deciding registry states."""
    return Decision(
        registry=row.registry,
        body=body_of(row),
        leaf=row.leaf,
        received_ms=row.received_ms,
        stands=row.change == Change.STATED,
        synthetic=row.synthetic,
    )


class Decisions:
    """Decisions on records, by record and deciding registry; those that were taken back, too."""

    def __init__(self, tx: StoreTransaction, records: Iterable[tuple[RecordRow, str]]) -> None:
        names = {subject_id(row.registry, word, row.record_id) for row, word in records}
        self._on: dict[str, dict[str, Decision]] = {}
        for row in tx.records.decisions_on(sorted(names)):
            self._on.setdefault(row.record_id, {})[row.registry] = decision_of(row)

    def on(self, row: RecordRow, word: str) -> dict[str, Decision]:
        """Decisions on the record, by who decided."""
        if not self._on:
            return {}
        return self._on.get(subject_id(row.registry, word, row.record_id), {})
