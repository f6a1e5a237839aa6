"""Rows that lanes write and read: records, links, references, touches, matches, outbox.

Plain values without a database; what a column means stands here once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from hub.domain.log import TopicPartition


class Person(NamedTuple):
    """A person as one registry knows them."""

    registry: str
    person_id: str


class RecordKey(NamedTuple):
    """A record is (registry, kind, record id); it may move from one person to another."""

    registry: str
    kind: int
    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """The standing statement of one record, its body as the bytes on the log."""

    registry: str
    kind: int
    record_id: str
    person_id: str | None
    revision: int
    encoding: int
    change: int
    digest: bytes
    leaf: bytes
    schema_id: int
    body: bytes
    sealed_key: str | None
    sealed: bytes | None
    topic: str
    partition: int
    log_offset: int
    received_ms: int
    synthetic: bool
    own_type: str | None = None
    valid_from: int | None = None
    """First day on which it is in force by its own dates, days since 1970; None: on no day."""
    valid_until: int | None = None
    """Last day, inclusive; None: no end."""
    counted: int = 0
    """1 where a completion is verified and in force, or a profile is present."""
    hours_e4: int = 0
    """Clock hours in ten-thousandths, of completions."""
    approval_code: str | None = None
    """The approval cited; of an approval the course by which it may be cited too."""
    trainer_id: str | None = None

    @property
    def key(self) -> RecordKey:
        return RecordKey(self.registry, self.kind, self.record_id)

    @property
    def order(self) -> tuple[int, int, bytes, int]:
        return (self.revision, self.encoding, self.digest, self.change)

    @property
    def person(self) -> Person | None:
        return None if self.person_id is None else Person(self.registry, self.person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRow:
    """What a derivation reads outside the person's own rows: policy, list entry, agreement, model.

    An agreement's revision is its place on alliance.reference: it is in force from its append.
    """

    kind: int
    key: str
    revision: int
    encoding: int
    change: int
    digest: bytes
    schema_id: int
    body: bytes

    @property
    def order(self) -> tuple[int, int, bytes, int]:
        return (self.revision, self.encoding, self.digest, self.change)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Person to national person; version is the offset of the claim that decided it."""

    registry: str
    person_id: str
    national_id: str
    version: int

    @property
    def person(self) -> Person:
        return Person(self.registry, self.person_id)


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A person in the identity lane: the claim that stands, evidence still sealed."""

    registry: str
    person_id: str
    version: bytes
    """Sortable (revision, encoding, digest) of the profile claimed."""
    claim_offset: int
    first_offset: int
    first_event_id: str
    present: bool
    replaced_by: str | None
    sealed_key: str | None
    sealed: bytes | None
    national_id: str


class TouchKey(NamedTuple):
    """What must be derived again: a person, an approval, or whom a reference concerns."""

    kind: str
    key: str


PERSON_TOUCH = "person"
APPROVAL_TOUCH = "approval"
REFERENCE_TOUCH = "reference"

PRIORITY_CHANGE = 0
PRIORITY_FAN_OUT = 1
PRIORITY_REBUILD = 2


@dataclass(frozen=True, slots=True)
class Touch:
    """A touch as read: deleted only while its stamp is unchanged."""

    kind: str
    key: str
    stamp: int
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    """The answer of one receiving registry's policy to one record, with what it was made from."""

    registry: str
    kind: int
    record_id: str
    receiver: str
    person_id: str | None
    subject: str
    """training, education, credential, course, trainer or organization."""
    basis: bytes
    body: bytes
    """Avro bytes of ReciprocityMatchBody."""
    leaf: bytes

    @property
    def key(self) -> tuple[str, int, str, str]:
        return (self.registry, self.kind, self.record_id, self.receiver)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """A derived event to be published, when its digest differs from what was published last."""

    topic: str
    key: str
    kind: int
    subject: str
    body: bytes
    digest: bytes
    synthetic: bool
    order: bytes | None = None
    """For subjects whose version is not counted but given (claims): only a greater one goes out."""
    version: int | None = None
    """Given version of such a subject; counted by the store otherwise."""
    sealed_key: str | None = None
    sealed: bytes | None = None
    recorded_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A row of the outbox as the relay leases it."""

    seq: int
    topic: str
    key: str
    kind: int
    subject: str
    version: int
    body: bytes
    digest: bytes
    synthetic: bool
    sealed_key: str | None
    sealed: bytes | None
    recorded_at: int


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """What consumers already have of a subject."""

    subject: str
    version: int
    digest: bytes
    order: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """An event that was not applied, for its own bytes, key or append time."""

    topic: str
    partition: int
    log_offset: int
    reason: str
    fold_version: int


@dataclass(frozen=True, slots=True)
class Advance:
    """A lane's move over one partition: compare old, set new, remember the last record's leaf."""

    place: TopicPartition
    old: int
    new: int
    leaf: bytes


class CounterKey(NamedTuple):
    """A sum over rows. A count on day D is the sum of values with day at most D."""

    name: str
    registry: str
    dim: str
    day: int


Counters = dict[CounterKey, int]
EVER = -1_000_000
"""Day of what does not depend on the day asked for."""
