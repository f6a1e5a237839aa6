"""What the core needs from outside, as protocols: the log, the keyring, the store.

The store is synchronous: a lane's step is one transaction, and its host runs it in a thread where
others wait. Within a transaction rows that decide a result are locked first, in sorted order, and
read after; touches are written last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from hub.domain.keys import PersonKey
from hub.domain.log import Appended, LogRecord, Message, TopicPartition, TopicSpec
from hub.domain.rows import (
    Advance,
    Counters,
    LinkRow,
    MatchRow,
    Merged,
    OutboxItem,
    OutboxRow,
    Person,
    Place,
    PublishedRow,
    RecordKey,
    RecordRow,
    RedriveRow,
    ReferenceRow,
    RejectedRow,
    Touch,
    TouchKey,
    WorkerRow,
)
from hub.identity_ports import AnswerTable, ClaimTable, InputTable, PairTable, ReviewTable
from hub.recognition_ports import RecognitionTable


class EventLog(Protocol):
    """An append-only log of topics and partitions.

    Within a partition offsets are dense, order is kept, and append time never goes back. A
    message's partition follows from its key alone, the same in every adapter.
    """

    async def create_topics(self, specs: Sequence[TopicSpec]) -> None:
        """Make what is absent. Raises ConfigurationError where a partition count differs."""

    async def topics(self) -> dict[str, int]:
        """Name to number of partitions."""

    async def append(self, messages: Sequence[Message]) -> list[Appended]:
        """Append all, in this order, durably; answer in the same order, or raise."""

    async def read(self, start: TopicPartition, offset: int, max_records: int) -> list[LogRecord]:
        """At most max_records from offset on; nothing at the end. Waits briefly at most."""

    async def ends(self, topics: Sequence[str] | None = None) -> dict[TopicPartition, int]:
        """The next offset to be written, of every partition of these topics (all by default)."""

    async def close(self) -> None:
        """Let go of connections and files. The log stays."""


class Keyring(Protocol):
    """Keys of persons as one registry knows them. Never touched by a rebuild."""

    def keys_for(
        self, registry: str, person_ids: Sequence[str], *, mint: bool
    ) -> dict[str, PersonKey]:
        """A key for each person; absent ones are made when mint is true, else left out."""

    def open_keys(self, key_ids: Sequence[str]) -> dict[str, bytes]:
        """Keys by their ids; unknown ones left out."""

    def close(self) -> None:
        """Let go of connections."""


class PositionTable(Protocol):
    """Next offsets of lanes, moved by compare-and-swap."""

    def of(self, lane: str) -> dict[TopicPartition, tuple[int, bytes]]:
        """Next offset and leaf of the record before it, for every partition the lane has read."""

    def advance(self, lane: str, moves: Sequence[Advance]) -> None:
        """Compare and set every position, sorted. Raises FencedError if one was moved."""


class RecordTable(Protocol):
    """Standing statements of records."""

    def merge(self, rows: Sequence[RecordRow]) -> Merged:
        """Let each row stand where its order is greater than that of what stands, one row a key.

        Locks in sorted order, decides under the lock and answers what each row replaced.
        """

    def of_persons(self, persons: Sequence[Person], kinds: Sequence[int]) -> list[RecordRow]:
        """Records of these persons, of these kinds."""

    def count_of(self, persons: Collection[Person], kinds: Iterable[int]) -> dict[Person, int]:
        """How many records of these kinds each of these persons has, where there is one."""

    def matchable(self, keys: Sequence[RecordKey]) -> dict[RecordKey, Person | None]:
        """Of these records approvals, those of persons who are not alone in their cluster or of
        whom a request or an appeal was made, those that were decided on, and those with a match,
        each with its person: nothing follows from the others."""

    def get(self, keys: Sequence[RecordKey]) -> dict[RecordKey, RecordRow]:
        """Records by key, without a lock."""

    def approvals_cited(self, names: Sequence[tuple[str, str]]) -> list[RecordRow]:
        """Approvals named by (registry, approval, course or trainer id)."""

    def approvals_of(self, registries: Sequence[str] | None) -> list[RecordRow]:
        """All approvals of these registries; None: of all, whether or not a submission of theirs
        has been folded."""

    def are_synthetic(self) -> bool:
        """Whether the data that were sent are made up."""

    def decisions_on(self, names: Sequence[str]) -> list[RecordRow]:
        """Decisions whose record id is one of these, by whichever registry; withdrawn ones too."""

    def decided(self, registry: str | None) -> list[str]:
        """Record ids of decisions by this registry; None: by any."""

    def persons_with(self, kinds: Sequence[int]) -> list[Person]:
        """Persons with a statement of one of these kinds beside their records."""

    def citing(
        self, registry: str, approval_ids: Sequence[str], trainer_id: str | None
    ) -> list[Person]:
        """Persons with a record that cites this approval or this trainer."""


class LinkTable(Protocol):
    """Links of persons to national persons."""

    def lock(self, persons: Iterable[Person]) -> dict[Person, LinkRow]:
        """Lock these links, made where absent, in sorted order; answer those that exist."""

    def put(self, rows: Sequence[LinkRow]) -> None:
        """Write locked links."""

    def of(self, persons: Sequence[Person]) -> dict[Person, LinkRow]:
        """Links of these persons, without a lock."""

    def members(self, national_ids: Sequence[str]) -> list[LinkRow]:
        """All persons of these national persons."""

    def persons_beside(self, registries: Sequence[str]) -> list[Person]:
        """Persons in a cluster of two or more that has a member in each of these registries."""


class ReferenceTable(Protocol):
    """Policies, list entries, agreements, models."""

    def lock(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], ReferenceRow]:
        """Lock these rows, made where absent; answer those that exist."""

    def put(self, rows: Sequence[ReferenceRow]) -> None:
        """Write locked rows."""

    def all(self) -> list[ReferenceRow]:
        """Every reference, in order of (kind, key)."""


class TouchTable(Protocol):
    """Notes that something must be derived again."""

    def add(
        self, keys: Mapping[TouchKey, int], owned: Sequence[tuple[RecordKey, Person]] = ()
    ) -> None:
        """Touch each key with this priority and a new stamp, and records with their persons.

        Written last, sorted. A store with a single writer leaves out records of persons who are
        alone in their cluster, as matchable does: nothing follows from them."""

    def take(self, count_max: int, *, skip: int = 0) -> list[Touch]:
        """The smallest priorities first, a fifth kept for the rest; unlocked. `skip` passes over
        that many, which others are at."""

    def delete(self, touches: Sequence[Touch]) -> None:
        """Delete those whose stamp is unchanged."""

    def pending(self) -> int:
        """How many touches wait."""


class MatchTable(Protocol):
    """Answers of receiving registries' policies."""

    def of_records(self, keys: Sequence[RecordKey]) -> list[MatchRow]:
        """Matches of these records."""

    def of_persons(self, persons: Sequence[Person]) -> list[MatchRow]:
        """Matches of records that belong, or belonged when matched, to these persons."""

    def replace(self, changes: Sequence[tuple[MatchRow | None, MatchRow | None]]) -> None:
        """Write each (read, made): made stands in place of what was read, None says absent.

        Raises FencedError where another match stands by now than the one that was read.
        """


