"""Commands about policies: the files in which a receiving registry's rules are written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli import common
from hub.cli.policy_publish_commands import add_policy_publish_commands

JsonOut = Annotated[bool, typer.Option("--json", help="everything as JSON on stdout")]


def add_policy_commands(app: typer.Typer) -> typer.Typer:
    """Hang the group `hub policy` into the program; returns it."""
    policy = typer.Typer(no_args_is_help=True, help="A receiving registry's rules.")
    app.add_typer(policy, name="policy")
    policy.command("check", epilog="Example:  hub policy check us-nd.toml")(_check)
    add_policy_publish_commands(policy)
    return policy


def _check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="policies to check")],
    json: JsonOut = False,
) -> None:
    """Check policy files: everything to correct with line and column, or what each file holds.

    Reads the files alone; nothing is sent.
    """
    from hub.cli.policy_check import run_policy_check

    common.run(lambda _settings: run_policy_check(files, json))
