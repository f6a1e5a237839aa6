"""Whom a batch of records may be shown to, and under which of their own ids.

The same gate as for inbox items: a registry is shown a record that it may learn of, where it knows
the person or the person consents to it; an approval, which is nobody's, wherever it may learn of
it.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.domain.events import Kind
from hub.domain.rows import Person, RecordKey
from hub.lanes.clusters import clusters_of
from hub.lanes.policies import References
from hub.lanes.sharing import Sharing, consents_of
from hub.lanes.terms import ALONE, Appeal, Near, nears_of, read_terms
from hub.ports import StoreTransaction

_APPROVAL = int(Kind.APPROVAL)


class Audience:
    """Persons of a batch, who stands beside them, and what was said about them."""

    def __init__(
        self, tx: StoreTransaction, references: References, persons: Iterable[Person | None]
    ) -> None:
        clusters = clusters_of(tx, {person for person in persons if person is not None})
        terms = read_terms(tx, {member for members in clusters.values() for member in members})
        self._nears = nears_of(clusters, terms)
        self._sharing = Sharing(references, consents_of(terms))

    def own_ids(self, viewer: str, person: Person | None) -> list[str]:
        """Ids under which the viewer knows the person, sorted."""
        if person is None:
            return []
        if person.registry == viewer:
            return [person.person_id]
        return self._near(person).own_ids(viewer)

    def is_told(self, viewer: str, key: RecordKey, person: Person | None, kind: str) -> bool:
        """Whether the viewer may see this record: its own, or another registry's."""
        if viewer == key.registry:
            return True
        known = (
            key.kind == _APPROVAL
            or bool(self.own_ids(viewer, person))
            or self._sharing.consented(viewer, person, kind)
        )
        return known and self._sharing.may_learn(viewer, key.registry, person, kind)

    def appeal(
        self, viewer: str, key: RecordKey, person: Person | None, kind: str
    ) -> Appeal | None:
        """The appeal against the viewer's answer that stands and that the viewer may see."""
        for each in self._near(person).appeals:
            is_it = (each.record, each.kind, each.receiver) == (key, kind, viewer)
            filed_by = each.person
            if (
                each.stands
                and is_it
                and self._sharing.may_learn(viewer, filed_by.registry, filed_by, kind)
            ):
                return each
        return None

    def _near(self, person: Person | None) -> Near:
        return ALONE if person is None else self._nears.get(person, ALONE)
