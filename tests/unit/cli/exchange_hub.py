"""A log on which three registries have topics, and the commands by which they say something."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import typer
from typer.testing import CliRunner

from hub.adapters.sqlite_log import SqliteEventLog
from hub.cli.exchange_commands import add_exchange_commands
from hub.domain.log import Message
from hub.intake.publish import make_topics

REGISTRIES = ("us-oh", "us-nv", "us-fl")


class Ran:
    """What became of one command on this log."""

    def __init__(self, log: Path, words: Iterable[str | Path], **environment: str) -> None:
        app, match = typer.Typer(), typer.Typer()
        add_exchange_commands(app, match)
        app.add_typer(match, name="match")
        typed = [*map(str, words), "--log", f"sqlite:///{log}"]
        result = CliRunner().invoke(app, typed, env=environment)
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr
        assert result.exception is None or isinstance(result.exception, SystemExit)


def write(path: Path, messages: Iterable[Message]) -> None:
    """Append these, the topics made where absent."""

    async def append() -> None:
        log = SqliteEventLog(path)
        for registry in REGISTRIES:
            await make_topics(log, registry)
        await log.append(list(messages))
        await log.close()

    asyncio.run(append())
