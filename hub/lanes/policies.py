"""What derivations read beside persons' rows: policies, lists, agreements; parsed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from hub.domain.events import Kind
from hub.domain.rows import ReferenceRow
from hub.ports import StoreTransaction
from hub.projections.facts import list_entry_of
from hub.projections.roots import leaf
from hub.reciprocity.facts import Evidence, ListEntry
from hub.reciprocity.policy import Policy, parse_policy
from hub.wire.codec import decode_body


@dataclass(frozen=True, slots=True)
class References:
    """Policies by receiver, the lists as evidence, and who lets whom learn what."""

    policies: dict[str, Policy]
    digests: dict[str, bytes]
    lists: Evidence
    lists_digest: bytes
    agreements: frozenset[tuple[str, str, str]]
    """(sender, receiver, kind) in force."""
    synthetic: bool

    def lets_through(self, sender: str, receiver: str, kind: str) -> bool:
        """Whether the receiver may learn of the sender's records of this kind."""
        return (sender, receiver, kind) in self.agreements


def load_references(tx: StoreTransaction) -> References:
    """The references that stand in this transaction."""
    return references_of(tuple(tx.references.all()), tx.records.are_synthetic())


@lru_cache(maxsize=4)
def references_of(rows: tuple[ReferenceRow, ...], synthetic: bool) -> References:
    """The same of these rows."""
    policies: dict[str, Policy] = {}
    digests: dict[str, bytes] = {}
    entries: list[ListEntry] = []
    agreements: set[tuple[str, str, str]] = set()
    for row in rows:
        body = decode_body(row.schema_id, row.body)
        kind = Kind(row.kind)
        if kind is Kind.RECIPROCITY_POLICY:
            policies[body["registry"]] = parse_policy(body["text"], source=row.key)
            digests[body["registry"]] = bytes.fromhex(body["sha256"])
        elif kind in (Kind.RECOGNIZED_CREDENTIAL, Kind.RECOGNIZED_ORGANIZATION):
            entries.append(list_entry_of(kind, body))
        elif kind is Kind.SHARING_AGREEMENT and body["in_force"]:
            agreements |= {(body["sender"], body["receiver"], word) for word in body["kinds"]}
    lists_digest = leaf(
        row.body
        for row in rows
        if row.kind in (Kind.RECOGNIZED_CREDENTIAL, Kind.RECOGNIZED_ORGANIZATION)
    )
    return References(
        policies=policies,
        digests=digests,
        lists=Evidence(lists=tuple(entries)),
        lists_digest=lists_digest,
        agreements=frozenset(agreements),
        synthetic=synthetic,
    )
