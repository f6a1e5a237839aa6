"""Whether the log still holds what was folded from it, and runs hold what they should."""

from __future__ import annotations

from collections.abc import Sequence

from hub.domain.log import LogRecord, TopicPartition
from hub.errors import LogDivergedError, RetryableError
from hub.wire.leaf import leaf_of


class HoleError(RetryableError):
    """A run does not go on where the lane stands: seek again from the store."""


def check_leaf(place: TopicPartition, offset: int, leaf: bytes, before: list[LogRecord]) -> None:
    """Raises LogDivergedError where the record before a position is absent or another one."""
    if not before or leaf_of(before[0]) != leaf:
        raise LogDivergedError(
            f"the record before offset {offset} of {place} is not the one that was folded",
            fix="restore the log, or delete the projections and rebuild them from this one",
            effect="nothing more is folded from it (LOG_DIVERGED)",
        )


def fresh_run(records: Sequence[LogRecord], expected: int) -> list[LogRecord]:
    """The records from `expected` on, every one in turn: those below are skipped, after a rebalance
    the same offsets may come twice. Raises HoleError at a gap."""
    run = []
    for record in records:
        if record.offset < expected:
            continue
        if record.offset != expected:
            raise HoleError(
                f"{record.place} goes on at offset {record.offset}, expected was {expected}"
            )
        run.append(record)
        expected += 1
    return run
