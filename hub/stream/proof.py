"""Whether the log still holds the record before each stored position.

A lane seeks to that record and reads on from there, so the proof costs no read of its own. Until it
came, nothing of its partition is applied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.domain.log import LogRecord, TopicPartition
from hub.errors import RetryableError
from hub.lanes.checks import HoleError, check_leaf

LOOKS_MAX = 5  # A broker that has just come back may tell an end too low for a moment.


class Proof:
    """What is still to be proved of the partitions assigned."""

    def __init__(self) -> None:
        self._wanted: dict[TopicPartition, tuple[int, bytes]] = {}
        self._looks = 0

    def begin(
        self,
        ends: Mapping[TopicPartition, int],
        positions: Mapping[TopicPartition, tuple[int, bytes]],
    ) -> None:
        """Positions above zero, and where these partitions end.

        Raises RetryableError where a partition ends too early, LogDivergedError where it still does
        after a few looks.
        """
        self._wanted = {place: positions[place] for place in ends}
        for place, (offset, leaf) in sorted(self._wanted.items()):
            if ends[place] >= offset:
                continue
            self._looks += 1
            if self._looks >= LOOKS_MAX:
                check_leaf(place, offset, leaf, [])
            raise RetryableError(
                f"{place} ends at offset {ends[place]}, and was folded up to {offset}: looks again"
            )
        self._looks = 0

    def look_at(self, place: TopicPartition, records: Sequence[LogRecord]) -> None:
        """Prove the position by the first record fetched. Raises LogDivergedError where it is
        another one, HoleError where it is not the one before the position."""
        wanted = self._wanted.get(place)
        if wanted is None or not records:
            return
        offset, leaf = wanted
        if records[0].offset != offset - 1:
            raise HoleError(f"{place} began at offset {records[0].offset}, not before {offset}")
        check_leaf(place, offset, leaf, [records[0]])
        del self._wanted[place]
