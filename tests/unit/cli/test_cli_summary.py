"""`hub summary`: the numbers of a store, and waiting for a hub that is still at work."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from hub import bootstrap
from hub.adapters.keyring import MemoryKeyring
from hub.embedded import Embedded
from tests.unit.cli.hub_command import hub
from tests.unit.lanes.lane_events import training


@pytest.fixture
def urls(tmp_path: Path) -> tuple[str, str]:
    """A log with one training in it, and a store that has seen nothing."""
    log, store = f"sqlite:///{tmp_path / 'log.sqlite'}", f"sqlite:///{tmp_path / 'store.sqlite'}"
    asyncio.run(_publish(log))
    bootstrap.open_store(store).close()
    return log, store


async def _publish(url: str) -> None:
    log = bootstrap.open_log(url)
    await bootstrap.make_topics(log, ["us-wi"])
    await log.append([training(revision=1)])
    await log.close()


async def _run_lanes(log_url: str, store_url: str) -> None:
    log, store = bootstrap.open_log(log_url), bootstrap.open_store(store_url)
    await Embedded(store, log, MemoryKeyring()).until_idle()
    store.close()
    await log.close()


def words(urls: tuple[str, str]) -> list[str]:
    return ["summary", "--log", urls[0], "--store", urls[1]]


def test_waiting_ends_with_one_when_the_seconds_pass_first(urls: tuple[str, str]) -> None:
    ran = hub(*words(urls), "--wait", "0.2")

    assert ran.code == 1
    assert "still working" in ran.err


def test_waiting_ends_when_nothing_is_left_to_do(urls: tuple[str, str]) -> None:
    asyncio.run(_run_lanes(*urls))
    ran = hub(*words(urls), "--wait", "10", "--json", "-")

    assert ran.code == 0
    document = json.loads(ran.out)
    assert document["touches_pending"] == 0
    assert document["lanes"]["records"]["lag"] == 0


def test_a_day_of_another_form_is_refused(urls: tuple[str, str]) -> None:
    assert hub(*words(urls), "--as-of", "30.06.2026").code == 2


def test_a_summary_reads_and_changes_nothing(urls: tuple[str, str], tmp_path: Path) -> None:
    asyncio.run(_run_lanes(*urls))
    first, second = (hub(*words(urls), "--json", "-").out for _ in range(2))
    left_out = {"lanes"}
    one, two = (
        {k: v for k, v in json.loads(t).items() if k not in left_out} for t in (first, second)
    )

    assert one == two
    assert one["state_root"] == two["state_root"]
