"""What the log holds: messages to append, records as read, and where they stand.

Offsets are dense within a partition. Append time is the log's own clock (broker append time on
Kafka): it is "received", and never the producer's claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, order=True)
class TopicPartition:
    """One partition of one topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message to append. The partition follows from the key."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Headers


class LogRecord(NamedTuple):
    """A message as it stands on the log. A tuple, as lanes read them by the ten thousand."""

    topic: str
    partition: int
    offset: int
    append_at_ms: int
    key: bytes | None
    value: bytes
    headers: Headers

    @property
    def place(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an appended message stands, in the log's own clock."""

    topic: str
    partition: int
    offset: int
    append_at_ms: int


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it must be. Partitions are fixed when it is made."""

    name: str
    partitions: int
