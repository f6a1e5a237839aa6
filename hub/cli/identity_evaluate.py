"""What `hub identity evaluate` does: decide people whose truth is known, count, and show it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from hub.cli import common
from hub.cli.labelled_people import Labelled, labelled, truth_in
from hub.cli.tables import table
from hub.console.numbers import plural, seconds_text, share
from hub.console.progress import Progress
from hub.console.terminal import terminal_of
from hub.errors import ConfigurationError
from hub.identity import evaluate
from hub.identity.counting import Tally
from hub.identity.evaluate import Counts, Shown
from hub.identity.model import Model, parse_model
from hub.settings import Settings

SHIPPED = "tokens-v1.json"
_GROUPS = {
    evaluate.BOTH_NINE: "Both have nine digits",
    evaluate.BOTH_LAST4: "Both have the last four at least",
    evaluate.NOT_BOTH: "One or both have no number",
    evaluate.DOUBLE: "Double surnames",
    evaluate.NON_ENGLISH: "Non-English surnames",
}
_EVERY = 500


class EvaluateOptions(NamedTuple):
    """What the command was told."""

    people: Sequence[Path]
    truth: Sequence[Path]
    model: Path | None
    population: int | None
    shown: Shown
    json: str | None
    quiet: bool = False


def run_evaluate(options: EvaluateOptions, _settings: Settings) -> int:
    """Evaluate and show it; always 0, as there is no goal that it knows."""
    model = model_in(options.model)
    truth = truth_in(options.truth)
    progress = Progress(sys.stderr, quiet=options.quiet)
    began = time.perf_counter()
    shown = replace(options.shown, household=evaluate.weighs_household(model))
    found = labelled(options.people, truth, shown, progress=progress)
    model = replace(model, population=options.population or max(found.persons, 1))
    counts = _decided(found, model, progress)
    document = document_of(counts, model, round(time.perf_counter() - began, 2))
    common.write_json(document, options.json)
    if options.json != "-":
        _show(document, counts)
    return 0


def model_in(path: Path | None) -> Model:
    """The model of a file, or the shipped one. Raises ConfigurationError."""
    try:
        if path is None:
            text = (files("hub") / "seeds" / "models" / SHIPPED).read_text("utf-8")
        else:
            text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            f"{path or SHIPPED} was not read", fix="name a model that hub identity train made"
        ) from None
    return parse_model(text, source=SHIPPED if path is None else path.name)


def _decided(found: Labelled, model: Model, progress: Progress) -> Counts:
    with progress.step("Deciding", "Decided") as step:

        def tell(done: int) -> None:
            if not done % _EVERY:
                step.update(done, len(found.people), "claims")

        resolver = evaluate.decide(found.people, model, progress=tell)
        step.result = f"{len(found.people):,} claims"
    with progress.step("Counting", "Counted") as step:
        counts = evaluate.count(found.marks, resolver, found.truth)
        step.result = plural(counts.links.linked, "linked pair", "linked pairs")
    return counts


def document_of(counts: Counts, model: Model, seconds: float) -> dict[str, Any]:
    """Everything that was counted, links alone first."""
    persons = max(counts.persons, 1)
    return {
        **_rates(counts.links),
        "reviews": counts.reviews,
        "with_reviews": _rates(counts.with_reviews),
        "seconds": seconds,
        "persons": counts.persons,
        "linked_pairs": counts.links.linked,
        "linked_pairs_true": counts.links.correct,
        "true_pairs": counts.links.true,
        "counted": "between registries" if counts.between else "all",
        "reviews_true": counts.reviews_true,
        "reviews_per_1000_persons": round(counts.reviews * 1000 / persons, 2),
        "model": model.name,
        "population": model.population,
        "by_registry_pair": [
            dict(zip(("registry_a", "registry_b"), kind.split(" "), strict=True))
            | _counted(counts.by_registries.tally(kind))
            for kind in counts.by_registries.kinds()
        ],
        "by_number_policy": {
            name: _counted(counts.by_group.tally(name))
            for name in (evaluate.BOTH_NINE, evaluate.BOTH_LAST4, evaluate.NOT_BOTH)
        },
        evaluate.DOUBLE: _counted(counts.by_group.tally(evaluate.DOUBLE)),
        evaluate.NON_ENGLISH: _counted(counts.by_group.tally(evaluate.NON_ENGLISH)),
    }


def _rates(tally: Tally) -> dict[str, Any]:
    """Null where there is nothing to divide by, and why."""
    found: dict[str, Any] = {}
    whys = {"precision": "no pair was linked", "recall": "no pair is one human", "f1": "no pair"}
    for name, why in whys.items():
        value = getattr(tally, name)
        found[name] = None if value is None else round(value, 6)
        if value is None:
            found[f"{name}_why"] = why
    return found


def _counted(tally: Tally) -> dict[str, Any]:
    return {
        **_rates(tally),
        "linked_pairs": tally.linked,
        "linked_pairs_true": tally.correct,
        "true_pairs": tally.true,
    }


def _show(document: Mapping[str, Any], counts: Counts) -> None:
    links, told = counts.links, counts.with_reviews
    rows = [("Links alone", links), ("With every review answered", told)]
    rows += [(words, counts.by_group.tally(name)) for name, words in _GROUPS.items()]
    pairs = [
        (f"{each['registry_a']} and {each['registry_b']}", counts.by_registries.tally(kind))
        for each, kind in zip(
            document["by_registry_pair"], counts.by_registries.kinds(), strict=True
        )
    ]
    where = "between registries" if counts.between else "between and inside registries"
    lines = [
        f"{share(links.correct, links.true)} of the true links were found;"
        f" {plural(links.linked - links.correct, 'link', 'links')} of {links.linked:,} are false.",
        f"{plural(counts.reviews, 'pair waits', 'pairs wait')} for a review,"
        f" {counts.reviews_true:,} of them one human:"
        f" {document['reviews_per_1000_persons']} of 1,000 persons.",
        f"Pairs {where} of {counts.persons:,} persons; model {document['model']},"
        f" population {document['population']:,}; {seconds_text(document['seconds'])}.",
        "",
        *_table("Pairs", rows),
        "",
        *_table("Registries", pairs),
    ]
    terminal = terminal_of(sys.stdout)
    sys.stdout.write("\n".join(terminal.signs(line) for line in lines) + "\n")


def _table(title: str, rows: Sequence[tuple[str, Tally]]) -> list[str]:
    head = (title, "True", "Linked", "False", "Precision", "Recall", "F1")
    cells = [
        (
            words,
            f"{tally.true:,}",
            f"{tally.linked:,}",
            f"{tally.linked - tally.correct:,}",
            *(_rate(value) for value in (tally.precision, tally.recall, tally.f1)),
        )
        for words, tally in rows
    ]
    return table(head, cells, numbers=range(1, len(head)))


def _rate(value: float | None) -> str:
    return "no pair" if value is None else f"{value:.4f}"
