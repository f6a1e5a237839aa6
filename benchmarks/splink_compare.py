"""The hub's links beside those of Splink, on the same made-up people, in the same run.

    python -m benchmarks.splink_compare --records 1000000 [--model FILE]

Splink sees names, dates and numbers in the clear, with term frequencies on both names and levels
for the number and its last four digits; the hub sees tokens. Each answers with pairs: Splink with
those that it scores above a threshold, the hub with those that share a cluster. Precision is
compared where both find the same share of the true pairs. Splink itself must reach a precision of
0.985 at a recall of 0.97, else the comparison is void. Needs the extra "bench".
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.population import Record, Shape, population
from hub.cli.identity_evaluate import model_in
from hub.identity.counting import Truth, truth_of_humans
from hub.identity.evaluate import Shown, count, decide, encode
from hub.identity.normalize import birth_form, last4_form, ssn_form

RECALL_ASKED, PRECISION_ASKED = 0.97, 0.985
_RECALLS = (0.95, 0.96, 0.97)


def run(words: Sequence[str] | None = None) -> dict[str, Any]:
    """Both on one population; figures of both, and whether the hub is at least as good."""
    parser = argparse.ArgumentParser(description="The hub beside Splink.")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--errors", type=float, default=1.0, help="factor on error rates")
    parser.add_argument("--model", type=Path, help="a model [the shipped one]")
    parser.add_argument("--population", type=int, help="of the model [as it says]")
    asked = parser.parse_args(words)
    shape = Shape(errors=asked.errors)
    records = list(population(asked.records, seed=asked.seed, shape=shape))
    truth = truth_of_humans((record.person, record.human) for record in records)
    ours = _hub(records, truth, asked.model, asked.population)
    theirs = _splink(records, truth, ours["recall"])
    reached = theirs["precision_at"][str(RECALL_ASKED)]
    is_void = reached is None or reached < PRECISION_ASKED
    beside = theirs["precision_at_the_hubs_recall"]
    return {
        "measure": "splink-compare",
        "records": asked.records,
        "seed": asked.seed,
        "errors": asked.errors,
        "true_pairs": sum(1 for _ in truth.pairs()),
        "hub": ours,
        "splink": theirs,
        "is_void": is_void,
        "hub_is_not_below": None if is_void else ours["precision"] >= (beside or 0.0),
        "machine": machine(),
    }


def _hub(
    records: Sequence[Record], truth: Truth, path: Path | None, population_said: int | None
) -> dict[str, Any]:
    model = model_in(path)
    model = replace(model, population=population_said or model.population)
    began = time.perf_counter()
    people = ((record.person, record.identity) for record in records)
    known = list(encode(people, Shown(), progress=_nobody))
    counts = count(
        {each.person: each.marks for each in known}, decide(known, model, progress=_nobody), truth
    )
    return {
        "model": model.name,
        "population": model.population,
        "precision": counts.links.precision,
        "recall": counts.links.recall,
        "recall_with_reviews": counts.with_reviews.recall,
        "seconds": round(time.perf_counter() - began, 1),
    }


def _nobody(_done: int) -> None:
    """Nobody is told how far it is."""


def _splink(records: Sequence[Record], truth: Truth, recall: float | None) -> dict[str, Any]:
    began = time.perf_counter()
    weights, right = _scored(records, truth)
    true = sum(1 for _ in truth.pairs())
    return {
        "precision_at": {str(r): best_precision(weights, right, true, r) for r in _RECALLS},
        "precision_at_the_hubs_recall": best_precision(weights, right, true, recall or 0.0),
        "recall_most": float(right.sum() / true),
        "pairs": len(weights),
        "seconds": round(time.perf_counter() - began, 1),
    }


def best_precision(
    weights: np.ndarray, right: np.ndarray, true: int, recall: float
) -> float | None:
    """The best precision of all thresholds that find this share of the true pairs; None where none
    does. Pairs of equal weight come together."""
    order = np.argsort(-weights, kind="stable")
    weights, correct = weights[order], np.cumsum(right[order])
    last = np.append(weights[1:] != weights[:-1], True)
    precisions = correct[last] / (np.flatnonzero(last) + 1)
    enough = correct[last] / true >= recall
    return float(precisions[enough].max()) if enough.any() else None


def _scored(records: Sequence[Record], truth: Truth) -> tuple[np.ndarray, np.ndarray]:
    """Match weights of all pairs that Splink compares, and whether each is one human."""
    import pyarrow
    from splink import Linker
    from splink.internals.duckdb.database_api import DuckDBAPI

    api = DuckDBAPI()
    table = pyarrow.Table.from_pylist(
        [_plain(at, record) for at, record in enumerate(records)], schema=_schema()
    )
    linker = Linker(api.register(table), _settings(), log_level="ERROR")
    _train(linker)
    found = linker.inference.predict(threshold_match_weight=-10)
    columns = api.duckdb_con.execute(
        f"select match_weight, unique_id_l, unique_id_r from {found.physical_name}"
    ).fetchnumpy()
    human = np.array([truth.human.get(record.person, -1 - at) for at, record in enumerate(records)])
    right = human[columns["unique_id_l"]] == human[columns["unique_id_r"]]
    return np.asarray(columns["match_weight"], dtype=float), right


def _plain(at: int, record: Record) -> dict[str, Any]:
    """What Splink is shown: as clean as the hub's edge makes it before it makes tokens."""
    said = record.identity
    born = birth_form(said.birth_on)
    given, surname = (said.given_name or "").lower(), (said.surname or "").lower()
    surnames = {part for name in (surname, *said.former_surnames) for part in _parts(name)}
    return {
        "unique_id": at,
        "given": given or None,
        "middle": (said.middle_name or "").lower()[:1] or None,
        "surname": surname or None,
        "surnames": sorted(surnames),
        "dob": born.isoformat() if born else None,
        "ssn": ssn_form(said.ssn, synthetic=True),
        "last4": last4_form(said.ssn_last4, said.ssn, synthetic=True),
    }


