"""The command `hub match explain`: one answer, from the log alone, as of two days."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import common
from hub.cli.operations_commands import Json, Log

_EPILOG = (
    "Example:  hub match explain --person us-oh/10111142 --record us-oh/training/PD-703377"
    " --to us-nv --effective-as-of 2026-06-30"
)


def add_match_explain_command(match: typer.Typer) -> None:
    """Hang the command into `hub match`."""
    match.command("explain", epilog=_EPILOG)(_explain)


def _explain(
    person: Annotated[
        str, typer.Option(metavar="REGISTRY/PERSON", help="the asker's own, such as us-oh/P-1042")
    ],
    record: Annotated[
        str, typer.Option(metavar="REGISTRY/KIND/ID", help="such as us-oh/training/T-77")
    ],
    to: Annotated[str, typer.Option(metavar="CODE", help="whose policy judges, such as us-nv")],
    recorded_as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="by what was received by then, such as 2026-07-01T12:00:00Z [default: all]",
        ),
    ] = None,
    effective_as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="the answer on this day [default: that of TIME, or today]"
        ),
    ] = None,
    json: Json = None,
    log: Log = None,
) -> None:
    """Explain what a registry's policy answers about a record, then and now, from the log alone.

    The person's own registry asks: it is told what its inbox may say. Whether a record does not
    exist or may not be learned of is never told apart. What is received later changes no answer as
    of an earlier time.
    """
    from hub.cli.match_explain import ExplainOptions, run_explain

    options = ExplainOptions(
        person=person,
        record=record,
        to=to,
        recorded_as_of=recorded_as_of,
        effective_as_of=effective_as_of,
        json=json,
        log=log,
    )
    common.run(lambda settings: run_explain(options, settings))
