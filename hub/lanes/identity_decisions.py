"""Decisions on their way to the log: one event for each, or for each part of a big one.

Which evidence agreed is named under the claim's person's key and once more under the other's, so
that erasing either closes it. A decision that the log already holds is not sent again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from hub.domain.events import Kind
from hub.domain.keys import PersonKey
from hub.domain.log import LogRecord
from hub.domain.rows import OutboxItem, Person
from hub.domain.topics import IDENTITY
from hub.identity.compare import Verdict
from hub.identity.graph import PairState
from hub.identity.resolver import Decided
from hub.identity.sealing import seal
from hub.identity.statements import Pair
from hub.ports import Keyring
from hub.projections.matches import outbox_digest
from hub.wire.codec import encode_body

CHANGES_MAX = 1_000
"""Links and pairs in one part."""
CLAIM, MODEL, ANSWER, RELEASE, EPOCH = "claim", "model", "answer", "release", "epoch"


class Decision(NamedTuple):
    """What was decided of one record, or a part of it."""

    record: LogRecord
    key: str
    """Of the decision on its topic."""
    person: Person | None
    """The claim's."""
    cause: str
    model: str
    decided: Decided
    synthetic: bool
    part: int = 0
    last: bool = True
    is_recorded: bool = False
    """Whether the log holds it already."""


def parts_of(decided: Decided) -> Iterator[Decided]:
    """All changes in parts of at most CHANGES_MAX, links first; one at least."""
    links, pairs = decided.links, decided.pairs
    if len(links) + len(pairs) <= CHANGES_MAX:
        yield decided
        return
    for start in range(0, len(links) + len(pairs), CHANGES_MAX):
        end = start + CHANGES_MAX
        some = pairs[max(0, start - len(links)) : max(0, end - len(links))]
        yield decided._replace(links=links[start:end], pairs=some)


def items_of(decisions: Sequence[Decision], keyring: Keyring) -> list[OutboxItem]:
    """Events of these decisions, but those that the log holds."""
    fresh = [each for each in decisions if not each.is_recorded]
    pairs = [pair for each in fresh for pair, state in each.decided.pairs if _is_named(state)]
    keys = _keys_of({person for pair in pairs for person in pair}, keyring)
    return [_item(each, keys) for each in fresh]


def _is_named(state: PairState) -> bool:
    return state.verdict is not Verdict.APART and bool(state.both)


def _keys_of(persons: set[Person], keyring: Keyring) -> dict[Person, PersonKey]:
    """Keys by person: what a row says of its key depends on what else is in the transaction."""
    ids: dict[str, list[str]] = {}
    for registry, person_id in sorted(persons):
        ids.setdefault(registry, []).append(person_id)
    return {
        Person(registry, person_id): key
        for registry, person_ids in ids.items()
        for person_id, key in keyring.keys_for(registry, person_ids, mint=False).items()
    }


def _item(decision: Decision, keys: dict[Person, PersonKey]) -> OutboxItem:
    decided, offset = decision.decided, decision.record.offset
    body = encode_body(
        Kind.IDENTITY_DECISION,
        {
            "claim_offset": offset,
            "registry": decision.person.registry if decision.person else "",
            "person_id": decision.person.person_id if decision.person else "",
            "model": decision.model,
            "index_size": decided.index_size,
            "compared": decided.compared,
            "blocked_tokens": decided.blocked,
            "changes": [link._asdict() for link in decided.links],
            "cause": decision.cause,
            "part": decision.part,
            "last": decision.last,
            "held": decided.held,
            "pairs": [_pair(pair, state, decision, keys) for pair, state in decided.pairs],
        },
    )
    part = f"|{decision.part}" if decision.part else ""
    return OutboxItem(
        topic=IDENTITY,
        key=decision.key,
        kind=int(Kind.IDENTITY_DECISION),
        subject=f"decision|{offset}{part}",
        body=body,
        digest=outbox_digest(body),
        synthetic=decision.synthetic,
        order=offset.to_bytes(8, "big"),
        version=offset,
    )


def _pair(
    pair: Pair, state: PairState, decision: Decision, keys: dict[Person, PersonKey]
) -> dict[str, Any]:
    return {
        "registry": pair.one.registry,
        "person_id": pair.one.person_id,
        "other_registry": pair.other.registry,
        "other_person_id": pair.other.person_id,
        "verdict": state.verdict.name,
        "cause": state.cause,
        "score": state.score,
        "evidence": _evidence(pair, state, decision.person, keys) if _is_named(state) else None,
    }


def _evidence(
    pair: Pair, state: PairState, person: Person | None, keys: dict[Person, PersonKey]
) -> dict[str, Any] | None:
    """Names of the evidence; None where a key is gone."""
    inner, outer = pair[::-1] if person == pair.other else pair
    if inner not in keys or outer not in keys:
        return None
    masks = state.agree.to_bytes(4, "big") + state.both.to_bytes(4, "big")
    once = seal(masks, keys[inner], inner, Kind.IDENTITY_DECISION)
    twice = seal(once.ciphertext, keys[outer], outer, Kind.IDENTITY_DECISION)
    return {
        "key_id": once.key_id,
        "other_key_id": twice.key_id,
        "ciphertext": twice.ciphertext,
    }
