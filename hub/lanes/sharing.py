"""The gate before every way by which a registry learns of another's record.

A registry may learn of a record that it holds itself, of those that an agreement of the Alliance
lets through, and of those whose person consents to it. Nothing else opens the gate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.domain.events import Change, Kind
from hub.domain.rows import Person, RecordRow
from hub.lanes.policies import References
from hub.projections.records import body_of

LINK = "link"
"""Kind in agreements and consents that covers the account itself: who it is elsewhere."""
Consents = frozenset[tuple[Person, str, str]]
"""Person as the consenting registry knows them, the registry that may learn, and the kind."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Agreements and consents that stand."""

    references: References
    consents: Consents = frozenset()

    def may_learn(self, viewer: str, registry: str, person: Person | None, kind: str) -> bool:
        """Whether the viewer may learn of a record of this kind that the registry holds of the
        person; of nobody's record where there is none."""
        return (
            viewer == registry
            or self.references.lets_through(registry, viewer, kind)
            or self.consented(viewer, person, kind)
        )

    def consented(self, viewer: str, person: Person | None, kind: str) -> bool:
        """Whether the person's consent lets the viewer learn of their records of this kind."""
        return person is not None and (person, viewer, kind) in self.consents


def consents_of(rows: Iterable[RecordRow]) -> Consents:
    """Consents among these rows that were not withdrawn."""
    found: set[tuple[Person, str, str]] = set()
    for row in rows:
        if row.kind == Kind.CONSENT and row.change == Change.STATED and row.person is not None:
            body = body_of(row)
            found |= {(row.person, body["to"], kind) for kind in body["kinds"]}
    return frozenset(found)
