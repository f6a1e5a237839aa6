"""The measures of the Alliance's four goals: values from the sums.

Nothing is guessed: what the exports do not say is null, never 0. Every measure has a numerator and,
where it is a share or a mean, a denominator; its value follows from the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hub.projections.measure_definitions import MEASURES, Measure

KNOWN_REGISTRIES = 45
"""Registries of the Alliance, as the news page of nevadaregistry.org says."""

RECORD_KINDS = (
    "profile",
    "employment",
    "education",
    "training_completion",
    "credential",
    "approval",
)
FUNCTIONS = (
    "professional_development_approval",
    "trainer_approval",
    "organization_approval",
    "training_verification",
    "credential_tracking",
    "employment_verification",
    "education_verification",
    "career_ladder",
)
_PLACES = Decimal("0.0001")


Sums = Mapping[tuple[str, str, str], int]
Number = int | Decimal | None
Pair = tuple[Number, Number]
ACCEPTED = frozenset({"FULL", "PARTIAL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What measures are made of, on one day."""

    sums: Sums
    registries: tuple[str, ...]
    national_persons: int
    persons_by_registry: Mapping[str, int]
    shared_by_registry: Mapping[str, int]
    shared: int
    joined_persons: int
    """National persons if every open review were a link."""
    joined_by_registry: Mapping[str, int]
    rows: Mapping[str, tuple[int, int]]
    """Rejected rows and rows of the latest submissions."""
    kinds: Mapping[str, frozenset[str]]
    functions: Mapping[str, frozenset[str]]
    elements: Mapping[str, frozenset[str]]


def values(inputs: Inputs) -> dict[str, dict[str, dict[str, Any]]]:
    """Measure to national and registry code to numerator, denominator and value."""
    out: dict[str, dict[str, dict[str, Any]]] = {}
    for measure in MEASURES:
        places = ("national", *inputs.registries)
        read = _READERS.get(measure.name)
        out[measure.name] = {
            place: _shown(read(inputs, place) if read else (None, None), measure)
            for place in places
        }
    return out


def _shown(pair: Pair, measure: Measure) -> dict[str, Any]:
    numerator, denominator = pair
    value: Any = None
    if (numerator is not None and measure.denominator is None) or (
        numerator is not None and measure.unit == "count"
    ):
        value = numerator
    elif numerator is not None and denominator:
        quotient = (Decimal(numerator) / Decimal(denominator)).quantize(_PLACES, ROUND_HALF_EVEN)
        value = str(quotient)
    return {"numerator": _json(numerator), "denominator": _json(denominator), "value": _json(value)}


def _json(number: Any) -> Any:
    return f"{number:.2f}" if isinstance(number, Decimal) else number


def _of(inputs: Inputs, place: str, name: str, wanted: Callable[[str], bool]) -> int:
    return sum(
        value
        for (counter, registry, dim), value in inputs.sums.items()
        if counter == name and place in ("national", registry) and wanted(dim)
    )


def _any(_dim: str) -> bool:
    return True


def _sum(name: str) -> Callable[[Inputs, str], int]:
    return lambda inputs, place: _of(inputs, place, name, _any)


def _registries_present(inputs: Inputs, place: str) -> Pair:
    present = [r for r in inputs.registries if inputs.sums.get(("accounts", r, ""))]
    if place == "national":
        return len(present), KNOWN_REGISTRIES
    return int(place in present), 1


def _accounts(inputs: Inputs, place: str) -> Pair:
    return _sum("accounts")(inputs, place), None


def _active(inputs: Inputs, place: str) -> Pair:
    return _sum("active_accounts")(inputs, place), _sum("accounts")(inputs, place)


def _persons(inputs: Inputs, place: str) -> Pair:
    accounts = _sum("accounts")(inputs, place)
    if place == "national":
        return inputs.national_persons, accounts
    return inputs.persons_by_registry.get(place, 0), accounts


def _joined(inputs: Inputs, place: str) -> Pair:
    accounts = _sum("accounts")(inputs, place)
    if place == "national":
        return inputs.joined_persons, accounts
    return inputs.joined_by_registry.get(place, 0), accounts


def _shared(inputs: Inputs, place: str) -> Pair:
    if place == "national":
        return inputs.shared, inputs.national_persons
    return inputs.shared_by_registry.get(place, 0), inputs.persons_by_registry.get(place, 0)


def _named(sets: Mapping[str, frozenset[str]], total: int) -> Callable[[str], Pair]:
    def read(place: str) -> Pair:
        if place == "national":
            return sum(len(each) for each in sets.values()), total * len(sets)
        return len(sets.get(place, frozenset())), total

    return read


def _kinds(inputs: Inputs, place: str) -> Pair:
    return _named(inputs.kinds, len(RECORD_KINDS))(place)


def _functions(inputs: Inputs, place: str) -> Pair:
    return _named(inputs.functions, len(FUNCTIONS))(place)


def _elements(inputs: Inputs, place: str) -> Pair:
    every: set[str] = set()
    for each in inputs.elements.values():
        every |= each
    return _named(inputs.elements, len(every))(place)


def _approves(inputs: Inputs, place: str) -> Pair:
    approving = {r for (name, r, _), v in inputs.sums.items() if name == "approvals" and v}
    if place == "national":
        return len(approving), len(inputs.registries)
    return int(place in approving), 1


def _rows(inputs: Inputs, place: str) -> Pair:
    wanted = inputs.registries if place == "national" else (place,)
    pairs: Iterable[tuple[int, int]] = [inputs.rows.get(r, (0, 0)) for r in wanted]
    return sum(p[0] for p in pairs), sum(p[1] for p in pairs)


def _verified(inputs: Inputs, place: str) -> Pair:
    return _sum("trainings_verified")(inputs, place), _sum("trainings")(inputs, place)


def _days(inputs: Inputs, place: str) -> Pair:
    measured = _sum("days_to_record_of")(inputs, place)
    if not measured:
        return None, None
    return _sum("days_to_record")(inputs, place), measured


def _answers(inputs: Inputs, place: str, kind: str | None) -> Pair:
    def of_kind(dim: str) -> bool:
        return kind is None or dim.split("|")[1] == kind

    def accepted(dim: str) -> bool:
        return of_kind(dim) and dim.split("|")[2] in ACCEPTED

    return _of(inputs, place, "answers", accepted), _of(inputs, place, "answers", of_kind)


def _matches(inputs: Inputs, place: str) -> Pair:
    return _answers(inputs, place, None)


def _credentials(inputs: Inputs, place: str) -> Pair:
    return _answers(inputs, place, "credential")


def _hours(inputs: Inputs, place: str) -> Pair:
    def training(dim: str) -> bool:
        return dim.endswith("|training")

    return (
        Decimal(_of(inputs, place, "accepted_hours_e4", training)) / 10_000,
        Decimal(_of(inputs, place, "total_hours_e4", training)) / 10_000,
    )


_READERS: dict[str, Callable[[Inputs, str], Pair]] = {
    "registries_present": _registries_present,
    "accounts": _accounts,
    "active_accounts": _active,
    "national_persons": _persons,
    "persons_if_reviews_linked": _joined,
    "persons_in_two_or_more": _shared,
    "record_kinds": _kinds,
    "functions": _functions,
    "ceds_elements": _elements,
    "approves_professional_development": _approves,
    "rows_rejected": _rows,
    "trainings_verified": _verified,
    "days_to_record": _days,
    "matches_accepted": _matches,
    "hours_accepted": _hours,
    "credentials_accepted": _credentials,
}
