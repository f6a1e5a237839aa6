"""Matches and inbox items: what follows from one record, one receiving policy and its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from hub.domain.events import Kind
from hub.domain.rows import MatchRow, OutboxItem, Person, RecordRow
from hub.domain.topics import RECIPROCITY, inbox_topic
from hub.projections.roots import leaf, match_leaf
from hub.reciprocity.facts import Evidence, RecordFacts, Request
from hub.reciprocity.policy import Policy
from hub.reciprocity.timeline import Interval, timeline
from hub.wire.codec import digest_of, encode_body, sealed_bytes_of

UNSEALED = sealed_bytes_of(None)


def outbox_digest(body: bytes) -> bytes:
    """Digest of a derived event without a sealed part."""
    return digest_of(body, UNSEALED)


def basis_of(row: RecordRow, policy_digest: bytes, evidence: Sequence[bytes]) -> bytes:
    """What an answer was made from; an equal basis gives an equal answer."""
    return leaf(("basis", row.leaf, policy_digest, *sorted(evidence)))


def match_row(
    row: RecordRow, facts: RecordFacts, policy: Policy, evidence: Evidence, basis: bytes
) -> tuple[MatchRow, dict[str, Any]] | None:
    """The receiving policy's answer over time; None where it has no rule on the kind."""
    intervals = timeline(policy, facts, evidence, Request())
    if not intervals:
        return None
    body = {
        "registry": row.registry,
        "kind": facts.kind,
        "record_id": row.record_id,
        "record_revision": row.revision,
        "person_id": row.person_id,
        "receiver": policy.registry,
        "policy_revision": policy.revision,
        "withdrawn": False,
        "intervals": [interval_body(interval) for interval in intervals],
    }
    data = encode_body(Kind.RECIPROCITY_MATCH, body)
    match = MatchRow(
        registry=row.registry,
        kind=row.kind,
        record_id=row.record_id,
        receiver=policy.registry,
        person_id=row.person_id,
        subject=facts.kind,
        basis=basis,
        body=data,
        leaf=match_leaf(row.registry, row.kind, row.record_id, policy.registry, data),
    )
    return match, body


def interval_body(interval: Interval) -> dict[str, Any]:
    """An interval as its schema asks."""
    answer = interval.answer
    lifted = answer.with_documents
    return {
        "from_on": interval.from_on,
        "until_on": interval.until_on,
        "outcome": answer.outcome,
        "reason": answer.reason,
        "reason_values": [{"name": n, "text": t} for n, t in answer.reason_values],
        "rule_id": answer.rule_id,
        "rule_version": answer.rule_version,
        "accepted_hours": answer.accepted_hours,
        "total_hours": answer.total_hours,
        "counts_as": answer.counts_as,
        "not_for": list(answer.not_for),
        "documents": list(answer.documents),
        "with_documents": None
        if lifted is None
        else {
            "outcome": lifted.outcome,
            "accepted_hours": lifted.accepted_hours,
            "counts_as": lifted.counts_as,
        },
        "unknown": list(answer.unknown),
    }


def subject_name(registry: str, kind: int, record_id: str, receiver: str) -> str:
    """Subject of a match's events."""
    return f"match|{registry}|{Kind(kind).event_name}|{record_id}|{receiver}"


def match_event(match: MatchRow, *, synthetic: bool) -> OutboxItem:
    """The match for everybody who may read national.reciprocity."""
    return OutboxItem(
        topic=RECIPROCITY,
        key=f"{match.registry}|{match.record_id}",
        kind=int(Kind.RECIPROCITY_MATCH),
        subject=subject_name(*match.key),
        body=match.body,
        digest=outbox_digest(match.body),
        synthetic=synthetic,
    )


def withdrawn_event(match: MatchRow, body: dict[str, Any], *, synthetic: bool) -> OutboxItem:
    """There is no answer any more."""
    data = encode_body(
        Kind.RECIPROCITY_MATCH, {**body, "withdrawn": True, "intervals": [], "record_revision": 0}
    )
    return OutboxItem(
        topic=RECIPROCITY,
        key=f"{match.registry}|{match.record_id}",
        kind=int(Kind.RECIPROCITY_MATCH),
        subject=subject_name(*match.key),
        body=data,
        digest=outbox_digest(data),
        synthetic=synthetic,
    )


def match_item(
    match: MatchRow, body: dict[str, Any], own_ids: Sequence[str], *, synthetic: bool
) -> OutboxItem:
    """The match for the inbox of the registry that judges."""
    return _item(
        match.receiver,
        subject_name(*match.key),
        own_ids[0] if own_ids else match.record_id,
        {
            "item": "MATCH",
            "sender": match.registry,
            "person_ids": list(own_ids),
            "kind": body["kind"],
            "record_id": match.record_id,
            "record_revision": body["record_revision"],
            "intervals": body["intervals"],
        },
        synthetic=synthetic,
    )


def withdrawn_match_item(match: MatchRow, *, synthetic: bool) -> OutboxItem:
    """What was let through before holds no longer; says nothing of why."""
    return _item(
        match.receiver,
        subject_name(*match.key),
        match.record_id,
        {
            "item": "MATCH",
            "sender": match.registry,
            "kind": match.subject,
            "record_id": match.record_id,
            "withdrawn": True,
        },
        synthetic=synthetic,
    )


def link_item(person: Person, others: Sequence[Person], *, synthetic: bool) -> OutboxItem:
    """Accounts elsewhere of a registry's own person; withdrawn when there are none any more."""
    return _item(
        person.registry,
        link_subject(person),
        person.person_id,
        {
            "item": "LINK",
            "person_ids": [person.person_id],
            "withdrawn": not others,
            "others": [each._asdict() for each in sorted(others)],
        },
        synthetic=synthetic,
    )


def link_subject(person: Person) -> str:
    return f"link|{person.registry}|{person.person_id}"


def inbox_subject(subject: str) -> str:
    return f"inbox|{subject}"


def notice_item(
    registry: str, item: str, subject: str, fields: dict[str, Any], *, synthetic: bool
) -> OutboxItem:
    """A registry's own event was in conflict or was not applied."""
    return _item(registry, subject, subject, {"item": item, **fields}, synthetic=synthetic)


def _item(
    receiver: str, subject: str, key: str, fields: dict[str, Any], *, synthetic: bool
) -> OutboxItem:
    body = {**_EMPTY_ITEM, "receiver": receiver, **fields}
    data = encode_body(Kind.INBOX_ITEM, body)
    return OutboxItem(
        topic=inbox_topic(receiver),
        key=key,
        kind=int(Kind.INBOX_ITEM),
        subject=inbox_subject(subject),
        body=data,
        digest=outbox_digest(data),
        synthetic=synthetic,
    )


_EMPTY_ITEM: dict[str, Any] = {
    "sender": None,
    "person_ids": [],
    "kind": None,
    "record_id": None,
    "record_revision": None,
    "withdrawn": False,
    "intervals": [],
    "others": [],
    "rule": None,
    "place": None,
}


def text_digest(text: str) -> bytes:
    """Digest of a policy's text, for the basis."""
    return sha256(text.encode()).digest()
