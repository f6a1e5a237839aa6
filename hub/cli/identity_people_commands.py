"""Commands about links, for people: reviews, duplicates, samples, a model's shadow, exposure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli import common
from hub.cli.operations_commands import Json, Keyring, Log, Store

Registry = Annotated[str, typer.Option(metavar="CODE", help="such as us-oh")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="the day that counts [default: today]")
]
Send = Annotated[bool, typer.Option("--send", help="put it into the registries' inboxes")]
Csv = Annotated[
    str | None, typer.Option("--csv", metavar="FILE", help="the list as CSV, - for stdout")
]


def add_people_commands(identity: typer.Typer) -> None:
    """Hang the commands into `hub identity`."""
    for name, epilog, command in (
        ("reviews", "Example:  hub identity reviews --registry us-oh --csv -", _reviews),
        ("duplicates", "Example:  hub identity duplicates --registry us-oh --send", _duplicates),
        ("sample", "Example:  hub identity sample --month 2026-11 --size 200 --send", _sample),
        ("shadow", "Example:  hub identity shadow --model model.json --json -", _shadow),
        ("exposure", "Example:  hub identity exposure us-oh/P1 us-nv/77 --send", _exposure),
    ):
        identity.command(name, epilog=epilog)(command)


def _reviews(
    registry: Annotated[
        str | None, typer.Option(metavar="CODE", help="as this registry sees them [default: all]")
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="at most so many")] = None,
    send: Send = False,
    as_of: AsOf = None,
    csv: Csv = None,
    json: Json = None,
    store: Store = None,
) -> None:
    """List open reviews, the likeliest first, as each side sees them: are two persons one human?

    Shown only where agreements cover identity both ways, and a bounded number a week
    (HUB_REVIEWS_WEEKLY). What nobody answers in time stays apart.
    """
    from hub.cli.identity_reviews import run_reviews
    from hub.cli.review_options import AskOptions

    options = AskOptions(store=store, as_of=common.day_of(as_of), send=send, json=json, csv=csv)
    common.run(lambda settings: run_reviews(registry, limit, options, settings))


def _duplicates(
    registry: Registry,
    send: Send = False,
    as_of: AsOf = None,
    csv: Csv = None,
    json: Json = None,
    store: Store = None,
) -> None:
    """List accounts of one registry that seem to be one human. Its records are not merged."""
    from hub.cli.identity_sample import run_duplicates
    from hub.cli.review_options import AskOptions

    options = AskOptions(store=store, as_of=common.day_of(as_of), send=send, json=json, csv=csv)
    common.run(lambda settings: run_duplicates(registry, options, settings))


def _sample(
    month: Annotated[str, typer.Option(metavar="MONTH", help="such as 2026-11; it must be over")],
    size: Annotated[int, typer.Option(metavar="N", min=1, help="links to ask about")] = 200,
    send: Send = False,
    as_of: AsOf = None,
    json: Json = None,
    store: Store = None,
) -> None:
    """Draw a random sample of a month's automatic links, and see how many people find wrong.

    The same month and state give the same sample. Both registries of each link are asked.
    """
    from hub.cli.identity_sample import run_sample
    from hub.cli.review_options import AskOptions

    options = AskOptions(store=store, as_of=common.day_of(as_of), send=send, json=json)
    common.run(lambda settings: run_sample(month, size, options, settings))


def _shadow(
    model: Annotated[Path, typer.Option(metavar="FILE", help="as hub identity train makes it")],
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="pairs to name of each kind")] = 20,
    json: Json = None,
    store: Store = None,
    keyring: Keyring = None,
) -> None:
    """Try a model on what stands: which links would appear and vanish. Changes nothing.

    Opens evidence as the identity lane does, and needs as much memory.
    """
    from hub.cli.identity_shadow import run_shadow

    urls = (store, keyring)
    common.run(lambda settings: run_shadow(model, urls, limit, json, settings))


def _exposure(
    persons: Annotated[list[str] | None, typer.Argument(metavar="[REGISTRY/PERSON]...")] = None,
    decision: Annotated[
        int | None,
        typer.Option(metavar="OFFSET", help="claim_offset of the decision that undid the link"),
    ] = None,
    send: Send = False,
    json: Json = None,
    log: Log = None,
    store: Store = None,
) -> None:
    """List who received what through a link that was undone: name the two, or the decision.

    Reads the decisions and the inboxes of the registries concerned.
    """
    from hub.cli.identity_exposure import ExposureOptions, run_exposure

    options = ExposureOptions(
        persons=persons or [], decision=decision, send=send, json=json, log=log, store=store
    )
    common.run(lambda settings: run_exposure(options, settings))
