"""What `hub identity train` does: learn a model's weights from people whose truth is known.

The same people may be shown in several ways, as registries with other number policies know them:
the model is then learned from all of these together.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import NamedTuple

from hub.cli import common
from hub.cli.labelled_people import labelled, truth_in
from hub.console.numbers import plural
from hub.console.progress import Progress
from hub.errors import ConfigurationError
from hub.identity.evaluate import Shown
from hub.identity.model import Limits, model_text
from hub.identity.train import Examples, Terms, examples_of, train
from hub.settings import Settings


class TrainOptions(NamedTuple):
    """What the command was told."""

    people: Sequence[Path]
    truth: Sequence[Path]
    shown: Sequence[Shown]
    name: str
    description: str
    out: Path
    population: int | None
    link_at: float
    review_at: float
    limits: Sequence[str]
    quiet: bool = False


def run_train(options: TrainOptions, _settings: Settings) -> int:
    """Write the model's file. The same people give the same model."""
    limits = _limits(options.limits)
    if options.review_at > options.link_at:
        raise common.UsageError(
            "--review-at lies above --link-at", fix="reviews begin where links do, or below"
        )
    progress = Progress(sys.stderr, quiet=options.quiet)
    truth = truth_in(options.truth)
    examples: Examples = Counter()
    persons = 0
    for shown in options.shown:
        found = labelled(options.people, truth, shown, progress=progress)
        persons = found.persons
        people = [(known.person, known.evidence) for known in found.people]
        examples.update(examples_of(people, truth.is_one, most=limits.candidates_max))
    same = sum(1 for _ in truth.pairs())
    terms = Terms(
        name=options.name,
        description=options.description,
        training=f"{persons:,} persons of {_names(options.people)}, among them"
        f" {plural(same, 'pair', 'pairs')} of one human, shown with {_ways(options.shown)}",
        population=options.population or persons,
        link_at=options.link_at,
        review_at=options.review_at,
        limits=limits,
    )
    model = train(examples, terms, trained_on=persons)
    _write(options.out, model_text(model))
    sys.stdout.write(
        f"{options.out}: {len(model.weights)} weights, learned from"
        f" {plural(sum(examples.values()), 'pair', 'pairs')} that share evidence.\n"
    )
    return 0


def shown_ways(
    numbers: Sequence[str], *, address: bool, ssn_as_is: bool, household: bool
) -> list[Shown]:
    """People with each of these parts of a number; with and without address where it counts."""
    return [
        Shown(numbers=each, ssn_as_is=ssn_as_is, address=with_address, household=household)
        for with_address in ((True, False) if address else (False,))
        for each in numbers
    ]


def _names(paths: Iterable[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _ways(ways: Sequence[Shown]) -> str:
    return "; ".join(
        f"numbers {each.numbers}, {'address' if each.address else 'no address'}" for each in ways
    )


def _limits(said: Sequence[str]) -> Limits:
    """The usual limits, but for those that were given as NAME=VALUE."""
    names = [limit.name for limit in fields(Limits)]
    found: dict[str, int] = {}
    for word in said:
        name, _, value = word.partition("=")
        if name not in names or not (value.isascii() and value.isdigit()):
            raise common.UsageError(
                f'--limit does not know "{word}"',
                fix=f"write NAME=NUMBER with one of {', '.join(names)}",
            )
        found[name] = int(value)
    return replace(Limits(), **found)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path} was not written: {error.strerror}", fix="name a file that can be written"
        ) from None
