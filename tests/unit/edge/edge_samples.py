"""The sample exports as submissions, and a log read whole."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from hub.adapters.memory_log import MemoryEventLog
from hub.domain.log import LogRecord
from hub.domain.statements import Submission
from hub.identity.tokens import TokenKey
from hub.intake.mapping import load_mapping
from hub.intake.submission import load_files, read_submission

ROOT = Path(__file__).parents[3]
EXPORTS = ROOT / "data" / "exports"
REGISTRIES = ("us-fl", "us-il", "us-nd", "us-nv", "us-oh", "us-wi")
KEY = TokenKey(1, bytes(range(32)))


@cache
def sample(registry: str) -> Submission:
    text = (ROOT / "connectors" / "registries" / f"{registry}.toml").read_text("utf-8")
    mapping = load_mapping(text, registry)
    return read_submission(load_files(EXPORTS / registry, mapping), mapping)


@cache
def truth() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXPORTS / "truth.json").read_text("utf-8"))
    return document


async def everything(log: MemoryEventLog) -> list[LogRecord]:
    return [
        record
        for place in sorted(await log.ends())
        for record in await log.read(place, 0, 1_000_000)
    ]
