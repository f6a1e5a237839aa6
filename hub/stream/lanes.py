"""The records and identity lanes as the consumer feeds them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from hub.domain.log import LogRecord, TopicPartition
from hub.domain.topics import CLAIMS, IDENTITY, REFERENCE
from hub.lanes import identity as identity_lane
from hub.lanes import records as records_lane
from hub.ports import Keyring, ProjectionStore
from hub.stream.consumer import Lane

logger = logging.getLogger(__name__)


def records(store: ProjectionStore, group: str) -> Lane:
    """Registries' events, reference and identity decisions, folded."""

    def apply(runs: Sequence[list[LogRecord]]) -> Mapping[TopicPartition, int]:
        batch = records_lane.open_batch(runs)
        if batch.moves:
            with store.transaction() as tx:
                records_lane.apply_batch(tx, batch)
        for error in batch.halted.values():
            logger.error("records lane: %s", error)
        return {move.place: move.new for move in batch.moves}

    events = r"registry\..*\.events"
    others = "|".join(topic.replace(".", r"\.") for topic in (REFERENCE, IDENTITY))
    return Lane(
        name=records_lane.LANE,
        pattern=f"^({events}|{others})$",
        group=f"{group}-{records_lane.LANE}",
        apply=apply,
        assigned=lambda: None,
    )


def identity(store: ProjectionStore, keyring: Keyring, group: str) -> Lane:
    """Claims, decided in their order. The index is loaded anew on every assignment."""
    lane = identity_lane.IdentityLane(keyring)

    def apply(runs: Sequence[list[LogRecord]]) -> Mapping[TopicPartition, int]:
        for run in runs:
            lane.step(store, run)
        return {run[0].place: run[-1].offset + 1 for run in runs}

    return Lane(
        name=identity_lane.LANE,
        pattern=f"^{CLAIMS.replace('.', chr(92) + '.')}$",
        group=f"{group}-{identity_lane.LANE}",
        apply=apply,
        assigned=lambda: lane.load(store),
    )
