"""A rebuild on a real PostgreSQL, where the second generation is a schema beside the live one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from deploy.local.postgres import fresh_database
from hub import bootstrap
from hub.embedded import Embedded
from tests.unit.lanes.lane_events import SmallHub
from tests.unit.rebuild.rebuild_suite import RebuildContract


class TestPostgresRebuild(RebuildContract):
    @pytest_asyncio.fixture
    async def hub(self, postgres_url: str, tmp_path: Path) -> AsyncIterator[SmallHub]:
        hub = await SmallHub(tmp_path).start()
        hub.store.close()
        with fresh_database(postgres_url) as url:
            hub.store = bootstrap.open_store(url)
            hub.lanes = Embedded(hub.store, hub.log, hub.keyring)
            yield hub
            hub.store.close()
