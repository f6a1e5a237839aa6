"""A small chaos run on a real broker and database; the large one is benchmarks/chaos.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.chaos import SMALL, run_chaos


@pytest.fixture(autouse=True)
def _real_servers(kafka_url: str, postgres_url: str) -> None:
    """Skips, or fails, where there can be no broker or no database at all."""
    assert kafka_url
    assert postgres_url


async def test_kills_freezes_and_outages_change_nothing_of_what_is_folded_and_published(
    tmp_path: Path,
) -> None:
    told: list[object] = []
    findings = await run_chaos(SMALL, tmp_path, told.append)

    assert findings.differences == [], (findings.differences, told)
    assert findings.figures["faults"] == {"kill": 1, "freeze": 1, "broker": 1}
    assert findings.figures["links"] > 100
    assert findings.figures["subjects"] > 100
