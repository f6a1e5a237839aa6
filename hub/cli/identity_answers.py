"""What `hub identity never`, `answer`, `release` and `end-epoch` do: one event each."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from hub import bootstrap
from hub.cli import common
from hub.domain.rows import Person
from hub.identity.statements import Answer
from hub.intake.answers import Saying, person_named, publish_answer
from hub.intake.provenance import sort_of_log
from hub.intake.reference import Entry, epoch_entry, publish_reference, release_entry
from hub.ports import EventLog
from hub.reciprocity.codes import is_registry
from hub.settings import Settings

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
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
        reason=_code(options.reason, "--reason"),
        staff_id=None if options.staff is None else _code(options.staff, "--staff"),
        sample=_month(options.sample),
        withdrawn=options.withdraw,
    )
    registry = None if options.registry is None else _registry(options.registry)
    log = bootstrap.open_log(common.required(log_url or settings.log, "HUB_LOG", "--log"), settings)
    try:
        if registry is None:
            await bootstrap.make_topics(log, [])
        synthetic = await _is_synthetic(log, registry)
        sent = await publish_answer(log, saying, registry, synthetic=synthetic)
    finally:
        await log.close()
    said = f"{_named(saying.one)} and {_named(saying.other)}: {saying.answer.name}"
    taken = " taken back" if saying.withdrawn else ""
    who = registry or "the Alliance"
    ending = "by" if sent else "already said by"
    sys.stdout.write(f"{said}{taken}, {ending} {who}.\n")
    return 0


async def _is_synthetic(log: EventLog, registry: str | None) -> bool:
    """As the log says, or where it may not be read, as the registry's mapping does."""
    held = await sort_of_log(log)
    if held is not None or registry is None:
        return bool(held)
    try:
        return common.registry_mapping(registry).synthetic
    except common.UsageError:
        return False


async def run_release(whom: str, reason: str, log_url: str | None, settings: Settings) -> int:
    """Publish that held persons may be linked again."""
    registry, _, person_id = whom.partition("/")
    entry = release_entry(_registry(registry), person_id or None, _code(reason, "--reason"))
    await _publish(entry, log_url, settings)
    released = whom if person_id else f"all who are held in {registry}"
    sys.stdout.write(f"Released: {released}.\n")
    return 0


async def run_end_epoch(epoch: int, reason: str, log_url: str | None, settings: Settings) -> int:
    """Publish that an old token key's epoch has ended."""
    entry = epoch_entry(epoch, _code(reason, "--reason"))
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


def _registry(code: str) -> str:
    if not is_registry(code):
        raise common.UsageError(
            "that is no registry's code", fix="write one such as us-oh, before the slash"
        )
    return code


def _code(word: str, option: str) -> str:
    """Reasons and staff ids stand in the open, so they are codes and never sentences."""
    if not _CODE.fullmatch(word):
        raise common.UsageError(
            f"{option} is a code: up to 40 letters, digits, periods, hyphens and underscores",
            fix="write a code, with nothing about a person in it",
        )
    return word


def _month(text: str | None) -> str | None:
    if text is not None and not _MONTH.fullmatch(text):
        raise common.UsageError("--sample is a month", fix="write one such as 2026-11")
    return text


def _named(person: Person) -> str:
    return f"{person.registry}/{person.person_id}"