class OutboxTable(Protocol):
    """Derived events on their way to the log, and what consumers already have."""

    def publish(self, items: Sequence[OutboxItem]) -> None:
        """Queue those whose digest differs from what was published of their subject last."""

    def published(self, subjects: Sequence[str]) -> dict[str, PublishedRow]:
        """What consumers have of these subjects."""

    def published_under(self, prefix: str) -> list[str]:
        """Subjects that begin with this and of which consumers have something, sorted."""

    def prime(self, rows: Sequence[PublishedRow]) -> None:
        """Remember what the log says was published; the highest version stands."""

    def lease(self, count_max: int, now_ms: int, until_ms: int) -> list[OutboxRow]:
        """Rows that nobody holds at now, held until then, in order of queueing."""

    def delete(self, seqs: Sequence[int]) -> None:
        """Remove what was published."""

    def drop(self, rows: Sequence[OutboxRow]) -> None:
        """Remove rows that nobody can be sent, and forget that their subjects were told."""

    def pending(self) -> int:
        """How many rows wait."""


class RootTable(Protocol):
    """Set hashes over rows, kept live by whoever changes the rows."""

    def add(self, changes: Mapping[str, bytes]) -> None:
        """Add an accumulator's lanes to each named root, into this worker's shard."""

    def read(self) -> dict[str, bytes]:
        """Lanes of each root, added up over shards."""


