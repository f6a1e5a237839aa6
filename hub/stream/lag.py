"""How far a lane is behind on its partitions, told once a second.

The age of the first unread record is not known before it is read; told is the most it can be: it
was appended after the last one read, and after the partition was last seen without lag.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aiokafka

from hub.domain.log import LogRecord, TopicPartition
from hub.telemetry import Telemetry

TELL_SECONDS = 1.0


class Lag:
    """One lane's."""

    def __init__(self, lane: str, telemetry: Telemetry) -> None:
        self._lane = lane
        self._telemetry = telemetry
        self._told_at = 0.0
        self._told: set[TopicPartition] = set()
        self._after_seconds: dict[TopicPartition, float] = {}

    def read(self, runs: Iterable[Sequence[LogRecord]]) -> None:
        """These were read."""
        for run in runs:
            self._after_seconds[run[-1].place] = run[-1].append_at_ms / 1000

    def tell(self, consumer: Any, expected: Mapping[TopicPartition, int]) -> None:
        """Set the gauges of these partitions, and drop those of partitions that went."""
        now = time.monotonic()
        if now - self._told_at < TELL_SECONDS:
            return
        self._told_at = now
        for place in self._told - expected.keys():
            self._telemetry.forget(self._lane, place.topic, place.partition)
        self._told = set(expected)
        for place, position in expected.items():
            end = consumer.highwater(aiokafka.TopicPartition(place.topic, place.partition))
            if end is not None:
                self._tell_one(place, max(0, end - position))

    def _tell_one(self, place: TopicPartition, lag: int) -> None:
        now_seconds = time.time()
        oldest = None
        if lag == 0:
            self._after_seconds[place] = now_seconds
        elif place in self._after_seconds:
            oldest = max(0.0, now_seconds - self._after_seconds[place])
        self._telemetry.lag(self._lane, place.topic, place.partition, lag, oldest)

    def forget(self) -> None:
        """The lane reads nothing any more."""
        for place in self._told:
            self._telemetry.forget(self._lane, place.topic, place.partition)
        self._told = set()
