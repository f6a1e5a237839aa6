"""FEBRL: a model learned from sets 1 and 2 reaches the floors on sets 3 and 4.

FEBRL spoils a tenth of all numbers and dates and a third of all names on purpose, far more than
registries do. Its model is for this comparison alone; the hub's own has never seen it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.febrl import MODEL, SETS, train_model, write_set
from hub.cli.identity_evaluate import model_in
from hub.identity.model import parse_model
from tests.unit.cli.hub_command import hub


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("febrl")
    for number in SETS:
        write_set(number, folder)
    return folder


def evaluated(folder: Path, parts: tuple[str, ...], *words: str) -> dict[str, Any]:
    people = [folder / f"febrl{part}.csv" for part in parts]
    truth = folder / f"febrl{parts[0][0]}-truth.csv"
    files = ("--people", *people, "--truth", truth, "--model", MODEL)
    ran = hub("identity", "evaluate", *files, *words, "--quiet", "--json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_the_sets_are_whole(folder: Path) -> None:
    lines = {p.stem: len(p.read_text("utf-8").splitlines()) - 1 for p in folder.glob("*.csv")}

    assert lines == {
        "febrl1": 1000,
        "febrl2": 5000,
        "febrl3": 5000,
        "febrl4a": 5000,
        "febrl4b": 5000,
        "febrl1-truth": 500,
        "febrl2-truth": 1934,
        "febrl3-truth": 6538,
        "febrl4-truth": 5000,
    }


def test_the_model_is_what_sets_1_and_2_teach(folder: Path, tmp_path: Path) -> None:
    train_model(folder, tmp_path / "febrl.json")

    assert (tmp_path / "febrl.json").read_text("utf-8") == MODEL.read_text("utf-8")
    assert "febrl1.csv, febrl2.csv" in parse_model(MODEL.read_text("utf-8"), source="it").training


def test_no_hub_ships_it() -> None:
    shipped = model_in(None)

    assert shipped.name != parse_model(MODEL.read_text("utf-8"), source="it").name
    assert shipped.limits.guard_numbers == shipped.limits.guard_birth == 1
    assert shipped.limits.guard_given == 1


@pytest.mark.parametrize(
    ("parts", "words", "floor"),
    [
        (("4a", "4b"), ("--ssn", "full", "--ssn-as-is"), 0.995),
        (("4a", "4b"), ("--ssn", "none"), 0.970),
        (("4a", "4b"), ("--ssn", "none", "--no-address"), 0.930),
        (("3",), ("--ssn", "full", "--ssn-as-is"), 0.995),
    ],
    ids=["4 with number and address", "4 without number", "4 names and birth date", "3 with all"],
)
def test_links_alone_reach_the_floor(
    folder: Path, parts: tuple[str, ...], words: tuple[str, ...], floor: float
) -> None:
    found = evaluated(folder, parts, *words)

    assert found["f1"] >= floor
    assert found["counted"] == ("between registries" if len(parts) == 2 else "all")
