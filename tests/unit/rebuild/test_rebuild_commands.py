"""The commands around a rebuild: what they say, and what their exit codes mean."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hub import bootstrap
from hub.adapters.keyring import open_keyring
from hub.adapters.sql_store import SqlStore
from hub.adapters.sqlite_log import SqliteEventLog
from hub.embedded import Embedded
from hub.rebuild.lease import Lease
from tests.unit.cli.hub_command import Ran, hub
from tests.unit.identity.small_model import small_model
from tests.unit.lanes.lane_events import (
    REGISTRIES,
    agreement,
    identity_model,
    policy,
    profile,
    ssn_token,
    training,
)
from tests.unit.rebuild.rebuild_hub import NEVADA, POLICY, WISCONSIN, run_sql


class Site:
    """Log, keyring and store as files, folded once."""

    def __init__(self, folder: Path) -> None:
        self.store_url = f"sqlite:///{folder / 'store.sqlite'}"
        self.environment = {
            "HUB_LOG": f"sqlite:///{folder / 'log.sqlite'}",
            "HUB_STORE": self.store_url,
            "HUB_KEYRING": f"sqlite:///{folder / 'keys.sqlite'}",
        }
        self.log_path = folder / "log.sqlite"

    async def fold(self) -> None:
        log = SqliteEventLog(self.log_path)
        keyring: Any = open_keyring(self.environment["HUB_KEYRING"])
        store = bootstrap.open_store(self.store_url)
        try:
            await bootstrap.make_topics(log, REGISTRIES)
            text = POLICY.format(revision=1, outcome="FULL")
            await log.append(
                [
                    identity_model(small_model()),
                    policy("us-nv", text),
                    agreement("us-wi", "us-nv"),
                    agreement("us-nv", "us-wi"),
                    profile(keyring, WISCONSIN, [ssn_token(1)]),
                    profile(keyring, NEVADA, [ssn_token(1)]),
                    training("R1"),
                    training("R2"),
                ]
            )
            await Embedded(store, log, keyring).until_idle()
        finally:
            store.close()
            keyring.close()
            await log.close()

    def run(self, *words: str) -> Ran:
        return hub(*words, **self.environment)

    def tamper(self, statement: str) -> None:
        store = SqlStore(self.store_url)
        assert run_sql(store, statement) == 1
        store.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    asyncio.run(site.fold())
    return site


def test_a_rebuild_says_what_it_compared_and_that_it_switched(site: Site) -> None:
    ran = site.run("rebuild")

    assert ran.code == 0
    assert ran.out.splitlines()[:2] == [
        "The tables made from the log are the live ones now.",
        "Compared with the live store: records, matches, links, links_canonical;"
        " equal: records, matches, links, links_canonical",
    ]
    assert "Folded" in ran.err


def test_a_rebuild_tells_a_program_all_of_it(site: Site) -> None:
    ran = site.run("rebuild", "--json", "-", "--quiet")

    document = json.loads(ran.out)
    assert document["switched"]
    assert document["live"] == document["rebuilt"]
    assert document["events"] > 9
    assert document["to_send"] == 0
    assert document["difference"] is None


def test_a_store_that_differs_is_refused_with_the_row_until_it_is_to_be_replaced(
    site: Site,
) -> None:
    site.tamper("UPDATE record SET hours_e4 = 1, body = substr(body, 2) WHERE record_id = 'R2'")

    refused = site.run("rebuild")
    assert refused.code == 1
    lines = refused.out.splitlines()
    assert lines[0] == "Nothing was switched: the live store is not what the log says."
    assert lines[1] == "record us-wi | 4 | R2: the first row that differs"
    assert lines[lines.index("  hours_e4") + 1 :][:2] == [
        "    live      1",
        "    from log  150000",
    ]
    assert "hub rebuild --replace" in lines[-1]

    replaced = site.run("rebuild", "--replace")
    assert replaced.code == 0
    assert site.run("audit", "scan").code == 0
    assert site.run("rebuild").code == 0


def test_what_a_refused_rebuild_left_can_be_dropped(site: Site, tmp_path: Path) -> None:
    site.tamper("UPDATE match SET body = substr(body, 2) WHERE record_id = 'R2'")
    assert site.run("rebuild").code == 1
    assert (tmp_path / "store.sqlite.rebuild").exists()

    dropped = site.run("rebuild", "--cancel")

    assert (dropped.code, dropped.out) == (0, "Dropped what was built.\n")
    assert not list(tmp_path.glob("*.rebuild*"))
    assert site.run("rebuild", "--cancel").out == "There was nothing to drop.\n"


def test_a_second_rebuild_is_refused_with_what_to_do(site: Site) -> None:
    store = SqlStore(site.store_url)
    Lease(store).take()
    store.close()

    ran = site.run("rebuild")

    assert ran.code == 1
    assert "a rebuild of this store is running" in ran.err
    assert "fix" in ran.err


def test_a_rebuild_needs_to_be_told_where_everything_is(tmp_path: Path) -> None:
    assert hub("rebuild").code == 2
    assert hub("rebuild", HUB_STORE=f"sqlite:///{tmp_path / 's'}").code == 2
    assert hub("audit", "scan").code == 2
    assert hub("audit", "sample").code == 2


def test_a_scan_finds_a_row_that_was_changed_past_the_lanes(site: Site) -> None:
    well = site.run("audit", "scan")
    site.tamper("DELETE FROM link WHERE registry = 'us-nv'")
    ran = site.run("audit", "scan")
    document = json.loads(site.run("audit", "scan", "--json", "-").out)

    assert (well.code, ran.code) == (0, 1)
    assert well.out.startswith("Every root is as the lanes keep it.\nState root ")
    assert ran.out.startswith("Rows were changed past the lanes; roots that differ: ")
    assert document["differing"] == ["links", "links_canonical"]
    assert document["kept"]["state_root"] != document["scanned"]["state_root"]


def test_a_sample_names_person_columns_and_event(site: Site) -> None:
    words = ("audit", "sample", "--one-in", "1")
    partition = ("--partition", "registry.us-wi.events/0")
    places = {json.loads(site.run(*words, "--json", "-").out)["partition"] for _ in range(30)}
    well = [site.run(*words, "--partition", place) for place in sorted(places)]
    site.tamper("UPDATE record SET hours_e4 = 1 WHERE record_id = 'R2'")
    ran = [site.run(*words, "--partition", place) for place in sorted(places)]
    (found,) = [each for each in ran if each.code == 1]

    assert all(each.code == 0 for each in well)
    assert all("all as the log says" in each.out for each in well)
    lines = found.out.splitlines()
    assert lines[0].endswith("1 are not as the log says.")
    assert lines[1].startswith("us-wi training_completion R2 of person P1, first differing event")
    assert lines[2:] == ["  hours_e4", "    stored    1", "    from log  150000"]
    assert site.run(*words, *partition).code in (0, 1)


def test_a_sample_of_something_that_is_no_partition_is_wrong_usage(site: Site) -> None:
    ran = site.run("audit", "sample", "--partition", "registry.us-wi.events")

    assert ran.code == 2
    assert "registry.us-oh.events/0" in ran.err
