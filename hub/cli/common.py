"""What commands share: settings, required addresses, JSON out, running a coroutine."""

from __future__ import annotations

import asyncio
import inspect
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import typer

from hub.console.errors import print_error
from hub.errors import ConfigurationError, HubError
from hub.intake.mapping import Mapping, load_mapping
from hub.settings import Settings, near_miss, read_settings


class UsageError(ConfigurationError):
    """The command's words or settings are off: exit 2."""


Command = Callable[[Settings], Awaitable[int] | int]


def run(command: Command) -> None:
    """Read settings, run, and leave with the command's exit code. Errors of the hub are shown as
    blocks, never as a traceback."""
    try:
        answer = _answer(command)
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what was committed stays\n")
        raise typer.Exit(130) from None
    except asyncio.CancelledError:
        sys.stderr.write("told to end; what was committed stays\n")
        raise typer.Exit(143) from None
    except HubError as error:
        print_error(error, sys.stderr)
        raise typer.Exit(2 if isinstance(error, UsageError) else 1) from None
    if answer:
        raise typer.Exit(answer)


def _answer(command: Command) -> int:
    try:
        settings = read_settings()
    except ConfigurationError as error:
        raise UsageError(error.message, fix=error.fix) from None
    answer = command(settings)
    return asyncio.run(_await(answer)) if inspect.isawaitable(answer) else answer


async def _await(answer: Awaitable[int]) -> int:
    """A request to end unwinds like Ctrl-C, so that children and servers are ended, too."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await answer


def day_of(text: str | None) -> date | None:
    """The day that an option gives, if it does. Raises typer.BadParameter where it is none."""
    return None if text is None else a_day(text)


def a_day(text: str) -> date:
    """The same of an option that must be given."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a day; write one such as 2026-06-30") from None


def required(value: str | None, setting: str, option: str) -> str:
    """An address that a command cannot do without."""
    if value:
        return value
    raise UsageError(f"{option} is needed", setting=setting, fix=f"give {option} or set {setting}")


def keyring_url(given: str | None, settings: Settings) -> str:
    """The keyring's address."""
    held = None if settings.keyring is None else settings.keyring.get_secret_value()
    return required(given or held, "HUB_KEYRING", "--keyring")


def write_json(document: Any, target: str | None) -> None:
    """One document into a file, or alone on stdout for -."""
    if target is None:
        return
    text = json.dumps(document, indent=2, ensure_ascii=False, sort_keys=False) + "\n"
    if target == "-":
        sys.stdout.write(text)
    else:
        Path(target).write_text(text, encoding="utf-8")


def registry_mapping(code: str) -> Mapping:
    """The mapping of a registry. Raises UsageError where there is none."""
    root = files("connectors") / "registries"
    names = tuple(sorted(each.name.removesuffix(".toml") for each in root.iterdir()))
    if code not in names:
        raise UsageError(
            f'there is no mapping for the registry "{code}".{near_miss(code, names)}',
            fix=f"write connectors/registries/{code}.toml; there are {', '.join(names)}",
        )
    return load_mapping((root / f"{code}.toml").read_text("utf-8"), f"{code}.toml")


def command_line() -> str:
    """The command as it was typed: what reproduces the numbers."""
    return " ".join(["hub", *sys.argv[1:]])
