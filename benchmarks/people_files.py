"""People and who is who, as the CSV files that `hub identity evaluate` and `train` read."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

from hub.domain.rows import Person
from hub.domain.statements import IdentityFields

PEOPLE = (
    "registry",
    "person_id",
    "given_name",
    "middle_name",
    "surname",
    "former_surname",
    "suffix",
    "birth_date",
    "sex",
    "ssn",
    "ssn_last4",
    "street",
    "city",
    "zip",
)
PAIRS = ("registry_a", "id_a", "registry_b", "id_b")


def write_people(path: Path, people: Iterable[tuple[Person, IdentityFields]]) -> None:
    """One row a person, in this order."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(PEOPLE)
        for person, said in people:
            row = (
                *person,
                said.given_name,
                said.middle_name,
                said.surname,
                " ; ".join(said.former_surnames),
                said.suffix,
                said.birth_on and said.birth_on.isoformat(),
                said.sex,
                said.ssn,
                said.ssn_last4,
                said.street,
                said.city,
                said.zip,
            )
            writer.writerow([cell or "" for cell in row])


def write_truth(path: Path, humans: Iterable[tuple[Person, object]]) -> int:
    """Every pair of persons that are one human; how many there are."""
    members: dict[object, list[Person]] = {}
    for person, human in humans:
        members.setdefault(human, []).append(person)
    pairs = [pair for group in members.values() for pair in combinations(group, 2)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(PAIRS)
        writer.writerows((*one, *other) for one, other in pairs)
    return len(pairs)
