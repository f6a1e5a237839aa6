"""The `hub` command in this process: its exit code, and what it wrote where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import typer
from typer.testing import CliRunner

from hub.cli.app import app

ROOT = Path(__file__).parents[3]
EXPORTS = ROOT / "data" / "exports"


class Ran:
    """What became of one command."""

    def __init__(self, words: Iterable[str | Path], **environment: str) -> None:
        result = CliRunner().invoke(app, [str(word) for word in words], env=environment)
        self.code = result.exit_code
        self.out = result.stdout
        self.err = result.stderr
        self.error = result.exception


def hub(*words: str | Path, **environment: str) -> Ran:
    """Run `hub` with these words; HUB_ settings as keywords."""
    ran = Ran(words, **environment)
    assert ran.error is None or isinstance(ran.error, SystemExit), repr(ran.error)
    return ran


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with its words."""
    yield from _below((), typer.main.get_command(app))


def _below(
    words: tuple[str, ...], command: object
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command  # type: ignore[misc]
        return
    for name, each in inner.items():
        yield from _below((*words, name), each)
