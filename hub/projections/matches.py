"""Matches and inbox items: what follows from one record, one receiving policy and its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from hub.domain.events import Kind
from hub.domain.rows import MatchRow, OutboxItem, Person, RecordRow
from hub.domain.topics import RECIPROCITY, inbox_topic
from hub.projections.roots import hashed, match_leaf
from hub.reciprocity.answer import Answer
from hub.reciprocity.facts import Evidence, RecordFacts, Request
from hub.reciprocity.policy import Policy
from hub.reciprocity.timeline import Interval, timeline
from hub.wire.codec import (
    digest_of,
    encode_after,
    encode_before,
    encode_body,
    encode_row,
    encode_rows,
    sealed_bytes_of,
)

UNSEALED = sealed_bytes_of(None)


def outbox_digest(body: bytes) -> bytes:
    """Digest of a derived event without a sealed part."""
    return digest_of(body, UNSEALED)


def basis_of(row: RecordRow, policy_digest: bytes, evidence: Sequence[bytes]) -> bytes:
    """What an answer was made from; an equal basis gives an equal answer. In no root."""
    sized = [len(each).to_bytes(4, "big") + each for each in sorted(evidence)]
    return hashed(b"".join((b"basis", row.leaf, policy_digest, *sized)))


class Made(NamedTuple):
    """A match, its body, and the intervals of it as they stand in the inbox item, too."""

    match: MatchRow
    body: dict[str, Any]
    intervals: bytes
    answer: bytes
    """The match's bytes from its intervals on."""


class Case(NamedTuple):
    """What a receiving policy is asked."""

    row: RecordRow
    facts: RecordFacts
    policy: Policy
    evidence: Evidence
    request: Request = Request()
    decision: dict[str, Any] | None = None
    """What the receiving registry decided, beside the answer."""
    decided: tuple[int | None, int | None] = (None, None)
    """Append time of the decision, and whole days from the record's."""


def encoded_intervals(case: Case) -> bytes:
    """The policy's answer over time, as it stands in an inbox item."""
    found = timeline(case.policy, case.facts, case.evidence, case.request)
    return encode_rows([_interval_bytes(interval) for interval in found])


def match_row(case: Case, basis: bytes) -> Made | None:
    """The receiving policy's answer over time; None where it has no rule on the kind."""
    row, facts, policy = case.row, case.facts, case.policy
    intervals = timeline(policy, facts, case.evidence, case.request)
    if not intervals:
        return None
    body = {
        "registry": row.registry,
        "kind": facts.kind,
        "record_id": row.record_id,
        "record_revision": row.revision,
        "person_id": row.person_id,
        "receiver": policy.registry,
        "policy_revision": _NOT_SAID,
        "withdrawn": False,
        "intervals": [interval_body(interval) for interval in intervals],
        "requested_on": case.request.requested_on,
        "decision": case.decision,
    }
    encoded = encode_rows([_interval_bytes(interval) for interval in intervals])
    before = encode_before(Kind.RECIPROCITY_MATCH, body, "intervals")
    after = _plain_end(Kind.RECIPROCITY_MATCH)
    if case.decision is not None or case.request.requested_on is not None:
        after = encode_after(Kind.RECIPROCITY_MATCH, body, "intervals")
    data = before + encoded + after
    match = MatchRow(
        registry=row.registry,
        kind=row.kind,
        record_id=row.record_id,
        receiver=policy.registry,
        person_id=row.person_id,
        subject=facts.kind,
        record_leaf=row.leaf,
        basis=basis,
        body=data,
        leaf=match_leaf(row.registry, row.kind, row.record_id, policy.registry, data),
        decided_ms=case.decided[0],
        decided_days=case.decided[1],
    )
    return Made(match, body, encoded, encoded + after)


_NOT_SAID = 0
"""A revision that leaves an answer as it is makes no other match: rule and version say what
decided."""
_NOTHING_MORE = {"requested_on": None, "decision": None}


@lru_cache(maxsize=2)
def _plain_end(kind: Kind) -> bytes:
    """What stands behind the intervals where nothing was asked for or decided: of most."""
    body = _NOTHING_MORE if kind is Kind.RECIPROCITY_MATCH else _EMPTY_ITEM
    return encode_after(kind, body, "intervals")


