"""No identity in what the edge's commands print and write: encoding, training, evaluating."""

from __future__ import annotations

import base64
import csv
import io
import subprocess
from pathlib import Path

import pytest

from tests.e2e.identity_search import Needles, Search, printable_parts
from tests.e2e.planted_people import (
    COLUMNS,
    REGISTRIES,
    Planted,
    needles_of,
    write_pairs,
    write_people,
)
from tests.e2e.sample_run import run_hub

PEOPLE = [Planted(number) for number in range(80)]
SPOILED = 12
KINDS = {"name", "birth date", "number", "last four", "street"}


@pytest.fixture(scope="module")
def needles() -> Needles:
    return needles_of(PEOPLE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good people, people of whom every row is spoiled in another way, who is who, and a key."""
    path = tmp_path_factory.mktemp("planted-people")
    for registry in REGISTRIES:
        write_people(path / f"{registry}.csv", [each.row(registry) for each in PEOPLE])
    write_pairs(path / "pairs.csv", PEOPLE)
    (path / "spoiled.csv").write_bytes(_spoiled())
    swapped = [row[2:] + row[:2] for row in (each.row(REGISTRIES[0]) for each in PEOPLE)]
    (path / "headless.csv").write_text("\n".join(map(",".join, swapped)), "utf-8")
    run_hub("token-key", "new", str(path / "states.key"), "--epoch", "1")
    return path


def _spoiled() -> bytes:
    """Rows that no rule lets through, whole identities in them."""
    lines = [",".join(COLUMNS)]
    for number, each in enumerate(PEOPLE[:SPOILED]):
        row = each.row(REGISTRIES[0])
        spoil = (
            row[:-1],
            [*row, each.names[2]],
            [*row[:6], each.born_on.strftime("%m/%d/%Y"), *row[7:]],
            [*row[:6], f"{each.born_on:%Y-%m}-32", *row[7:]],
            [*row[:-1], each.names[0]],
            ["", *row[1:]],
            [*row[:2], f'"{row[2]}"x', *row[3:]],
        )[number % 7]
        lines.append(",".join(spoil))
    last = PEOPLE[SPOILED].row(REGISTRIES[0])
    broken = ",".join([*last[:2], "\x00" + last[2], *last[3:]])
    return "\n".join([*lines, broken, '"' + ",".join(last)]).encode()


def _found(needles: Needles, *texts: str, bytes_too: bool = False) -> dict[str, set[str]]:
    search = Search(needles)
    for text in texts:
        search.look(text, bytes_too=bytes_too)
    return dict(search.found)


def _said(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def test_evidence_of_the_encoder_holds_no_identity(folder: Path, needles: Needles) -> None:
    key = str(folder / "states.key")
    done = run_hub("encode", str(folder / "us-oh.csv"), "--token-key", key, "--synthetic")

    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == len(PEOPLE)
    evidence = [row.pop("evidence") for row in rows]
    assert all(len(base64.b64decode(packed)) > 100 for packed in evidence)
    assert _found(needles, done.stderr, *(" ".join(row.values()) for row in rows)) == {}
    opened = [printable_parts(base64.b64decode(packed)) for packed in evidence]
    assert _found(needles, *opened, *evidence, bytes_too=True) == {}


def test_rows_that_are_refused_are_told_without_identity(folder: Path, needles: Needles) -> None:
    key = str(folder / "states.key")
    done = run_hub("encode", str(folder / "spoiled.csv"), "--token-key", key, expect=1)

    assert done.stderr.count("line ") >= SPOILED
    assert done.stdout.splitlines() == ["registry,person_id,epochs,evidence"]
    assert _found(needles, _said(done)) == {}


@pytest.mark.parametrize("words", [("encode",), ("identity", "evaluate", "--people")])
def test_a_header_that_is_a_person_is_refused_without_identity(
    folder: Path, needles: Needles, words: tuple[str, ...]
) -> None:
    key = ("--token-key", str(folder / "states.key"))
    truth = ("--truth", str(folder / "pairs.csv"))
    more = key if words == ("encode",) else truth
    done = run_hub(*words, str(folder / "headless.csv"), *more, expect=1)

    assert "header" in done.stderr
    assert _found(needles, _said(done)) == {}


def test_training_and_evaluating_tell_no_identity(folder: Path, needles: Needles) -> None:
    people = [str(folder / f"{registry}.csv") for registry in REGISTRIES]
    given = ("--people", *people, "--truth", str(folder / "pairs.csv"))
    model = folder / "model.json"

    trained = run_hub("identity", "train", *given, "--name", "own-v1", "--out", str(model))
    judged = run_hub("identity", "evaluate", *given, "--model", str(model), "--json")

    texts = (_said(trained), _said(judged), model.read_text("utf-8"))
    assert '"f1"' in judged.stdout
    assert "weights" in texts[-1]
    assert _found(needles, *texts) == {}


def test_the_same_search_finds_the_people_in_their_files(folder: Path, needles: Needles) -> None:
    for file in ("us-oh.csv", "spoiled.csv", "headless.csv"):
        text = (folder / file).read_text("utf-8")
        assert set(_found(needles, text)) >= KINDS - {"last four"}, file
    assert "last four" in _found(needles, (folder / "us-wi.csv").read_text("utf-8"))
