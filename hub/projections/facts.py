"""From a record's body to the facts that policies are evaluated on.

A field that the registry's layout does not have is unknown; null elsewhere says known to be none.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hub.domain.events import Change, Kind
from hub.domain.rows import RecordRow
from hub.projections.records import EPOCH, body_of
from hub.reciprocity.facts import UNKNOWN, ApprovalFacts, ListEntry, Maybe, RecordFacts
from hub.wire.skim import skim_of

SUBJECTS = {
    Kind.TRAINING_COMPLETION: "training",
    Kind.EDUCATION: "education",
    Kind.CREDENTIAL: "credential",
}
"""Kinds of a person's records that are matched, in the words of policies."""

_TRAINING = int(Kind.TRAINING_COMPLETION)
APPROVAL_SUBJECTS = frozenset({"course", "trainer", "organization"})


_WORDS = {int(kind): word for kind, word in SUBJECTS.items()}
_APPROVAL = int(Kind.APPROVAL)


def word_of(row: RecordRow) -> str | None:
    """The policies' word for this record; None for a kind that is never matched."""
    if row.kind != _APPROVAL:
        return _WORDS.get(row.kind)
    word = (row.own_type or "").lower()
    return word if word in APPROVAL_SUBJECTS else None


_TRAINING_FIELDS = (
    "completed_on",
    "amount",
    "unit",
    "clock_hours",
    "verification",
    "event_type",
    "delivery",
    "organization",
    "approval_code",
    "trainer_id",
    "level",
)
_TRAINING_READ = (*_TRAINING_FIELDS, "areas.area", "areas.clock_hours", "not_kept[]")


def judged_body(row: RecordRow) -> Mapping[str, Any]:
    """What is judged of a record's body. Of completions, which are most, nothing else is read."""
    if row.kind != _TRAINING:
        return body_of(row)
    values = skim_of(row.schema_id, _TRAINING_READ)(row.body)
    *plain, areas, hours, not_kept = values
    body = dict(zip(_TRAINING_FIELDS, plain, strict=True))
    body["completed_on"] = _day(body["completed_on"])
    body["amount"] = _amount(body["amount"])
    body["clock_hours"] = _amount(body["clock_hours"])
    body["areas"] = [
        {"area": area, "clock_hours": _amount(each)}
        for area, each in zip(areas, hours, strict=True)
    ]
    body["not_kept"] = not_kept
    return body


@lru_cache(maxsize=8192)
def _day(number: int | None) -> date | None:
    return None if number is None else EPOCH + timedelta(days=number)


@lru_cache(maxsize=8192)
def _amount(unscaled: int | None) -> Decimal | None:
    return None if unscaled is None else Decimal(unscaled).scaleb(-4)


def facts_of(row: RecordRow, body: Mapping[str, Any]) -> RecordFacts | None:
    """Facts of a record; None for a kind that is never matched."""
    subject = word_of(row)
    if subject is None:
        return None
    read = _READERS[Kind(row.kind)]
    return RecordFacts(
        registry=row.registry,
        kind=subject,
        record_id=row.record_id,
        revision=row.revision,
        **read(row, body),
    )


def _said(body: Mapping[str, Any], field: str) -> Maybe[Any]:
    return UNKNOWN if field in body["not_kept"] else body[field]


def _enum(body: Mapping[str, Any], field: str) -> Maybe[str]:
    value = body[field]
    return UNKNOWN if value == "UNKNOWN" else value.lower()


def _standing(row: RecordRow, stated: str) -> str:
    return {
        Change.SUSPENDED: "suspended",
        Change.REVOKED: "revoked",
        Change.REVERSED: "reversed",
        Change.WITHDRAWN: "withdrawn",
    }.get(Change(row.change), stated)


