"""The resolver loaded from the store: persons in chunks, evidence opened by the batch.

No transaction lasts longer than one chunk. Whoever loads while another worker decides finds out by
the lane's position, and loads again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

from hub.domain.events import Sealed
from hub.domain.log import TopicPartition
from hub.domain.rows import ClaimRow, Person
from hub.domain.topics import CLAIMS
from hub.errors import RetryableError
from hub.identity.people import Claim, Standing
from hub.identity.resolver import Resolver
from hub.identity.statements import Answer, Pair
from hub.lanes.identity_inputs import ended_epochs, model_in_force
from hub.lanes.identity_opened import Keys, evidence_in
from hub.lanes.identity_rows import state_of, times_of
from hub.ports import Keyring, ProjectionStore

LANE = "identity"
CHUNK = 10_000
FREEZE_FROM = 100_000
"""Persons from which on what was loaded is taken out of the garbage collector's sight."""


def load(store: ProjectionStore, keyring: Keyring) -> tuple[Resolver, int]:
    """The resolver and the position at which it stands. Raises RetryableError where another
    worker decided meanwhile, FatalError where a key is absent."""
    with store.transaction() as tx:
        inputs = tx.inputs.all()
    before = position(store)
    resolver = Resolver(model_in_force(inputs))
    with store.transaction() as tx:
        pairs, answers = tx.pairs.all(), tx.answers.all()
    enabled = gc.isenabled()
    gc.disable()  # What is made here stays: looking through it again and again costs minutes.
    try:
        resolver.load(
            _standing(store, keyring, resolver),
            ((Pair(row.one, row.other), state_of(row)) for row in pairs),
            (
                (Pair(row.one, row.other), row.publisher, Answer[row.answer])
                for row in answers
                if row.answer
            ),
            ended_epochs(inputs),
        )
        if resolver.size >= FREEZE_FROM:
            gc.freeze()
    finally:
        if enabled:
            gc.enable()
    if position(store) != before:
        raise RetryableError("another worker decided while the index was loaded")
    return resolver, before


def position(store: ProjectionStore) -> int:
    """Where the lane stands."""
    with store.transaction() as tx:
        return tx.positions.of(LANE).get(TopicPartition(CLAIMS, 0), (0, b""))[0]


def _standing(store: ProjectionStore, keyring: Keyring, resolver: Resolver) -> Iterator[Standing]:
    offset = -1
    while True:
        with store.transaction() as tx:
            rows = tx.claims.after(offset, CHUNK)
        keys = keyring.open_keys([row.sealed_key for row in rows if row.sealed_key])
        known = resolver.people.index.numbers
        for row in rows:
            person = row.person
            if person in known:
                raise RetryableError("a person claimed anew while the index was loaded")
            yield _standing_of(row, person, keys)
        if len(rows) < CHUNK:
            return
        offset = rows[-1].claim_offset


def _standing_of(row: ClaimRow, person: Person, keys: Keys) -> Standing:
    sealed = None
    if row.sealed_key is not None and row.sealed is not None:
        sealed = Sealed(row.sealed_key, row.sealed)
    claim = Claim(
        person=person,
        offset=row.claim_offset,
        event_id=row.first_event_id,
        at_ms=row.first_ms,
        present=row.present,
        evidence=evidence_in(sealed, person, keys),
        replaced_by=row.replaced_by,
    )
    return Standing(
        claim, row.first_offset, row.first_ms, times_of(row.changed_ms), row.held, row.national_id
    )
