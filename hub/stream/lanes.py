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
from hub.wire.codec import UnknownSchemaError, open_envelope

logger = logging.getLogger(__name__)


def records(store: ProjectionStore) -> Lane:
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
    return Lane(
        name=records_lane.LANE,
        pattern=f"^({events}|{_exactly(REFERENCE)}|{_exactly(IDENTITY)})$",
        apply=apply,
        assigned=lambda: None,
    )


def identity(store: ProjectionStore, keyring: Keyring) -> Lane:
    """Claims, decided in their order. The index is loaded anew on every assignment."""
    lane = identity_lane.IdentityLane(keyring)

    def apply(runs: Sequence[list[LogRecord]]) -> Mapping[TopicPartition, int]:
        reached = {}
        for run in runs:
            known = run
            try:
                lane.step(store, run)
            except UnknownSchemaError as error:
                logger.error("identity lane: %s", error)
                known = _known(run)
                if known:
                    lane.step(store, known)
            if known:
                reached[run[0].place] = known[-1].offset + 1
        return reached

    return Lane(
        name=identity_lane.LANE,
        pattern=f"^{_exactly(CLAIMS)}$",
        apply=apply,
        assigned=lambda: lane.load(store),
    )


def _known(run: list[LogRecord]) -> list[LogRecord]:
    """What stands before the first event whose schema this program does not know."""
    for at, record in enumerate(run):
        try:
            open_envelope(record)
        except UnknownSchemaError:
            return run[:at]
    return run


def _exactly(topic: str) -> str:
    return topic.replace(".", r"\.")
