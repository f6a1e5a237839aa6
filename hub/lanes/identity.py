"""The identity lane: claims in one total order, one decision for each.

A claim opens its evidence under the person's key, changes the index and yields one decision with
all its changes, published through the outbox; links themselves are folded by the records lane. A
batch that is rolled back leaves the index as it was. A decision that the log already holds is not
sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from hub.domain.events import Envelope, Kind, Sealed
from hub.domain.log import LogRecord
from hub.domain.rows import Advance, ClaimRow, OutboxItem, Person
from hub.domain.topics import IDENTITY
from hub.errors import CorruptEventError, FatalError, RejectedError
from hub.identity.evidence import unpack
from hub.identity.exact import MODEL, Claim, Decision, ExactIndex, decide
from hub.identity.sealing import open_sealed
from hub.identity.tokens import Token
from hub.ports import Keyring, ProjectionStore, StoreTransaction
from hub.projections.claims import claim_version
from hub.projections.matches import outbox_digest
from hub.wire.codec import Body, decode_private, encode_body, read_event
from hub.wire.leaf import leaf_of

logger = logging.getLogger(__name__)

LANE = "identity"


class IdentityLane:
    """Holds the index in memory; loaded from the store, evidence opened with the keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._index = ExactIndex()
        self._rows: dict[Person, ClaimRow] = {}

    def load(self, store: ProjectionStore) -> None:
        """Take in every claim that stands. Call before the first step and after any doubt."""
        with store.transaction() as tx:
            rows = tx.claims.all()
        keys = self._keyring.open_keys([row.sealed_key for row in rows if row.sealed_key])
        self._index = ExactIndex()
        self._rows = {Person(row.registry, row.person_id): row for row in rows}
        self._index.load(_claim_of(row, keys) for row in rows)

    def step(self, store: ProjectionStore, run: Sequence[LogRecord]) -> None:
        """Decide one contiguous run of claims in one transaction."""
        events = [(record, *opened) for record in run if (opened := _opened(record)) is not None]
        wanted = [e.sealed.key_id for _, e, _ in events if e.sealed is not None]
        keys = self._keyring.open_keys(wanted)
        undone: list[Decision] = []
        before: dict[Person, ClaimRow | None] = {}
        try:
            with store.transaction() as tx:
                first, last = run[0], run[-1]
                move = Advance(first.place, first.offset, last.offset + 1, leaf_of(last))
                tx.positions.advance(LANE, [move])
                for record, envelope, body in events:
                    if envelope.kind is Kind.IDENTITY_MODEL:
                        _check_model(body)
                    elif envelope.kind is Kind.IDENTITY_CLAIM:
                        self._decide(tx, record, (envelope, body), keys, undone, before)
                tx.claims.put([self._rows[person] for person in before])
        except BaseException:
            for decision in reversed(undone):
                self._index.undo(decision.undo)
            for person, row in before.items():
                if row is None:
                    self._rows.pop(person, None)
                else:
                    self._rows[person] = row
            raise

    def _decide(
        self,
        tx: StoreTransaction,
        record: LogRecord,
        event: tuple[Envelope, Body],
        keys: dict[str, bytes],
        undone: list[Decision],
        before: dict[Person, ClaimRow | None],
    ) -> None:
        envelope, body = event
        person = Person(body["registry"], body["person_id"])
        version = claim_version(body)
        held = self._rows.get(person)
        if held is not None and version <= held.version:
            return  # A claim version seen again, or an older one, decides nothing.
        row = _row(record, envelope, body, version, held)
        decision = decide(self._index, _claim_of(row, keys))
        undone.append(decision)
        before.setdefault(person, held)
        self._rows[person] = replace(row, national_id=self._index.national_id(person) or "")
        for change in decision.changes:
            other = Person(change.registry, change.person_id)
            before.setdefault(other, self._rows.get(other))
            self._rows[other] = replace(self._rows[other], national_id=change.national_id)
        tx.outbox.publish([_decision_item(record, person, decision, envelope.head.synthetic)])


def _opened(record: LogRecord) -> tuple[Envelope, Body] | None:
    """A claim taken apart; a damaged one decides nothing, and the profile's next replaces it."""
    try:
        return read_event(record)
    except CorruptEventError as error:
        logger.warning("identity lane: %s", error)
        return None


def _row(
    record: LogRecord, envelope: Envelope, body: Body, version: bytes, held: ClaimRow | None
) -> ClaimRow:
    sealed = envelope.sealed
    return ClaimRow(
        registry=body["registry"],
        person_id=body["person_id"],
        version=version,
        claim_offset=record.offset,
        first_offset=record.offset if held is None else held.first_offset,
        first_event_id=envelope.head.event_id if held is None else held.first_event_id,
        present=body["present"],
        replaced_by=body["replaced_by"],
        sealed_key=None if sealed is None else sealed.key_id,
        sealed=None if sealed is None else sealed.ciphertext,
        national_id="" if held is None else held.national_id,
    )


def _claim_of(row: ClaimRow, keys: dict[str, bytes]) -> Claim:
    return Claim(
        person=Person(row.registry, row.person_id),
        offset=row.first_offset,
        event_id=row.first_event_id,
        present=row.present,
        tokens=_tokens(row, keys),
        replaced_by=row.replaced_by,
    )


def _tokens(row: ClaimRow, keys: dict[str, bytes]) -> tuple[Token, ...]:
    if row.sealed_key is None or row.sealed is None:
        return ()
    key = keys.get(row.sealed_key)
    if key is None:
        raise FatalError(
            f"the keyring has no key {row.sealed_key} of a person of {row.registry}",
            setting="HUB_KEYRING",
            fix="point HUB_KEYRING at the keyring with which the registries publish",
            effect="the identity lane stops; nothing was decided",
        )
    sealed = Sealed(row.sealed_key, row.sealed)
    person = Person(row.registry, row.person_id)
    try:
        private = decode_private(open_sealed(sealed, key, person, Kind.IDENTITY_CLAIM))
        return unpack(private["evidence"])
    except (RejectedError, ValueError):
        logger.warning("identity lane: the sealed part under key %s is broken", row.sealed_key)
        return ()  # Whose evidence cannot be read is linked by nothing, and stops nobody else.


def _check_model(body: Body) -> None:
    if body["name"] != MODEL:
        raise FatalError(
            f'the identity model "{body["name"]}" is not known to this version',
            fix="run a version of the hub that has this model",
            effect="the identity lane stops before it",
        )


def _decision_item(
    record: LogRecord, person: Person, decision: Decision, synthetic: bool
) -> OutboxItem:
    body = encode_body(
        Kind.IDENTITY_DECISION,
        {
            "claim_offset": record.offset,
            "registry": person.registry,
            "person_id": person.person_id,
            "model": MODEL,
            "index_size": decision.index_size,
            "compared": decision.compared,
            "blocked_tokens": decision.blocked_tokens,
            "changes": [
                {"registry": c.registry, "person_id": c.person_id, "national_id": c.national_id}
                for c in decision.changes
            ],
        },
    )
    return OutboxItem(
        topic=IDENTITY,
        key=f"{person.registry}|{person.person_id}",
        kind=int(Kind.IDENTITY_DECISION),
        subject=f"decision|{record.offset}",
        body=body,
        digest=outbox_digest(body),
        synthetic=synthetic,
        order=record.offset.to_bytes(8, "big"),
        version=record.offset,
    )
