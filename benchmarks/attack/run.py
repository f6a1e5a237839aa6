"""One whole run: a made-up population, an attacker, every method, both controls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.attack.candidates import Candidates
from benchmarks.attack.control import Decoded, read_filters, read_single_fields
from benchmarks.attack.guessing import Guess
from benchmarks.attack.holdings import Truth, holdings_of, known_of, truth_of
from benchmarks.attack.listed import Listed, match_list
from benchmarks.attack.methods import Attack, Named
from benchmarks.attack.names import names_of_tables
from benchmarks.population import Record, population
from hub.identity.tokens import TokenKey

GOAL = 0.005
"""Share of the others below which the attacks must stay. They do with up to a million
accounts; more were not tried (docs/privacy.md)."""
CONTROL_MIN = 0.5
"""Share of the others that the control must name, else the attacks prove nothing."""
FILTERS_READ = 1_000
LIST_SHARES = (1.0, 0.9)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is made and how much is tried."""

    records: int = 200_000
    known: int = 500
    seed: int = 7
    few: int | None = None
    """How many of the pairs of labels are tried; all where it is None."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one attack reached."""

    method: str
    labels: str
    named: Named


@dataclass(frozen=True, slots=True)
class Prepared:
    """A population, its attacker and the persons known."""

    plan: Plan
    records: Sequence[Record]
    truth: Sequence[Truth]
    which: Sequence[int]
    attack: Attack


def prepare(plan: Plan) -> Prepared:
    """Population and attacker, the same for the same plan but for the token key's bytes."""
    records = list(population(plan.records, seed=plan.seed))
    random = Random(plan.seed)
    which = random.sample(range(len(records)), plan.known)
    holdings = holdings_of(records, TokenKey(1, random.randbytes(32)))
    truth = truth_of(records)
    known = known_of(truth, which)
    names = names_of_tables((person.given, person.surname) for person in known)
    attack = Attack(names, holdings, known, Candidates(names, holdings))
    return Prepared(plan, records, truth, which, attack)


def results(prepared: Prepared) -> Iterator[Result]:
    """Every attack on the evidence, one after the other."""
    attack, plan = prepared.attack, prepared.plan
    births = attack.births()

    def result(method: str, labels: str, guesses: Sequence[Guess]) -> Result:
        return Result(method, labels, attack.named(guesses, prepared.truth, births))

    yield result("prior", "", attack.prior())
    for labels, guesses in attack.frequency(plan.seed, plan.few):
        yield result("frequency", labels, guesses)
    for labels, guesses in attack.pairs(plan.few):
        yield result("pairs", labels, guesses)
    yield result("equality", "", attack.equality())
    yield result("together", "", attack.together())


def listed(prepared: Prepared) -> Iterator[tuple[float, Listed]]:
    """A stronger attacker, who has a list of everybody or of nine in ten; no part of the goal."""
    for share in LIST_SHARES:
        yield share, match_list(prepared.records, share, prepared.plan.seed)


def control_of_filters(prepared: Prepared, read: int = FILTERS_READ) -> Decoded:
    """The same attacker before Bloom filters, on so many of the others."""
    known = set(prepared.which)
    others = [at for at in range(len(prepared.truth)) if at not in known]
    read_at = Random(prepared.plan.seed).sample(others, min(read, len(others)))
    return read_filters(prepared.truth, prepared.which, read_at, prepared.attack.names)


def control_of_fields(prepared: Prepared) -> Decoded:
    """The same attacker before tokens of a given name alone and of a surname alone."""
    attack = prepared.attack
    return read_single_fields(prepared.truth, attack.holdings, attack.candidates)
