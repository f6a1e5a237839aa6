"""Evaluation: the first rule in force that holds, or that cannot be decided, gives the answer.

A pure function of policy, facts, evidence, day and request. A rule with unknown conditions and no
false one stops with a review, unless it skips unknowns.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from hub.reciprocity.answer import (
    DEFAULT,
    NOT_IN_FORCE,
    Answer,
    TriedRule,
    WithDocuments,
)
from hub.reciprocity.compile import Rule
from hub.reciprocity.condition import Context, all_hold, unknown_names
from hub.reciprocity.days import why_not_in_force
from hub.reciprocity.effect import Effect, accept, total_hours
from hub.reciprocity.facts import Evidence, RecordFacts, Request
from hub.reciprocity.policy import Policy
from hub.reciprocity.tracing import Step, Trace

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
    if of_kind is None or not rules:
        return None
    context = Context(facts, evidence, day, request)
    return _answer(rules, context, of_kind.steps_on(day) if trace else None)


class _Decision(NamedTuple):
    at: int
    rule: Rule
    unknown: tuple[str, ...]


def _answer(rules: tuple[Rule, ...], context: Context, steps: tuple[Step, ...] | None) -> Answer:
    total = total_hours(context.facts)
    why = why_not_in_force(context.facts, context.day)
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
    if steps is None:
        return _decided(_decide(rules, context), rules, context, total, ())
    trace = Trace()
    decision = _decide_traced(steps, context, trace)
    return _decided(decision, rules, context, total, tuple(trace.tried))


def _decided(
    decision: _Decision | None,
    rules: tuple[Rule, ...],
    context: Context,
    total: Decimal | None,
    tried: tuple[TriedRule, ...] | None,
) -> Answer:
    """The answer of a record that is in force. Without `tried` what documents bring is left out."""
    if decision is None or decision.unknown:
        return _review(decision, total, tried or ())
    effect = decision.rule.effect
    missing: tuple[str, ...] = ()
    if effect.lifted is not None:
        received = context.request.documents
        missing = tuple(each for each in effect.documents if each not in received)
        effect = effect if missing else effect.lifted
    lifted = None
    if missing and tried is not None:
        there = Request(context.request.requested_on, received | frozenset(missing))
        then = context._replace(request=there)
        with_them = _decided(_decide_again(decision, rules, then), rules, then, total, None)
        lifted = WithDocuments(with_them.outcome, with_them.accepted_hours, with_them.counts_as)
    extra = _Extra(missing, lifted, tried or ())
    return _effect_answer(decision.rule, effect, context.facts, total, extra)


class _Extra(NamedTuple):
    documents: tuple[str, ...]
    with_documents: WithDocuments | None
    tried: tuple[TriedRule, ...]


def _decide(rules: tuple[Rule, ...], context: Context) -> _Decision | None:
    for at, rule in enumerate(rules):
        result = all_hold(rule.conditions, context)
        if result is not False and (result or not rule.skips_unknown):
            return _decision(at, rule, result, context)
    return None


def _decide_traced(steps: tuple[Step, ...], context: Context, trace: Trace) -> _Decision | None:
    """As `_decide`, noting every condition of each rule on the way."""
    for at, step in enumerate(steps):
        result = trace.result_of(step, context)
        if result is not False and (result or not step.rule.skips_unknown):
            return _decision(at, step.rule, result, context)
    return None


def _decide_again(before: _Decision, rules: tuple[Rule, ...], then: Context) -> _Decision | None:
    """The decision once documents are there: only rules that ask for documents can differ."""
    for at, rule in enumerate(rules[: before.at + 1]):
        if rule.reads_documents:
            decision = _decide(rules[at:], then)
            return None if decision is None else decision._replace(at=at + decision.at)
    return before


def _decision(at: int, rule: Rule, result: bool | None, context: Context) -> _Decision:
    return _Decision(at, rule, () if result else unknown_names(rule.conditions, context))


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
