"""Made-up submissions of two registries for the chaos run, deterministic by seed.

Beside first statements there are repeats, stale revisions, corrections, conflicts (one revision,
two contents), records that move to another person, withdrawals, and profiles whose identity
changes, so that links between the registries are made and unmade.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from hub.domain.events import Change, Kind
from hub.domain.statements import IdentityFields, Statement, Submission
from hub.wire.schemas import load_schemas

REGISTRIES = ("us-oh", "us-nv")
CHUNK = 1_500
RECORDS_PER_PERSON = 20
SHARED_PERCENT = 15  # So many of a registry's persons are in the other registry too.
REMEMBERED = 4_000
_STAMP = 1_750_000_000_000_000
_DAY = date(2026, 1, 1)
_WEIGHTS = {
    "training": 60,
    "profile": 10,
    "credential": 5,
    "education": 4,
    "employment": 5,
    "approval": 1,
    "repeat": 5,
    "stale": 3,
    "correction": 3,
    "conflict": 1,
    "move": 2,
    "withdrawal": 1,
}


def submissions(seed: int, events: int) -> Iterator[Submission]:
    """About this many events, the registries in turn. Every submission adds an event of its own."""
    persons = max(20, events // len(REGISTRIES) // RECORDS_PER_PERSON)
    writers = [_Writer(registry, seed, persons) for registry in REGISTRIES]
    chunk = min(CHUNK, max(50, events // 40))
    for number in range(max(1, events // (chunk + 1))):
        writer = writers[number % len(writers)]
        statements = tuple(writer.statement() for _ in range(chunk))
        yield _submission(writer.registry, seed, number, statements)


def _submission(
    registry: str, seed: int, number: int, statements: tuple[Statement, ...]
) -> Submission:
    return Submission(
        registry=registry,
        submission_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{registry} {seed} {number}")),
        digest="0" * 64,
        extract_on=_DAY,
        mapping_version=1,
        synthetic=True,
        kinds=(),
        elements=(),
        functions=(),
        files=(),
        statements=statements,
    )


class _Writer:
    """One registry's statements, and what of them is remembered to be said again."""

    def __init__(self, registry: str, seed: int, persons: int) -> None:
        self.registry = registry
        self._random = random.Random(f"{seed} {registry}")
        self._persons = persons
        self._said: list[Statement] = []
        self._count = 0

    def statement(self) -> Statement:
        self._count += 1
        sort = self._random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        if sort in _AGAIN and self._said:
            return self._again(sort)
        made = self._first(sort)
        if len(self._said) < REMEMBERED:
            self._said.append(made)
        else:
            self._said[self._random.randrange(REMEMBERED)] = made
        return made

    def _first(self, sort: str) -> Statement:
        number = self._random.randrange(self._persons)
        if sort == "profile":
            return self._profile(number)
        kind, fields = _FIRST.get(sort, _FIRST["training"])(self._random)
        name = f"{kind.event_name[0].upper()}{self._count:07}"
        if kind is Kind.APPROVAL:
            name = f"A{self._random.randrange(40):03}"
        return Statement(
            kind=kind,
            record_id=name,
            person_id=None if kind is Kind.APPROVAL else f"P{number:06}",
            revision=_STAMP + self._count * 1_000,
            change=Change.STATED,
            body=_whole(kind, fields),
            private={},
            identity=None,
            file="chaos.csv",
            row=self._count + 1,
        )

    def _profile(self, number: int) -> Statement:
        shared = number < self._persons * SHARED_PERCENT // 100
        like = number
        if self._random.random() < 0.1:
            like = self._random.randrange(self._persons)  # Another's identity: clusters merge.
        owner = "both" if shared else self.registry
        area = 950 if shared else 951 + REGISTRIES.index(self.registry)
        identity = IdentityFields(
            given_name=f"Given{owner}", surname=f"Sur{like}", ssn=f"{area}{like:06}"
        )
        fields = {"status": "ACTIVE", "evidence_epochs": [1]}
        return Statement(
            kind=Kind.PROFILE,
            record_id=f"P{number:06}",
            person_id=f"P{number:06}",
            revision=_STAMP + self._count * 1_000,
            change=Change.STATED,
            body=_whole(Kind.PROFILE, fields),
            private={},
            identity=identity,
            file="people.csv",
            row=self._count + 1,
        )

    def _again(self, sort: str) -> Statement:
        at = self._random.randrange(len(self._said))
        held = self._said[at]
        if sort == "repeat" or held.kind in (Kind.PROFILE, Kind.APPROVAL):
            return held
        later = held.revision + 1 + self._random.randrange(900)
        if sort == "stale":
            return self._other(held, held.revision - 1 - self._random.randrange(900))
        if sort == "conflict":
            return self._other(held, held.revision)
        if sort == "correction":
            found = self._other(held, later)
        elif sort == "move":
            person = f"P{self._random.randrange(self._persons):06}"
            found = replace(held, person_id=person, revision=later)
        else:
            found = replace(held, change=Change.WITHDRAWN, revision=later)
        self._said[at] = found
        return found

    def _other(self, held: Statement, revision: int) -> Statement:
        """The same record with other content."""
        fields = next(
            made(self._random)[1] for made in _FIRST.values() if made(self._random)[0] is held.kind
        )
        return replace(held, revision=revision, body=_whole(held.kind, fields))


