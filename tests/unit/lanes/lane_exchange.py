"""What registries say beside their records, as short events for tests of lanes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hub.domain.events import Change, Kind
from hub.domain.log import Message
from hub.domain.rows import Person
from hub.projections.exchange import subject_id
from tests.unit.lanes.lane_events import event

ASKED_ON = date(2026, 6, 1)
DECIDED_ON = date(2026, 6, 15)


def consent(person: Person, to: str, *kinds: str, **head: Any) -> Message:
    """A person's consent that another registry learns of their records of these kinds."""
    body = {"to": to, "kinds": sorted(kinds), "held_as": "signed_form", "staff_id": None}
    return _of_person(Kind.CONSENT, person, subject_id(person.person_id, to), body, head)


def request(person: Person, receiver: str, on: date = ASKED_ON, **head: Any) -> Message:
    """A registry asks what another's policy answers about a person of its own."""
    body = {"receiver": receiver, "requested_on": on}
    name = subject_id(person.person_id, receiver)
    return _of_person(Kind.PORTABILITY_REQUEST, person, name, body, head)


def appeal(person: Person, record: tuple[str, str, str], receiver: str, **head: Any) -> Message:
    """A person appeals against a registry's answer about a record: registry, kind, id."""
    registry, kind, record_id = record
    body = {
        "registry": registry,
        "kind": kind,
        "record_id": record_id,
        "receiver": receiver,
        "match_version": 1,
        "reason": "hours_miscounted",
        "contact": "office line 4",
        "staff_id": None,
    }
    return _of_person(Kind.DISPUTE, person, subject_id(*record, receiver), body, head)


def decision(
    registry: str, record: tuple[str, str, str], decision: str = "ACCEPTED", **fields: Any
) -> Message:
    """What a registry decided on a record; other fields are of the body, else of the head."""
    body: dict[str, Any] = {
        "registry": record[0],
        "kind": record[1],
        "record_id": record[2],
        "record_revision": 1,
        "match_version": None,
        "decision": decision,
        "accepted_hours": None,
        "counts_as": None,
        "reason": "meets_standard",
        "document_received": [],
        "decided_on": DECIDED_ON,
        "staff_id": "staff-7",
    }
    given = {name: fields.pop(name) for name in list(fields) if name in body}
    if isinstance(given.get("accepted_hours"), str):
        given["accepted_hours"] = Decimal(given["accepted_hours"])
    name = subject_id(*record)
    return event(
        Kind.RECOGNITION_DECISION,
        name,
        {**body, **given},
        registry=registry,
        person_id=None,
        **fields,
    )


def _of_person(
    kind: Kind, person: Person, record_id: str, body: dict[str, Any], head: dict[str, Any]
) -> Message:
    registry, person_id = person
    return event(kind, record_id, body, registry=registry, person_id=person_id, **head)


WITHDRAWN = {"change": Change.WITHDRAWN}
