"""The identity lane: claims in one total order, one decision for each.

A claim opens its evidence under the person's key, changes the resolver and yields one decision with
all its changes, published through the outbox; links themselves are folded by the records lane. What
a model, an answer or a release changes is written in numbered parts, each in a transaction of its
own. A transaction that is rolled back leaves the resolver as it was. What the log already decided
is applied as it stands there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import Advance, ClaimRow
from hub.domain.topics import CLAIMS
from hub.errors import RetryableError
from hub.identity.people import Claim
from hub.identity.recorded import Recorded, apply_claim, merged
from hub.identity.resolver import Decided
from hub.lanes import identity_inputs as inputs
from hub.lanes.identity_decisions import CLAIM, Decision
from hub.lanes.identity_loading import LANE
from hub.lanes.identity_opened import (
    Claimed,
    Keys,
    Opened,
    evidence_in,
    key_ids,
    opened,
    segments,
)
from hub.lanes.identity_parts import decide_input
from hub.lanes.identity_recorded import kept
from hub.lanes.identity_rows import Rows, packed_times
from hub.lanes.identity_state import State
from hub.ports import Keyring, ProjectionStore
from hub.wire.leaf import leaf_of

__all__ = ["LANE", "IdentityLane"]

_PLACE = TopicPartition(CLAIMS, 0)
_Beside = tuple[Rows, Keys, Mapping[int, list[Recorded]]]
"""What a claim is decided with: rows at hand, keys, and what the log says was decided."""


class IdentityLane:
    """Holds the resolver in memory; loaded from the store, evidence opened with the keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._state = State(keyring)

    @property
    def at(self) -> int | None:
        """The position at which what is in memory stands; None: it must be loaded."""
        return self._state.at

    @property
    def pairs(self) -> Counter[int]:
        """Pairs that stand, by verdict."""
        return self._state.pairs

    def held(self) -> Counter[tuple[str, str]]:
        """Persons held from linking, by registry and cause."""
        return self._state.held()

    def load(self, store: ProjectionStore) -> None:
        """Take in everything that stands. Call before the first step and after any doubt.

        Raises RetryableError where another worker decided meanwhile.
        """
        self._state.load(store)

    def forget(self) -> None:
        """What is in memory is not what the store holds."""
        self._state.at = None

    def step(self, store: ProjectionStore, run: Sequence[LogRecord]) -> None:
        """Decide one contiguous run of claims, in several transactions where it is long.

        Raises RetryableError where the resolver does not stand at its beginning: load it again.
        """
        if self.at != run[0].offset:
            self.forget()
            raise RetryableError(f"the index does not stand at claim {run[0].offset}")
        all_opened = [opened(record) for record in run]
        keys = self._state.keyring.open_keys(key_ids(all_opened))
        for segment in segments(all_opened):
            record, _, other = segment[0]
            given = None if other is None else inputs.given_by(record, *other)
            if given is None:
                self._decide_claims(store, segment, keys)
            else:
                decide_input(self._state, store, given)

    def _decide_claims(self, store: ProjectionStore, segment: Sequence[Opened], keys: Keys) -> None:
        first, last = segment[0].record, segment[-1].record
        done: list[Decided] = []
        try:
            with store.transaction() as tx:
                move = Advance(_PLACE, first.offset, last.offset + 1, leaf_of(last))
                tx.positions.advance(LANE, [move])
                rows = Rows(tx)
                rows.read(each.claim.person for each in segment if each.claim is not None)
                recorded = kept(tx, first.offset, last.offset + 1)
                decisions = []
                for each in segment:
                    if each.claim is not None:
                        decision = self._claim(each.record, each.claim, (rows, keys, recorded))
                        if decision is not None:
                            done.append(decision.decided)
                            decisions.append(decision)
                if recorded:
                    tx.inputs.forget_recorded(last.offset + 1)
                more = self._state.write(tx, rows, decisions)
        except BaseException:
            self._state.undo(done)
            raise
        self._state.at = last.offset + 1
        self._state.pairs.update(more)

    def _claim(self, record: LogRecord, said: Claimed, beside: _Beside) -> Decision | None:
        """Decide one claim; None where its version, or a later one, was seen before."""
        rows, keys, recorded = beside
        person = said.person
        standing = rows.of(person)
        if standing is not None and said.version <= standing.version:
            return None
        known = recorded.get(record.offset)
        sealed = said.sealed
        claim = Claim(
            person=person,
            offset=record.offset,
            event_id=said.event_id,
            at_ms=record.append_at_ms,
            present=said.present,
            evidence=evidence_in(sealed, person, keys, gone=known is not None),
            replaced_by=said.replaced_by,
        )
        if known is None:
            decided = self._state.through(lambda resolver: resolver.claim(claim))
        else:
            parts = merged(known)
            decided = self._state.through(lambda resolver: apply_claim(resolver, claim, parts))
        changed_ms, held = self._state.resolver.status(person)
        rows.put(
            ClaimRow(
                registry=person.registry,
                person_id=person.person_id,
                version=said.version,
                claim_offset=record.offset,
                first_offset=record.offset if standing is None else standing.first_offset,
                first_event_id=claim.event_id if standing is None else standing.first_event_id,
                present=claim.present,
                replaced_by=claim.replaced_by,
                sealed_key=None if sealed is None else sealed.key_id,
                sealed=None if sealed is None else sealed.ciphertext,
                national_id="" if standing is None else standing.national_id,
                first_ms=claim.at_ms if standing is None else standing.first_ms,
                changed_ms=packed_times(changed_ms),
                held=held,
            )
        )
        return Decision(
            record=record,
            key="|".join(person),
            person=person,
            cause=CLAIM,
            model=self._state.model_name,
            decided=decided,
            synthetic=said.synthetic,
            is_recorded=known is not None,
        )
