"""From a policy file's effect tables to effects, checked against the rule's kind and units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from hub.reciprocity import codes
from hub.reciprocity.effect import CLOCK_HOURS_PER, Effect
from hub.reciprocity.model import EffectTable, Lift, RuleTable

Complain = Callable[[str, str], None]
"""Takes the key and the problem with its remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the conditions of one rule are read in."""

    receiver: str
    kind: str
    groups: dict[str, frozenset[str]]
    complain: Complain


def compile_effect(table: EffectTable, scope: Scope) -> Effect:
    """The effect with what its documents lift it to."""
    documents = tuple(sorted(table.documents or ()))
    if table.outcome == "NEEDS_DOCUMENT" and not documents:
        scope.complain("effect.documents", "is needed with NEEDS_DOCUMENT; name the documents")
    if bool(documents) != (table.with_ is not None):
        scope.complain("effect.with", "and documents go together; write both or none")
    effect = Effect(
        outcome=table.outcome,
        counts_as=table.counts_as,
        not_for=tuple(sorted(set(table.not_for or ()))),
        documents=documents,
        cap_hours=table.cap_hours,
        areas=table.areas,
        round_down_to=table.round_down_to,
        convert=_rates(table, scope, "effect"),
    )
    if table.with_ is None:
        return effect
    return replace(effect, lifted=_lifted(effect, table.with_, scope))


def _lifted(effect: Effect, lift: Lift, scope: Scope) -> Effect:
    stated = lift.model_fields_set
    return Effect(
        outcome=lift.outcome,
        counts_as=lift.counts_as if "counts_as" in stated else effect.counts_as,
        not_for=effect.not_for if lift.not_for is None else tuple(sorted(set(lift.not_for))),
        cap_hours=lift.cap_hours if "cap_hours" in stated else effect.cap_hours,
        areas=lift.areas if "areas" in stated else effect.areas,
        round_down_to=lift.round_down_to if "round_down_to" in stated else effect.round_down_to,
        convert=_rates(lift, scope, "effect.with") if lift.convert else effect.convert,
    )


def _rates(table: EffectTable | Lift, scope: Scope, place: str) -> tuple[tuple[str, Decimal], ...]:
    if table.round_down_to is not None and table.round_down_to == 0:
        scope.complain(f"{place}.round_down_to", 'is no step; write one such as "0.5"')
    if table.convert is None:
        return ()
    if table.areas is not None:
        scope.complain(f"{place}.convert", "and areas do not go together; leave one out")
    rates = (("ceu", table.convert.ceu), ("semester", table.convert.semester))
    for unit, rate in rates:
        if rate is not None and (rate > CLOCK_HOURS_PER[unit] or rate != rate.to_integral_value()):
            common = CLOCK_HOURS_PER[unit]
            scope.complain(f"{place}.convert.{unit}", f"is not a whole number up to {common}")
    return tuple((unit, rate) for unit, rate in rates if rate is not None)


def check_hours(table: RuleTable, scope: Scope) -> None:
    """Effects on hours fit the kind and the units that the rule names."""
    units = table.when.unit
    for place, part in (("effect", table.effect), ("effect.with", table.effect.with_)):
        if part is None:
            continue
        for key in ("cap_hours", "areas", "round_down_to", "convert"):
            if getattr(part, key) is not None and scope.kind not in codes.KINDS_WITH_HOURS:
                scope.complain(
                    f"{place}.{key}", f"counts hours, a {scope.kind} has none; leave it out"
                )
        if part.convert is not None and units is not None:
            for unit in sorted(part.convert.model_fields_set - units):
                scope.complain(
                    f"{place}.convert.{unit}", "is not the rule's unit; name the same unit"
                )