def interval_body(interval: Interval) -> dict[str, Any]:
    """An interval as its schema asks."""
    days = {"from_on": interval.from_on, "until_on": interval.until_on}
    return days | _answer_body(interval.answer)


@lru_cache(maxsize=4096)
def _answer_body(answer: Answer) -> dict[str, Any]:
    lifted = answer.with_documents
    return {
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


def _interval_bytes(interval: Interval) -> bytes:
    """Records of one registry are answered alike again and again; only the days differ."""
    return _day_bytes(interval.from_on, interval.until_on) + _answer_bytes(interval.answer)


@lru_cache(maxsize=4096)
def _day_bytes(from_on: date, until_on: date | None) -> bytes:
    days = {"from_on": from_on, "until_on": until_on}
    return encode_row(Kind.RECIPROCITY_MATCH, "intervals", days, tuple(days))


@lru_cache(maxsize=4096)
def _answer_bytes(answer: Answer) -> bytes:
    body = _answer_body(answer)
    return encode_row(Kind.RECIPROCITY_MATCH, "intervals", body, tuple(body))


def subject_name(registry: str, kind: int, record_id: str, receiver: str) -> str:
    """Subject of a match's events."""
    return f"match|{registry}|{_event_name(kind)}|{record_id}|{receiver}"


@lru_cache(maxsize=64)
def _event_name(kind: int) -> str:
    return Kind(kind).event_name


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
        Kind.RECIPROCITY_MATCH,
        {
            **body,
            "withdrawn": True,
            "intervals": [],
            "record_revision": 0,
            "requested_on": None,
            "decision": None,
        },
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
    made: Made, own_ids: Sequence[str], *, others: Sequence[Person] = (), synthetic: bool
) -> OutboxItem:
    """The match for the inbox of the registry that judges. others: accounts elsewhere, where it
    knows the person by consent alone."""
    match = made.match
    body = {
        **_EMPTY_ITEM,
        "receiver": match.receiver,
        "item": "MATCH",
        "sender": match.registry,
        "person_ids": list(own_ids),
        "kind": match.subject,
        "record_id": match.record_id,
        "record_revision": made.body["record_revision"],
        "others": [each._asdict() for each in others],
        "decision": made.body["decision"],
    }
    after = _plain_end(Kind.INBOX_ITEM)
    if others or made.body["decision"] is not None:
        after = encode_after(Kind.INBOX_ITEM, body, "intervals")
    data = encode_before(Kind.INBOX_ITEM, body, "intervals") + made.intervals + after
    key = own_ids[0] if own_ids else match.record_id
    return _of_item(match.receiver, subject_name(*match.key), key, data, synthetic=synthetic)


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
    """What a registry is told under a subject of its own."""
    return _item(registry, subject, subject, {"item": item, **fields}, synthetic=synthetic)


def answer_item(
    registry: str, subject: str, fields: dict[str, Any], intervals: bytes, *, synthetic: bool
) -> OutboxItem:
    """The same with an answer over time, as encoded_intervals makes it."""
    body = {**_EMPTY_ITEM, "receiver": registry, **fields}
    ends = (encode(Kind.INBOX_ITEM, body, "intervals") for encode in (encode_before, encode_after))
    data = intervals.join(ends)
    return _of_item(registry, subject, subject, data, synthetic=synthetic)


def _item(
    receiver: str, subject: str, key: str, fields: dict[str, Any], *, synthetic: bool
) -> OutboxItem:
    data = encode_body(Kind.INBOX_ITEM, {**_EMPTY_ITEM, "receiver": receiver, **fields})
    return _of_item(receiver, subject, key, data, synthetic=synthetic)


def _of_item(receiver: str, subject: str, key: str, data: bytes, *, synthetic: bool) -> OutboxItem:
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
    "review": None,
    "exposed": [],
    "judge": None,
    "requested_on": None,
    "decision": None,
    "appeal": None,
    "policy": None,
    "lapses_on": None,
    "contradictions": None,
}


def text_digest(text: str) -> bytes:
    """Digest of a policy's text, for the basis."""
    return sha256(text.encode()).digest()
