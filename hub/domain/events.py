"""Events as facts: kinds, changes, the head that all share, and the order of statements.

A record's statements are ordered by (revision, encoding, digest, change, person); the highest
stands. The order is total, so folding commutes: any order, any split, any repeats give the same
records.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from enum import IntEnum
from typing import NamedTuple

EVENT_NAMESPACE = uuid.UUID("5a0ed1f4-6a0f-5a3f-9c51-0d7f9a2f6b11")
"""Namespace of every UUIDv5 the hub makes. Never changes: ids on old logs were made with it."""


class Kind(IntEnum):
    """Kinds of event. The numbers stand in tables and in schemas/avro/manifest.toml."""

    PROFILE = 1
    EMPLOYMENT = 2
    EDUCATION = 3
    TRAINING_COMPLETION = 4
    CREDENTIAL = 5
    APPROVAL = 6
    SUBMISSION = 7
    RECIPROCITY_POLICY = 8
    RECOGNIZED_CREDENTIAL = 9
    RECOGNIZED_ORGANIZATION = 10
    SHARING_AGREEMENT = 11
    IDENTITY_MODEL = 12
    IDENTITY_CLAIM = 13
    IDENTITY_DECISION = 14
    RECIPROCITY_MATCH = 15
    INBOX_ITEM = 16
    REVIEW_ANSWER = 17
    IDENTITY_RELEASE = 18
    TOKEN_EPOCH_ENDED = 19
    CONSENT = 20
    DISPUTE = 21
    PORTABILITY_REQUEST = 22
    RECOGNITION_DECISION = 23
    POLICY_ANSWER = 24

    @property
    def event_name(self) -> str:
        return self.name.lower()


REGISTRY_KINDS = frozenset(
    {
        Kind.PROFILE,
        Kind.EMPLOYMENT,
        Kind.EDUCATION,
        Kind.TRAINING_COMPLETION,
        Kind.CREDENTIAL,
        Kind.APPROVAL,
        Kind.SUBMISSION,
        Kind.REVIEW_ANSWER,
        Kind.CONSENT,
        Kind.DISPUTE,
        Kind.PORTABILITY_REQUEST,
        Kind.RECOGNITION_DECISION,
        Kind.POLICY_ANSWER,
    }
)
PERSON_KINDS = REGISTRY_KINDS - {
    Kind.APPROVAL,
    Kind.SUBMISSION,
    Kind.RECOGNITION_DECISION,
    Kind.POLICY_ANSWER,
}
REFERENCE_KINDS = frozenset(
    {
        Kind.RECIPROCITY_POLICY,
        Kind.RECOGNIZED_CREDENTIAL,
        Kind.RECOGNIZED_ORGANIZATION,
        Kind.SHARING_AGREEMENT,
        Kind.IDENTITY_MODEL,
        Kind.REVIEW_ANSWER,
        Kind.IDENTITY_RELEASE,
        Kind.TOKEN_EPOCH_ENDED,
    }
)
FORWARDED_KINDS = frozenset(
    {Kind.IDENTITY_MODEL, Kind.REVIEW_ANSWER, Kind.IDENTITY_RELEASE, Kind.TOKEN_EPOCH_ENDED}
)
"""What the identity lane reads beside claims: sent on to national.identity-claims as it stands."""


class Change(IntEnum):
    """What a row alone says of its record; the numbers are the Avro symbols' positions."""

    STATED = 0
    SUSPENDED = 1
    REVOKED = 2
    REVERSED = 3
    WITHDRAWN = 4
    UNKNOWN = 5


class Sealed(NamedTuple):
    """The part under a person's key."""

    key_id: str
    ciphertext: bytes


class Head(NamedTuple):
    """What every event says of itself, and its change. Stamps are microseconds since 1970 UTC."""

    event_id: str
    registry: str
    person_id: str | None
    record_id: str
    revision: int
    encoding: int
    recorded_at: int
    submission_id: str | None
    submission_row: int | None
    synthetic: bool
    change: Change


Order = tuple[int, int, bytes, int, str]


class Envelope(NamedTuple):
    """An event taken apart, its body still as bytes on the log."""

    kind: Kind
    schema_id: int
    head: Head
    sealed: Sealed | None
    body: bytes
    digest: bytes
    """SHA-256 of the body, then of the sealed part: 64 bytes."""

    @property
    def order(self) -> Order:
        head = self.head
        return (head.revision, head.encoding, self.digest, int(head.change), head.person_id or "")


def encoding_of(mapping_version: int, schema_version: int, evidence: int) -> int:
    """One number that grows when a row is encoded anew. Versions stay below a thousand, evidence
    is what evidence_encoding says, or 0 where a row has none."""
    return (mapping_version * 1000 + schema_version) * 1_000_000 + evidence


def evidence_encoding(evidence_version: int, epochs: Collection[int]) -> int:
    """Part of an encoding, of six digits: grows with the evidence's version and through a rotation
    of token keys, from the old one alone to both, and from both to the newer one alone."""
    return evidence_version * 1000 + max(epochs) * 2 + (1 if len(epochs) == 1 else 0)


def record_event_id(
    registry: str, kind: Kind, record_id: str, version: tuple[int, int, bytes]
) -> str:
    """Id of a registry's event: the same statement always has the same id."""
    revision, encoding, digest = version
    name = "\x1f".join(
        (registry, kind.event_name, record_id, str(revision), str(encoding), digest.hex())
    )
    return str(uuid.uuid5(EVENT_NAMESPACE, name))


def derived_event_id(kind: Kind, subject: str, version: int, digest: bytes) -> str:
    """Id of a derived event: UUIDv5 of (type, subject, version, digest)."""
    name = "\x1f".join((kind.event_name, subject, str(version), digest.hex()))
    return str(uuid.uuid5(EVENT_NAMESPACE, name))