def _areas(body: Mapping[str, Any]) -> Maybe[tuple[tuple[str, Decimal], ...]]:
    areas = body["areas"]
    if len(areas) == 1 and areas[0]["clock_hours"] is None:
        total = body["clock_hours"]
        return UNKNOWN if total is None else ((areas[0]["area"], total),)
    if not areas or any(each["clock_hours"] is None for each in areas):
        return UNKNOWN
    sums: dict[str, Decimal] = {}
    for each in areas:
        sums[each["area"]] = sums.get(each["area"], Decimal(0)) + each["clock_hours"]
    return tuple(sorted((area, hours) for area, hours in sums.items() if hours))


def _training(row: RecordRow, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "standing": _standing(row, "stated"),
        "on": body["completed_on"],
        "amount": body["amount"],
        "unit": _enum(body, "unit"),
        "hours_by_area": _areas(body),
        "verification": _enum(body, "verification"),
        "event_type": _enum(body, "event_type"),
        "delivery": _said(body, "delivery"),
        "organization": _said(body, "organization"),
        "approval_code": _said(body, "approval_code"),
        "trainer": _said(body, "trainer_id"),
        "level": _said(body, "level"),
    }


def _education(row: RecordRow, body: Mapping[str, Any]) -> dict[str, Any]:
    credits = body["credits_early_childhood"]
    return {
        "standing": _standing(row, "stated"),
        "type": _said(body, "degree"),
        "own_type": body["own_degree"],
        "on": _last_day(body["awarded"]),
        "amount": credits,
        "unit": UNKNOWN if credits is None else "semester",
        "evidence": _said(body, "verification"),
        "organization": _said(body, "institution"),
        "accredited": _said(body, "accredited"),
    }


def _last_day(awarded: str | None) -> Maybe[date | None]:
    """The last day of what is said: a degree of 1999 is surely there when that year is over.
    Text that is no year, month or day says nothing."""
    if awarded is None:
        return None
    try:
        numbers = [int(part) for part in awarded.split("-")]
        year = numbers[0]
        month = numbers[1] if len(numbers) > 1 else 12
        day = numbers[2] if len(numbers) > 2 else monthrange(year, month)[1]
        return date(year, month, day)
    except (ValueError, OverflowError):
        return UNKNOWN


def _credential(row: RecordRow, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "standing": _standing(row, body["standing"].lower()),
        "type": body["type"],
        "subtype": body["subtype"],
        "own_type": body["own_type"],
        "on": body["issued_on"],
        "expires": body["expires_on"],
        "revoked_on": body["revoked_on"],
        "level": _said(body, "level"),
    }


def _approval(row: RecordRow, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "standing": _standing(row, body["status"].lower()),
        "type": UNKNOWN,
        "on": body["approved_on"] or body["session_on"],
        "expires": body["expires_on"],
        "amount": body["clock_hours"],
        "unit": UNKNOWN if body["clock_hours"] is None else "clock",
        "hours_by_area": _areas(body),
        "delivery": _said(body, "delivery"),
        "organization": _said(body, "organization"),
        "trainer": _said(body, "trainer_id"),
        "level": _said(body, "level"),
    }


_READERS = {
    Kind.TRAINING_COMPLETION: _training,
    Kind.EDUCATION: _education,
    Kind.CREDENTIAL: _credential,
    Kind.APPROVAL: _approval,
}


@lru_cache(maxsize=4096)
def approvals_of(row: RecordRow) -> tuple[ApprovalFacts, ...]:
    """An approval under every id by which records of its registry name it."""
    body = body_of(row)
    facts = facts_of(row, body)
    if facts is None:
        return ()
    names = {row.record_id}
    if facts.kind == "trainer":
        names = {body["trainer_id"]} - {None}
    elif body["course_id"]:
        names.add(body["course_id"])
    return tuple(ApprovalFacts(id=name, facts=facts) for name in sorted(names))


def list_entry_of(kind: Kind, body: Mapping[str, Any]) -> ListEntry:
    """A published list entry."""
    return ListEntry(
        list=body["list"],
        member=body["member"],
        aliases=tuple(body["aliases"]),
        state=body["state"],
        from_on=body["from_on"],
        until_on=body["until_on"],
        meets_cda=body["meets_cda"] if kind is Kind.RECOGNIZED_CREDENTIAL else None,
    )
