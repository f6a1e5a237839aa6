"""Evaluation: the first rule in force that holds, or that cannot be decided, gives the answer.

A pure function of policy, facts, evidence, day and request. A rule with unknown conditions and no
false one stops with a review, unless it skips unknowns.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from hub.reciprocity.answer import (
    DEFAULT,
    NOT_IN_FORCE,
    Answer,
    TriedRule,
    WithDocuments,
)
from hub.reciprocity.compile import Rule
from hub.reciprocity.condition import Context, unknown_names
from hub.reciprocity.days import why_not_in_force
from hub.reciprocity.effect import Accepted, Effect, accept, total_hours
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


_WorkedOut: TypeAlias = tuple[str, str, Accepted | None]
"""Outcome, reason, and the hours where any are worked out."""


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
    trace = Trace(steps)
    decision = _decide_traced(steps, context, trace)
    return _decided(decision, rules, context, total, trace)


def _decided(
    decision: _Decision | None,
    rules: tuple[Rule, ...],
    context: Context,
    total: Decimal | None,
    tried: Sequence[TriedRule],
) -> Answer:
    """The answer of a record that is in force."""
    if decision is None or decision.unknown:
        return _review(decision, total, tried)
    effect, missing = _effect_now(decision.rule.effect, context.request)
    lifted = None
    if missing:
        received = context.request.documents | frozenset(missing)
        request = Request(context.request.requested_on, received)
        then = Context(context.facts, context.evidence, context.day, request)
        lifted = _foretold(_decide_again(decision, rules, then), then, total)
    outcome, reason, accepted = _worked_out(effect, context.facts, total)
    values = () if accepted is None else _values_of(accepted)
    if reason == "documents_needed":
        values = (("documents", ", ".join(missing)),)
    counts = outcome in ("FULL", "PARTIAL")
    return Answer(
        outcome=outcome,
        reason=reason,
        reason_values=values,
        rule_id=decision.rule.id,
        rule_version=decision.rule.version,
        accepted_hours=_nothing_of(total) if accepted is None else accepted.hours,
        total_hours=total,
        counts_as=effect.counts_as if counts else None,
        not_for=effect.not_for if counts else (),
        documents=missing,
        with_documents=lifted,
        tried=tried,
    )


def _effect_now(effect: Effect, request: Request) -> tuple[Effect, tuple[str, ...]]:
    """The effect, or what its documents lift it to once they are there; and those that are not."""
    if effect.lifted is None:
        return effect, ()
    missing = tuple(each for each in effect.documents if each not in request.documents)
    return (effect, missing) if missing else (effect.lifted, ())


def _foretold(decision: _Decision | None, then: Context, total: Decimal | None) -> WithDocuments:
    """What the policy answers once the documents are there."""
    if decision is None or decision.unknown:
        return WithDocuments("NEEDS_REVIEW", _nothing_of(total), None)
    effect, _ = _effect_now(decision.rule.effect, then.request)
    outcome, _, accepted = _worked_out(effect, then.facts, total)
    counts = outcome in ("FULL", "PARTIAL")
    hours = _nothing_of(total) if accepted is None else accepted.hours
    return WithDocuments(outcome, hours, effect.counts_as if counts else None)


def _decide(rules: tuple[Rule, ...], context: Context) -> _Decision | None:
    for at, rule in enumerate(rules):
        result: bool | None = True
        for test in rule.tests:
            held = test(context)
            if held is False:
                break
            if held is None:
                result = None
        else:
            if result or not rule.skips_unknown:
                return _decision(at, rule, result, context)
    return None


def _decide_traced(steps: tuple[Step, ...], context: Context, trace: Trace) -> _Decision | None:
    """As `_decide`, noting every condition of each rule on the way."""
    found, results = trace.found, trace.results
    for at, (rule, probes, pick) in enumerate(steps):
        for probe in probes:
            one = probe(context)
            found.append(one)
            results.append(one[2])
        held = pick(results)
        result = False if False in held else None if None in held else True
        if result is not False and (result or not rule.skips_unknown):
            trace.rules = at + 1
            return _decision(at, rule, result, context)
    trace.rules = len(steps)
    return None


def _decide_again(before: _Decision, rules: tuple[Rule, ...], then: Context) -> _Decision | None:
    """The decision once documents are there: only rules that ask for documents can differ."""
    for rule in rules[: before.at]:
        if rule.reads_documents:
            decision = _decide((rule,), then)
            if decision is not None:
                return decision
    return _decide(rules[before.at :], then) if before.rule.reads_documents else before


def _decision(at: int, rule: Rule, result: bool | None, context: Context) -> _Decision:
    return _Decision(at, rule, () if result else unknown_names(rule.conditions, context))


def _review(
    decision: _Decision | None, total: Decimal | None, tried: Sequence[TriedRule]
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


def _worked_out(effect: Effect, facts: RecordFacts, total: Decimal | None) -> _WorkedOut:
    outcome, reason = effect.outcome, _REASONS[effect.outcome]
    if outcome not in ("FULL", "PARTIAL") or total is None:
        return outcome, reason, None
    accepted = accept(effect, facts, total)
    if accepted.cuts:
        taken = ("PARTIAL", "hours_taken") if accepted.hours else ("DENIED", "no_hours_left")
        return *taken, accepted
    return outcome, reason, accepted


def _values_of(accepted: Accepted) -> tuple[tuple[str, str], ...]:
    values = (("accepted_hours", str(accepted.hours)), ("total_hours", str(accepted.total)))
    if not accepted.cuts:
        return values
    return (*values, ("not_accepted_hours", str(accepted.total - accepted.hours)), *accepted.cuts)


def _nothing_of(total: Decimal | None) -> Decimal | None:
    return None if total is None else _NOTHING
