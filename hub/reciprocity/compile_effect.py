"""From a policy file's effect tables to effects, checked against the rule's kind and units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from hub.reciprocity import codes
from hub.reciprocity.effect import CLOCK_HOURS_PER, Effect
from hub.reciprocity.model import EffectTable, Lift, RuleTable

HOUR_KEYS = ("cap_hours", "areas", "round_down_to", "convert")
_ACCEPTING = frozenset({"FULL", "PARTIAL"})


class Complain(Protocol):
    """Takes a problem with a key's value: what it is, the remedy, and the word that is meant."""

    def __call__(self, key: str, what: str, fix: str, word: str | None = None, /) -> None: ...


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
        scope.complain("effect.documents", "is missing with NEEDS_DOCUMENT", "name the documents")
    elif documents and table.with_ is None:
        fix = "write [rule.effect.with], or leave documents out"
        scope.complain("effect.documents", "says not what the documents lift it to", fix)
    if table.with_ is not None and not documents:
        fix = "name documents, or leave it out"
        scope.complain("effect.with", "is for documents, and none are named", fix)
    _refuse_idle_keys(table, scope)
    effect = Effect(
        outcome=table.outcome,
        counts_as=table.counts_as,
        not_for=table.not_for or (),
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
    lifted = Effect(
        outcome=lift.outcome,
        counts_as=lift.counts_as if "counts_as" in stated else effect.counts_as,
        not_for=effect.not_for if lift.not_for is None else lift.not_for,
        cap_hours=lift.cap_hours if "cap_hours" in stated else effect.cap_hours,
        areas=lift.areas if "areas" in stated else effect.areas,
        round_down_to=lift.round_down_to if "round_down_to" in stated else effect.round_down_to,
        convert=_rates(lift, scope, "effect.with") if lift.convert else effect.convert,
    )
    if lifted.convert and lifted.areas is not None and not (lift.convert and lift.areas):
        key = "convert" if lift.convert else "areas"
        _refuse_convert_with_areas(f"effect.with.{key}", scope)
    return lifted


def _refuse_idle_keys(table: EffectTable, scope: Scope) -> None:
    """Keys about what is accepted, where neither the answer nor what lifts it accepts anything."""
    for place, part, then in (
        ("effect", table, table.with_),
        ("effect.with", table.with_, None),
    ):
        if part is None or part.outcome in _ACCEPTING or (then and then.outcome in _ACCEPTING):
            continue
        for key in ("counts_as", "not_for", *HOUR_KEYS):
            if getattr(part, key) is not None:
                what = f"says nothing with {part.outcome}, which accepts nothing"
                scope.complain(f"{place}.{key}", what, "leave it out")


def _rates(table: EffectTable | Lift, scope: Scope, place: str) -> tuple[tuple[str, Decimal], ...]:
    if table.round_down_to is not None and table.round_down_to == 0:
        scope.complain(f"{place}.round_down_to", "is no step", 'write one such as "0.5"')
    if table.convert is None:
        return ()
    if table.areas is not None:
        _refuse_convert_with_areas(f"{place}.convert", scope)
    rates = (("ceu", table.convert.ceu), ("semester", table.convert.semester))
    for unit, rate in rates:
        if rate is not None and (rate > CLOCK_HOURS_PER[unit] or rate != rate.to_integral_value()):
            common = CLOCK_HOURS_PER[unit]
            what = f"is not a whole number up to {common}"
            scope.complain(f"{place}.convert.{unit}", what, f'write "{common}" or less')
    return tuple((unit, rate) for unit, rate in rates if rate is not None)


def _refuse_convert_with_areas(key: str, scope: Scope) -> None:
    scope.complain(key, "does not go together with areas or convert", "leave one of the two out")


def check_hours(table: RuleTable, scope: Scope) -> None:
    """Effects on hours fit the kind and the units that the rule names."""
    units = table.when.unit
    for place, part in (("effect", table.effect), ("effect.with", table.effect.with_)):
        if part is None:
            continue
        for key in HOUR_KEYS:
            if getattr(part, key) is not None and scope.kind not in codes.KINDS_WITH_HOURS:
                what = f"counts hours, and a {scope.kind} has none"
                scope.complain(f"{place}.{key}", what, "leave it out")
        if part.convert is not None and units is not None:
            for unit in sorted(part.convert.model_fields_set - units):
                what = "is not the rule's unit"
                scope.complain(f"{place}.convert.{unit}", what, "name the same unit")
