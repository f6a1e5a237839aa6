"""Events that the identity lane reads beside claims: sent on to national.identity-claims as they
stand, so that they have one place in its total order.

The outbox carries the whole value, and of each publisher and record only a greater statement than
the one that was sent on goes out.
"""

from __future__ import annotations

from hub.domain.events import Kind, Order
from hub.domain.rows import OutboxItem
from hub.domain.topics import CLAIMS


def forward_subject(kind: Kind, registry: str, record_id: str) -> str:
    return f"forwarded|{kind.event_name}|{registry}|{record_id}"


def forward_order(order: Order) -> bytes:
    """The merge rule's order as sortable bytes."""
    revision, encoding, digest, change, person_id = order
    numbers = revision.to_bytes(8, "big") + encoding.to_bytes(8, "big")
    return numbers + digest + bytes((change,)) + person_id.encode()


def forward_name(kind: int, registry: str, record_id: str, order: Order) -> tuple[str, bytes]:
    """Subject and order of what is sent on where this statement stands."""
    return forward_subject(Kind(kind), registry, record_id), forward_order(order)


def forward_item(
    kind: Kind, name: tuple[str, str], order: Order, value: bytes, *, synthetic: bool
) -> OutboxItem:
    """The event of this publisher and record id, byte for byte."""
    registry, record_id = name
    return OutboxItem(
        topic=CLAIMS,
        key=record_id,
        kind=int(kind),
        subject=forward_subject(kind, registry, record_id),
        body=value,
        digest=order[2],
        synthetic=synthetic,
        order=forward_order(order),
        version=order[0],
    )
