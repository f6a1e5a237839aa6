"""hub status: how far each lane is, what waits, and who works on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.adapters.sql_reads import read_state
from hub.adapters.sql_store import SqlStore
from hub.bootstrap import NO_DAY
from tests.unit.cli.hub_command import hub
from tests.unit.cli.operations_hub import WISCONSIN, WORKER, Installation, now_ms
from tests.unit.lanes.lane_events import training

KEYS = {
    "as_of",
    "lanes",
    "touches_pending",
    "oldest_touch_seconds",
    "outbox_pending",
    "rejected",
    "open_reviews",
    "held_persons",
    "state_root",
    "state_root_canonical",
    "workers",
}


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    """Two events folded, one of them rejected, and three that nobody has read."""
    made = Installation(tmp_path)
    made.append([training("R1"), training("R2", key="P2")])
    made.fold()
    made.append([training(f"R{n}") for n in range(3, 6)], at_ms=now_ms() - 90_000)
    return made


def test_the_document_has_every_partition_of_every_lane_that_reads(installed: Installation) -> None:
    document = installed.json("status")

    assert document.keys() == KEYS
    assert list(document["lanes"]) == ["records", "identity", "sync"]
    cells = {
        topic: list(partitions.values())
        for topic, partitions in document["lanes"]["records"].items()
    }
    assert cells.keys() >= {"alliance.reference", "national.identity", WISCONSIN}
    assert sum(cell["lag"] for cell in cells[WISCONSIN]) == 3
    assert all(cell["lag"] == cell["end"] - cell["position"] for cell in cells[WISCONSIN])
    assert list(document["lanes"]["identity"]) == ["national.identity-claims"]
    assert document["lanes"]["sync"]["registry.us-wi.inbox"]["0"]["lag"] == 1
    assert (document["rejected"], document["touches_pending"]) == (1, 0)


def test_the_roots_are_those_that_a_scan_of_the_rows_gives(installed: Installation) -> None:
    document = installed.json("status")
    store = SqlStore(installed.urls["store"])
    state = read_state(store, NO_DAY)
    store.close()

    assert len(state.state_root) == 64
    assert document["state_root"] == state.state_root
    assert document["state_root_canonical"] == state.state_root_canonical


def test_the_oldest_unread_event_is_as_old_as_the_log_says(installed: Installation) -> None:
    cells = installed.json("status")["lanes"]["records"][WISCONSIN].values()
    ages = {cell["lag"]: cell["oldest_seconds"] for cell in cells}

    # Append time never goes back: an earlier event of the partition holds it up.
    assert 0 <= ages[3] < 60
    assert all(age == 0 for lag, age in ages.items() if lag == 0)


def test_an_event_that_waits_shows_its_age(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    made.append()
    made.fold()
    made.append([training("R1")], at_ms=now_ms() - 90_000)

    cells = made.json("status")["lanes"]["records"][WISCONSIN].values()

    assert 90 <= max(cell["oldest_seconds"] for cell in cells) < 150


def test_a_person_reads_the_answer_first(installed: Installation) -> None:
    lines = installed.hub("status").out.splitlines()

    assert lines[0].startswith("4 events are not read yet")
    assert any(line.startswith("Behind: records on registry.us-wi.events/") for line in lines)
    assert "Rejected: 1 event was not applied; see hub rejected list." in lines
    assert "Workers: none has given a sign of life. Start one with hub run." in lines
    assert max(map(len, lines)) <= 80


def test_a_worker_shows_its_age_its_partitions_and_what_it_is_at(
    installed: Installation,
) -> None:
    lanes = {"identity": {"at": "loads the index", "partitions": ["national.identity-claims/0"]}}
    installed.worker(seen_ms=now_ms(), lanes=lanes)
    (worker,) = installed.json("status")["workers"]
    text = installed.hub("status").out

    assert (worker["worker_id"], worker["pid"], worker["lanes"]) == (WORKER, 4242, lanes)
    assert 0 <= worker["seen_seconds"] < 10
    assert "identity  1 partition, loads the index" in text


def test_a_worker_that_is_silent_is_called_so(installed: Installation) -> None:
    installed.worker(seen_ms=now_ms() - 125_000)

    assert "silent for 2 min" in installed.hub("status").out


@pytest.mark.parametrize("lanes", [[], "words", {"records": 3}, {"records": {}}])
def test_what_another_version_says_of_its_lanes_does_not_break_the_status(
    installed: Installation, lanes: object
) -> None:
    installed.worker(seen_ms=now_ms(), lanes=lanes)

    assert len(installed.json("status")["workers"]) == 1
    assert installed.hub("status").code == 0


def test_waiting_ends_with_one_when_the_time_passes(installed: Installation) -> None:
    ran = installed.hub("status", "--wait", "0.1")

    assert ran.code == 1
    assert "still working" in ran.err


def test_waiting_ends_when_every_lane_is_at_its_end(installed: Installation) -> None:
    installed.fold()

    ran = installed.hub("status", "--wait", "5", "--json", "-")

    assert ran.code == 0
    assert json.loads(ran.out)["outbox_pending"] == 0


def test_a_store_without_tables_is_told_of(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    made.append()
    made.path("store").parent.mkdir()
    ran = made.hub("status")

    assert ran.code == 1
    assert "holds no tables of the hub yet" in ran.err


def test_status_without_addresses_is_wrong_usage(installed: Installation) -> None:
    assert hub("status").code == 2
    assert hub("status", "--log", installed.urls["log"]).code == 2
