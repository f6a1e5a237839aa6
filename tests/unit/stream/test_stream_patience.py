"""What a lane says while it waits, and how long it waits."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from hub.errors import FencedError, RetryableError
from hub.stream import patience as module
from hub.stream.patience import Patience
from hub.telemetry import Telemetry


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_SECONDS", 0.001)
    monkeypatch.setattr(module, "MOST_SECONDS", 0.001)


async def test_an_outage_is_told_at_its_start_now_and_then_and_at_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    now = [0.0]
    patience = Patience("records", Telemetry(), lambda: now[0])
    for second in range(25):
        now[0] = float(second)
        await patience.after(RetryableError("no answer"), asyncio.Event())
    patience.over()
    patience.over()

    assert [record.getMessage() for record in caplog.records] == [
        "records lane: tries again: no answer",
        "records lane: still tries, 11 times in 10 s: no answer",
        "records lane: still tries, 21 times in 20 s: no answer",
        "records lane: goes on after 24.0 s",
    ]


async def test_a_fenced_worker_says_so_in_plain_words_and_counts_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    telemetry = Telemetry()
    await Patience("records", telemetry).after(FencedError("not at 7"), asyncio.Event())

    assert "another worker went on in the meantime" in caplog.text
    assert "nothing is lost" in caplog.text
    assert b'hub_lane_fenced_commits_total{lane="records"} 1.0' in telemetry.text()


async def test_waiting_ends_when_the_worker_is_told_to_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FIRST_SECONDS", 60.0)
    stopping = asyncio.Event()
    stopping.set()

    began = time.monotonic()
    await Patience("records", Telemetry()).after(RetryableError("no answer"), stopping)

    assert time.monotonic() - began < 5.0
