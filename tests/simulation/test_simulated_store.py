"""The simulated store keeps the contract of projection stores, with many writers and with one."""

from __future__ import annotations

import pytest

from tests.contract.projection_store import ProjectionStoreContract
from tests.contract.projection_store_identity import ProjectionIdentityContract
from tests.contract.projection_store_queues import ProjectionQueuesContract
from tests.simulation.sim_database import Database
from tests.simulation.sim_policies import Script
from tests.simulation.sim_scheduler import Scheduler
from tests.simulation.sim_store import SimStore


class TestSimulatedStore(
    ProjectionStoreContract, ProjectionQueuesContract, ProjectionIdentityContract
):
    """Many writers, as on PostgreSQL."""

    single_writer = False

    @pytest.fixture
    def store(self) -> SimStore:
        return SimStore(Database(Scheduler(Script([])), single_writer=self.single_writer))

    @pytest.fixture
    def other(self, store: SimStore) -> SimStore:
        return SimStore(store.database, shard=1)


class TestSimulatedStoreWithOneWriter(TestSimulatedStore):
    """As on SQLite."""

    single_writer = True
