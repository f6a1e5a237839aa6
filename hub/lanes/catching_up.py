"""Starting on an empty store: learn what consumers have, fold all, derive only then.

A store without positions is rebuilt from the log. What was published is read from the hub's own
topics first, and nothing is derived before the records and identity lanes have reached the ends
seen at the start; so nothing that consumers already have is sent again as new.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.domain.log import TopicPartition
from hub.domain.topics import CLAIMS, is_folded
from hub.lanes.relay import prime_published
from hub.ports import EventLog, ProjectionStore


async def prepare(store: ProjectionStore, log: EventLog) -> dict[str, dict[TopicPartition, int]]:
    """Ends that lanes must reach before anything is derived; empty where the store has positions.

    Primes what was published when the store is empty.
    """
    with store.transaction() as tx:
        started = any(tx.positions.of(lane) for lane in ("records", "identity"))
    if started:
        return {}
    await prime_published(store, log)
    return goals(await log.ends())


def goals(ends: Mapping[TopicPartition, int]) -> dict[str, dict[TopicPartition, int]]:
    """For each reading lane the end of every partition it reads; empty partitions left out."""
    return {
        "records": {p: end for p, end in ends.items() if end and is_folded(p.topic)},
        "identity": {p: end for p, end in ends.items() if end and p.topic == CLAIMS},
    }


def reached(store: ProjectionStore, wanted: Mapping[str, Mapping[TopicPartition, int]]) -> bool:
    """Whether every lane stands at or behind its goal."""
    with store.transaction() as tx:
        for lane, ends in wanted.items():
            positions = tx.positions.of(lane)
            if any(positions.get(place, (0, b""))[0] < end for place, end in ends.items()):
                return False
    return True
