"""Inbox items that answer a request, made by hand: one of each outcome and of each kind of turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hub.domain.events import Change, Head, Kind
from hub.domain.log import Message
from hub.domain.rows import Person
from hub.domain.topics import inbox_topic
from hub.printing.portability import Asked
from hub.projections.exchange_items import request_prefix
from hub.wire.codec import encode_body, encode_value, headers_of

ASKER = Person("us-oh", "P-1")
JUDGE = "us-nd"
REQUESTED = date(2026, 6, 30)


def asked(**changes: Any) -> Asked:
    """A request of the asker, looked at on its own day."""
    values: dict[str, Any] = {
        "asker": ASKER,
        "receiver": JUDGE,
        "requested_on": REQUESTED,
        "as_of": REQUESTED,
        "synthetic": True,
        "received_ms": 1_782_914_700_000,
        "silent": ("credential",),
        "version": "0.3.0",
        "command": "hub portability report us-oh/P-1 --to us-nd --out report.pdf",
    }
    return Asked(**{**values, **changes})


def interval(outcome: str, reason: str, **changes: Any) -> dict[str, Any]:
    """One answer and its days, as an item has it."""
    values: dict[str, Any] = {
        "from_on": date(2024, 7, 1),
        "until_on": None,
        "outcome": outcome,
        "reason": reason,
        "reason_values": [],
        "rule_id": "nd-rule",
        "rule_version": 1,
        "accepted_hours": None,
        "total_hours": None,
        "counts_as": None,
        "not_for": [],
        "documents": [],
        "with_documents": None,
        "unknown": [],
    }
    return {**values, **changes}


def lifted(outcome: str, hours: str | None = None, counts_as: str | None = None) -> dict[str, Any]:
    """What documents lift an answer to."""
    accepted = None if hours is None else Decimal(hours)
    return {"outcome": outcome, "accepted_hours": accepted, "counts_as": counts_as}


def decided(decision: str, **changes: Any) -> dict[str, Any]:
    """A decision beside an answer, on the record as it stands."""
    values: dict[str, Any] = {
        "decision": decision,
        "verdict": "AFTER",
        "accepted_hours": None,
        "counts_as": None,
        "reason": "checked",
        "document_received": [],
        "decided_on": date(2026, 6, 20),
        "record_revision": 7,
        "outcome": None,
        "rule_id": None,
        "rule_version": None,
    }
    return {**values, **changes}


def item(record: tuple[str, str, str] | None, *intervals: dict[str, Any], **changes: Any) -> Any:
    """The body of an item about this record (registry, kind, id); of the request where none."""
    registry, kind, record_id = record or (None, None, None)
    values: dict[str, Any] = {
        "item": "PORTABILITY",
        "receiver": ASKER.registry,
        "sender": registry,
        "person_ids": [ASKER.person_id],
        "kind": kind,
        "record_id": record_id,
        "record_revision": None if record is None else 7,
        "withdrawn": False,
        "intervals": list(intervals),
        "others": [],
        "rule": None,
        "place": None,
        "review": None,
        "exposed": [],
        "judge": JUDGE,
        "requested_on": REQUESTED,
        "decision": None,
        "appeal": None,
        "policy": None,
        "lapses_on": None,
        "contradictions": None,
    }
    return {**values, **changes}


def message(body: dict[str, Any], version: int = 1, *, synthetic: bool = True) -> Message:
    """The item on the asker's inbox topic, as the relay puts it there."""
    named = (body["sender"], body["kind"], body["record_id"])
    about = "" if body["record_id"] is None else "|".join(map(str, named))
    subject = f"inbox|{request_prefix(ASKER, body['judge'])}{about}"
    return inbox_message(ASKER.registry, subject, body, version, synthetic=synthetic)


