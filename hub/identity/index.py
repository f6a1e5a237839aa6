"""Persons by token, in memory: what a claim is compared with.

Persons are numbers here, in the order in which they came. Tokens stand in many small tables, as one
big table stops everything while it grows. Evidence is kept packed, and taken apart when compared.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from hub.domain.rows import Person
from hub.identity.tokens import Label, Token

_SHARDS = 64
_IMPLIED = frozenset(
    map(
        int,
        (
            Label.NAME_BIRTH,
            Label.GIVEN_BIRTH,
            Label.ROOT_BIRTH,
            Label.ROOT_DATE,
            Label.MIDDLE_BIRTH,
            Label.MIDDLE_NAME_BIRTH,
            Label.SURNAME_BIRTH,
        ),
    )
)
"""Who shares such a token shares one of sounds too: they need no table."""
_SELDOM = frozenset(map(int, (Label.GIVEN_START_BIRTH, Label.SURNAME_START_BIRTH)))
INDEXED = frozenset(int(label) for label in Label) - _IMPLIED - _SELDOM

Holders = int | tuple[int, ...]


class TokenIndex:
    """Persons, their evidence and who holds which token. Not safe for several threads."""

    __slots__ = (
        "_tables",
        "evidence",
        "first_offset",
        "numbers",
        "offset",
        "persons",
        "present",
        "standing",
    )

    def __init__(self) -> None:
        self.persons: list[Person] = []
        self.numbers: dict[Person, int] = {}
        self.evidence: list[bytes] = []
        """Packed; empty where a person is absent, or has none."""
        self.first_offset = array("q")
        self.offset = array("q")
        """Of the first claim, and of the one that stands."""
        self.standing = bytearray()
        """1 where a person's profile stands."""
        self.present = 0
        self._tables: list[dict[Token, Holders]] = [{} for _ in range(_SHARDS)]

    def add_person(self, person: Person, first_offset: int, offset: int) -> int:
        """A number for a new person, who has no evidence yet."""
        number = len(self.persons)
        self.persons.append(person)
        self.numbers[person] = number
        self.evidence.append(b"")
        self.first_offset.append(first_offset)
        self.offset.append(offset)
        self.standing.append(0)
        return number

    def drop_last(self) -> None:
        """Forget the newest person, who has no tokens any more."""
        del self.numbers[self.persons.pop()]
        self.evidence.pop()
        self.first_offset.pop()
        self.offset.pop()
        self.standing.pop()

    def put_tokens(self, number: int, tokens: Iterable[Token]) -> None:
        """Let a person hold these tokens."""
        tables, indexed = self._tables, INDEXED
        for token in tokens:
            if token[0] in indexed:
                table = tables[token[8] & 63]
                held = table.setdefault(token, number)
                if held is not number:
                    table[token] = (held, number) if isinstance(held, int) else (*held, number)

    def take_tokens(self, number: int, tokens: Iterable[Token]) -> None:
        """Let a person hold these tokens no longer."""
        for token in tokens:
            if token[0] in INDEXED:
                table = self._tables[token[8] & 63]
                held = table[token]
                left = () if isinstance(held, int) else tuple(h for h in held if h != number)
                if not left:
                    del table[token]
                else:
                    table[token] = left[0] if len(left) == 1 else left

    def candidates(self, number: int, tokens: Iterable[Token], most: int) -> tuple[set[int], int]:
        """Who else holds one of these tokens, and how many tokens too many hold."""
        found: set[int] = set()
        crowded = 0
        tables, indexed = self._tables, INDEXED
        for token in tokens:
            if token[0] in indexed:
                held = tables[token[8] & 63].get(token)
                if held is None or isinstance(held, int):
                    if held is not None:
                        found.add(held)
                elif len(held) > most:
                    crowded += 1
                else:
                    found.update(held)
        found.discard(number)
        return found, crowded
