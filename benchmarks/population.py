"""Made-up people in several states' registries, and who is who.

Names are drawn from public frequencies by sex and birth year. Each state has its own number policy
(nine digits, last four, none). Some people are in two or three registries, or twice in one; between
two of their records they may have married, moved, go by a nickname, or be mistyped. Twins share
surname and birth date; juniors share the whole name. Numbers are of never-issued ranges.

    python -m benchmarks.population --records 600000 --seed 1 --out FOLDER

writes them and who is who as the files that `hub identity train` and `evaluate` read.
"""

from __future__ import annotations

import argparse
import csv
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.people_files import write_people, write_truth
from hub.domain.rows import Person
from hub.domain.statements import IdentityFields

STATES: Mapping[str, str] = {
    "us-aa": "full",
    "us-bb": "full",
    "us-cc": "last4",
    "us-dd": "last4",
    "us-ee": "last4",
    "us-ff": "none",
    "us-gg": "full",
    "us-hh": "none",
}
"""Registry and its number policy. The codes are of no state."""

NICKNAMES: Mapping[str, tuple[str, ...]] = {
    "Jennifer": ("Jen", "Jenny"),
    "Elizabeth": ("Liz", "Beth", "Betsy", "Eliza"),
    "Katherine": ("Kathy", "Kate", "Katie"),
    "Catherine": ("Cathy", "Kate"),
    "Margaret": ("Maggie", "Peggy", "Meg"),
    "Patricia": ("Pat", "Patty", "Trish"),
    "Deborah": ("Debbie", "Deb"),
    "Rebecca": ("Becky", "Becca"),
    "Susan": ("Sue", "Susie"),
    "Christine": ("Chris", "Tina"),
    "Christina": ("Chris", "Tina"),
    "Jessica": ("Jess", "Jessie"),
    "Kimberly": ("Kim",),
    "Stephanie": ("Steph",),
    "Victoria": ("Vicky", "Tori"),
    "Samantha": ("Sam",),
    "Pamela": ("Pam",),
    "Barbara": ("Barb",),
    "Cynthia": ("Cindy",),
    "Sandra": ("Sandy",),
    "Amanda": ("Mandy",),
    "Michael": ("Mike",),
    "William": ("Bill", "Will"),
    "Robert": ("Bob", "Rob"),
    "Thomas": ("Tom",),
    "James": ("Jim",),
    "Joseph": ("Joe",),
    "Daniel": ("Dan",),
    "Matthew": ("Matt",),
    "Nicholas": ("Nick",),
}
_MIDDLE_SHARE = 0.6
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the population is made. Shares are of people, error rates of records."""

    two: float = 0.1
    three: float = 0.012
    twice: float = 0.012
    twins: float = 0.016
    juniors: float = 0.008
    female: float = 0.9
    errors: float = 1.0
    """Factor on every error rate."""


class Human(NamedTuple):
    """One made-up person as she is."""

    number: int
    female: bool
    given: str
    middle: str | None
    surname: str
    maiden: str
    birth_on: date
    ssn: str
    suffix: str | None
    married: bool


class Record(NamedTuple):
    """One account in one registry, and whose it is."""

    person: Person
    human: int
    identity: IdentityFields


class _Drawn(NamedTuple):
    names: tuple[str, ...]
    up_to: tuple[int, ...]

    def pick(self, random: Random) -> str:
        return self.names[bisect(self.up_to, random.random() * self.up_to[-1])]


@cache
def _surnames() -> _Drawn:
    with (files("hub") / "seeds/names/surnames.csv").open(encoding="utf-8") as file:
        rows = [(row["surname"], int(row["count"])) for row in csv.DictReader(file)]
    return _Drawn(tuple(name for name, _ in rows), tuple(accumulate(n for _, n in rows)))


@cache
def _givens() -> dict[tuple[str, int], _Drawn]:
    """First names by sex and five-year cohort."""
    with (files("hub") / "seeds/names/first_names.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for sex in "FM":
        of_sex = [row for row in rows if row["sex"] == sex]
        for cohort in range(1950, 2010, 5):
            counts = [int(row[f"b{cohort}"]) for row in of_sex]
            names = tuple(row["name"] for row in of_sex)
            found[sex, cohort] = _Drawn(names, tuple(accumulate(counts)))
    return found


def population(records: int, *, seed: int, shape: Shape = Shape()) -> Iterator[Record]:
    """About this many records, in the order in which states submit: state by state in rounds, so
    that a person's second record comes anywhere after the first."""
    random = Random(seed)
    codes = list(STATES)
    made: list[Record] = []
    number = 0
    while len(made) < records:
        for human in _household(random, number, shape):
            number = human.number + 1
            for registry in _registries(random, codes, shape):
                made.append(_record(random, human, registry, len(made), shape))
    order = {code: at for at, code in enumerate(random.sample(codes, len(codes)))}
    rounds = {id(record): random.randrange(3) for record in made}
    made.sort(key=lambda record: (rounds[id(record)], order[record.person.registry]))
    yield from made[:records]


