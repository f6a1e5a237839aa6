"""A small hub for each test of the rebuild."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.unit.lanes.lane_events import SmallHub


@pytest_asyncio.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SmallHub]:
    hub = await SmallHub(tmp_path).start()
    yield hub
    hub.store.close()
