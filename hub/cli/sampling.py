"""The background check in turn: which partition and which persons are next, and whom an alarm
reaches. For the command and for the worker that leads."""

from __future__ import annotations

import asyncio
import json
import logging

from hub.adapters.sql_sample import partitions, standing
from hub.adapters.sql_store import SqlStore
from hub.audit.sample import ONE_IN, check_sample
from hub.console.rebuild import sample_lines
from hub.domain.log import TopicPartition
from hub.domain.samples import SampleReport
from hub.domain.topics import registry_of_events
from hub.ports import EventLog
from hub.telemetry import Telemetry

logger = logging.getLogger(__name__)

NOTE = "sample"
ALARM = "sample_differs"


async def check(
    store: SqlStore, log: EventLog, place: TopicPartition, *, one_in: int = ONE_IN, turn: int = 0
) -> SampleReport:
    """One check of a partition."""
    return await check_sample(
        lambda where, persons, keys: standing(store, where, persons, keys),
        log,
        place,
        one_in=one_in,
        turn=turn,
    )


async def check_next(
    store: SqlStore, log: EventLog, *, one_in: int = ONE_IN
) -> SampleReport | None:
    """The next partition in turn; when each had one, other persons follow. None where no registry's
    events were folded."""
    chosen = await asyncio.to_thread(_next, store)
    if chosen is None:
        return None
    place, turn = chosen
    return await check(store, log, place, one_in=one_in, turn=turn)


def _next(store: SqlStore) -> tuple[TopicPartition, int] | None:
    places = [p for p in partitions(store) if registry_of_events(p.topic) is not None]
    if not places:
        return None
    with store.transaction() as tx:
        text = tx.note(NOTE)
        topic, partition, turn = json.loads(text) if text else ("", -1, 0)
        done = TopicPartition(topic, partition)
        place = next((each for each in places if each > done), None)
        if place is None:
            place, turn = places[0], turn + 1
        tx.set_note(NOTE, json.dumps([place.topic, place.partition, turn]))
    return place, turn


async def watch(store: SqlStore, log: EventLog, telemetry: Telemetry) -> None:
    """For the worker that leads: check the next sample; a difference is an alarm."""
    report = await check_next(store, log)
    if report is None:
        return
    if report.is_well:
        logger.info("sample of %s: %d records are as the log says", report.place, report.records)
        return
    telemetry.alarm(ALARM)
    for line in sample_lines(report):
        logger.error("%s", line)
