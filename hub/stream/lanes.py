"""The records and identity lanes as the consumer feeds them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import GENERATION
from hub.domain.topics import CLAIMS, IDENTITY, REFERENCE
from hub.errors import CorruptEventError, RetryableError
from hub.lanes import identity as identity_lane
from hub.lanes import records as records_lane
from hub.ports import ProjectionStore
from hub.stream.consumer import Lane, Opened
from hub.stream.host import Host
from hub.wire.codec import UnknownSchemaError, open_envelope

logger = logging.getLogger(__name__)


def records(host: Host) -> Lane:
    """Registries' events, reference and identity decisions, folded."""

    def opened(runs: Sequence[list[LogRecord]]) -> Opened:
        batch = records_lane.open_batch(runs)
        for error in batch.halted.values():
            logger.error("records lane: %s", error)
        return Opened(batch, {move.place: move.new for move in batch.moves})

    def commit(batch: records_lane.Batch) -> None:
        with host.store.transaction() as tx:
            records_lane.apply_batch(tx, batch)
        for reason, count in Counter(row.reason for row in batch.rejected).items():
            host.telemetry.rejected(records_lane.LANE, reason, count)

    events = r"registry\..*\.events"
    return Lane(
        name=records_lane.LANE,
        pattern=f"^({events}|{_exactly(REFERENCE)}|{_exactly(IDENTITY)})$",
        open=opened,
        commit=commit,
        assigned=lambda: None,
    )


def identity(host: Host) -> Lane:
    """Claims, decided in their order. The index is loaded anew where another worker decided."""
    lane = identity_lane.IdentityLane(host.keyring)
    index = _Index(lane, host)

    def opened(runs: Sequence[list[LogRecord]]) -> Opened:
        known = [each for each in map(_known, runs) if each]
        return Opened(known, {run[0].place: run[-1].offset + 1 for run in known})

    def commit(runs: Sequence[list[LogRecord]]) -> None:
        for run in runs:
            index.check(run[0].offset)
            lane.step(host.store, run)
            host.telemetry.identity(lane.pairs, lane.held())

    return Lane(
        name=identity_lane.LANE,
        pattern=f"^{_exactly(CLAIMS)}$",
        open=opened,
        commit=commit,
        assigned=index.load,
    )


class _Index:
    """Whether the index in memory is the store's: claims change with the position, or when a
    rebuilt generation takes the place of all tables."""

    def __init__(self, lane: identity_lane.IdentityLane, host: Host) -> None:
        self._lane = lane
        self._host = host
        self._generation: str | None = None

    def load(self) -> None:
        """Load it unless it is whole; others see that it is being loaded. Raises RetryableError
        where another worker decided meanwhile, or other tables took the place of all."""
        before = _standing(self._host.store)
        if (self._lane.at, self._generation) == before:
            return
        self._host.state(identity_lane.LANE).at = "loads the index"
        self._host.telemetry.index_loading(0.0)
        self._lane.load(self._host.store)
        if _standing(self._host.store) != before:
            self._lane.forget()
            raise RetryableError("what was loaded into the index is not what stands by now")
        self._generation = before[1]
        self._host.telemetry.index_loading(1.0)
        self._host.telemetry.identity(self._lane.pairs, self._lane.held())

    def check(self, offset: int) -> None:
        """Raises RetryableError where the index does not stand at this claim."""
        if self._lane.at != offset or _standing(self._host.store)[1] != self._generation:
            self._lane.forget()
            raise RetryableError(f"the index does not stand at claim {offset}: loads it again")


def _standing(store: ProjectionStore) -> tuple[int, str | None]:
    """The lane's position, and which generation of tables it is in."""
    with store.transaction() as tx:
        offset = tx.positions.of(identity_lane.LANE).get(TopicPartition(CLAIMS, 0), (0, b""))[0]
        return offset, tx.note(GENERATION)


def _known(run: list[LogRecord]) -> list[LogRecord]:
    """What stands before the first event whose schema this program does not know."""
    for at, record in enumerate(run):
        try:
            open_envelope(record)
        except UnknownSchemaError as error:
            logger.error("identity lane: %s", error)
            return run[:at]
        except CorruptEventError:
            continue
    return run


def _exactly(topic: str) -> str:
    return topic.replace(".", r"\.")
