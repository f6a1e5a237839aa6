"""Commands about matches: what a receiving registry's policy answers about a record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli import common
from hub.cli.policy_commands import JsonOut

_EXAMPLE = "Example:  hub match try --policy us-nd.toml --record record.json --as-of 2026-06-30"


def add_match_commands(app: typer.Typer) -> typer.Typer:
    """Hang the group `hub match` into the program; returns it, for other commands to hang in."""
    match = typer.Typer(no_args_is_help=True, help="What a receiving registry answers.")
    app.add_typer(match, name="match")
    match.command("try", epilog=_EXAMPLE)(_try)
    return match


def _try(
    policy: Annotated[
        list[Path],
        typer.Option(metavar="FILE", help="a policy; again for more receivers or revisions"),
    ],
    record: Annotated[
        Path, typer.Option(metavar="FILE", help="record and evidence as JSON, - for stdin")
    ],
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="the day of the answer")],
    json: JsonOut = False,
) -> None:
    """Try policies on one record: each receiver's answer on a day, and why.

    Of several revisions of one registry the highest answers. With --json one line a receiver.
    """
    from hub.cli.match_try import run_match_try

    day = common.a_day(as_of)
    common.run(lambda _settings: run_match_try(policy, record, day, as_json=json))
