"""Two registries' hand-made submissions, some people in both, and what the log holds of them."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hub.adapters.memory_log import MemoryEventLog
from hub.bootstrap import make_topics
from hub.cli.alliance import shipped_entries
from hub.domain.events import Change, Kind
from hub.domain.log import LogRecord, Message
from hub.domain.statements import IdentityFields, Statement, Submission
from hub.domain.topics import is_derived
from hub.identity.tokens import TokenKey
from hub.intake.publish import publish_submission
from hub.intake.reference import demo_agreements, publish_reference
from hub.ports import EventLog, Keyring
from hub.wire.codec import open_envelope
from hub.wire.schemas import load_schemas

REGISTRIES = ("us-fl", "us-il")
PERSONS = 50
SHARED = 20  # The first of each registry are the same people.
AS_OF = date(2026, 6, 30)
_KEY = TokenKey(1, bytes(range(32)))
_STAMP = 1_750_000_000_000_000
_CREDENTIAL = {
    "type": "ChildDevelopmentAssociate",
    "own_type": "CDA",
    "issued_on": date(2025, 1, 15),
    "expires_on": date(2028, 1, 14),
    "standing": "AWARDED",
}
_TRAINING = {
    "event_type": "WORKSHOP",
    "completed_on": date(2026, 2, 10),
    "amount": Decimal("15"),
    "unit": "CLOCK",
    "clock_hours": Decimal("15"),
    "verification": "VERIFIED",
}


def submission(registry: str, persons: range, *, later_us: int = 0) -> Submission:
    """Profile, credential and training of these persons; stated again when later."""
    statements = [s for n in persons for s in _statements(registry, n, _STAMP + later_us)]
    return Submission(
        registry=registry,
        submission_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{registry} {persons} {later_us}")),
        digest="0" * 64,
        extract_on=AS_OF,
        mapping_version=1,
        synthetic=True,
        kinds=(),
        elements=(),
        functions=(),
        files=(),
        statements=tuple(statements),
    )


def _statements(registry: str, number: int, stamp: int) -> list[Statement]:
    person = f"P{number:03}"
    owner = "both" if number < SHARED else registry
    identity = IdentityFields(
        given_name=f"Given {owner}",
        surname=f"Sur {number}",
        ssn=f"9{5 if owner == 'both' else REGISTRIES.index(registry)}0{10 + number}{1000 + number}",
    )
    profile = Statement(
        kind=Kind.PROFILE,
        record_id=person,
        person_id=person,
        revision=stamp,
        change=Change.STATED,
        body=_body(Kind.PROFILE, {"status": "ACTIVE", "evidence_epochs": [1]}),
        private={},
        identity=identity,
        file="people.csv",
        row=number + 2,
    )
    return [
        profile,
        _record(profile, Kind.CREDENTIAL, f"C{number:03}", _CREDENTIAL),
        _record(profile, Kind.TRAINING_COMPLETION, f"T{number:03}", _TRAINING),
    ]


def _record(profile: Statement, kind: Kind, name: str, fields: dict[str, Any]) -> Statement:
    return replace(profile, kind=kind, record_id=name, body=_body(kind, fields), identity=None)


def _body(kind: Kind, fields: dict[str, Any]) -> dict[str, Any]:
    empty = {
        each["name"]: each.get("default", []) for each in load_schemas().of(kind).body["fields"]
    }
    return empty | fields


async def send(log: EventLog, keyring: Keyring, submissions: Sequence[Submission]) -> int:
    """Publish submissions. Answers how many events were sent."""
    sent = 0
    for each in submissions:
        report = await publish_submission(
            each, log=log, keyring=keyring, token_keys=(_KEY,), known=None
        )
        sent += report.sent
    return sent


async def send_reference(log: EventLog) -> None:
    """Topics, shipped policies, lists and model, and agreements of both registries."""
    await make_topics(log, REGISTRIES)
    await publish_reference(log, [*shipped_entries(), *demo_agreements(REGISTRIES)])


async def copied(log: EventLog) -> MemoryEventLog:
    """A log in memory of what others than the hub wrote."""
    found = MemoryEventLog()
    await make_topics(found, REGISTRIES)
    records = [r for r in await records_of(log) if not is_derived(r.topic)]
    await found.append([Message(r.topic, r.key, r.value, r.headers) for r in records])
    return found


async def records_of(log: EventLog) -> list[LogRecord]:
    """Everything on a log, in order of place."""
    found: list[LogRecord] = []
    for place, end in sorted((await log.ends()).items()):
        offset = 0
        while offset < end:
            run = await log.read(place, offset, 10_000)
            found += run
            offset = run[-1].offset + 1
    return found


def bytes_by_event_id(records: Sequence[LogRecord]) -> dict[str, set[bytes]]:
    """What the hub's own events hold, by their ids."""
    found: dict[str, set[bytes]] = {}
    for record in records:
        if is_derived(record.topic):
            found.setdefault(open_envelope(record).head.event_id, set()).add(record.value)
    return found


def delivered_ids(folder: Path) -> list[str]:
    """Event ids of every row in the registries' out folders."""
    found: list[str] = []
    for path in sorted(folder.rglob("*.csv")):
        with path.open(newline="", encoding="utf-8-sig") as lines:
            found += [row["event_id"] for row in csv.DictReader(lines)]
    return found
