"""A rebuild on a real PostgreSQL, where the second generation is a schema beside the live one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.postgres import fresh_database
from hub import bootstrap
from hub.adapters import sql_switch
from hub.adapters.sql_scan import scan_store
from hub.embedded import Embedded
from hub.errors import RetryableError
from hub.lanes.relay import lease, release
from hub.rebuild import run as rebuild_run
from tests.unit.identity.small_model import small_model
from tests.unit.lanes.lane_events import NOW, SmallHub, forwarded, identity_model, training
from tests.unit.rebuild.rebuild_exchange import RebuildExchangeContract
from tests.unit.rebuild.rebuild_hub import derived, ids, linked, rebuild, run_sql
from tests.unit.rebuild.rebuild_suite import RebuildContract


def until_positions_are_held(hub: SmallHub) -> None:
    """As they are for the switch."""
    held = "mode = 'ExclusiveLock' AND relation = 'position'::regclass"
    while not hub.rows(f"SELECT 1 FROM pg_locks WHERE {held}"):
        time.sleep(0.01)


class TestPostgresRebuild(RebuildContract, RebuildExchangeContract):
    @pytest_asyncio.fixture
    async def hub(self, postgres_url: str, tmp_path: Path) -> AsyncIterator[SmallHub]:
        hub = await SmallHub(tmp_path).start()
        await hub.log.append([forwarded(identity_model(small_model()))])
        hub.store.close()
        with fresh_database(postgres_url) as url:
            hub.store = bootstrap.open_store(url)
            hub.lanes = Embedded(hub.store, hub.log, hub.keyring)
            yield hub
            hub.store.close()

    async def test_rows_that_a_relay_is_sending_keep_their_numbers_and_no_others_have_them(
        self, hub: SmallHub
    ) -> None:
        await linked(hub)
        await hub.log.append([training("R1", hours="9", revision=NOW - 10)])
        await hub.lanes.fold()
        await hub.lanes.derive()
        leased = lease(hub.store)
        numbers = "SELECT seq FROM outbox ORDER BY seq"

        report = await rebuild(hub)
        kept = [row["seq"] for row in hub.rows(numbers)]
        await hub.feed(training("R3"))
        release(hub.store, leased)

        assert report.is_well
        assert kept == [row.seq for row in leased]
        assert hub.rows(numbers) == []
        records = await derived(hub)
        assert len(ids(records)) == len(set(ids(records)))

    async def test_what_is_queued_after_the_switch_is_numbered_above_all_before(
        self, hub: SmallHub
    ) -> None:
        await linked(hub)
        last = hub.rows("SELECT last_value FROM outbox_seq_seq")[0]["last_value"]
        for _ in range(2):
            await rebuild(hub)
            await hub.log.append([training("R1", hours="9", revision=NOW - 10)])
            await hub.lanes.fold()
            await hub.lanes.derive()
            now = hub.rows("SELECT last_value FROM outbox_seq_seq")[0]["last_value"]
            assert now > last
            last = now

    async def test_rights_on_the_tables_are_given_again(self, hub: SmallHub) -> None:
        await linked(hub)
        role = f"reader_{id(hub)}"
        run_sql(hub.store, f"CREATE ROLE {role}")
        run_sql(hub.store, f"GRANT SELECT ON record, match TO {role}")
        run_sql(hub.store, "GRANT SELECT ON link TO PUBLIC")

        await rebuild(hub)

        for table, may_read in (
            ("record", True),
            ("match", True),
            ("link", True),
            ("claim", False),
        ):
            asked = f"SELECT has_table_privilege('{role}', '{table}', 'SELECT') AS may"
            assert hub.rows(asked) == [{"may": may_read}]
        run_sql(hub.store, f"DROP OWNED BY {role}")
        run_sql(hub.store, f"DROP ROLE {role}")

    async def test_a_report_that_reads_for_long_is_let_finish(self, hub: SmallHub) -> None:
        await linked(hub)
        ends, is_reading = threading.Event(), threading.Event()

        def report() -> int:
            with hub.store.reading() as sql:
                sql.rows("SELECT * FROM match")
                is_reading.set()
                while not ends.wait(0.1):
                    sql.rows("SELECT 1")  # The server ends a session that stands still.
                return len(sql.rows("SELECT * FROM record"))

        reading = asyncio.create_task(asyncio.to_thread(report))
        await asyncio.to_thread(is_reading.wait, 20)
        rebuilding = asyncio.create_task(rebuild(hub))
        await asyncio.to_thread(until_positions_are_held, hub)
        ends.set()

        assert await reading == 4
        assert (await rebuilding).is_well

    async def test_a_report_that_never_ends_leaves_the_live_tables_in_place(
        self, hub: SmallHub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await linked(hub)
        monkeypatch.setattr(sql_switch, "LOCK_TRIES_MAX", 1)
        monkeypatch.setattr(rebuild_run, "ATTEMPTS_MAX", 1)

        with hub.store.reading() as sql:
            sql.rows("SELECT * FROM match")
            with pytest.raises(RetryableError, match="in use all the time"):
                await rebuild(hub)

        await hub.feed(training("R3"))
        assert (await rebuild(hub)).resumed
        assert scan_store(hub.store).differing == []

    async def test_statements_that_a_session_has_prepared_go_on(self, hub: SmallHub) -> None:
        """Past five uses the driver has the server keep a statement's plan."""
        await linked(hub)
        for turn in range(3):
            for number in range(8):
                revision = NOW - 10_000 + turn * 100 + number
                await hub.feed(training("R1", hours=str(1 + turn + number), revision=revision))
            assert (await rebuild(hub)).is_well

        assert scan_store(hub.store).differing == []
