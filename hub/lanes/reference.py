"""The Alliance's reference in the records lane: the highest revision stands, whom it concerns is
touched; what the identity lane reads concerns nobody here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.domain.events import FORWARDED_KINDS, Envelope, Kind
from hub.domain.rows import (
    PRIORITY_CHANGE,
    REFERENCE_TOUCH,
    OutboxItem,
    ReferenceRow,
    TouchKey,
)
from hub.identity.model import model_of_body
from hub.identity.statements import ALLIANCE
from hub.identity.tokens import EPOCH_MAX
from hub.ports import StoreTransaction
from hub.projections.answers import Answered, alliance_answer_refusal
from hub.projections.matches import notice_item, text_digest
from hub.reciprocity.policy import PolicyError, parse_policy
from hub.wire.codec import decode_body

_POLICY = int(Kind.RECIPROCITY_POLICY)


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
    if envelope.kind in FORWARDED_KINDS:
        return _identity_refusal(envelope, body)
    return None


def _identity_refusal(envelope: Envelope, body: Mapping[str, Any]) -> str | None:
    """What the identity lane reads is checked here, so that nothing unreadable reaches it."""
    head = envelope.head
    if head.registry != ALLIANCE:
        return "REGISTRY_NOT_OF_THE_TOPIC"
    if envelope.kind is Kind.REVIEW_ANSWER:
        said = Answered._make(body[name] for name in Answered._fields)
        return alliance_answer_refusal(said, head.record_id, int(head.change))
    if envelope.kind is Kind.IDENTITY_MODEL:
        named = body["name"]
    elif envelope.kind is Kind.IDENTITY_RELEASE:
        named = f"{body['registry']}|{body['person_id'] or ''}"
    else:
        named = str(body["epoch"])
        if not 1 <= body["epoch"] <= EPOCH_MAX:
            return "EPOCH_OUT_OF_RANGE"
    if head.record_id != named:
        return "KEY_NOT_OF_THE_RECORD"
    return _model_refusal(body) if envelope.kind is Kind.IDENTITY_MODEL else None


def _model_refusal(body: Mapping[str, Any]) -> str | None:
    try:
        model_of_body(body)
    except (ValueError, KeyError, TypeError):
        return "MODEL_NOT_READABLE"
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
    touches: dict[TouchKey, int],
) -> list[ReferenceRow]:
    """Write what stands and touch references. Answers what stands from here on."""
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
    tx.outbox.publish([_policy_item(row) for row in winners if row.kind == _POLICY])
    for row in winners:
        if row.kind in FORWARDED_KINDS:
            continue
        name = f"{Kind(row.kind).event_name}|{row.key}"
        touches[TouchKey(REFERENCE_TOUCH, name)] = PRIORITY_CHANGE
    return winners


def _policy_item(row: ReferenceRow) -> OutboxItem:
    """The registry learns of the policy that was published in its name, and can answer it."""
    body = decode_body(row.schema_id, row.body)
    told = {name: body[name] for name in ("sha256", "adopted_by")}
    fields = {"sender": ALLIANCE, "policy": {"revision": row.revision, **told}}
    return notice_item(row.key, "POLICY", f"policy|{row.key}", fields, synthetic=False)
