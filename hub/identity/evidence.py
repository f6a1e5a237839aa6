"""Link evidence: the tokens of one person under one or two token keys, packed.

No token of names alone and none of one field, but for the whole nine-digit number: each other one
holds a part of the birth date or of the number. Packing is deterministic, so equal identities seal
to equal bytes. A person of whom nothing usable is known has no evidence, and is linked by nothing;
neither has one whom the registry has flagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import product
from typing import NamedTuple, cast

from jellyfish import soundex

from hub.domain.statements import IdentityFields
from hub.identity.nicknames import roots_of
from hub.identity.normalize import (
    birth_form,
    given_form,
    initial_form,
    last4_form,
    place_form,
    ssn_form,
    surname_forms,
)
from hub.identity.rarity import RAREST, rarity_of
from hub.identity.tokens import TOKEN_BYTES, Label, Token, TokenKey, token_of

VERSION = 2
"""Counts in a statement's encoding: evidence that is made anew replaces what stands."""
_MAGIC = 0xE2
_HEAD_BYTES = 4
TOKENS_AT = 2 + _HEAD_BYTES
"""Where the tokens of the first block begin."""
_TOKENS_MAX = 255
_GIVEN_START, _SURNAME_START = 3, 4

Value = tuple[Label, tuple[str, ...]]


class Block(NamedTuple):
    """The evidence under one token key."""

    epoch: int
    rarity: int
    tokens: tuple[Token, ...]


class _Names(NamedTuple):
    """The forms by which a person may go."""

    givens: tuple[str, ...]
    roots: tuple[str, ...]
    sounds: tuple[str, ...]
    surnames: tuple[str, ...]
    surname_sounds: tuple[str, ...]


class _Birth(NamedTuple):
    date: str
    unswapped: str
    """Day and month in order of size: equal where they are swapped."""
    year: str
    month: str
    day: str


def evidence_of(
    identity: IdentityFields,
    keys: Sequence[TokenKey],
    *,
    synthetic: bool,
    ssn_as_is: bool = False,
    household: bool = False,
) -> bytes:
    """Packed evidence of a person under each of these keys; empty where nothing is usable.

    synthetic lets numbers of never-issued ranges count: made-up data have no others. ssn_as_is
    takes a number of any length, for test data that have such. household makes tokens that no
    edge sends, as they tell too much: of how a name begins, and of who lives together.
    """
    if identity.withheld:
        return b""
    names = _names(identity)
    values = list(_values(identity, names, synthetic, ssn_as_is))
    if household:
        values += _household_values(identity, names)
    if not values:
        return b""
    born = birth_form(identity.birth_on)
    givens = (*names.givens[:1], *names.roots[:1])
    rarity = rarity_of(givens, names.surnames[:1], born.year if born else None)
    return pack(
        Block(key.epoch, rarity, tuple(token_of(label, said, key) for label, said in values))
        for key in keys
    )


def _names(identity: IdentityFields) -> _Names:
    stated = (given_form(identity.given_name), given_form(identity.preferred_name))
    givens = dict.fromkeys(given for given in stated if given)
    roots = dict.fromkeys(root for given in givens for root in roots_of(given))
    surnames = dict.fromkeys(surname_forms(identity.surname))
    for former in identity.former_surnames:
        surnames.update(dict.fromkeys(surname_forms(former)))
    return _Names(
        tuple(givens),
        tuple(roots),
        tuple(dict.fromkeys(_sound(root) for root in roots)),
        tuple(surnames),
        tuple(dict.fromkeys(_sound(surname) for surname in surnames)),
    )


def _sound(form: str) -> str:
    """The American Soundex; a form without letters of A to Z stands for itself."""
    return soundex(form) or form


def _values(
    identity: IdentityFields, names: _Names, synthetic: bool, as_is: bool
) -> Iterator[Value]:
    """What tokens are made of; each holds a part of the birth date or of the number."""
    if as_is:
        ssn = identity.ssn or None
        last4 = ssn[-4:] if ssn else identity.ssn_last4
    else:
        ssn = ssn_form(identity.ssn, synthetic=synthetic)
        last4 = last4_form(identity.ssn_last4, identity.ssn, synthetic=synthetic)
    if ssn:
        yield Label.SSN9, (ssn,)
    born = birth_form(identity.birth_on)
    birth = _birth(born) if born else None
    if last4:
        if birth:
            yield Label.LAST4_BIRTH, (last4, birth.unswapped)
        yield from ((Label.LAST4_ROOT, (last4, root)) for root in names.roots)
        yield from ((Label.LAST4_SURNAME_SOUND, (last4, s)) for s in names.surname_sounds)
    if birth:
        yield from _given_values(names, birth)
        yield from _middle_values(identity.middle_name, names, birth)
        yield from _surname_values(names, birth)
        yield from _address_values(identity, names, birth)


def _birth(born: date) -> _Birth:
    year, month, day = born.isoformat().split("-")
    low, high = sorted((month, day))
    return _Birth(born.isoformat(), f"{year}-{low}-{high}", year, month, day)


def _given_values(names: _Names, birth: _Birth) -> Iterator[Value]:
    for given in names.givens:
        yield Label.GIVEN_BIRTH, (given, birth.unswapped)
        yield Label.GIVEN_START_BIRTH, (given[:_GIVEN_START], birth.unswapped)
    for root in names.roots:
        yield Label.ROOT_BIRTH, (root, birth.unswapped)
        yield Label.ROOT_DATE, (root, birth.date)
    for sound in names.sounds:
        yield Label.GIVEN_SOUND_BIRTH, (sound, birth.unswapped)


