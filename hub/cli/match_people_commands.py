"""Commands about what registries decide: work queue, decisions, lapses, acceptance matrix."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import common
from hub.cli.identity_people_commands import AsOf, Csv, Send
from hub.cli.operations_commands import Json, Store

AsSeenBy = Annotated[
    str | None, typer.Option(metavar="CODE", help="what this registry may see [default: all]")
]


def add_match_people_commands(match: typer.Typer) -> None:
    """Hang the commands into `hub match`."""
    for name, epilog, command in (
        ("queue", "Example:  hub match queue --registry us-nv --csv queue.csv", _queue),
        ("decisions", "Example:  hub match decisions --registry us-oh", _decisions),
        ("lapses", "Example:  hub match lapses --registry us-fl --as-of 2026-06-30", _lapses),
        ("matrix", "Example:  hub match matrix --kind credential", _matrix),
    ):
        match.command(name, epilog=epilog)(command)


def _queue(
    registry: Annotated[str, typer.Option(metavar="CODE", help="whose work, such as us-nv")],
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="the oldest N alone")
    ] = None,
    as_of: AsOf = None,
    csv: Csv = None,
    json: Json = None,
    store: Store = None,
) -> None:
    """List the records that wait for a registry's decision, the oldest first.

    Its rules ask for a document or a review, and it has not decided on the record as it stands.
    Only what agreements and consents let the registry learn of.
    """
    from hub.cli.match_queue import run_queue
    from hub.cli.review_options import AskOptions

    options = AskOptions(store=store, as_of=common.day_of(as_of), send=False, json=json, csv=csv)
    common.run(lambda settings: run_queue(registry, limit, options, settings))


def _decisions(
    registry: AsSeenBy = None,
    send: Send = False,
    csv: Csv = None,
    json: Json = None,
    store: Store = None,
) -> None:
    """Compare what registries decided with what their rules had answered.

    By pair and kind: agreement, days, reasons. Lists rules that people contradict
    (HUB_CONTRADICTIONS_MIN of the last HUB_CONTRADICTIONS_OF decisions); --send tells both
    registries, and takes back what holds no longer.
    """
    from hub.cli.match_decisions import run_decisions
    from hub.cli.review_options import AskOptions

    options = AskOptions(store=store, as_of=None, send=send, json=json, csv=csv)
    common.run(lambda settings: run_decisions(registry, options, settings))


def _lapses(
    registry: AsSeenBy = None,
    send: Send = False,
    as_of: AsOf = None,
    csv: Csv = None,
    json: Json = None,
    store: Store = None,
) -> None:
    """List accepted credentials whose last day comes near (HUB_LAPSE_DAYS).

    `hub run` tells both registries once a day; --send does it now, and takes back what was renewed.
    """
    from hub.cli.match_lapses import run_lapses
    from hub.cli.review_options import AskOptions

    options = AskOptions(store=store, as_of=common.day_of(as_of), send=send, json=json, csv=csv)
    common.run(lambda settings: run_lapses(registry, options, settings))


def _matrix(
    viewer: Annotated[
        str | None,
        typer.Option("--for", metavar="CODE", help="as this registry may see it [default: all]"),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="such as training [default: all]")
    ] = None,
    as_of: AsOf = None,
    csv: Csv = None,
    json: Json = None,
    store: Store = None,
) -> None:
    """Show who accepts whose records: by rule, by decision, and where trust goes one way.

    Rules are read as they stand, no record is looked at. With --for, counts under 10 between other
    registries are hidden.
    """
    from hub.cli.match_matrix import run_matrix
    from hub.cli.review_options import AskOptions

    options = AskOptions(store=store, as_of=common.day_of(as_of), send=False, json=json, csv=csv)
    common.run(lambda settings: run_matrix(viewer, kind, options, settings))
