"""The policy that stands in a store and what its registry says of it, for who reads no log."""

from __future__ import annotations

from hub.adapters.sql_store import SqlStore, SqlTransaction
from hub.cli.policy_document import NO_ANSWER, Shown, no_policy
from hub.domain.events import Change, Kind
from hub.domain.rows import RecordKey
from hub.intake.policies import PolicyAnswer
from hub.ports import StoreTransaction
from hub.projections.exchange import subject_id
from hub.projections.records import body_of
from hub.reciprocity.policy_words import tables_of
from hub.wire.codec import decode_body


def shown_in_store(url: str, registry: str) -> Shown:
    """The policy, read in one view; when it was published a store does not keep. Raises
    ConfigurationError where none stands."""
    store = SqlStore(url)
    try:
        with store.reading() as sql:
            return _shown(SqlTransaction(sql, 0), registry)
    finally:
        store.close()


def _shown(tx: StoreTransaction, registry: str) -> Shown:
    for row in tx.references.all():
        if (row.kind, row.key) == (Kind.RECIPROCITY_POLICY, registry):
            body = decode_body(row.schema_id, row.body)
            answer = _answer(tx, registry, row.revision)
            return Shown(
                table=tables_of(body["text"]),
                sha256=body["sha256"],
                adopted_by=body["adopted_by"],
                published_why="read from a store",
                answer=answer,
                answer_why=NO_ANSWER if answer is None else None,
            )
    raise no_policy(registry, "in this store")


def _answer(tx: StoreTransaction, registry: str, revision: int) -> PolicyAnswer | None:
    key = RecordKey(registry, int(Kind.POLICY_ANSWER), subject_id("policy", str(revision)))
    row = tx.records.get([key]).get(key)
    if row is None or row.change != Change.STATED:
        return None
    names = ("revision", "sha256", "answer", "reason", "staff_id")
    body = body_of(row)
    return PolicyAnswer(**{name: body[name] for name in names}, received_ms=row.received_ms)