def _registries(random: Random, codes: list[str], shape: Shape) -> list[str]:
    drawn = random.random()
    if drawn < shape.three:
        return random.sample(codes, 3)
    if drawn < shape.three + shape.two:
        return random.sample(codes, 2)
    if drawn < shape.three + shape.two + shape.twice:
        return [random.choice(codes)] * 2
    return [random.choice(codes)]


def _household(random: Random, number: int, shape: Shape) -> list[Human]:
    """One person; sometimes a twin beside, or a parent of the same whole name."""
    first = _human(random, number, shape)
    drawn = random.random()
    if drawn < shape.twins / 2:
        given = first.given
        cohort = _givens()["F" if first.female else "M", _cohort(first.birth_on)]
        while given == first.given:
            given = cohort.pick(random)
            if random.random() < 0.25 and given[0] != first.given[0]:
                given = first.given
        near = random.random() < 0.5
        ssn = f"{int(first.ssn) + 1:09d}" if near else _ssn(random)
        twin = first._replace(number=number + 1, given=given, middle=_middle(random), ssn=ssn)
        return [first, twin]
    if drawn < shape.twins / 2 + shape.juniors / 2:
        born = first.birth_on - timedelta(days=random.randrange(20 * 365, 32 * 365))
        if born.year >= 1950:
            parent = first._replace(number=number + 1, birth_on=born, ssn=_ssn(random), suffix="Sr")
            return [first._replace(suffix="Jr"), parent]
    return [first]


def _human(random: Random, number: int, shape: Shape) -> Human:
    female = random.random() < shape.female
    birth_on = date(1950, 1, 1) + timedelta(days=int(random.triangular(0, 56 * 365, 36 * 365)))
    if random.random() < 0.004:
        birth_on = birth_on.replace(month=1, day=1)
    maiden = _surnames().pick(random)
    if random.random() < 0.04:
        maiden = f"{maiden}-{_surnames().pick(random)}"
    married = female and random.random() < 0.5
    return Human(
        number=number,
        female=female,
        given=_givens()["F" if female else "M", _cohort(birth_on)].pick(random),
        middle=_middle(random),
        surname=_surnames().pick(random) if married else maiden,
        maiden=maiden,
        birth_on=birth_on,
        ssn=_ssn(random),
        suffix=None,
        married=married,
    )


