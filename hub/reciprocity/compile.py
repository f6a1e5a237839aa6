"""From a policy file's tables to rules of compiled conditions.

What one table cannot know is checked here: registries and groups, codes that depend on the kind,
and units. Each problem is told with its key and its remedy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hub.reciprocity import codes, conditions, evidence_conditions
from hub.reciprocity.compile_effect import Scope, check_hours, compile_effect
from hub.reciprocity.condition import OTHERS, Condition, Test, any_of, none_of
from hub.reciprocity.effect import Effect
from hub.reciprocity.model import AmountIn, Bounds, Clause, RuleTable, Span, shown, suggestion

_TEXT_FIELDS = ("standing", "subtype", "unit", "verification", "evidence", "event_type")
_MORE_TEXT_FIELDS = ("delivery", "organization", "grade")
_DAY_FIELDS = ("on", "expires", "revoked_on")
_PRESENCE_FIELDS = ("approval_code", "trainer", "amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule in force from and until its days, both inclusive."""

    id: str
    version: int
    kind: str
    from_on: date
    until_on: date | None
    citation: str | None
    illustrative: bool
    skips_unknown: bool
    conditions: tuple[Condition, ...]
    effect: Effect
    tests: tuple[Test, ...]
    """Of the conditions."""
    reads_documents: bool
    """Whether a condition asks for documents that the receiving registry has."""

    def in_force_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


def compile_rule(table: RuleTable, scope: Scope) -> Rule:
    """One rule. Problems are told to the scope; the rule is of no use when there are any."""
    if bool(table.citation) == table.illustrative:
        scope.complain(
            "illustrative" if table.citation else "citation",
            "and citation do not go together" if table.citation else "is missing",
            "leave one of the two out"
            if table.citation
            else 'write citation = "https://…", or illustrative = true',
        )
    if table.until_on is not None and table.until_on < table.from_on:
        scope.complain("until", "is before from", "correct one of the two")
    when = table.when
    found = list(clause_conditions(when, scope, "when", when.unit))
    clauses = [*(when.any or []), *([when.not_] if when.not_ else [])]
    if when.any:
        parts = [
            clause_conditions(each, scope, f"when.any[{n}]", when.unit)
            for n, each in enumerate(when.any)
        ]
        found.append(any_of(tuple(parts)))
    if when.not_:
        found.append(none_of(clause_conditions(when.not_, scope, "when.not", when.unit)))
    named = any(each.verification is not None for each in [when, *clauses])
    if table.kind == "training" and not named:
        found.insert(0, conditions.one_of("verification", frozenset({"verified"})))
    effect = compile_effect(table.effect, scope)
    check_hours(table, scope)
    found += conditions.hours_known(effect)
    return Rule(
        id=table.id,
        version=table.version,
        kind=table.kind,
        from_on=table.from_on,
        until_on=table.until_on,
        citation=table.citation,
        illustrative=table.illustrative,
        skips_unknown=table.unknown == "skip",
        conditions=tuple(found),
        effect=effect,
        tests=tuple(each.test for each in found),
        reads_documents=any(
            part.name == "documents" for each in found for part in (each, *each.parts)
        ),
    )


def clause_conditions(
    clause: Clause, scope: Scope, place: str, units: frozenset[str] | None
) -> tuple[Condition, ...]:
    """The clause's conditions, each compiled. `units` are those that the whole rule names."""
    if not clause.model_fields_set and place != "when":
        scope.complain(place, "is empty", "name a condition or leave it out")
    found = [*_field_conditions(clause, scope, place), *_evidence(clause, scope, place)]
    if clause.min_amount is not None:
        allowed = clause.unit or units or frozenset()
        amount, unit = _amount_in(clause.min_amount, allowed, scope, f"{place}.min_amount")
        found.append(conditions.min_amount(amount, unit))
    return tuple(found)


