"""Commands about who is one human: what registries and the Alliance say of it."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import common
from hub.cli.identity_model_commands import add_model_commands
from hub.cli.identity_people_commands import add_people_commands
from hub.cli.operations_commands import Json, Log, Store

identity = typer.Typer(
    no_args_is_help=True, help="Who is one human: answers, releases, models, what follows."
)

add_model_commands(identity)
add_people_commands(identity)

One = Annotated[str, typer.Argument(metavar="REGISTRY/PERSON", help="such as us-oh/P-1042")]
Other = Annotated[str, typer.Argument(metavar="REGISTRY/PERSON", help="the other one")]
Reason = Annotated[str, typer.Option(metavar="CODE", help="why, as a code; nothing about a person")]
Staff = Annotated[
    str | None, typer.Option("--staff", metavar="ID", help="who answers, by your own id")
]


@identity.command("never", epilog="Example:  hub identity never us-oh/P1 us-nv/77 --reason twins")
def identity_never(
    one: One,
    other: Other,
    reason: Reason,
    staff: Staff = None,
    registry: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="who says it [default: the Alliance]"),
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="take it back; the pair is decided again")
    ] = False,
    log: Log = None,
) -> None:
    """Never take two persons for one human, whatever anybody else says. A wrong link ends at once.

    A registry says it of pairs with a person of its own, the Alliance of any.
    """
    from hub.cli.identity_answers import AnswerOptions, run_answer

    options = AnswerOptions(
        one=one,
        other=other,
        answer="never",
        registry=registry,
        staff=staff,
        reason=reason,
        withdraw=withdraw,
    )
    common.run(lambda settings: run_answer(options, log, settings))


@identity.command(
    "answer", epilog="Example:  hub identity answer us-oh/P1 us-nv/77 same --registry us-oh"
)
def identity_answer(
    one: One,
    other: Other,
    answer: Annotated[str, typer.Argument(metavar="same|different|dispute")],
    registry: Annotated[str, typer.Option(metavar="CODE", help="who answers")],
    staff: Staff = None,
    reason: Reason = "review",
    sample: Annotated[
        str | None, typer.Option(metavar="MONTH", help="whose sample it answers, such as 2026-11")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="take the answer back")] = False,
    log: Log = None,
) -> None:
    """Answer a registry's review: are two persons one human? Both registries must agree.

    dispute: a person of the registry says that a link is wrong; it is a review until both answer.
    """
    from hub.cli.identity_answers import AnswerOptions, run_answer

    options = AnswerOptions(
        one=one,
        other=other,
        answer=answer,
        registry=registry,
        staff=staff,
        reason=reason,
        sample=sample,
        withdraw=withdraw,
    )
    common.run(lambda settings: run_answer(options, log, settings))


@identity.command("release", epilog="Example:  hub identity release us-oh/P1 --reason checked")
def identity_release(
    whom: Annotated[str, typer.Argument(metavar="REGISTRY[/PERSON]", help="one person, or all")],
    reason: Reason,
    log: Log = None,
) -> None:
    """Let persons be linked again who are held, because too much was claimed about them."""
    from hub.cli.identity_answers import run_release

    common.run(lambda settings: run_release(whom, reason, log, settings))


@identity.command("end-epoch", epilog="Example:  hub identity end-epoch 1")
def identity_end_epoch(
    epoch: Annotated[int, typer.Argument(metavar="N", help="epoch of the old token key")],
    reason: Reason = "rotated",
    log: Log = None,
) -> None:
    """Compare nobody under an old token key any more. What is linked stays linked."""
    from hub.cli.identity_answers import run_end_epoch

    common.run(lambda settings: run_end_epoch(epoch, reason, log, settings))


@identity.command("holds", epilog="Example:  hub identity holds --registry us-oh")
def identity_holds(
    registry: Annotated[str | None, typer.Option(metavar="CODE", help="of this one alone")] = None,
    json: Json = None,
    store: Store = None,
) -> None:
    """List who is held from linking: how many by registry and cause, and who they are.

    Held is whoever sends too many different evidences, and new persons beyond a share of those that
    a registry has. Only the Alliance releases them.
    """
    from hub.cli.identity_holds import run_holds

    common.run(lambda settings: run_holds(store, registry, json, settings))
