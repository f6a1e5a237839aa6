"""Commands that make the projections anew or look whether they are what the log says."""

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


def add_rebuild_commands(app: typer.Typer, audit: typer.Typer) -> None:
    """Hang `hub rebuild`, `hub audit scan` and `hub audit sample` into the command line."""
    app.command(epilog="Example:  hub rebuild --store postgresql://… --log kafka://…")(rebuild)
    audit.command(epilog="Example:  hub audit scan --store sqlite:///store.sqlite")(scan)
    audit.command(
        epilog="Example:  hub audit sample --partition registry.us-oh.events/0 --one-in 10"
    )(sample)


def rebuild(
    replace: Annotated[
        bool, typer.Option("--replace", help="switch even where the live store differs")
    ] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="drop what an earlier rebuild left, and end")
    ] = False,
    json: Json = None,
    log: Log = None,
    store: Store = None,
    keyring: Keyring = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
) -> None:
    """Fold the log into new tables beside the live ones, compare, and switch, without downtime.

    Lanes go on meanwhile and wait a moment at the switch. Stopped, it goes on when run again.
    Exit 1 where the live store differs from what the log says: nothing is switched then.
    """
    from hub.cli.rebuild import RebuildOptions, run_rebuild

    options = RebuildOptions(
        log=log,
        store=store,
        keyring=keyring,
        replace=replace,
        cancel=cancel,
        json=json,
        quiet=quiet,
    )
    common.run(lambda settings: run_rebuild(options, settings))


def scan(json: Json = None, store: Store = None) -> None:
    """Work out the state roots from every row, and compare with the ones that lanes keep.

    Reads all records, links and matches of one moment; lanes go on. Exit 1 where they differ.
    """
    from hub.cli.rebuild import run_scan

    common.run(lambda settings: run_scan(store, json, settings))


def sample(
    partition: Annotated[
        str | None,
        typer.Option(metavar="TOPIC/N", help="such as registry.us-oh.events/0 [default: in turn]"),
    ] = None,
    one_in: Annotated[
        int, typer.Option("--one-in", min=1, metavar="N", help="persons to look at")
    ] = 100,
    json: Json = None,
    log: Log = None,
    store: Store = None,
) -> None:
    """Fold some persons of one partition again, and compare with what the store holds of them.

    Without --partition each run takes the next one, and other persons of it when all had a turn.
    Exit 1 where a record differs.
    """
    from hub.cli.rebuild import SampleOptions, run_sample

    options = SampleOptions(partition=partition, one_in=one_in, log=log, store=store, json=json)
    common.run(lambda settings: run_sample(options, settings))
