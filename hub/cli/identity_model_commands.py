"""Commands about identity models: train one, and see how good one is."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from hub.cli import common

if TYPE_CHECKING:
    from hub.identity.evaluate import Shown


class Numbers(StrEnum):
    """How much of a number is shown."""

    full = "full"
    last4 = "last4"
    none = "none"


class JsonToStdout(TyperCommand):
    """A command whose --json may stand without a file: then it is stdout."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Fill in the file that was left out."""
        filled = []
        for at, word in enumerate(args):
            filled.append(word)
            after = args[at + 1] if at + 1 < len(args) else "--"
            if word == "--json" and after.startswith("-") and after != "-":
                filled.append("-")
        return super().parse_args(ctx, filled)


People = Annotated[
    list[Path], typer.Option("--people", metavar="FILE", help="people, one row each; several")
]
More = Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="more people")]
TruthFiles = Annotated[
    list[Path], typer.Option("--truth", metavar="FILE", help="pairs that are one human; several")
]
AsIs = Annotated[
    bool, typer.Option("--ssn-as-is", help="numbers of any form count, such as FEBRL's")
]
NoAddress = Annotated[bool, typer.Option("--no-address", help="street, town and ZIP do not count")]
Quiet = Annotated[bool, typer.Option("--quiet", help="no progress")]


def add_model_commands(identity: typer.Typer) -> None:
    """Hang `train` and `evaluate` into the group."""
    identity.command(
        "evaluate",
        cls=JsonToStdout,
        epilog="Example:  hub identity evaluate --people a.csv b.csv --truth pairs.csv --ssn last4",
    )(identity_evaluate)
    identity.command(
        "train",
        epilog="Example:  hub identity train --people a.csv b.csv --truth pairs.csv"
        " --name own-v1 --out own.json",
    )(identity_train)


def identity_evaluate(
    people: People,
    truth: TruthFiles,
    more: More = None,
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="a model [default: the shipped one]")
    ] = None,
    population: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="people there are [default: persons in the files]"),
    ] = None,
    ssn: Annotated[Numbers, typer.Option(help="show no more of a number")] = Numbers.full,
    ssn_as_is: AsIs = False,
    no_address: NoAddress = False,
    real: Annotated[
        bool, typer.Option("--real", help="never-issued numbers do not count, as in real data")
    ] = False,
    json: Annotated[
        str | None,
        typer.Option(metavar="[FILE]", help="every number as JSON, to stdout without a file"),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Count how well a model links people of whom it is known who is who.

    They are encoded and decided as the hub does it, in the order of the files, all at one moment:
    the limits on how much a registry may ask hold nobody. Links alone come first, then with every
    open review answered as the truth says. Pairs inside a registry count where the truth has any.

    People: registry, person_id, given_name, middle_name, surname, former_surname, suffix,
    birth_date, sex, ssn, ssn_last4, street, city, zip. Truth: registry_a, id_a, registry_b, id_b.
    """
    from hub.cli.identity_evaluate import EvaluateOptions, run_evaluate

    options = EvaluateOptions(
        people=[*people, *(more or ())],
        truth=truth,
        model=model,
        population=population,
        shown=_shown(ssn, ssn_as_is=ssn_as_is, address=not no_address, synthetic=not real),
        json=json,
        quiet=quiet,
    )
    common.run(lambda settings: run_evaluate(options, settings))


def _shown(ssn: Numbers, *, ssn_as_is: bool, address: bool, synthetic: bool) -> Shown:
    from hub.identity.evaluate import Shown

    return Shown(numbers=ssn.value, ssn_as_is=ssn_as_is, address=address, synthetic=synthetic)


def identity_train(
    people: People,
    truth: TruthFiles,
    name: Annotated[str, typer.Option(metavar="NAME", help="of the model, such as own-v1")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="the model's file")],
    more: More = None,
    description: Annotated[str, typer.Option(help="what the model is for")] = "",
    population: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="people there are [default: persons in the files]"),
    ] = None,
    ssn: Annotated[
        list[Numbers] | None,
        typer.Option(help="show no more of a number; several: learn from each [full]"),
    ] = None,
    ssn_as_is: AsIs = False,
    no_address: NoAddress = False,
    household: Annotated[
        bool, typer.Option("--household", help="with tokens that no edge makes, for test data")
    ] = False,
    link_at: Annotated[float, typer.Option(help="score from which pairs are linked")] = 0.0,
    review_at: Annotated[float, typer.Option(help="score from which they are reviewed")] = -5.0,
    limit: Annotated[
        list[str] | None, typer.Option(metavar="NAME=NUMBER", help="another limit; several")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Learn a model's weights from people of whom it is known who is who.

    A score is the logarithm of the odds that two accounts are one human. Where addresses count, the
    model is learned with and without them. The same people always give the same model.
    """
    from hub.cli.identity_train import TrainOptions, run_train, shown_ways

    numbers = [each.value for each in ssn or [Numbers.full]]
    options = TrainOptions(
        people=[*people, *(more or ())],
        truth=truth,
        shown=shown_ways(numbers, address=not no_address, ssn_as_is=ssn_as_is, household=household),
        name=name,
        description=description,
        out=out,
        population=population,
        link_at=link_at,
        review_at=review_at,
        limits=limit or (),
        quiet=quiet,
    )
    common.run(lambda settings: run_train(options, settings))
