"""The statements that a registry can make beside its records, each checked before it is sent.

Codes, ids, days and hours; never a name, and no text but a registry's own contact. What is checked
here is what a person can still correct; the lane that folds them judges again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from hub.domain.events import Kind
from hub.domain.rows import Person
from hub.errors import ConfigurationError
from hub.intake.exchange import Statement
from hub.intake.inbox import Seen
from hub.projections.exchange import (
    CONSENT_KINDS,
    HOURS_E4_BELOW,
    PERSONAL,
    RECORD_KINDS,
    subject_id,
)
from hub.reciprocity.codes import KINDS_WITH_HOURS, is_registry
from hub.reciprocity.words import hours_text

NOTHING_SENT = "nothing was published"
HOURS_PLACES_MAX = 4
_E4 = 10_000


class RecordNamed(NamedTuple):
    """A record, as people write it."""

    registry: str
    kind: str
    record_id: str

    def __str__(self) -> str:
        return "/".join(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """A worker's appeal against an answer, as the worker's own registry files it."""

    person: Person
    record: RecordNamed
    receiver: str
    reason: str
    contact: str | None = None
    staff_id: str | None = None
    match_version: int | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a registry decided about another's record. Hours are clock hours."""

    registry: str
    record: RecordNamed
    decision: str
    reason: str
    staff_id: str
    decided_on: date
    hours: Decimal | None = None
    counts_as: str | None = None
    documents: Sequence[str] = ()
    revision: int | None = None
    match_version: int | None = None
    withdrawn: bool = False


def record_named(text: str) -> RecordNamed:
    """The record of `us-oh/training/T-9`; its id may hold slashes. Raises ConfigurationError."""
    registry, _, rest = text.partition("/")
    kind, _, record_id = rest.partition("/")
    if not is_registry(registry) or not record_id:
        raise ConfigurationError(
            "a record is named by registry, kind and id, parted by slashes",
            fix="write it as us-oh/training/T-9",
            effect=NOTHING_SENT,
        )
    if kind not in RECORD_KINDS:
        raise ConfigurationError(
            f'"{kind}" is no kind of record', fix=f"use {', '.join(RECORD_KINDS)}"
        )
    return RecordNamed(registry, kind, record_id)


def consent(
    person: Person,
    to: str,
    kinds: Sequence[str],
    held_as: str,
    *,
    staff_id: str | None = None,
    withdrawn: bool = False,
) -> Statement:
    """That the person lets a registry learn of their records of these kinds, or no longer."""
    _refuse_itself(person.registry, to, "consents to itself")
    unknown = sorted(set(kinds) - CONSENT_KINDS)
    if unknown or not (kinds or withdrawn):
        raise ConfigurationError(
            f'a consent names the kind "{unknown[0]}"' if unknown else "a consent names no kind",
            fix=f"use {', '.join(sorted(CONSENT_KINDS))}",
            effect=NOTHING_SENT,
        )
    body = {"to": to, "kinds": sorted(set(kinds)), "held_as": held_as, "staff_id": staff_id}
    return _of_person(Kind.CONSENT, person, subject_id(person.person_id, to), body, withdrawn)


def portability_request(
    person: Person, receiver: str, requested_on: date, *, withdrawn: bool = False
) -> Statement:
    """That the person asks what another registry's rules say of all their records."""
    _refuse_itself(person.registry, receiver, "asks itself")
    body = {"receiver": receiver, "requested_on": requested_on}
    record_id = subject_id(person.person_id, receiver)
    return _of_person(Kind.PORTABILITY_REQUEST, person, record_id, body, withdrawn)


def dispute(appeal: Appeal) -> Statement:
    """That the person takes an answer, or a decision, to be wrong."""
    record = appeal.record
    _refuse_itself(appeal.person.registry, appeal.receiver, "appeals to itself")
    _refuse_itself(record.registry, appeal.receiver, "judges its own record")
    if record.kind not in PERSONAL:
        raise ConfigurationError(
            f"a {record.kind} is no person's record, so no person appeals for it",
            fix=f"name a record of the kind {', '.join(sorted(PERSONAL))}",
            effect=NOTHING_SENT,
        )
    body = {
        **record._asdict(),
        "receiver": appeal.receiver,
        "match_version": appeal.match_version,
        "reason": appeal.reason,
        "contact": appeal.contact,
        "staff_id": appeal.staff_id,
    }
    record_id = subject_id(*record, appeal.receiver)
    return _of_person(Kind.DISPUTE, appeal.person, record_id, body, appeal.withdrawn)


