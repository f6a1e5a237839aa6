"""A small hub for each test of the rebuild, its model on the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.unit.identity.small_model import small_model
from tests.unit.lanes.lane_events import SmallHub, forwarded, identity_model


@pytest_asyncio.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SmallHub]:
    hub = await SmallHub(tmp_path).start()
    await hub.log.append([forwarded(identity_model(small_model()))])
    yield hub
    hub.store.close()
