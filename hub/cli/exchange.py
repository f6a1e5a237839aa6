"""What `hub consent`, `hub portability ask` and `withdraw`, `hub match decide` and `dispute` do:
one event each, on the registry's own topic."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from hub import bootstrap
from hub.cli import common
from hub.cli.review_options import read_contacts
from hub.cli.said import checked_code, checked_registry, is_synthetic
from hub.domain.rows import Person
from hub.errors import ConfigurationError
from hub.intake.answers import person_named
from hub.intake.exchange import Statement, publish_statement, registries_seen
from hub.intake.exchange_forms import (
    Appeal,
    Decided,
    consent,
    decision,
    dispute,
    portability_request,
    record_named,
)
from hub.intake.inbox import Seen, answer_seen
from hub.ports import EventLog
from hub.projections.exchange import DECISIONS
from hub.reciprocity.words import hours_text
from hub.settings import Settings

CONTACT_LENGTH_MAX = 200
_LEVEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./+_-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentOptions:
    """What `hub consent give` and `withdraw` were told."""

    whose: str
    to: str
    kinds: str
    held_as: str
    staff: str | None
    withdraw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOptions:
    """What `hub match decide` was told."""

    record: str
    registry: str
    reason: str
    staff: str
    decision: str | None = None
    hours: str | None = None
    counts_as: str | None = None
    documents: str | None = None
    revision: int | None = None
    match_version: int | None = None
    decided_on: str | None = None
    withdraw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeOptions:
    """What `hub match dispute` was told."""

    whose: str
    record: str
    receiver: str
    reason: str
    contact: str | None = None
    staff: str | None = None
    match_version: int | None = None
    withdraw: bool = False


async def run_consent(options: ConsentOptions, log_url: str | None, settings: Settings) -> int:
    """Publish a consent, or that it is withdrawn."""
    person = person_named(options.whose)
    said = consent(
        person,
        checked_registry(options.to),
        [checked_code(each, "--kinds") for each in _listed(options.kinds)],
        checked_code(options.held_as, "--held-as"),
        staff_id=None if options.staff is None else checked_code(options.staff, "--staff"),
        withdrawn=options.withdraw,
    )
    async with _opened(log_url, settings) as log:
        sent = await _publish(log, said, options.to)
    kinds = ", ".join(said.body["kinds"])
    what = "consent withdrawn" if options.withdraw else f"consent on {kinds}"
    return _tell(f"{_named(person)} to {options.to}: {what}", sent)


async def run_request(
    words: tuple[str, str],
    requested_on: str | None,
    log_url: str | None,
    settings: Settings,
    *,
    withdraw: bool,
) -> int:
    """Publish that a person asks what a registry's rules say of their records, or asks no more."""
    person, receiver = person_named(words[0]), checked_registry(words[1])
    day = _day(requested_on, "--requested-on")
    said = portability_request(person, receiver, day, withdrawn=withdraw)
    async with _opened(log_url, settings) as log:
        sent = await _publish(log, said, receiver)
    what = "request withdrawn" if withdraw else f"request of {day.isoformat()}"
    _tell(f"{_named(person)} to {receiver}: {what}", sent)
    if not withdraw:
        sys.stdout.write(
            f"The answers come into the inbox of {person.registry}; then:"
            f" hub portability report {_named(person)} --to {receiver} --out report.pdf\n"
        )
    return 0


async def run_decide(options: DecideOptions, log_url: str | None, settings: Settings) -> int:
    """Publish what a registry decided about a record."""
    decided = _decided(options)
    async with _opened(log_url, settings) as log:
        seen = await answer_seen(log, decided.registry, decided.record)
        said = decision(decided, seen)
        sent = await _publish(log, said, decided.record.registry)
    body = said.body
    if options.withdraw:
        return _tell(f"{decided.record}: decision of {decided.registry} withdrawn", sent)
    hours = body["accepted_hours"]
    parts = [
        body["decision"].lower(),
        *([f"{hours_text(hours)} clock hours"] if hours is not None else []),
        *([f"counts as {body['counts_as']}"] if body["counts_as"] else []),
        *([f"received {', '.join(body['document_received'])}"] if decided.documents else []),
    ]
    _tell(f"{decided.record}, decided by {decided.registry}: {'; '.join(parts)}", sent)
    _tell_not_asked(decided.documents, seen)
    return 0


