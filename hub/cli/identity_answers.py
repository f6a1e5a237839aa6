"""What `hub identity never`, `answer`, `release` and `end-epoch` do: one event each."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from hub import bootstrap
from hub.cli import common
from hub.cli.said import checked_code, checked_registry, is_synthetic
from hub.domain.rows import Person
from hub.identity.statements import Answer
from hub.intake.answers import Saying, person_named, publish_answer
from hub.intake.reference import Entry, epoch_entry, publish_reference, release_entry
from hub.settings import Settings

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOptions:
    """What `hub identity never` and `answer` were told."""

    one: str
    other: str
    answer: str
    registry: str | None
    staff: str | None
    reason: str
    sample: str | None = None
    withdraw: bool = False


async def run_answer(options: AnswerOptions, log_url: str | None, settings: Settings) -> int:
    """Publish an answer about two persons."""
    saying = Saying(
        one=person_named(options.one),
        other=person_named(options.other),
        answer=_answer(options.answer),
        reason=checked_code(options.reason, "--reason"),
        staff_id=None if options.staff is None else checked_code(options.staff, "--staff"),
        sample=_month(options.sample),
        withdrawn=options.withdraw,
    )
    registry = None if options.registry is None else checked_registry(options.registry)
    log = bootstrap.open_log(common.required(log_url or settings.log, "HUB_LOG", "--log"), settings)
    try:
        if registry is None:
            await bootstrap.make_topics(log, [])
        synthetic = await is_synthetic(log, registry)
        sent = await publish_answer(log, saying, registry, synthetic=synthetic)
    finally:
        await log.close()
    said = f"{_named(saying.one)} and {_named(saying.other)}: {saying.answer.name}"
    taken = " taken back" if saying.withdrawn else ""
    who = registry or "the Alliance"
    ending = "by" if sent else "already said by"
    sys.stdout.write(f"{said}{taken}, {ending} {who}.\n")
    return 0


async def run_release(whom: str, reason: str, log_url: str | None, settings: Settings) -> int:
    """Publish that held persons may be linked again."""
    registry, _, person_id = whom.partition("/")
    entry = release_entry(
        checked_registry(registry), person_id or None, checked_code(reason, "--reason")
    )
    await _publish(entry, log_url, settings)
    released = whom if person_id else f"all who are held in {registry}"
    sys.stdout.write(f"Released: {released}.\n")
    return 0


async def run_end_epoch(epoch: int, reason: str, log_url: str | None, settings: Settings) -> int:
    """Publish that an old token key's epoch has ended."""
    entry = epoch_entry(epoch, checked_code(reason, "--reason"))
    sent = await _publish(entry, log_url, settings)
    ended = "has ended" if sent else "had ended already"
    sys.stdout.write(f"Token epoch {epoch} {ended}.\n")
    return 0


async def _publish(entry: Entry, log_url: str | None, settings: Settings) -> int:
    log = bootstrap.open_log(common.required(log_url or settings.log, "HUB_LOG", "--log"), settings)
    try:
        await bootstrap.make_topics(log, [])
        return await publish_reference(log, [entry])
    finally:
        await log.close()


def _answer(word: str) -> Answer:
    words = [answer.name.lower() for answer in Answer]
    if word not in words:
        raise common.UsageError("that is no answer", fix=f"use {', '.join(words)}")
    return Answer[word.upper()]


def _month(text: str | None) -> str | None:
    if text is not None and not _MONTH.fullmatch(text):
        raise common.UsageError("--sample is a month", fix="write one such as 2026-11")
    return text


def _named(person: Person) -> str:
    return f"{person.registry}/{person.person_id}"
