"""Link evidence: the tokens of one person, packed.

No token of names alone and none of one field, but for the whole nine-digit number: each other one
holds the birth date. Packing is deterministic, so equal identities seal to equal bytes. A person
of whom nothing usable is known has no evidence, and is linked by nothing.
"""

from __future__ import annotations

from hub.domain.statements import IdentityFields
from hub.identity.normalize import birth_form, given_form, last4_form, ssn_form, surname_forms
from hub.identity.tokens import TOKEN_BYTES, Label, Token, TokenKey, token_of


def evidence_of(identity: IdentityFields, key: TokenKey, *, synthetic: bool) -> bytes:
    """Packed evidence of a person; empty where nothing is usable.

    synthetic lets numbers of never-issued ranges count: made-up data have no others.
    """
    tokens: set[Token] = set()
    ssn = ssn_form(identity.ssn, synthetic=synthetic)
    if ssn is not None:
        tokens.add(token_of(Label.SSN9, (ssn,), key))
    birth = birth_form(identity.birth_on)
    if birth is not None:
        last4 = last4_form(identity.ssn_last4, identity.ssn, synthetic=synthetic)
        if last4 is not None:
            tokens.add(token_of(Label.LAST4_BIRTH, (last4, birth), key))
        for given, surname in _name_forms(identity):
            tokens.add(token_of(Label.NAME_BIRTH, (given, surname, birth), key))
    return pack(tuple(tokens))


def _name_forms(identity: IdentityFields) -> set[tuple[str, str]]:
    """Full names the person may go by: given or preferred name with each form of each surname."""
    givens = {given_form(identity.given_name), given_form(identity.preferred_name)} - {None}
    surnames = set(surname_forms(identity.surname))
    for former in identity.former_surnames:
        surnames.update(surname_forms(former))
    return {(given, surname) for given in givens if given for surname in surnames}


def pack(tokens: tuple[Token, ...]) -> bytes:
    """Tokens as one field, sorted, each once."""
    return b"".join(sorted(set(tokens)))


def unpack(evidence: bytes | None) -> tuple[Token, ...]:
    """Tokens of packed evidence. Raises ValueError where bytes are missing or left over."""
    packed = evidence or b""
    if len(packed) % TOKEN_BYTES:
        raise ValueError(f"packed evidence is not a whole number of {TOKEN_BYTES}-byte tokens")
    starts = range(0, len(packed), TOKEN_BYTES)
    return tuple(Token(packed[start : start + TOKEN_BYTES]) for start in starts)
