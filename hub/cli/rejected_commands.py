"""Commands for events that were not applied: rejected list, show, redrive."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import common
from hub.cli.operations_commands import Json, Log, Store

rejected = typer.Typer(
    no_args_is_help=True, help="Events that were not applied: which, why, try them again."
)


@rejected.command("list", epilog="Example:  hub rejected list --registry us-oh")
def rejected_list(
    registry: Annotated[str | None, typer.Option(metavar="CODE", help="such as us-oh")] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="RULE", help="such as KEY_NOT_OF_THE_RECORD")
    ] = None,
    json: Json = None,
    store: Store = None,
) -> None:
    """List rejected events: how many by registry and rule, where each stands, how often seen."""
    from hub.cli.rejected import run_list

    common.run(lambda settings: run_list(store, registry, reason, json, settings))


@rejected.command("show", epilog="Example:  hub rejected show registry.us-oh.events/0/1234")
def rejected_show(
    place: Annotated[str, typer.Argument(metavar="TOPIC/PARTITION/OFFSET")],
    json: Json = None,
    log: Log = None,
    store: Store = None,
) -> None:
    """Show one rejected event: what it says of itself, the rule, and what to do.

    Never its person, its body or its sealed part.
    """
    from hub.cli.rejected import run_show

    common.run(lambda settings: run_show((log, store), place, json, settings))


@rejected.command("redrive", epilog="Example:  hub rejected redrive --all --dry-run")
def rejected_redrive(
    places: Annotated[
        list[str] | None, typer.Argument(metavar="[TOPIC/PARTITION/OFFSET]...")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="RULE", help="all that this rule rejected")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="all rejected events")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would be; change nothing")
    ] = False,
    json: Json = None,
    log: Log = None,
    store: Store = None,
) -> None:
    """Fold rejected events again, as this version of the hub does.

    What is applied leaves the list, and its registry's inbox takes the rejection back. Safe beside
    running workers, and safe to repeat. Exit 1 where an event is still not applied.
    """
    from hub.cli.rejected import RedriveOptions, run_redrive

    options = RedriveOptions(
        places=places or [], reason=reason, everything=everything, dry_run=dry_run, json=json
    )
    common.run(lambda settings: run_redrive((log, store), options, settings))