class RejectionTable(Protocol):
    """Events that were not applied, and what became of further tries."""

    def lock(self, places: Iterable[Place]) -> dict[Place, RejectedRow]:
        """Lock these rejections in sorted order; answer those that exist."""

    def put(self, rows: Sequence[RejectedRow]) -> None:
        """Note events that were not applied; noted again, the later reason stands."""

    def settle(self, tries: Sequence[RedriveRow]) -> None:
        """Record each try; the rejection of an event that was applied goes."""


class StoreTransaction(Protocol):
    """One transaction: everything in it commits together or not at all."""

    @property
    def positions(self) -> PositionTable: ...

    @property
    def records(self) -> RecordTable: ...

    @property
    def links(self) -> LinkTable: ...

    @property
    def references(self) -> ReferenceTable: ...

    @property
    def touches(self) -> TouchTable: ...

    @property
    def matches(self) -> MatchTable: ...

    @property
    def outbox(self) -> OutboxTable: ...

    @property
    def claims(self) -> ClaimTable: ...

    @property
    def pairs(self) -> PairTable: ...

    @property
    def answers(self) -> AnswerTable: ...

    @property
    def reviews(self) -> ReviewTable: ...

    @property
    def recognition(self) -> RecognitionTable: ...

    @property
    def inputs(self) -> InputTable: ...

    @property
    def roots(self) -> RootTable: ...

    @property
    def rejections(self) -> RejectionTable: ...

    def reject(self, rows: Sequence[RejectedRow]) -> None:
        """Note events that were not applied."""

    def count(self, changes: Counters) -> None:
        """Add to sums; into this worker's shard."""

    def lock_persons(self, persons: Iterable[Person]) -> set[Person]:
        """Take the derive lane's own locks of those of these persons that nobody else holds."""

    def beat(self, row: WorkerRow) -> None:
        """A worker's sign of life."""

    def workers(self) -> list[WorkerRow]:
        """Workers that gave a sign of life, in order of their ids."""

    def forget_workers(self, seen_before_ms: int) -> None:
        """Drop workers that gave their last sign before then."""

    def go_on(self) -> None:
        """Say that this transaction is still at work, where it works long without a statement: the
        database ends what it takes for frozen."""

    def note(self, name: str) -> str | None:
        """A note that the store keeps of itself."""

    def set_note(self, name: str, text: str | None) -> None:
        """Keep a note, or drop it."""

    def swap_note(self, name: str, old: str | None, new: str | None) -> bool:
        """Compare and set a note; None says absent. Whether it was the old one."""

    def deliver(self, registry: str, event_ids: Sequence[str]) -> None:
        """Enter written inbox items into the delivery ledger; entering twice counts once."""


class ProjectionStore(Protocol):
    """Where lanes keep what they fold. Can be deleted and rebuilt from log and keyring."""

    def transaction(self) -> AbstractContextManager[StoreTransaction]:
        """Commit on leaving, roll back on an exception. Raises RetryableError where the database
        asks for another try."""

    def close(self) -> None:
        """Let go of connections."""