def decision(decided: Decided, seen: Seen | None) -> Statement:
    """What was decided. What it does not say of revision and version is as the registry's inbox
    has it. Raises ConfigurationError where neither says it, and where the hours cannot be."""
    record = decided.record
    _refuse_itself(record.registry, decided.registry, "judges its own record")
    revision = decided.revision or (seen.record_revision if seen else None)
    if revision is None:
        raise ConfigurationError(
            f"the inbox of {decided.registry} says nothing of {record}, or took it back",
            fix="give the record's revision with --revision",
            effect=NOTHING_SENT,
        )
    same = seen is not None and seen.record_revision == revision
    version = decided.match_version or (seen.version if seen and same else None)
    body = {
        **record._asdict(),
        "record_revision": revision,
        "match_version": version,
        "decision": decided.decision,
        "accepted_hours": None if decided.withdrawn else _hours(decided, seen if same else None),
        "counts_as": decided.counts_as,
        "reason": decided.reason,
        "document_received": sorted(set(decided.documents)),
        "decided_on": decided.decided_on,
        "staff_id": decided.staff_id,
    }
    return Statement(
        Kind.RECOGNITION_DECISION,
        decided.registry,
        None,
        subject_id(*record),
        body,
        decided.withdrawn,
    )


def _hours(decided: Decided, seen: Seen | None) -> Decimal | None:
    """Hours that count, checked against those that the answer shows where it was seen."""
    hours, total = decided.hours, seen.total_hours if seen else None
    if decided.decision in ("REFUSED", "PENDING"):
        if hours or decided.counts_as:
            raise _hours_error(
                f"{decided.decision.lower()} counts nothing", "leave --hours and --counts-as out"
            )
        return None
    if hours is not None:
        _refuse_no_amount(hours)
        without = decided.record.kind not in KINDS_WITH_HOURS or (seen and total is None)
        if without:
            raise _hours_error("the record has no hours", "leave --hours out")
    if total is None:
        return hours
    if hours is not None and hours > total:
        raise _hours_error(
            f"{hours_text(hours)} is more than the {hours_text(total)} hours shown", "count fewer"
        )
    if decided.decision == "PARTLY":
        if hours is None:
            raise _hours_error(
                f"partly does not say how many of {hours_text(total)} hours", "give --hours"
            )
        return hours
    if hours is not None and hours < total:
        raise _hours_error(
            f"accepted means all of {hours_text(total)} hours", "say partly, or leave --hours out"
        )
    return total


def _refuse_no_amount(hours: Decimal) -> None:
    exponent = hours.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else HOURS_PLACES_MAX + 1
    if not hours.is_finite() or not 0 <= hours * _E4 < HOURS_E4_BELOW or places > HOURS_PLACES_MAX:
        raise _hours_error(
            "hours are a number from 0 to 999,999 with at most four places", "write one like 12.5"
        )


def _hours_error(what: str, fix: str) -> ConfigurationError:
    return ConfigurationError(what, fix=fix, effect=NOTHING_SENT)


def _refuse_itself(one: str, other: str, what: str) -> None:
    if not is_registry(other):
        raise ConfigurationError(
            f'"{other}" is no registry', fix="write a code such as us-nv", effect=NOTHING_SENT
        )
    if one == other:
        raise ConfigurationError(
            f"no registry {what}: both are {one}", fix="name the other one", effect=NOTHING_SENT
        )


def _of_person(
    kind: Kind, person: Person, record_id: str, body: dict[str, Any], withdrawn: bool
) -> Statement:
    return Statement(kind, person.registry, person.person_id, record_id, body, withdrawn)