def _middle_values(middle: str | None, names: _Names, birth: _Birth) -> Iterator[Value]:
    initial, whole = initial_form(middle), given_form(middle)
    for root in names.roots:
        if initial:
            yield Label.MIDDLE_BIRTH, (initial, root, birth.unswapped)
        if whole:
            yield Label.MIDDLE_NAME_BIRTH, (whole, root, birth.unswapped)


def _surname_values(names: _Names, birth: _Birth) -> Iterator[Value]:
    for surname in names.surnames:
        yield Label.SURNAME_BIRTH, (surname, birth.unswapped)
        yield Label.SURNAME_START_BIRTH, (surname[:_SURNAME_START], birth.unswapped)
        for given in names.givens:
            one, other = sorted((given, surname))
            yield Label.NAME_BIRTH, (one, other, birth.unswapped)
        for root in names.roots:
            yield Label.NAME_YEAR_MONTH, (root, surname, birth.year, birth.month)
            yield Label.NAME_YEAR_DAY, (root, surname, birth.year, birth.day)
            yield Label.NAME_MONTH_DAY, (root, surname, birth.month, birth.day)
    for sound in names.surname_sounds:
        yield Label.SURNAME_SOUND_BIRTH, (sound, birth.unswapped)


def _address_values(identity: IdentityFields, names: _Names, birth: _Birth) -> Iterator[Value]:
    street, code = place_form(identity.street), place_form(identity.zip)
    city = place_form(identity.city)
    if street:
        yield Label.STREET_BIRTH, (street, birth.unswapped)
        yield Label.STREET_YEAR, (street, birth.year)
        yield Label.STREET_MONTH_DAY, (street, birth.month, birth.day)
    if code:
        yield Label.ZIP_BIRTH, (code, birth.unswapped)
        for sound in names.surname_sounds:
            yield Label.ZIP_NAME_YEAR, (code, sound, birth.year)
    if city:
        yield Label.CITY_BIRTH, (city, birth.unswapped)


def _household_values(identity: IdentityFields, names: _Names) -> Iterator[Value]:
    street, code = place_form(identity.street), place_form(identity.zip)
    city = place_form(identity.city)
    born = birth_form(identity.birth_on)
    if born:
        birth = _birth(born).unswapped
        for start in dict.fromkeys(n[:_GIVEN_START] for n in (*names.givens, *names.surnames)):
            yield Label.START_BIRTH, (start, birth)
    if street:
        for sound in dict.fromkeys((*names.sounds, *names.surname_sounds)):
            yield Label.STREET_SOUND, (street, sound)
        if code:
            yield Label.STREET_ZIP, (street, code)
    for given, surname in product(names.sounds, names.surname_sounds):
        one, other = sorted((given, surname))
        if code:
            yield Label.ZIP_SOUNDS, (code, one, other)
        if city:
            yield Label.CITY_SOUNDS, (city, one, other)


def pack(blocks: Iterable[Block]) -> bytes:
    """Evidence as one field: newest epoch first, tokens sorted, each once; empty where none is."""
    ordered = sorted((block for block in blocks if block.tokens), reverse=True)
    if not ordered:
        return b""
    packed = bytearray((_MAGIC, len(ordered)))
    for block in ordered:
        tokens = sorted(set(block.tokens))[:_TOKENS_MAX]
        packed += block.epoch.to_bytes(2, "big") + bytes((block.rarity, len(tokens)))
        packed += b"".join(tokens)
    return bytes(packed)


def check_packed(evidence: bytes) -> None:
    """Raises ValueError where unpacking would, and where a token is held twice: the index takes
    each of a person's tokens once."""
    tokens = [token for block in unpack(evidence) for token in block.tokens]
    if len(set(tokens)) < len(tokens):
        raise ValueError("packed evidence holds a token twice")


def unpack(evidence: bytes | None) -> tuple[Block, ...]:
    """The blocks of packed evidence, newest epoch first. Raises ValueError where it is damaged."""
    if not evidence:
        return ()
    if evidence[0] != _MAGIC or len(evidence) < 2:
        raise ValueError("packed evidence does not begin as this version does")
    at, size, newest = 2, len(evidence), 1 << 16
    for _ in range(evidence[1]):
        if at + _HEAD_BYTES > size:
            raise ValueError("packed evidence ends within a block")
        epoch, rarity, count = (
            evidence[at] << 8 | evidence[at + 1],
            evidence[at + 2],
            evidence[at + 3],
        )
        if rarity > RAREST or not count or epoch >= newest:
            raise ValueError("a block of packed evidence is damaged, or out of order")
        at, newest = at + _HEAD_BYTES + count * TOKEN_BYTES, epoch
    if at != size:
        raise ValueError("packed evidence is cut off, or has bytes left over")
    return blocks_of(evidence)


def blocks_of(evidence: bytes) -> tuple[Block, ...]:
    """The blocks of packed evidence that was checked: done for every candidate of every claim."""
    if not evidence:
        return ()
    at, blocks = 2, []
    for _ in range(evidence[1]):
        start = at + _HEAD_BYTES
        epoch, rarity = evidence[at] << 8 | evidence[at + 1], evidence[at + 2]
        at = start + evidence[at + 3] * TOKEN_BYTES
        tokens = [evidence[i : i + TOKEN_BYTES] for i in range(start, at, TOKEN_BYTES)]
        blocks.append(Block(epoch, rarity, cast("tuple[Token, ...]", tuple(tokens))))
    return tuple(blocks)
