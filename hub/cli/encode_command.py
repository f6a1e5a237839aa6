"""The command `hub encode`, hung into the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli import common


def add_encode_command(app: typer.Typer) -> None:
    """Hang `hub encode` into the command line."""
    app.command(epilog="Example:  hub encode people.csv --token-key states.key > evidence.csv")(
        encode
    )


def encode(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="one row a person")],
    token_key: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="the states' token key, or both keys [HUB_TOKEN_KEY]"),
    ] = None,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="made-up data: never-issued numbers count")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
) -> None:
    """Turn people into link evidence, on the state's own machine: nothing else leaves it.

    Columns: registry, person_id, and any of given_name, middle_name, surname, former_surname,
    suffix, birth_date (YYYY-MM-DD), sex, ssn, ssn_last4, street, city, zip, withheld. To stdout:
    registry, person_id, epochs, evidence in base64. Exit 1 where rows were rejected.
    """
    from hub.cli.encode import run_encode

    common.run(lambda settings: run_encode(file, token_key or (), synthetic, quiet, settings))
