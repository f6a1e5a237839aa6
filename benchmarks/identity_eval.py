"""Identity at the size of the nation: encoding, decisions, memory, and how good the links are.

    python -m benchmarks.identity_eval --records 1000000

One process makes people and encodes them into a file; another, which holds nothing else, decides
claim after claim out of that file. Rates are of one core. Prints a JSON line.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.machine import machine, resident_mb
from benchmarks.population import Shape, population
from hub.cli.identity_evaluate import document_of, model_in
from hub.domain.rows import Person
from hub.identity.counting import Truth, truth_of_humans
from hub.identity.evaluate import Known, Shown, claim_of, count, encode
from hub.identity.model import Model
from hub.identity.resolver import Resolver
from hub.lanes.collector import calm_collector

_GOALS = {
    "encoded_per_second": 5_000,
    "decisions_per_second": 25_000,
    "p99_ms": 5.0,
    "longest_ms": 200.0,
    "bytes_per_person": 2_000,
}


def arguments_of(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(description="Identity at the size of the nation.")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--errors", type=float, default=1.0, help="factor on error rates")
    parser.add_argument("--model", type=Path, help="a model [the shipped one]")
    parser.add_argument("--population", type=int, help="of the model [as it says]")
    return parser.parse_args(words)


def run(asked: argparse.Namespace) -> dict[str, Any]:
    """Every figure of one population."""
    model = model_in(asked.model)
    model = replace(model, population=asked.population or model.population)
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "claims"
        encoded = _apart(_write_claims, asked, path)
        decided = _apart(_decide, model, path)
    return {
        "measure": "identity-eval",
        "records": asked.records,
        "seed": asked.seed,
        "errors": asked.errors,
        **encoded,
        **decided,
        "goals": _GOALS,
        "seconds_in_all": round(time.perf_counter() - began, 1),
        "machine": machine(),
    }


def _apart(work: Any, *arguments: Any) -> dict[str, Any]:
    """Run in a process of its own, so that memory is that of this work alone."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_told, args=(theirs, work, *arguments))
    process.start()
    theirs.close()
    try:
        found: dict[str, Any] = ours.recv()
    finally:
        process.join()
    return found


def _told(pipe: Connection, work: Any, *arguments: Any) -> None:
    calm_collector()
    pipe.send(work(*arguments))


def _write_claims(asked: argparse.Namespace, path: Path) -> dict[str, Any]:
    """Make people, encode them, and write what is claimed; encoding alone is timed."""
    shape = Shape(errors=asked.errors)
    made = list(population(asked.records, seed=asked.seed, shape=shape))
    people = [(record.person, record.identity) for record in made]
    next(encode(people, Shown(), progress=_nobody))  # Tables are read once.
    began = time.process_time()
    known = list(encode(people, Shown(), progress=_nobody))
    spent = time.process_time() - began
    size = 0
    with path.open("w", encoding="ascii") as file:
        for record, each in zip(made, known, strict=True):
            size += len(each.evidence)
            cells = (*each.person, str(record.human), str(each.marks), each.evidence.hex())
            file.write("\t".join(cells) + "\n")
    return {
        "encoded_per_second": round(len(known) / spent),
        "evidence_bytes": round(size / len(known), 1),
    }


def _nobody(_done: int) -> None:
    """Nobody is told how far it is."""


def _claims(path: Path) -> Iterator[tuple[Known, int]]:
    """What was claimed, and whose it is."""
    with path.open(encoding="ascii") as file:
        for line in file:
            registry, person_id, human, marks, evidence = line.rstrip("\n").split("\t")
            person = Person(sys.intern(registry), person_id)
            yield Known(person, bytes.fromhex(evidence), int(marks)), int(human)


def _decide(model: Model, path: Path) -> dict[str, Any]:
    resolver, before = Resolver(model), resident_mb()
    taken = array("q")
    reading = time.process_time()
    for _ in _claims(path):
        pass
    reading = time.process_time() - reading
    began = time.process_time()
    for offset, (known, _) in enumerate(_claims(path)):
        start = time.perf_counter_ns()
        resolver.claim(claim_of(known, offset))
        taken.append(time.perf_counter_ns() - start)
    spent = time.process_time() - began - reading
    held = resident_mb() - before - taken.itemsize * len(taken) / 1e6
    ranked = sorted(taken)
    counted = _counted(model, resolver, path)
    return {
        "decisions_per_second": round(len(taken) / spent),
        "p50_ms": _at(ranked, 0.5),
        "p99_ms": _at(ranked, 0.99),
        "p999_ms": _at(ranked, 0.999),
        "longest_ms": _at(ranked, 1.0),
        "bytes_per_person": round(held * 1e6 / len(taken)),
        **counted,
    }


def _at(ranked: Sequence[int], share: float) -> float:
    return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))] / 1e6, 3)


def _counted(model: Model, resolver: Resolver, path: Path) -> dict[str, Any]:
    began = time.perf_counter()
    marks = {known.person: known.marks for known, _ in _claims(path)}
    truth: Truth = truth_of_humans((known.person, human) for known, human in _claims(path))
    counts = count(marks, resolver, truth)
    document = document_of(counts, model, round(time.perf_counter() - began, 1))
    document["counting_seconds"] = document.pop("seconds")
    document.pop("by_registry_pair")
    return document


def main() -> None:
    """Print the figures as a JSON line."""
    sys.stdout.write(json.dumps(run(arguments_of())) + "\n")


if __name__ == "__main__":
    main()
