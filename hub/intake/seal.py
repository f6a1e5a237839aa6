"""Sealed parts of a batch of statements: private fields and link evidence under persons' keys.

Keys come in one call for a whole batch. A statement with nothing private stays unsealed. Equal
statements seal to equal bytes, whichever batch they are in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.events import Kind, Sealed
from hub.domain.rows import Person
from hub.domain.statements import Statement
from hub.errors import FatalError
from hub.identity.evidence import evidence_of
from hub.identity.sealing import seal
from hub.identity.tokens import TokenKey
from hub.ports import Keyring
from hub.wire.codec import Body, encode_private
from hub.wire.schemas import PRIVATE, load_schemas


@dataclass(frozen=True, slots=True)
class SealedPart:
    """What is sealed of a statement; None where nothing is private."""

    sealed: Sealed | None
    evidence_epochs: tuple[int, ...]
    """Token-key epochs of the link evidence in it, newest first; empty where there is none."""


def seal_statements(
    registry: str,
    statements: Sequence[Statement],
    *,
    keyring: Keyring,
    token_keys: Sequence[TokenKey],
    synthetic: bool,
) -> list[SealedPart]:
    """The sealed part of each statement, in their order; keys of unknown persons are minted."""
    empty = _nothing_private()
    private = [_private(statement, empty, token_keys, synthetic) for statement in statements]
    pairs = list(zip(statements, private, strict=True))
    wanted = {_person_id(statement) for statement, found in pairs if found != empty}
    keys = keyring.keys_for(registry, sorted(wanted), mint=True)
    parts = []
    for statement, found in pairs:
        epochs = tuple(key.epoch for key in token_keys) if found["evidence"] else ()
        sealed = None
        if found != empty:
            person = Person(registry, _person_id(statement))
            plain = encode_private(found)
            sealed = seal(plain, keys[person.person_id], person, statement.kind)
        parts.append(SealedPart(sealed, epochs))
    return parts


def _private(
    statement: Statement, empty: Body, token_keys: Sequence[TokenKey], synthetic: bool
) -> Body:
    private = {**empty, **statement.private}
    if statement.kind is Kind.PROFILE and statement.identity is not None:
        evidence = evidence_of(statement.identity, token_keys, synthetic=synthetic)
        private["evidence"] = evidence or None
    return private


def _nothing_private() -> Body:
    """A private part in which nothing is stated, as its schema says."""
    fields = load_schemas().newest[PRIVATE].parsed["fields"]
    return {field["name"]: field["default"] for field in fields}


def _person_id(statement: Statement) -> str:
    if statement.person_id is None:
        raise FatalError(
            f"a {statement.kind.event_name} of {statement.file} row {statement.row} has private "
            "fields and no person",
            fix="correct the mapping: private fields belong to records of persons",
            effect="nothing more was published",
        )
    return statement.person_id
