"""`hub run` as a process: what it says at its start and at its end, and its exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from hub import bootstrap

SECONDS_MAX = 60.0
LEAVE_SECONDS = 10.0
_HUB = "import sys; from hub.cli import main; sys.exit(main())"
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts `hub run` over SQLite in an empty folder; words and settings may be added."""

    def started(*words: str, **settings: str) -> subprocess.Popen[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
        usual = [
            *("--log", f"sqlite:///{tmp_path / 'log.sqlite'}"),
            *("--store", f"sqlite:///{tmp_path / 'store.sqlite'}"),
            *("--keyring", f"sqlite:///{tmp_path / 'keys.sqlite'}"),
            *("--out", str(tmp_path / "out")),
        ]
        return subprocess.Popen(
            [sys.executable, "-c", _HUB, "run", *usual, *words],
            stderr=subprocess.PIPE,
            text=True,
            env=environment | settings,
        )

    return started


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=lambda s: s.name)
def test_it_says_what_it_runs_and_where_and_why_it_ended(
    start: Start, told: signal.Signals
) -> None:
    process = start()
    line = first_line(process)
    began = time.monotonic()
    process.send_signal(told)
    _, rest = process.communicate(timeout=SECONDS_MAX)

    assert process.returncode == 0, rest
    assert time.monotonic() - began < LEAVE_SECONDS
    assert line.startswith("hub run: worker ")
    assert "runs records, identity, derive, relay, sync; log sqlite:///" in line
    assert f"told by {told.name}" in rest.splitlines()[-1]


def test_a_worker_is_seen_in_the_store_while_it_runs(start: Start, tmp_path: Path) -> None:
    process = start()
    first_line(process)
    store = bootstrap.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    deadline = time.monotonic() + SECONDS_MAX
    seen: list[int] = []
    while not seen and time.monotonic() < deadline:
        with store.transaction() as tx:
            seen = [row.pid for row in tx.workers()]
        time.sleep(0.1)
    process.terminate()
    process.communicate(timeout=SECONDS_MAX)
    with store.transaction() as tx:
        left = tx.workers()
    store.close()

    assert seen == [process.pid]
    assert left == []


def test_it_serves_metrics_where_it_is_told_to(start: Start) -> None:
    process = start("--metrics", "127.0.0.1:0")
    address = first_line(process).rsplit("metrics ", 1)[1].strip()
    with urllib.request.urlopen(address, timeout=SECONDS_MAX) as answer:
        text = answer.read().decode()
    process.terminate()
    process.communicate(timeout=SECONDS_MAX)

    assert "hub_lane_batch_records_count" in text


def test_it_is_refused_beside_the_states_token_key(start: Start, tmp_path: Path) -> None:
    process = start(HUB_TOKEN_KEY=str(tmp_path / "states.key"))
    _, said = process.communicate(timeout=SECONDS_MAX)

    assert process.returncode == 1
    assert "token key" in said


def test_wrong_words_end_with_2(start: Start) -> None:
    process = start(HUB_STORES="sqlite:///x")
    _, said = process.communicate(timeout=SECONDS_MAX)

    assert process.returncode == 2
    assert "HUB_STORES is not a setting" in said
