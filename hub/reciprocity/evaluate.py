"""Evaluation: the first rule in force that holds, or that cannot be decided, gives the answer.

A pure function of policy, facts, evidence, day and request. A rule with unknown conditions and no
false one stops with a review, unless it skips unknowns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hub.reciprocity.answer import (
    DEFAULT,
    NOT_IN_FORCE,
    Answer,
    TriedCondition,
    TriedRule,
    WithDocuments,
)
from hub.reciprocity.compile import Rule
from hub.reciprocity.condition import Context, all_hold, unknown_names
from hub.reciprocity.days import why_not_in_force
from hub.reciprocity.effect import Effect, accept, total_hours
from hub.reciprocity.facts import Evidence, RecordFacts, Request
from hub.reciprocity.policy import Policy

_NOTHING = Decimal("0.00")
_REASONS = {
    "FULL": "accepted_in_full",
    "PARTIAL": "accepted_in_part",
    "NEEDS_DOCUMENT": "documents_needed",
    "NEEDS_REVIEW": "review_needed",
    "DENIED": "not_accepted_by_rule",
}


def evaluate(
    policy: Policy,
    facts: RecordFacts,
    evidence: Evidence,
    day: date,
    request: Request,
    *,
    trace: bool = False,
) -> Answer | None:
    """The policy's answer on the day; None where no rule on the kind is in force that day."""
    of_kind = policy.by_kind.get(facts.kind)
    rules = of_kind.in_force_on(day) if of_kind is not None else ()
    if not rules:
        return None
    context = Context(facts, evidence, day, request)
    return _answer(rules, context, tried=[] if trace else None)


@dataclass(frozen=True, slots=True)
class _Decision:
    rule: Rule
    unknown: tuple[str, ...]


def _answer(
    rules: tuple[Rule, ...],
    context: Context,
    *,
    tried: list[TriedRule] | None = None,
    forecast: bool = True,
) -> Answer:
    facts = context.facts
    total = total_hours(facts)
    why = why_not_in_force(facts, context.day)
    if why is not None:
        return Answer(
            outcome="DENIED",
            reason="not_in_force",
            reason_values=(("why", why),),
            rule_id=NOT_IN_FORCE,
            rule_version=0,
            accepted_hours=_nothing_of(total),
            total_hours=total,
        )
    decision = _decide(rules, context, tried)
    done = tuple(tried or ())
    if decision is None or decision.unknown:
        return _review(decision, total, done)
    effect = decision.rule.effect
    missing = tuple(each for each in effect.documents if each not in context.request.documents)
    if effect.lifted is not None and not missing:
        effect = effect.lifted
    lifted = None
    if missing and forecast:
        received = context.request.documents | frozenset(missing)
        then = context._replace(request=Request(context.request.requested_on, received))
        with_them = _answer(rules, then, forecast=False)
        lifted = WithDocuments(with_them.outcome, with_them.accepted_hours, with_them.counts_as)
    return _effect_answer(decision.rule, effect, facts, total, _Extra(missing, lifted, done))


@dataclass(frozen=True, slots=True)
class _Extra:
    documents: tuple[str, ...]
    with_documents: WithDocuments | None
    tried: tuple[TriedRule, ...]


def _decide(
    rules: tuple[Rule, ...], context: Context, tried: list[TriedRule] | None
) -> _Decision | None:
    for rule in rules:
        result = all_hold(rule.conditions, context)
        if tried is not None:
            tried.append(_tried(rule, context, result))
        if result is True:
            return _Decision(rule, ())
        if result is None and not rule.skips_unknown:
            return _Decision(rule, unknown_names(rule.conditions, context))
    return None


def _review(
    decision: _Decision | None, total: Decimal | None, tried: tuple[TriedRule, ...]
) -> Answer:
    if decision is None:
        rule_id, version, reason = DEFAULT, 0, "no_rule_decides"
        unknown: tuple[str, ...] = ()
    else:
        rule_id, version, reason = decision.rule.id, decision.rule.version, "not_known"
        unknown = decision.unknown
    return Answer(
        outcome="NEEDS_REVIEW",
        reason=reason,
        reason_values=(("unknown", ", ".join(unknown)),) if unknown else (),
        rule_id=rule_id,
        rule_version=version,
        accepted_hours=_nothing_of(total),
        total_hours=total,
        unknown=unknown,
        tried=tried,
    )


def _effect_answer(
    rule: Rule, effect: Effect, facts: RecordFacts, total: Decimal | None, extra: _Extra
) -> Answer:
    outcome, reason = effect.outcome, _REASONS[effect.outcome]
    values: tuple[tuple[str, str], ...] = ()
    hours = _nothing_of(total)
    if outcome in ("FULL", "PARTIAL") and total is not None:
        accepted = accept(effect, facts, total)
        hours = accepted.hours
        values = (("accepted_hours", str(hours)), ("total_hours", str(total)))
        if accepted.cuts:
            outcome, reason = ("PARTIAL", "hours_taken") if hours else ("DENIED", "no_hours_left")
            values = (*values, ("not_accepted_hours", str(total - hours)), *accepted.cuts)
    if reason == "documents_needed":
        values = (("documents", ", ".join(extra.documents)),)
    counts = outcome in ("FULL", "PARTIAL")
    return Answer(
        outcome=outcome,
        reason=reason,
        reason_values=values,
        rule_id=rule.id,
        rule_version=rule.version,
        accepted_hours=hours,
        total_hours=total,
        counts_as=effect.counts_as if counts else None,
        not_for=effect.not_for if counts else (),
        documents=extra.documents,
        with_documents=extra.with_documents,
        tried=extra.tried,
    )


def _nothing_of(total: Decimal | None) -> Decimal | None:
    return None if total is None else _NOTHING


def _tried(rule: Rule, context: Context, result: bool | None) -> TriedRule:
    conditions = tuple(
        TriedCondition(each.name, each.read(context), each.test(context))
        for each in rule.conditions
    )
    return TriedRule(rule.id, rule.version, result, conditions)
