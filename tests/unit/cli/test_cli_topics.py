"""`hub topics` on a log without brokers, and words that it does not take."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from hub.adapters.sqlite_log import SqliteEventLog
from tests.unit.cli.hub_command import hub


def test_topics_are_planned_and_made_on_a_sqlite_log(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    words = ("--log", f"sqlite:///{path}", "--registry", "us-oh", "--partitions", "us-ca=16")

    planned = hub("topics", "plan", *words)
    assert planned.code == 0
    assert "8 topics: 8 to be made." in planned.out
    assert not path.exists()

    applied = hub("topics", "apply", *words)
    assert applied.code == 0
    assert "8 topics: 8 made." in applied.out
    assert asyncio.run(_topics(path))["registry.us-ca.events"] == 16
    again = hub("topics", "apply", "--log", f"sqlite:///{path}", "--json", "-")
    assert {each["does"] for each in json.loads(again.out)["topics"]} == {"keep"}


async def _topics(path: Path) -> dict[str, int]:
    log = SqliteEventLog(path)
    try:
        return await log.topics()
    finally:
        await log.close()


def test_a_refused_plan_of_a_sqlite_log_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    log = ("--log", f"sqlite:///{path}")
    assert hub("topics", "apply", *log, "--partitions", "us-oh=1").code == 0
    before = asyncio.run(_topics(path))

    for verb in ("plan", "apply"):
        ran = hub("topics", verb, *log, "--partitions", "us-oh=16", "--registry", "us-wi")
        assert ran.code == 1
        assert "registry.us-oh.events has 1 partition, not 16" in ran.out
        assert "refused" in ran.out

    assert asyncio.run(_topics(path)) == before


@pytest.mark.parametrize(
    "words",
    [
        ["plan"],
        ["plan", "--log", "sqlite:///absent", "--registry", "ohio"],
        ["plan", "--log", "sqlite:///absent", "--partitions", "us-oh"],
        ["plan", "--log", "sqlite:///absent", "--partitions", "us-oh=many"],
        ["acl", "plan", "--log", "kafka://127.0.0.1:1"],
        ["acl", "plan", "--log", "kafka://127.0.0.1:1", "--registry", "ohio"],
        ["acl", "plan", "--log", "kafka://127.0.0.1:1", "--hub", "User:"],
        ["acl", "plan", "--log", "kafka://127.0.0.1:1", "--hub", "*"],
        ["acl", "plan", "--log", "kafka://127.0.0.1:1", "--hub", "a", "--alliance", "User:a"],
    ],
)
def test_wrong_words_of_topics_exit_with_two(words: list[str]) -> None:
    ran = hub("topics", *words)

    assert ran.code == 2
    assert ran.err.strip()
    assert "Traceback" not in ran.out + ran.err


def test_rules_are_for_logs_on_kafka(tmp_path: Path) -> None:
    ran = hub("topics", "acl", "plan", "--hub", "User:hub", "--log", f"sqlite:///{tmp_path}/log")

    assert ran.code == 1
    assert "is not a log on Kafka" in ran.err
