"""Commands for who keeps a hub running: status and doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import common

Log = Annotated[
    str | None, typer.Option("--log", metavar="URL", help="sqlite:///… or kafka://… [HUB_LOG]")
]
Store = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="sqlite:///… or postgresql://… [HUB_STORE]"),
]
Keyring = Annotated[
    str | None,
    typer.Option("--keyring", metavar="URL", help="sqlite:///… or postgresql://… [HUB_KEYRING]"),
]
Json = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="the same as JSON, - for stdout")
]


def add_operations_commands(app: typer.Typer) -> None:
    """Hang `hub status` and `hub doctor` into the command line."""
    app.command(epilog="Example:  hub status --wait 60 --json -")(status)
    app.command(epilog="Example:  hub doctor --log kafka://127.0.0.1:9092")(doctor)


def status(
    wait: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="until no lane but sync lags; 1 if it passes"),
    ] = None,
    json: Json = None,
    log: Log = None,
    store: Store = None,
) -> None:
    """Show how far each lane is, what waits, what was rejected, and which workers are alive.

    The oldest unread event's age is by the log's clock: 0 where nothing is unread, null in JSON
    where the log did not give the event, or 200 other partitions are further behind.
    """
    from hub.cli.status import run_status

    common.run(lambda settings: run_status((log, store), wait, json, settings))


def doctor(
    log: Log = None,
    store: Store = None,
    keyring: Keyring = None,
    json: Json = None,
) -> None:
    """Check log, topics, schemas, store, positions, clocks and keyring; say what to do.

    Reads only. Exit 1 where anything is not as it must be.
    """
    from hub.cli.doctor import run_doctor

    common.run(lambda settings: run_doctor((log, store, keyring), json, settings))