def inbox_message(
    registry: str, subject: str, body: dict[str, Any], version: int, *, synthetic: bool = True
) -> Message:
    """Any item on a registry's inbox topic."""
    head = Head(
        event_id="4b2f1a52-1111-5222-8333-944444444444",
        registry="hub",
        person_id=None,
        record_id=subject,
        revision=version,
        encoding=0,
        recorded_at=1_782_914_700_000_000,
        submission_id=None,
        submission_row=None,
        synthetic=synthetic,
        change=Change.STATED,
    )
    value = encode_value(Kind.INBOX_ITEM, head, None, encode_body(Kind.INBOX_ITEM, body))
    return Message(
        inbox_topic(registry), subject.encode(), value, headers_of(Kind.INBOX_ITEM, head, value)
    )


def everything() -> Sequence[Any]:
    """A worker's records, answered in every way that there is."""
    full = interval(
        "FULL", "accepted_in_full", accepted_hours=Decimal("45"), total_hours=Decimal("45"),
        counts_as="level-3", rule_id="nd-college-transcript", until_on=date(2028, 2, 28),
        from_on=date(2025, 3, 1),
    )  # fmt: skip
    expired = interval(
        "DENIED", "not_in_force", rule_id="not-in-force", rule_version=0,
        from_on=date(2028, 2, 29), total_hours=Decimal("45"), accepted_hours=Decimal("0"),
        reason_values=[{"name": "why", "text": "expired"}],
    )  # fmt: skip
    copy = interval(
        "PARTIAL", "accepted_in_part", rule_id="nd-college-copy", counts_as="level-1",
        accepted_hours=Decimal("45"), total_hours=Decimal("45"), not_for=["career_pathway"],
        documents=["official_transcript"], with_documents=lifted("FULL", "45", "level-3"),
    )  # fmt: skip
    cut = interval(
        "PARTIAL", "hours_taken", rule_id="oh-training",
        accepted_hours=Decimal("12"), total_hours=Decimal("15.5"),
        reason_values=[
            {"name": "accepted_hours", "text": "12"},
            {"name": "areas_not_counted", "text": "06, 99"},
            {"name": "rounded_down_to", "text": "0.25"},
        ],
    )  # fmt: skip
    conference = interval(
        "NEEDS_DOCUMENT", "documents_needed", rule_id="nd-conference", until_on=date(2026, 8, 31),
        accepted_hours=Decimal("0"), total_hours=Decimal("6"),
        documents=["certificate"], with_documents=lifted("NEEDS_REVIEW"),
    )  # fmt: skip
    online = interval(
        "NEEDS_DOCUMENT", "documents_needed", rule_id="nd-out-of-state",
        accepted_hours=Decimal("0"), total_hours=Decimal("2"),
        documents=["certificate", "proof_of_the_moon"], with_documents=lifted("NEEDS_REVIEW"),
    )  # fmt: skip
    unknown = interval(
        "NEEDS_REVIEW", "not_known", rule_id="nd-college-transcript",
        unknown=["grade", "accredited"], accepted_hours=Decimal("0"), total_hours=Decimal("30"),
    )  # fmt: skip
    refused = interval(
        "DENIED", "not_accepted_by_rule", rule_id="nd-no-event-id",
        accepted_hours=Decimal("0"), total_hours=Decimal("3"),
    )  # fmt: skip
    later = interval("FULL", "accepted_in_full", from_on=date(2026, 9, 1))
    return [
        item(None, rule="NO_POLICY: credential"),
        item(("us-oh", "training", "T-1"), full, expired),
        item(("us-oh", "training", "T-2"), copy, requested_on=date(2026, 5, 1)),
        item(("us-fl", "training", "T/3"), cut, decision=decided(
            "PARTLY", accepted_hours=Decimal("12"))),
        item(("us-oh", "training", "T-4"), conference, decision=decided(
            "PENDING", document_received=["session_tracking_form"])),
        item(("us-oh", "training", "T-5"), online),
        item(("us-oh", "training", "T-6"), unknown),
        item(("us-oh", "training", "T-7"), refused, decision=decided(
            "REFUSED", reason="no_event_id", record_revision=3)),
        item(("us-oh", "education", "E-1"), interval("PARTIAL", "accepted_in_part")),
        item(("us-oh", "credential", "C-1"), later),
    ]  # fmt: skip
