"""`hub identity evaluate` and `hub identity train`: files in, figures and models out."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from random import Random

import pytest

from benchmarks.people_files import write_people, write_truth
from benchmarks.population import population
from hub.domain.rows import Person
from hub.domain.statements import IdentityFields
from hub.identity.model import parse_model
from tests.unit.cli.hub_command import Ran, hub

RECORDS = 3_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up people in two files, their truth, and a model trained on others."""
    folder = tmp_path_factory.mktemp("people")
    for name, seed in (("test", 2), ("train", 3)):
        records = list(population(RECORDS, seed=seed))
        half = len(records) // 2
        for part, some in (("a", records[:half]), ("b", records[half:])):
            write_people(folder / f"{name}-{part}.csv", ((r.person, r.identity) for r in some))
        write_truth(folder / f"{name}-truth.csv", ((r.person, r.human) for r in records))
    words = ("--name", "tried", "--limit", "registry_max=5", "--quiet")
    ran = hub("identity", "train", *files_of(folder, "train"), *words, "--out", folder / "model")
    assert ran.code == 0, ran.err
    return folder


def files_of(folder: Path, name: str) -> list[str | Path]:
    """Several files after one option."""
    people = [folder / f"{name}-a.csv", folder / f"{name}-b.csv"]
    return ["--people", *people, "--truth", folder / f"{name}-truth.csv"]


def evaluated(folder: Path, *words: str | Path) -> Ran:
    model = ("--model", folder / "model")
    return hub("identity", "evaluate", *files_of(folder, "test"), *model, *words)


def test_json_without_a_file_is_one_document_alone_on_stdout(folder: Path) -> None:
    ran = evaluated(folder, "--json", "--ssn", "last4")
    found = json.loads(ran.out)

    assert ran.code == 0
    assert list(found)[:6] == ["precision", "recall", "f1", "reviews", "with_reviews", "seconds"]
    assert found["precision"] > 0.95
    assert found["recall"] > 0.6
    assert found["with_reviews"]["recall"] >= found["recall"]
    assert found["persons"] == found["population"] == RECORDS
    assert found["by_number_policy"]["both_nine_digits"]["true_pairs"] == 0
    assert sum(each["true_pairs"] for each in found["by_registry_pair"]) == found["true_pairs"]
    assert json.loads(evaluated(folder, "--ssn", "last4", "--json").out)["f1"] == found["f1"]


def test_json_may_go_into_a_file_beside_what_a_person_reads(folder: Path, tmp_path: Path) -> None:
    ran = evaluated(folder, "--json", tmp_path / "found.json", "--population", "90000")
    found = json.loads((tmp_path / "found.json").read_text())

    assert found["population"] == 90_000
    false = found["linked_pairs"] - found["linked_pairs_true"]
    assert f"of the true links were found; {false} " in ran.out
    assert "population 90,000" in ran.out
    assert all(len(line) <= 100 for line in ran.out.splitlines())
    assert "Non-English surnames" in ran.out


def test_a_person_of_the_truth_whom_no_file_has_is_refused(folder: Path) -> None:
    words = ("--people", folder / "test-a.csv", "--truth", folder / "test-truth.csv")
    ran = hub("identity", "evaluate", *words, "--model", folder / "model")

    assert ran.code == 1
    assert "whom no people file has" in ran.err
    assert not ran.out


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ("registry_a,id_a,registry_b\n", "the header is not that of pairs"),
        ("registry_a,id_a,registry_b,id_b\nus-aa,1,us-bb\n", "line 2: a pair has 4 cells"),
        ("registry_a,id_a,registry_b,id_b\nus-aa,1,us-aa,1\n", "line 2: the pair names one"),
        (None, "was not read"),
    ],
)
def test_a_file_of_pairs_that_cannot_be_used_is_refused(
    folder: Path, tmp_path: Path, pairs: str | None, said: str
) -> None:
    if pairs is not None:
        (tmp_path / "pairs.csv").write_text(pairs)
    words = ("--people", folder / "test-a.csv", "--truth", tmp_path / "pairs.csv")
    ran = hub("identity", "evaluate", *words, "--model", folder / "model")

    assert ran.code == 1
    assert said in ran.err


def test_a_row_that_cannot_be_used_is_named_without_what_stands_in_it(
    folder: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("registry,person_id,surname\nus-aa,1,Quillfeather,more\n")
    words = ("--people", bad, "--truth", folder / "test-truth.csv", "--model", folder / "model")
    ran = hub("identity", "evaluate", *words)

    assert ran.code == 1
    assert "bad.csv: line 2" in ran.err
    assert "Quillfeather" not in ran.err + ran.out


def test_a_file_that_is_no_model_is_refused(folder: Path) -> None:
    words = [*files_of(folder, "test"), "--model", folder / "test-truth.csv"]
    ran = hub("identity", "evaluate", *words)

    assert ran.code == 1
    assert "is not an identity model" in ran.err


def test_training_twice_gives_the_same_model_and_says_what_it_saw(
    folder: Path, tmp_path: Path
) -> None:
    words = ("--name", "tried", "--limit", "registry_max=5", "--quiet")
    again = tmp_path / "again"
    ran = hub("identity", "train", *files_of(folder, "train"), *words, "--out", again)
    text = again.read_text()
    model = parse_model(text, source="again")

    assert ran.code == 0
    assert text == (folder / "model").read_text()
    assert model.limits.registry_max == 5
    assert f"{RECORDS:,} persons of train-a.csv, train-b.csv" in model.training


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--limit", "nobody=1"), 2, "--limit does not know"),
        (("--limit", "registry_max=many"), 2, "--limit does not know"),
        (("--review-at", "1"), 2, "--review-at lies above --link-at"),
        (("--ssn", "half"), 2, "half"),
    ],
)
def test_training_refuses_what_it_does_not_know(
    folder: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    out = ("--name", "tried", "--out", tmp_path / "model")
    ran = hub("identity", "train", *files_of(folder, "train"), *out, *words)

    assert ran.code == code
    assert said in ran.err
    assert not (tmp_path / "model").exists()


def test_training_needs_pairs_of_both_kinds(tmp_path: Path) -> None:
    random = Random(1)
    people = [
        (Person("us-aa", str(at)), IdentityFields(given_name="Ada", surname="Null", birth_on=born))
        for at in range(4)
        for born in [date(1980, 1, random.randrange(1, 29))]
    ]
    write_people(tmp_path / "people.csv", people)
    write_truth(tmp_path / "truth.csv", ((person, at) for at, (person, _) in enumerate(people)))
    words = ("--people", tmp_path / "people.csv", "--truth", tmp_path / "truth.csv")
    ran = hub("identity", "train", *words, "--name", "none", "--out", tmp_path / "model")

    assert ran.code == 1
    assert "training needs pairs of one human and pairs of two" in ran.err