def _field_conditions(clause: Clause, scope: Scope, place: str) -> list[Condition]:
    found: list[Condition] = []
    if clause.registry is not None:
        allowed = _registries(clause.registry, scope, f"{place}.registry")
        found.append(conditions.registry_one_of(allowed, scope.receiver))
    if clause.type is not None:
        _check_type(clause.type, scope, f"{place}.type")
        found.append(conditions.one_of("type", clause.type))
    if clause.own_type is not None:
        found.append(conditions.own_code_one_of("own_type", clause.own_type))
    if isinstance(clause.level, frozenset):
        found.append(conditions.own_code_one_of("level", clause.level))
    elif clause.level is not None:
        found.append(conditions.present("level", clause.level))
    for field in (*_TEXT_FIELDS, *_MORE_TEXT_FIELDS, *_PRESENCE_FIELDS):
        value = getattr(clause, field)
        if isinstance(value, bool):
            found.append(conditions.present(field, value))
        elif value is not None:
            found.append(conditions.one_of(field, value))
    for field in _DAY_FIELDS:
        value = getattr(clause, field)
        if isinstance(value, Span):
            _check_span(value, scope, f"{place}.{field}")
            found.append(conditions.within(field, value))
        elif value is not None:
            found.append(conditions.present(field, value))
    if isinstance(clause.held_in, bool):
        found.append(conditions.present("held_in", clause.held_in))
    elif clause.held_in is not None:
        found.append(conditions.state_one_of("held_in", clause.held_in))
    if clause.accredited is not None:
        found.append(conditions.flag("accredited", clause.accredited))
    if clause.birth_to_8_percent is not None:
        _check_bounds(clause.birth_to_8_percent, scope, f"{place}.birth_to_8_percent")
        found.append(conditions.bounded("birth_to_8_percent", clause.birth_to_8_percent))
    if clause.hours_by_area is not None:
        found.append(conditions.has_area(clause.hours_by_area))
    return found


def _evidence(clause: Clause, scope: Scope, place: str) -> list[Condition]:
    found: list[Condition] = []
    if clause.documents is not None:
        found.append(evidence_conditions.documents_received(clause.documents))
    if clause.within_months is not None:
        found.append(evidence_conditions.within_months(clause.within_months))
    approvals = (
        ("trainer", "trainer", clause.trainer_approved_by),
        ("course", "approval_code", clause.course_approved_by),
    )
    for kind, field, wanted in approvals:
        if wanted is not None:
            key = f"{place}.{kind}_approved_by"
            registries = _registries(wanted.registries, scope, key)
            of = evidence_conditions.Approvals(
                kind, field, registries, scope.receiver, wanted.tested == "asked"
            )
            found.append(evidence_conditions.approved_by(of))
    if clause.on_list is not None:
        found.append(evidence_conditions.on_list(clause.on_list))
    if clause.recognized_in_at_least is not None:
        found.append(evidence_conditions.recognized_in(clause.recognized_in_at_least))
    return found


def _registries(names: frozenset[str], scope: Scope, place: str) -> frozenset[str]:
    found: set[str] = set()
    for name in sorted(names):
        if name in scope.groups:
            found |= scope.groups[name]
        elif name == OTHERS or codes.is_state_registry(name):
            found.add(name)
        else:
            known = frozenset({*scope.groups, OTHERS})
            fix = "write a registry such as us-oh, or " + suggestion(name, known)
            scope.complain(place, f"'{shown(name)}' is no registry and no group", fix, name)
    return frozenset(found)


def _check_type(types: frozenset[str], scope: Scope, place: str) -> None:
    known = codes.type_codes(scope.kind)
    for each in sorted(types - known):
        scope.complain(place, f"'{shown(each)}' is not a code", suggestion(each, known), each)


def _check_bounds(bounds: Bounds, scope: Scope, place: str) -> None:
    low, high = bounds.min, bounds.below
    if low is None and high is None:
        scope.complain(place, "says no bound", 'write { min = "80" }')
    elif low is not None and high is not None and high <= low:
        scope.complain(f"{place}.below", "is not above min", "correct one of the two")


def _check_span(span: Span, scope: Scope, place: str) -> None:
    first, last = span.from_on, span.until_on
    if first is None and last is None:
        scope.complain(place, "says no day", "write { from = 2024-07-01 }, or true for any day")
    elif first is not None and last is not None and last < first:
        scope.complain(f"{place}.until", "is before from", "correct one of the two")


def _amount_in(
    wanted: AmountIn | Decimal, units: frozenset[str], scope: Scope, place: str
) -> tuple[Decimal, str]:
    if isinstance(wanted, AmountIn):
        if units and wanted.unit not in units:
            fix = "name the same unit"
            scope.complain(place, f"is in {wanted.unit}, the rule's unit is not", fix)
        return wanted.amount, wanted.unit
    if len(units) != 1:
        scope.complain(place, "has no unit", 'write { amount = "1.5", unit = "ceu" }')
        return Decimal(0), "clock"
    return wanted, next(iter(units))
