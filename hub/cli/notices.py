"""The daily notices of a running hub: told by the leader, or after a demo's pass."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, date, datetime

from hub.adapters.sql_store import SqlStore
from hub.cli.match_decisions import bounds_of
from hub.lanes.lapses import Told, Window, waiting_stamp
from hub.lanes.notices import is_settled, tell_notices, was_told
from hub.settings import Settings
from hub.stream.host import LeaderJob

logger = logging.getLogger(__name__)

EVERY_SECONDS = 600.0  # Looked at so often; told once a day.
SETTLE_TURNS = 60
SETTLE_SECONDS = 5.0


def notices_job(store: SqlStore, settings: Settings) -> LeaderJob:
    """The leader's job: once a day by UTC, at the first turn at which the store is current."""
    return LeaderJob("notices", EVERY_SECONDS, lambda: _tell(store, settings))


async def _tell(store: SqlStore, settings: Settings) -> None:
    today = datetime.now(UTC).date()
    if await asyncio.to_thread(was_told, store, today):
        return
    stamp = await asyncio.to_thread(waiting_stamp, store)
    for _ in range(SETTLE_TURNS):
        if await asyncio.to_thread(is_settled, store, stamp):
            break
        await asyncio.sleep(SETTLE_SECONDS)
    told = await asyncio.to_thread(tell_on, store, today, settings, stamp)
    logger.info("notices: %d lapses near, %d taken back", told.due, told.taken_back)


def tell_on(store: SqlStore, day: date, settings: Settings, stamp: int = -1) -> Told:
    """Tell of a day, by the settings."""
    window = Window(day=day, days=settings.lapse_days)
    return tell_notices(store, window, bounds_of(settings), stamp)
