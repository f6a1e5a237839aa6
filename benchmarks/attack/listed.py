"""A stronger attacker: one who has a list of the hub's people, names and birth dates, without ids.

No token can be computed without the key, but the list says who would share a token with whom. Where
the pattern around an account (sex, birth year, rarity, how many hold each of its tokens, and the
same of those) fits one person of the list alone, the account is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random
from typing import NamedTuple

from benchmarks.population import Record
from hub.domain.statements import IdentityFields
from hub.identity.evidence import evidence_of, unpack
from hub.identity.tokens import Label, Token, TokenKey, label_of

ROUNDS = 1
_HOLDERS_MAX = 60
_NOT_ON_A_LIST = frozenset({Label.SSN9, Label.MIDDLE_BIRTH}) | frozenset(
    label for label in Label if label.name.startswith(("LAST4", "MIDDLE"))
)
Pattern = int


class Listed(NamedTuple):
    """What matching with a list reached."""

    people: int
    matched: int
    named: int


def match_list(records: Sequence[Record], share: float, seed: int) -> Listed:
    """Match accounts with a list that holds this share of them, as each was stated."""
    random = Random(seed)
    told = [record.identity for record in records]
    listed = [at for at in range(len(told)) if random.random() < share]
    held = _patterns(told, random)
    on_list = _patterns((_as_listed(told[at]) for at in listed), random)
    accounts, persons = Counter(held), Counter(on_list)
    place = dict(zip(on_list, listed, strict=True))
    matched = [
        (at, place[pattern])
        for at, pattern in enumerate(held)
        if accounts[pattern] == 1 == persons[pattern]
    ]
    right = sum(_names(told[at]) == _names(told[other]) for at, other in matched)
    return Listed(len(told), len(matched), right)


def _as_listed(told: IdentityFields) -> IdentityFields:
    return IdentityFields(
        given_name=told.given_name, surname=told.surname, birth_on=told.birth_on, sex=told.sex
    )


def _names(told: IdentityFields) -> tuple[str | None, str | None]:
    return told.given_name, told.surname


def _patterns(people: Iterable[IdentityFields], random: Random) -> list[Pattern]:
    """The pattern around each, under a key of its own: patterns do not depend on it."""
    key = TokenKey(1, random.randbytes(32))
    tokens: list[list[Token]] = []
    patterns: list[Pattern] = []
    seals: list[tuple[object, ...]] = []
    holders: dict[Token, list[int]] = {}
    for at, told in enumerate(people):
        blocks = unpack(evidence_of(told, [key], synthetic=True))
        found = [token for block in blocks for token in block.tokens]
        tokens.append([token for token in found if label_of(token) not in _NOT_ON_A_LIST])
        year = told.birth_on.year if told.birth_on else 0
        seals.append((told.sex, year, blocks[0].rarity if blocks else -1))
        for token in tokens[-1]:
            holders.setdefault(token, []).append(at)
    for seal, own in zip(seals, tokens, strict=True):
        counts = sorted((label_of(t), min(len(holders[t]), _HOLDERS_MAX)) for t in own)
        patterns.append(hash((seal, tuple(counts))))
    for _ in range(ROUNDS):
        patterns = [
            hash((patterns[at], _around(at, own, holders, patterns)))
            for at, own in enumerate(tokens)
        ]
    return patterns


def _around(
    at: int,
    own: Sequence[Token],
    holders: dict[Token, list[int]],
    patterns: Sequence[Pattern],
) -> tuple[tuple[int, tuple[Pattern, ...]], ...]:
    """The patterns of those who share a token with an account, by label."""
    found = []
    for token in own:
        others = [patterns[other] for other in holders[token] if other != at]
        if others:
            found.append((label_of(token), tuple(sorted(others)[:_HOLDERS_MAX])))
    return tuple(sorted(found))
