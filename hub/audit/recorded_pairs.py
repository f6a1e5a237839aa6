"""Pairs as recorded decisions leave them: what a replay knows of reviews, without a keyring.

Of each pair the decision with the latest cause stands, whatever order decisions come in. Which
evidence agreed is sealed, and stays so.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.domain.events import Kind
from hub.domain.log import LogRecord
from hub.domain.rows import PairRow
from hub.errors import CorruptEventError
from hub.identity.compare import Verdict
from hub.identity.recorded import recorded_of
from hub.identity.statements import Pair
from hub.wire.codec import read_event


class RecordedPairs:
    """Of one replay; holds every pair that was ever more than apart."""

    def __init__(self) -> None:
        self._rows: dict[Pair, PairRow] = {}

    def take(self, run: Sequence[LogRecord]) -> None:
        """Take in a run of national.identity; what is damaged says nothing."""
        for record in run:
            try:
                envelope, body = read_event(record)
            except CorruptEventError:
                continue
            if envelope.kind is not Kind.IDENTITY_DECISION:
                continue
            offset = body["claim_offset"]
            for pair, verdict, cause, score in recorded_of(body).pairs:
                held = self._rows.get(pair)
                if held is None or held.claim_offset < offset:
                    self._rows[pair] = PairRow(
                        *pair.one, *pair.other, int(verdict), cause, score, 0, 0,
                        record.append_at_ms, offset,
                    )  # fmt: skip

    def standing(self) -> list[PairRow]:
        """Pairs that are linked or reviewed."""
        return [row for row in self._rows.values() if row.verdict != Verdict.APART]
