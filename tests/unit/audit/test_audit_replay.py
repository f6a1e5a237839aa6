"""Replay of the log alone: equal to the live store, and a changed row is found and named."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from hub import bootstrap
from hub.adapters.keyring import open_keyring
from hub.audit.replay import cut_at_end, cut_at_time, first_difference
from hub.embedded import Embedded
from tests.unit.cli.hub_command import EXPORTS, hub
from tests.unit.lanes.lane_events import NOW_MS, SmallHub, training

LINES_MAX = 320


class Live:
    """Addresses of a hub that two small registries have published to, its lanes at their end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = f"sqlite:///{folder / 'log.sqlite'}"
        self.store = f"sqlite:///{folder / 'store.sqlite'}"
        self.keyring = f"sqlite:///{folder / 'keyring.sqlite'}"

    def replay(self, *words: str | Path) -> Any:
        return hub("audit", "replay", "--log", self.log, *words)


async def _run_lanes(live: Live) -> None:
    log, store = bootstrap.open_log(live.log), bootstrap.open_store(live.store)
    keyring = open_keyring(live.keyring)
    try:
        await Embedded(store, log, keyring).until_idle()
    finally:
        keyring.close()
        store.close()
        await log.close()


def shorten(source: Path, target: Path) -> None:
    """The first lines of each file of an export: enough for links and matches."""
    target.mkdir()
    for path in source.iterdir():
        lines = path.read_bytes().splitlines(keepends=True)
        (target / path.name).write_bytes(b"".join(lines[:LINES_MAX]))


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    live = Live(tmp_path_factory.mktemp("live"))
    key = live.folder / "states.key"
    hub("token-key", "new", key)
    for registry in ("us-oh", "us-wi"):
        shorten(EXPORTS / registry, live.folder / registry)
        sent = hub(
            *("publish", live.folder / registry, "--registry", registry, "--token-key", key),
            *("--log", live.log, "--keyring", live.keyring, "--quiet", "--json", "-"),
        )
        assert sent.code == 0
        receipt = json.loads(sent.out)
        assert receipt["registry"] == registry
        assert receipt["events_sent"] > LINES_MAX
    assert hub("reference", "publish", "--demo-agreements", "--log", live.log).code == 0
    asyncio.run(_run_lanes(live))
    return live


@pytest.fixture
def copied(live: Live, tmp_path: Path) -> Live:
    """The same hub, to be tampered with."""
    shutil.copytree(live.folder, tmp_path / "copy")
    return Live(tmp_path / "copy")


def test_live_equals_replayed(live: Live) -> None:
    ran = live.replay("--compare", live.store)

    assert ran.code == 0
    assert "Live equals replayed" in ran.out


def test_replay_prints_the_same_numbers_as_the_live_store(live: Live) -> None:
    replayed = live.replay("--json", "-")
    lived = hub("summary", "--store", live.store, "--json", "-")
    ours, theirs = json.loads(replayed.out), json.loads(lived.out)

    assert (replayed.code, lived.code) == (0, 0)
    assert ours["state_root"] == theirs["state_root"]
    assert ours["state_root_canonical"] == theirs["state_root_canonical"]
    assert ours["national"]["matches"] == theirs["national"]["matches"]
    assert sum(theirs["national"]["matches"].values()) > 0
    assert ours["soar"] == theirs["soar"]
    assert ours["seconds"] is None
    for code, registry in ours["registries"].items():
        expected = {**theirs["registries"][code], "inbox_written": None}
        assert registry == expected


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE record SET body = x'00' WHERE record_id = :id", "record"),
        ("UPDATE record SET revision = revision + 1 WHERE record_id = :id", "record"),
        ("DELETE FROM record WHERE record_id = :id", "record"),
    ],
)
def test_a_changed_record_is_found_and_named(copied: Live, statement: str, named: str) -> None:
    with sqlite3.connect(copied.folder / "store.sqlite") as database:
        query = "SELECT registry, record_id FROM record WHERE kind = 4 ORDER BY 1 DESC, 2 LIMIT 1"
        registry, record_id = database.execute(query).fetchone()
        database.execute(statement, {"id": record_id})
    database.close()
    ran = copied.replay("--compare", copied.store)

    assert ran.code == 1
    assert f"{named}: the first row that differs" in ran.out
    assert registry in ran.out
    assert record_id in ran.out


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE link SET national_id = 'elsewhere' WHERE person_id = :key", "link"),
        ("DELETE FROM match WHERE record_id = :key", "match"),
        ("UPDATE match SET body = x'00' WHERE record_id = :key", "match"),
    ],
)
def test_a_changed_link_or_match_is_found_and_named(
    copied: Live, statement: str, named: str
) -> None:
    column = "person_id" if named == "link" else "record_id"
    with sqlite3.connect(copied.folder / "store.sqlite") as database:
        (key,) = database.execute(f"SELECT max({column}) FROM {named}").fetchone()
        database.execute(statement, {"key": key})
    database.close()
    ran = copied.replay("--compare", copied.store)

    assert ran.code == 1
    assert f"{named}: the first row that differs" in ran.out
    assert key in ran.out


def test_pending_touches_are_not_compared(copied: Live) -> None:
    with sqlite3.connect(copied.folder / "store.sqlite") as database:
        database.execute("INSERT INTO touch VALUES ('person', 'us-wi|x', 1, 0, 0)")
    database.close()
    ran = copied.replay("--compare", copied.store)

    assert ran.code == 1
    assert "still works out 1 changes" in ran.err


def test_a_store_that_holds_something_is_not_replayed_into(copied: Live) -> None:
    before = (copied.folder / "store.sqlite").read_bytes()
    ran = copied.replay("--store", copied.store)

    assert ran.code == 1
    assert "holds projections already" in ran.err
    assert (copied.folder / "store.sqlite").read_bytes() == before


def test_as_of_a_time_before_everything_there_is_nothing(live: Live) -> None:
    ran = live.replay("--recorded-as-of", "2001-01-01T00:00:00Z", "--json", "-")
    document = json.loads(ran.out)

    assert ran.code == 0
    assert document["national"]["persons"] == 0


def test_as_of_a_time_after_everything_the_root_is_the_live_one(live: Live) -> None:
    ran = live.replay("--recorded-as-of", "2100-01-01T00:00:00Z", "--json", "-")
    lived = hub("summary", "--store", live.store, "--json", "-")

    assert json.loads(ran.out)["state_root"] == json.loads(lived.out)["state_root"]


async def test_a_cut_takes_what_was_received_by_then(tmp_path: Path) -> None:
    small = await SmallHub(tmp_path).start()
    for minute in (0, 1, 1, 3):
        small.now_ms = NOW_MS + minute
        await small.log.append([training(f"R{minute}")])
    sizes = []
    for minute in range(-1, 5):
        cut = await cut_at_time(small.log, NOW_MS + minute)
        sizes.append(sum(cut.values()))
    small.store.close()

    assert sizes == [0, 1, 3, 3, 4, 4]
    assert sum((await cut_at_end(small.log)).values()) == 4


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ([], [], None),
        ([("a",), ("b",)], [("a",), ("b",)], None),
        ([("a",)], [], (("a",), None)),
        ([], [("b",)], (None, ("b",))),
        ([("a",), ("b",)], [("a",), ("c",)], (("b",), ("c",))),
    ],
)
def test_the_first_difference_is_the_first_pair_that_is_unequal(
    ours: list[tuple[str]], theirs: list[tuple[str]], expected: Any
) -> None:
    assert first_difference(ours, theirs) == expected
