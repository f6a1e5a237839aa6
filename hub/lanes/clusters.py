"""Who is one human: clusters of accounts, as the links that stand say."""

from __future__ import annotations

from collections.abc import Iterable

from hub.domain.rows import Person
from hub.ports import StoreTransaction

Clusters = dict[Person, list[Person]]
"""By account everybody of its cluster, sorted."""


def clusters_of(tx: StoreTransaction, persons: Iterable[Person]) -> Clusters:
    """The clusters of these persons, under every member; who has no link is alone in one."""
    wanted = sorted(set(persons))
    ids = sorted({link.national_id for link in tx.links.of(wanted).values()})
    members: dict[str, list[Person]] = {}
    for row in tx.links.members(ids):
        members.setdefault(row.national_id, []).append(row.person)
    found = {person: [person] for person in wanted}
    for cluster in members.values():
        cluster.sort()
        found |= dict.fromkeys(cluster, cluster)
    return found
