"""The demo on a real broker and a real PostgreSQL, its lanes in a Faust worker of their own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.local.kafka import KafkaBroker
from deploy.local.postgres import fresh_database
from hub.adapters.kafka_log import KafkaEventLog
from hub.domain.topics import is_derived

RUN_SECONDS = 240


def _demo(data: Path, *arguments: str, keyring: Path) -> dict[str, Any]:
    target = data / "out.json"
    environment = {k: v for k, v in os.environ.items() if k not in ("HUB_LOG", "HUB_STORE")}
    environment["HUB_KEYRING"] = f"sqlite:///{keyring}"
    command = [sys.executable, "-m", "hub.cli", "demo", "--once", "--no-ui", "--quiet"]
    done = subprocess.run(
        [*command, "--data", str(data), "--json", str(target), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    log = data / "hub-run.log"
    assert done.returncode == 0, done.stderr + (log.read_text() if log.exists() else "")
    document: dict[str, Any] = json.loads(target.read_text())
    return document


async def _derived_ends(bootstrap: str) -> dict[str, int]:
    log = KafkaEventLog(bootstrap)
    try:
        return {str(p): end for p, end in (await log.ends()).items() if is_derived(p.topic)}
    finally:
        await log.close()


@pytest.mark.timeout(600)
def test_kafka_and_postgresql_end_as_the_embedded_run_does_and_a_rebuild_sends_nothing_again(
    kafka_url: str, postgres_url: str, tmp_path: Path
) -> None:
    """On a broker of its own: other tests' topics would be folded, too."""
    assert kafka_url  # Asked for, so that this skips or fails where Kafka cannot be had.
    with KafkaBroker() as broker:
        _compare(broker.url, postgres_url, tmp_path)


def _compare(kafka_url: str, postgres_url: str, tmp_path: Path) -> None:
    embedded = _demo(_folder(tmp_path, "embedded"), keyring=tmp_path / "embedded-keys.sqlite")
    data, keyring = _folder(tmp_path, "kafka"), tmp_path / "keys.sqlite"

    with fresh_database(postgres_url) as store:
        first = _demo(data, "--log", kafka_url, "--store", store, keyring=keyring)
    ends = asyncio.run(_derived_ends(kafka_url.removeprefix("kafka://")))
    with fresh_database(postgres_url) as store:
        rebuilt = _demo(data, "--log", kafka_url, "--store", store, keyring=keyring)

    assert first["state_root_canonical"] == embedded["state_root_canonical"]
    assert rebuilt["state_root"] == first["state_root"]
    assert rebuilt["state_root_canonical"] == first["state_root_canonical"]
    assert asyncio.run(_derived_ends(kafka_url.removeprefix("kafka://"))) == ends
    assert first["national"]["matches"] == embedded["national"]["matches"]
    assert first["lanes"]["records"]["lag"] == 0


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder
