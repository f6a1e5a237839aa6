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


class RecordRow(NamedTuple):
    """The standing statement of one record, its body as the bytes on the log.

    A tuple, in the order of the table's columns: rows go in and out of SQL by the ten thousand.
    """

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
    recorded_days: int | None = None
    """Days from a completion to its entry at the registry, where both are known."""

    @property
    def key(self) -> RecordKey:
        return RecordKey(self.registry, self.kind, self.record_id)

    @property
    def order(self) -> tuple[int, int, bytes, int, str]:
        return (self.revision, self.encoding, self.digest, self.change, self.person_id or "")

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


class ClaimRow(NamedTuple):
    """A person in the identity lane: the claim that stands, evidence still sealed.

    A tuple, in the order of the table's columns.
    """

    registry: str
    person_id: str
    version: bytes
    """Sortable (revision, encoding, digest, withdrawn) of the profile claimed."""
    claim_offset: int
    first_offset: int
    first_event_id: str
    present: bool
    replaced_by: str | None
    sealed_key: str | None
    sealed: bytes | None
    national_id: str
    first_ms: int = 0
    """Append time of the first claim."""
    changed_ms: bytes = b""
    """Append times of the last claims with another evidence, eight bytes each, the newest last."""
    held: str | None = None
    """Why the person is held from linking, if so."""

    @property
    def person(self) -> Person:
        return Person(self.registry, self.person_id)


class PairRow(NamedTuple):
    """What stands between two persons, the smaller first. Evidence by label is for the lane alone:
    elsewhere its names are sealed."""

    registry: str
    person_id: str
    other_registry: str
    other_person_id: str
    verdict: int
    cause: str
    score: float
    agree: int
    both: int
    opened_ms: int
    """Append time of what brought this verdict."""
    claim_offset: int
    """Of what changed it last."""

    @property
    def one(self) -> Person:
        return Person(self.registry, self.person_id)

    @property
    def other(self) -> Person:
        return Person(self.other_registry, self.other_person_id)


class AnswerRow(NamedTuple):
    """What a registry or the Alliance answered of a pair last; one that was taken back stands here
    too, so that an older copy does not come back."""

    publisher: str
    registry: str
    person_id: str
    other_registry: str
    other_person_id: str
    answer: str
    """Symbol of the event; empty where it was taken back."""
    sort: bytes
    """The event's order: of two statements the greater stands."""
    claim_offset: int

    @property
    def one(self) -> Person:
        return Person(self.registry, self.person_id)

    @property
    def other(self) -> Person:
        return Person(self.other_registry, self.other_person_id)


class TouchKey(NamedTuple):
    """What must be derived again: a record, a person, or whom a reference concerns."""

    kind: str
    key: str


RECORD_TOUCH = "record"
"""A record changed; what it is judged by did not."""
PERSON_TOUCH = "person"
"""The person's links, or a reference that concerns them, changed: every answer is looked at."""
REFERENCE_TOUCH = "reference"
"""Whom it concerns is to be touched."""

PRIORITY_CHANGE = 0
PRIORITY_FAN_OUT = 1
PRIORITY_REBUILD = 2


class Touch(NamedTuple):
    """A touch as read: deleted only while its stamp is unchanged."""

    kind: str
    key: str
    stamp: int
    priority: int


class Merged(NamedTuple):
    """What became of rows that were to stand."""

    stood: list[tuple[RecordRow, RecordRow | None]]
    """Each row that stands, and the one it replaced."""
    refused: list[tuple[RecordRow, RecordRow]]
    """Each row that does not stand, and the one that stands instead, which may be equal to it."""


class MatchRow(NamedTuple):
    """The answer of one receiving registry's policy to one record, with what it was made from."""

    registry: str
    kind: int
    record_id: str
    receiver: str
    person_id: str | None
    subject: str
    """training, education, credential, course, trainer or organization."""
    record_leaf: bytes
    """Leaf of the record as it was judged."""
    basis: bytes
    """Of all that the answer was made from."""
    body: bytes
    """Avro bytes of ReciprocityMatchBody."""
    leaf: bytes
    decided_ms: int | None = None
    """Append time of the receiver's decision on it; in no leaf, as `decided_days` is not."""
    decided_days: int | None = None
    """Whole days from the record's append to the decision's, where it is on this revision."""

    @property
    def key(self) -> tuple[str, int, str, str]:
        return (self.registry, self.kind, self.record_id, self.receiver)


class OutboxItem(NamedTuple):
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


class OutboxRow(NamedTuple):
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


class PublishedRow(NamedTuple):
    """What consumers already have of a subject."""

    subject: str
    version: int
    digest: bytes
    order: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """An event that was not applied, for its own bytes, key or append time. Made from the log and
    the program alone, so a rebuild makes the same rows."""

    topic: str
    partition: int
    log_offset: int
    reason: str
    fold_version: int
    registry: str | None
    """Whose events the topic holds; None for the Alliance's and the hub's own."""
    received_ms: int

    @property
    def place(self) -> Place:
        return Place(self.topic, self.partition, self.log_offset)


class Place(NamedTuple):
    """Where one event stands on the log."""

    topic: str
    partition: int
    log_offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.log_offset}"


APPLIED = "APPLIED"
REJECTED = "REJECTED"
HALTED = "HALTED"
"""The program does not know the event's schema."""
ABSENT = "ABSENT"
"""The log does not hold it."""
NOT_REJECTED = "NOT_REJECTED"
"""Nothing was to be done: it is not, or not any more, among the rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedriveRow:
    """One more try at a rejected event: the store's own history, which no rebuild makes again."""

    place: Place
    at_ms: int
    outcome: str
    """APPLIED or REJECTED."""
    reason: str | None
    """The rule that rejected it again."""
    fold_version: int


@dataclass(frozen=True, slots=True)
class Advance:
    """A lane's move over one partition: compare old, set new, remember the last record's leaf."""

    place: TopicPartition
    old: int
    new: int
    leaf: bytes


GENERATION = "generation"
"""Name of the note that counts how often rebuilt tables took the place of all others: who keeps
rows in memory can tell by it that they are others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """A worker's sign of life."""

    worker_id: str
    host: str
    pid: int
    started_ms: int
    seen_ms: int
    lanes: str
    """JSON: of each lane its partitions and what it is at."""


class CounterKey(NamedTuple):
    """A sum over rows. A count on day D is the sum of values with day at most D."""

    name: str
    registry: str
    dim: str
    day: int


Counters = dict[tuple[str, str, str, int], int]
"""Values by counter key."""
EVER = -1_000_000
"""Day of what does not depend on the day asked for."""
