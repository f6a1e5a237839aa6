"""What was said about the persons of a batch beside their records: consents, requests, appeals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from hub.domain.events import Change, Kind
from hub.domain.rows import Person, RecordKey, RecordRow
from hub.ports import StoreTransaction
from hub.projections.exchange import TERM_KINDS, judged_key
from hub.projections.records import body_of


class Asked(NamedTuple):
    """A request: a registry asks about a person of its own what another's policy answers."""

    person: Person
    receiver: str
    requested_on: date
    stands: bool
    synthetic: bool


class Appeal(NamedTuple):
    """A worker's appeal against one registry's answer about one record."""

    person: Person
    record: RecordKey
    kind: str
    receiver: str
    reason: str
    contact: str | None
    match_version: int | None
    stands: bool
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Near:
    """Who stands beside a person, and what was said about the human, by whichever registry."""

    others: Sequence[Person] = ()
    requests: Sequence[Asked] = ()
    appeals: Sequence[Appeal] = ()

    def asked(self) -> set[str]:
        """Registries that were asked to evaluate the person."""
        return {request.receiver for request in self.requests if request.stands}

    def own_ids(self, registry: str) -> list[str]:
        """Ids under which the registry knows the person, sorted."""
        return sorted(other.person_id for other in self.others if other.registry == registry)


ALONE = Near()


def read_terms(tx: StoreTransaction, persons: Iterable[Person]) -> list[RecordRow]:
    """Consents, requests and appeals of these persons, withdrawn ones too."""
    return tx.records.of_persons(sorted(persons), TERM_KINDS)


def nears_of(
    clusters: Mapping[Person, Sequence[Person]], terms: Iterable[RecordRow]
) -> dict[Person, Near]:
    """For each person of the clusters, the others of theirs and what was said about any of it."""
    requests: dict[Person, list[Asked]] = {}
    appeals: dict[Person, list[Appeal]] = {}
    for row in sorted(terms, key=lambda row: row.key):
        if row.person is None:
            continue
        if row.kind == Kind.PORTABILITY_REQUEST:
            requests.setdefault(row.person, []).append(_asked(row, row.person))
        elif row.kind == Kind.DISPUTE:
            appeals.setdefault(row.person, []).append(_appeal(row, row.person))
    return {
        person: Near(
            [other for other in members if other != person],
            [each for member in members for each in requests.get(member, ())],
            [each for member in members for each in appeals.get(member, ())],
        )
        for person, members in clusters.items()
    }


def _asked(row: RecordRow, person: Person) -> Asked:
    body = body_of(row)
    stands = row.change == Change.STATED
    return Asked(person, body["receiver"], body["requested_on"], stands, row.synthetic)


def _appeal(row: RecordRow, person: Person) -> Appeal:
    body = body_of(row)
    return Appeal(
        person=person,
        record=judged_key(body["registry"], body["kind"], body["record_id"]),
        kind=body["kind"],
        receiver=body["receiver"],
        reason=body["reason"],
        contact=body["contact"],
        match_version=body["match_version"],
        stands=row.change == Change.STATED,
        synthetic=row.synthetic,
    )