def _cohort(born: date) -> int:
    return min(2005, born.year // 5 * 5)


def _middle(random: Random) -> str | None:
    if random.random() > _MIDDLE_SHARE:
        return None
    return _givens()["F", 1975].pick(random)


def _ssn(random: Random) -> str:
    """Of a range that is never issued."""
    return (
        f"9{random.randrange(100):02d}{random.randrange(1, 50):02d}{random.randrange(1, 9999):04d}"
    )


def _record(random: Random, human: Human, registry: str, at: int, shape: Shape) -> Record:
    identity = _stated(random, human, STATES[registry])
    return Record(
        Person(registry, f"P{at:07d}"),
        human.number,
        _with_errors(random, human, identity, shape.errors),
    )


def _stated(random: Random, human: Human, policy: str) -> IdentityFields:
    """What she tells a registry: the name she went by then, numbers as the state asks."""
    former: tuple[str, ...] = ()
    surname = human.surname
    if human.married:
        drawn = random.random()
        if drawn < 0.06:
            surname = human.maiden
        elif drawn < 0.09:
            surname = f"{human.maiden}-{human.surname}"
        elif drawn < 0.40:
            former = (human.maiden,)
    return IdentityFields(
        given_name=human.given,
        middle_name=human.middle if random.random() < 0.7 else (human.middle or "")[:1] or None,
        surname=surname,
        suffix=human.suffix if random.random() < 0.6 else None,
        former_surnames=former,
        birth_on=human.birth_on,
        ssn=human.ssn if policy == "full" else None,
        ssn_last4=human.ssn[5:] if policy == "last4" else None,
        sex="F" if human.female else "M",
    )


def _with_errors(
    random: Random, human: Human, said: IdentityFields, factor: float
) -> IdentityFields:
    """The record as somebody typed it."""
    chance = random.random
    given, surname = said.given_name or "", said.surname or ""
    birth_on, ssn, last4 = said.birth_on, said.ssn, said.ssn_last4
    if given in NICKNAMES and chance() < 0.10:
        given = random.choice(NICKNAMES[given])
    elif chance() < 0.012 * factor:
        given = _typo(random, given)
    elif said.middle_name and chance() < 0.006 * factor:
        given = said.middle_name if len(said.middle_name) > 1 else given
    if chance() < 0.012 * factor:
        surname = _typo(random, surname)
    drawn = chance() / factor
    if drawn < 0.005:
        birth_on = _swapped(human.birth_on)
    elif drawn < 0.012:
        birth_on = _wrong_day(random, human.birth_on)
    elif drawn < 0.016:
        birth_on = date(1900, 1, 1)
    drawn = chance() / factor
    if drawn < 0.03:
        ssn = last4 = None
    elif drawn < 0.033:
        ssn, last4 = ssn and "999999999", last4 and "0000"
    elif drawn < 0.040:
        ssn, last4 = ssn and _wrong_digit(random, ssn), last4 and _wrong_digit(random, last4)
    if chance() < 0.002 * factor:
        given, surname = surname, given
    return replace(
        said, given_name=given, surname=surname, birth_on=birth_on, ssn=ssn, ssn_last4=last4
    )


def _typo(random: Random, name: str) -> str:
    """One letter dropped, doubled, changed or two swapped."""
    if len(name) < 3:
        return name
    at = random.randrange(1, len(name) - 1)
    kind = random.randrange(4)
    if kind == 0:
        return name[:at] + name[at + 1 :]
    if kind == 1:
        return name[:at] + name[at] + name[at:]
    if kind == 2:
        return name[:at] + random.choice(_LETTERS) + name[at + 1 :]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _swapped(born: date) -> date:
    return born.replace(month=born.day, day=born.month) if born.day <= 12 else born


def _wrong_day(random: Random, born: date) -> date:
    kind = random.randrange(3)
    if kind == 0:
        return born.replace(day=random.randrange(1, 29))
    if kind == 1:
        return born.replace(day=min(born.day, 28), month=random.randrange(1, 13))
    return born.replace(day=min(born.day, 28), year=born.year + random.choice((-10, -1, 1, 10)))


def _wrong_digit(random: Random, digits: str) -> str:
    at = random.randrange(len(digits))
    return digits[:at] + str((int(digits[at]) + random.randrange(1, 10)) % 10) + digits[at + 1 :]


def main(words: Sequence[str] | None = None) -> None:
    """Write people.csv and truth.csv."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.population")
    parser.add_argument("--records", type=int, default=600_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--errors", type=float, default=1.0, help="factor on every error rate")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    options = parser.parse_args(words)
    shape = Shape(errors=options.errors)
    made = list(population(options.records, seed=options.seed, shape=shape))
    options.out.mkdir(parents=True, exist_ok=True)
    write_people(options.out / "people.csv", ((r.person, r.identity) for r in made))
    pairs = write_truth(options.out / "truth.csv", ((r.person, r.human) for r in made))
    print(f"{options.out}: {len(made):,} records, {pairs:,} pairs of one human")


if __name__ == "__main__":
    main()