async def run_dispute(options: DisputeOptions, log_url: str | None, settings: Settings) -> int:
    """Publish a worker's appeal."""
    person = person_named(options.whose)
    contact = options.contact or read_contacts(settings.contacts).get(person.registry)
    appeal = Appeal(
        person=person,
        record=record_named(options.record),
        receiver=checked_registry(options.receiver),
        reason=checked_code(options.reason, "--reason"),
        contact=None if contact is None else _checked_contact(contact),
        staff_id=None if options.staff is None else checked_code(options.staff, "--staff"),
        match_version=options.match_version,
        withdrawn=options.withdraw,
    )
    said = dispute(appeal)
    async with _opened(log_url, settings) as log:
        sent = await _publish(log, said, appeal.receiver, appeal.record.registry)
    what = "appeal withdrawn" if options.withdraw else "appeal"
    _tell(f"{appeal.record}, answered by {appeal.receiver}: {what} of {_named(person)}", sent)
    if contact is None and not options.withdraw:
        sys.stdout.write(
            "No contact goes with it: give --contact, or set HUB_CONTACTS, and file it again.\n"
        )
    return 0


@asynccontextmanager
async def _opened(log_url: str | None, settings: Settings) -> AsyncIterator[EventLog]:
    url = common.required(log_url or settings.log, "HUB_LOG", "--log")
    log = bootstrap.open_log(url, settings, to_read=True)
    try:
        yield log
    finally:
        await log.close()


async def _publish(log: EventLog, said: Statement, *others: str) -> bool:
    """Publish it where those whom it names are registries of the log. A registry's own principal is
    shown its own topics alone, and then the form of a code is all that can be checked."""
    seen = set(await registries_seen(log)) - {said.registry}
    for other in others:
        if seen and other not in seen | {said.registry}:
            raise ConfigurationError(
                f"the log has no registry {other}",
                fix=f"name one that has published: {', '.join(sorted(seen))}",
                effect="nothing was published",
            )
    synthetic = await is_synthetic(log, said.registry)
    return await publish_statement(log, said, synthetic=synthetic)


def _decided(options: DecideOptions) -> Decided:
    words = sorted(each.lower() for each in DECISIONS)
    word = options.decision or ("pending" if options.withdraw else None)
    if word not in words:
        raise common.UsageError("--decision says what was decided", fix=f"use {', '.join(words)}")
    return Decided(
        registry=checked_registry(options.registry),
        record=record_named(options.record),
        decision=word.upper(),
        reason=checked_code(options.reason, "--reason"),
        staff_id=checked_code(options.staff, "--staff"),
        decided_on=_day(options.decided_on, "--decided-on"),
        hours=_hours(options.hours),
        counts_as=_level(options.counts_as),
        documents=[checked_code(each, "--documents") for each in _listed(options.documents or "")],
        revision=options.revision,
        match_version=options.match_version,
        withdrawn=options.withdraw,
    )


def _day(text: str | None, option: str) -> date:
    """A day that has come somewhere: one day of grace for registries east of Greenwich."""
    today = datetime.now(UTC).date()
    if text is None:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise common.UsageError(f"{option} is a day", fix="write one such as 2026-06-30") from None
    if day > today + timedelta(days=1):
        raise common.UsageError(f"{option} is a day to come", fix="give today or a day before")
    return day


def _hours(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        raise common.UsageError("--hours is a number", fix="write one such as 12.5") from None


def _level(text: str | None) -> str | None:
    if text is not None and not _LEVEL.fullmatch(text):
        raise common.UsageError(
            "--counts-as is a type or level of the registry, of up to 40 characters",
            fix="write one such as level-3 or ECE/2",
        )
    return text


def _checked_contact(text: str) -> str:
    if not text.isprintable() or not text.strip() or len(text) > CONTACT_LENGTH_MAX:
        raise common.UsageError(
            f"a contact is one line of up to {CONTACT_LENGTH_MAX} characters",
            fix="name an office and how it is reached, never the worker",
        )
    return text


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _tell_not_asked(documents: Sequence[str], seen: Seen | None) -> None:
    """A document under another name than the rules' changes no answer: worth a second look."""
    strange = sorted(set(documents) - seen.documents) if seen and seen.documents else []
    if seen and strange:
        asked = ", ".join(sorted(seen.documents))
        sys.stdout.write(
            f"Not asked for by the rules: {', '.join(strange)}. They ask for {asked}.\n"
        )


def _tell(what: str, sent: bool) -> int:
    sys.stdout.write(f"{what}{'' if sent else ' (said already)'}.\n")
    return 0


def _named(person: Person) -> str:
    return f"{person.registry}/{person.person_id}"
