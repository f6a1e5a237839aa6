"""A log on which three registries have topics, and the commands by which they say something."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from hub.adapters.sqlite_log import SqliteEventLog
from hub.domain.log import Message
from hub.intake.publish import make_topics
from tests.unit.cli.hub_command import Ran, hub

REGISTRIES = ("us-oh", "us-nv", "us-fl")


def run(log: Path, words: Iterable[str | Path], **environment: str) -> Ran:
    """`hub` with these words on this log."""
    return hub(*words, "--log", f"sqlite:///{log}", **environment)


def write(path: Path, messages: Iterable[Message]) -> None:
    """Append these, the topics made where absent."""

    async def append() -> None:
        log = SqliteEventLog(path)
        for registry in REGISTRIES:
            await make_topics(log, registry)
        await log.append(list(messages))
        await log.close()

    asyncio.run(append())
