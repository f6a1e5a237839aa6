"""The Alliance's reference in the records lane: the highest revision stands, whom it concerns is
touched, and what the identity lane must see is forwarded byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
from hub.projections.matches import text_digest
from hub.reciprocity.policy import PolicyError, parse_policy


def reference_refusal(envelope: Envelope, body: Mapping[str, Any]) -> str | None:
    """Why a reference is not applied; None where it is. A policy that cannot be read would stop
    every derivation, so it never stands."""
    head = envelope.head
    if not head.record_id or head.revision < 0:
        return "KEY_EMPTY"
    if head.encoding < 0:
        return "ENCODING_NEGATIVE"
    if "\x00" in head.record_id:
        return "NUL_IN_TEXT"
    if envelope.kind is Kind.SHARING_AGREEMENT:
        named = f"{body['sender']}>{body['receiver']}"
        return None if head.record_id == named else "KEY_NOT_OF_THE_RECORD"
    if envelope.kind is Kind.RECIPROCITY_POLICY:
        return _policy_refusal(head.record_id, body)
    return None


def _policy_refusal(key: str, body: Mapping[str, Any]) -> str | None:
    try:
        policy = parse_policy(body["text"], source=key)
    except PolicyError:
        return "POLICY_NOT_READABLE"
    if not key == body["registry"] == policy.registry:
        return "KEY_NOT_OF_THE_RECORD"
    digest_holds = body["sha256"] == text_digest(body["text"]).hex()
    return None if digest_holds else "POLICY_DIGEST_DIFFERS"


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