def _training(chance: random.Random) -> tuple[Kind, dict[str, Any]]:
    hours = Decimal(chance.randrange(1, 40))
    fields: dict[str, Any] = {
        "event_type": "WORKSHOP",
        "completed_on": _day(chance),
        "amount": hours,
        "unit": "CLOCK",
        "clock_hours": hours,
        "verification": chance.choice(["VERIFIED", "SELF_REPORTED"]),
    }
    if chance.random() < 0.3:
        fields["approval_code"] = f"A{chance.randrange(40):03}"
    return Kind.TRAINING_COMPLETION, fields


def _credential(chance: random.Random) -> tuple[Kind, dict[str, Any]]:
    issued = _day(chance)
    return Kind.CREDENTIAL, {
        "type": "ChildDevelopmentAssociate",
        "own_type": "CDA",
        "issued_on": issued,
        "expires_on": issued + timedelta(days=1_095),
        "standing": "AWARDED",
    }


def _education(chance: random.Random) -> tuple[Kind, dict[str, Any]]:
    return Kind.EDUCATION, {
        "institution": f"College {chance.randrange(50)}",
        "own_degree": chance.choice(["AA", "BA", "MA"]),
        "awarded": str(chance.randrange(1990, 2026)),
    }


def _employment(chance: random.Random) -> tuple[Kind, dict[str, Any]]:
    return Kind.EMPLOYMENT, {
        "employer_id": f"E{chance.randrange(500)}",
        "started_on": _day(chance),
        "wage_basis": "HOUR",
    }


def _approval(chance: random.Random) -> tuple[Kind, dict[str, Any]]:
    return Kind.APPROVAL, {
        "subject": "COURSE",
        "title": f"Course {chance.randrange(100)}",
        "clock_hours": Decimal(chance.randrange(1, 20)),
        "approved_on": _day(chance),
        "status": chance.choice(["APPROVED", "APPROVED", "CLOSED"]),
    }


def _day(chance: random.Random) -> date:
    return _DAY - timedelta(days=chance.randrange(1_500))


@cache
def _empty(kind: Kind) -> dict[str, Any]:
    fields = load_schemas().of(kind).body["fields"]
    return {each["name"]: each.get("default", []) for each in fields}


def _whole(kind: Kind, fields: dict[str, Any]) -> dict[str, Any]:
    return _empty(kind) | fields


_AGAIN = ("repeat", "stale", "correction", "conflict", "move", "withdrawal")
_FIRST = {
    "training": _training,
    "credential": _credential,
    "education": _education,
    "employment": _employment,
    "approval": _approval,
}