def _parts(name: str) -> set[str]:
    name = name.lower()
    return {part for part in (name, *name.split("-")) if part}


def _schema() -> Any:
    import pyarrow

    kinds = {"unique_id": pyarrow.int64(), "surnames": pyarrow.list_(pyarrow.string())}
    texts = ("given", "middle", "surname", "dob", "ssn", "last4")
    return pyarrow.schema([*kinds.items(), *((name, pyarrow.string()) for name in texts)])


def _settings() -> Any:
    import splink.comparison_level_library as levels
    import splink.comparison_library as comparisons
    from splink import SettingsCreator, block_on

    surname = comparisons.CustomComparison(
        output_column_name="surname",
        comparison_levels=[
            levels.NullLevel("surname"),
            levels.ExactMatchLevel("surname", term_frequency_adjustments=True),
            levels.ArrayIntersectLevel("surnames", min_intersection=1),
            levels.JaroWinklerLevel("surname", 0.92),
            levels.JaroWinklerLevel("surname", 0.8),
            levels.ElseLevel(),
        ],
    )
    number = comparisons.CustomComparison(
        output_column_name="number",
        comparison_levels=[
            levels.NullLevel("last4"),
            levels.ExactMatchLevel("ssn"),
            levels.ExactMatchLevel("last4"),
            levels.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            comparisons.NameComparison("given").configure(term_frequency_adjustments=True),
            surname,
            comparisons.DateOfBirthComparison("dob", input_is_string=True),
            number,
            comparisons.ExactMatch("middle"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("ssn"),
            block_on("last4", "given"),
            block_on("last4", "surname"),
            block_on("last4", "dob"),
            block_on("dob", "given"),
            block_on("dob", "surname"),
            block_on("dob", "substr(given, 1, 3)"),
            block_on("dob", "substr(surname, 1, 4)"),
            block_on("given", "surname", "substr(dob, 1, 7)"),
            block_on("given", "surname", "substr(dob, 6, 5)"),
            block_on("given", "surname", "substr(dob, 1, 4)"),
        ],
        retain_matching_columns=False,
    )


def _train(linker: Any) -> None:
    """As Splink's own pages do it: chance by sure rules, u by sampling, m by expectation
    maximization over two blockings that leave each comparison free once."""
    from splink import block_on

    sure = [block_on("ssn"), block_on("given", "surname", "dob"), block_on("last4", "dob")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for blocking in (block_on("dob", "given"), block_on("last4", "surname")):
        linker.training.estimate_parameters_using_expectation_maximisation(
            blocking, record_sample_proportion=1.0
        )


def main(words: Iterable[str] | None = None) -> None:
    """Print the comparison as a JSON line."""
    found = run(None if words is None else list(words))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
