"""Effects: what a rule answers, and exactly how many hours of a record it accepts.

Decimals only, never rounded but down to a stated step. Nothing accepts more hours than the record
has: every step can only take away.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hub.reciprocity.facts import RecordFacts

CLOCK_HOURS_PER = {"clock": Decimal(1), "ceu": Decimal(10), "semester": Decimal(15)}

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a rule answers. Hours are clock hours, a cap is for one record."""

    outcome: str
    counts_as: str | None = None
    not_for: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    cap_hours: Decimal | None = None
    areas: frozenset[str] | None = None
    """Knowledge areas whose hours count; None: all."""
    round_down_to: Decimal | None = None
    convert: tuple[tuple[str, Decimal], ...] = ()
    """Clock hours for one unit, where the receiver counts fewer than is common."""
    lifted: Effect | None = None
    """What the documents lift it to."""

    @property
    def takes_hours(self) -> bool:
        """Whether it may accept fewer hours than the record has."""
        return bool(
            self.convert
            or self.areas is not None
            or self.cap_hours is not None
            or self.round_down_to is not None
        )


@dataclass(frozen=True, slots=True)
class Accepted:
    """Hours that an effect lets through, and what took the others."""

    hours: Decimal
    total: Decimal
    cuts: tuple[tuple[str, str], ...]


def two_places(hours: Decimal) -> Decimal:
    """The same number with two decimals, or with as many as it needs."""
    cents = hours.quantize(_CENT)
    return cents if cents == hours else hours.normalize()


def total_hours(facts: RecordFacts) -> Decimal | None:
    """Clock hours of the record, exact; None where it has none or they are not known."""
    if not isinstance(facts.amount, Decimal) or not isinstance(facts.unit, str):
        return None
    return _clock_hours(facts.amount, facts.unit)


def _clock_hours(amount: Decimal, unit: str) -> Decimal | None:
    per_unit = CLOCK_HOURS_PER.get(unit)
    return None if per_unit is None else two_places(amount * per_unit)


def accept(effect: Effect, facts: RecordFacts, total: Decimal) -> Accepted:
    """Hours accepted of `total`: converted, by area, capped, rounded down, in this order."""
    hours = total
    cuts: list[tuple[str, str]] = []
    for unit, per_unit in effect.convert:
        if unit == facts.unit and isinstance(facts.amount, Decimal):
            hours = min(hours, facts.amount * per_unit)
            if hours < total:
                cuts.append(("clock_hours_per_" + unit, str(per_unit)))
    if effect.areas is not None:
        by_area, left_out, unsplit = _by_area(facts, effect.areas, total)
        if by_area < hours:
            hours = by_area
            if left_out:
                cuts.append(("areas_not_counted", ", ".join(left_out)))
            if unsplit > 0:
                cuts.append(("hours_of_no_area", str(two_places(unsplit))))
    if effect.cap_hours is not None and effect.cap_hours < hours:
        hours = effect.cap_hours
        cuts.append(("cap_hours", str(two_places(hours))))
    step = effect.round_down_to
    rest = hours % step if step is not None else 0
    if rest:
        hours -= rest
        cuts.append(("rounded_down_to", str(step)))
    return Accepted(two_places(hours), total, tuple(cuts))


def _by_area(
    facts: RecordFacts, counted: frozenset[str], total: Decimal
) -> tuple[Decimal, list[str], Decimal]:
    """Hours in areas that count, areas that do not, and hours that stand under no area."""
    split = facts.hours_by_area
    if not isinstance(split, tuple):
        return Decimal(0), [], total
    counting, others = Decimal(0), Decimal(0)
    left_out: list[str] = []
    for area, hours in split:
        if area in counted:
            counting += hours
        elif hours > 0:
            others += hours
            left_out.append(area)
    return counting, sorted(set(left_out)), total - counting - others
