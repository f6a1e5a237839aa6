"""The Alliance's reference in the records lane: the highest revision stands, whom it concerns is
touched, and what the identity lane must see is forwarded byte for byte."""

from __future__ import annotations

from collections.abc import Sequence

from hub.domain.events import Envelope, Kind
from hub.domain.rows import (
    PRIORITY_CHANGE,
    REFERENCE_TOUCH,
    OutboxItem,
    ReferenceRow,
    TouchKey,
)
from hub.domain.topics import CLAIMS
from hub.ports import StoreTransaction


def apply_references(
    tx: StoreTransaction,
    rows: Sequence[ReferenceRow],
    forwarded: Sequence[tuple[Envelope, bytes]],
    touches: dict[TouchKey, int],
) -> None:
    """Write what stands, touch references, forward models."""
    best: dict[tuple[int, str], ReferenceRow] = {}
    for row in rows:
        held = best.get((row.kind, row.key))
        if held is None or row.order > held.order:
            best[row.kind, row.key] = row
    standing = tx.references.lock(best)
    winners = [
        row for key, row in best.items() if key not in standing or row.order > standing[key].order
    ]
    tx.references.put(winners)
    for row in winners:
        name = f"{Kind(row.kind).event_name}|{row.key}"
        touches[TouchKey(REFERENCE_TOUCH, name)] = PRIORITY_CHANGE
    tx.outbox.publish([_forward(envelope, value) for envelope, value in forwarded])


def _forward(envelope: Envelope, value: bytes) -> OutboxItem:
    """The event as it stands: the outbox carries the whole value, and the relay sends it on."""
    return OutboxItem(
        topic=CLAIMS,
        key=envelope.head.record_id,
        kind=int(envelope.kind),
        subject=f"{envelope.kind.event_name}|{envelope.head.record_id}",
        body=value,
        digest=envelope.digest,
        synthetic=envelope.head.synthetic,
    )
