"""Starting on an empty store: learn what consumers have, fold all, derive only then.

A store without positions is rebuilt from the log. What was published is read from the hub's own
topics first, and nothing is derived before the records and identity lanes have reached the ends
seen at the start; so nothing that consumers already have is sent again as new.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from hub.domain.log import TopicPartition
from hub.domain.topics import CLAIMS, is_folded
from hub.lanes.identity_recorded import keep_recorded
from hub.lanes.relay import prime_published
from hub.ports import EventLog, ProjectionStore
from hub.projections.roots import FOLD_VERSION

Goals = dict[str, dict[TopicPartition, int]]
NOTE = "catching_up"
"""The goals stay with the store until they are reached: a rebuild that was cut off goes on."""
FOLD_VERSION_NOTE = "fold_version"
"""By which fold the store was begun: roots of another are not comparable with its own."""


async def prepare(store: ProjectionStore, log: EventLog) -> Goals:
    """Ends that lanes must reach before anything is derived; empty where nothing is to be awaited.

    Primes what was published when the store is empty, and keeps decisions that the log holds of
    claims which the identity lane has not reached.
    """
    await keep_recorded(store, log)
    with store.transaction() as tx:
        noted = tx.note(NOTE)
        started = any(tx.positions.of(lane) for lane in ("records", "identity"))
    if noted is not None:
        return _read(noted)
    if started:
        return {}
    await prime_published(store, log)
    wanted = goals(await log.ends())
    with store.transaction() as tx:
        tx.set_note(NOTE, _written(wanted))
        tx.set_note(FOLD_VERSION_NOTE, str(FOLD_VERSION))
    return wanted


def _written(wanted: Goals) -> str:
    places = [[lane, *place_end] for lane, ends in wanted.items() for place_end in _flat(ends)]
    return json.dumps(places)


def _flat(ends: Mapping[TopicPartition, int]) -> list[tuple[str, int, int]]:
    return [(place.topic, place.partition, end) for place, end in sorted(ends.items())]


def _read(text: str) -> Goals:
    wanted: Goals = {}
    for lane, topic, partition, end in json.loads(text):
        wanted.setdefault(lane, {})[TopicPartition(topic, partition)] = end
    return wanted


def goals(ends: Mapping[TopicPartition, int]) -> Goals:
    """For each reading lane the end of every partition it reads; empty partitions left out."""
    return {
        "records": {p: end for p, end in ends.items() if end and is_folded(p.topic)},
        "identity": {p: end for p, end in ends.items() if end and p.topic == CLAIMS},
    }


def reached(store: ProjectionStore, wanted: Mapping[str, Mapping[TopicPartition, int]]) -> bool:
    """Whether every lane has reached its goal; then the goals are forgotten.

    A partition that waits for a newer program, where it waits, holds nobody up.
    """
    with store.transaction() as tx:
        for lane, ends in wanted.items():
            positions = tx.positions.of(lane)
            for place, end in ends.items():
                position = positions.get(place, (0, b""))[0]
                if position < end and tx.note(_halt_note(lane, place)) != str(position):
                    return False
        tx.set_note(NOTE, None)
    return True


def note_halt(store: ProjectionStore, lane: str, place: TopicPartition, offset: int) -> None:
    """Tell all workers that this partition waits here for a newer program. The note is void as soon
    as the lane stands elsewhere."""
    with store.transaction() as tx:
        tx.set_note(_halt_note(lane, place), str(offset))


def _halt_note(lane: str, place: TopicPartition) -> str:
    return f"halted|{lane}|{place}"
