"""What `hub match explain` does: read the log up to a moment, explain one answer, show it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime

from hub import bootstrap
from hub.audit.explain import Explanation, Known, explain
from hub.audit.explain_read import Held, Question, read_held
from hub.cli import common
from hub.cli.auditor import milliseconds_of
from hub.console.explain import print_explanation
from hub.console.progress import Progress
from hub.domain.state import Document
from hub.intake.answers import person_named
from hub.intake.exchange_forms import record_named
from hub.ports import EventLog
from hub.reciprocity.answer_json import answer_to_json, days_to_json, explained, plain
from hub.reciprocity.codes import is_registry
from hub.reciprocity.timeline import Interval, interval_on
from hub.reciprocity.trace_words import trace_lines
from hub.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainOptions:
    """What `hub match explain` was told."""

    person: str
    record: str
    to: str
    recorded_as_of: str | None = None
    effective_as_of: str | None = None
    json: str | None = None
    log: str | None = None


async def run_explain(options: ExplainOptions, settings: Settings) -> int:
    """Explain one answer. Refused in the same words whether the record is not there or not to be
    learned of."""
    question = question_of(options.person, options.record, options.to)
    received_ms = None
    if options.recorded_as_of is not None:
        received_ms = milliseconds_of(options.recorded_as_of)
    day = _day(options.effective_as_of, received_ms)
    url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    log = bootstrap.open_log(url, settings, to_read=True)
    try:
        held, explanation = await _explained(log, question, received_ms, day)
    finally:
        await log.close()
    document = document_of(explanation, held, received_ms)
    common.write_json(document, options.json)
    if options.json != "-":
        tried = trace_lines(explanation.answer) if explanation.answer is not None else []
        print_explanation(document, tried, sys.stdout)
    return 0


async def _explained(
    log: EventLog, question: Question, received_ms: int | None, day: date
) -> tuple[Held, Explanation]:
    progress = Progress(sys.stderr)
    with progress.step("Reading the log", "Read") as step:
        done = 0

        def tell(count: int) -> None:
            nonlocal done
            done += count
            step.update(done, None, "events")

        held = await read_held(log, question, received_ms, tell)
        explanation = explain(held, question, day)
        step.result = f"{held.decoded:,} of {sum(held.read.values()):,} events decoded"
    return held, explanation


def question_of(person: str, record: str, to: str) -> Question:
    """The question in these words. Raises ConfigurationError where they name nothing."""
    registry, kind, record_id = record_named(record)
    if not is_registry(to):
        raise common.UsageError("--to is a registry's code", fix="write one such as us-nv")
    if to == registry:
        raise common.UsageError(
            "no registry's policy judges its own records", fix="name another registry with --to"
        )
    return Question(
        person=person_named(person),
        registry=registry,
        kind=kind,
        record_id=record_id,
        receiver=to,
    )


def _day(text: str | None, received_ms: int | None) -> date:
    if text is None:
        if received_ms is None:
            return datetime.now(UTC).date()
        return datetime.fromtimestamp(received_ms / 1000, UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise common.UsageError(
            "--effective-as-of is a day", fix="write one such as 2026-06-30"
        ) from None


def document_of(explanation: Explanation, held: Held, received_ms: int | None) -> Document:
    """The answer as `hub match try` gives it, with what only the log can say."""
    question, rule = explanation.question, explanation.rule
    until_ms = held.newest_ms if received_ms is None else received_ms
    return {
        **_answer(explanation),
        "person": question.person._asdict(),
        "recorded_as_of": _instant(until_ms),
        "effective_as_of": explanation.day.isoformat(),
        "citation": rule.citation if rule is not None else None,
        "illustrative": rule is not None and rule.illustrative,
        "policy_revision": explanation.policy.revision if explanation.policy else None,
        "timeline": [_interval(each) for each in explanation.intervals],
        "decision": plain(explanation.decision),
        "known_since": [_known(each) for each in explanation.known],
        "read": [
            {"topic": place.topic, "partition": place.partition, "from": 0, "until": end}
            for place, end in held.read.items()
        ],
        "events_read": sum(held.read.values()),
        "synthetic": explanation.synthetic,
    }


def _answer(explanation: Explanation) -> Document:
    given = (explanation.facts, explanation.evidence, explanation.request)
    policy, day = explanation.policy, explanation.day
    interval = None if policy is None else interval_on(policy, *given, day)
    return explained(explanation.question.receiver, explanation.answer, interval, given)


def _known(known: Known) -> Document:
    return {
        "what": known.what,
        "since": _instant(known.since_ms),
        "place": None if known.place is None else str(known.place),
    }


def _instant(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _interval(interval: Interval) -> Document:
    """An answer of the timeline, in the keys of the answer on the day."""
    return {**days_to_json(interval), **answer_to_json(interval.answer)}
