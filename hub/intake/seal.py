"""Sealed parts of a batch of statements: private fields and link evidence under persons' keys.

Keys come in one call for a whole batch. A statement with nothing private stays unsealed. Equal
statements seal to equal bytes, whichever batch they are in.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def seal_statements(
    registry: str,
    statements: Sequence[Statement],
    *,
    keyring: Keyring,
    token_key: TokenKey,
    synthetic: bool,
) -> list[Sealed | None]:
    """The sealed part of each statement, in their order; keys of unknown persons are minted."""
    empty = _nothing_private()
    plain = [_private_bytes(statement, empty, token_key, synthetic) for statement in statements]
    pairs = list(zip(statements, plain, strict=True))
    wanted = {_person_id(statement) for statement, private in pairs if private is not None}
    keys = keyring.keys_for(registry, sorted(wanted), mint=True)
    sealed: list[Sealed | None] = []
    for statement, private in pairs:
        if private is None:
            sealed.append(None)
        else:
            person = Person(registry, _person_id(statement))
            sealed.append(seal(private, keys[person.person_id], person, statement.kind))
    return sealed


def _private_bytes(
    statement: Statement, empty: Body, token_key: TokenKey, synthetic: bool
) -> bytes | None:
    private = {**empty, **statement.private}
    if statement.kind is Kind.PROFILE and statement.identity is not None:
        evidence = evidence_of(statement.identity, token_key, synthetic=synthetic)
        private["evidence"] = evidence or None
    return None if private == empty else encode_private(private)


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
