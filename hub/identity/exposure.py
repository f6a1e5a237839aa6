"""What was received through a link that was undone, worked out from decisions and inbox items.

Two persons were taken for one while they had one national id. When they were parted, whoever had
been with them went one way or the other, and every item that told one side of the other's records
was wrong.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hub.domain.rows import Person

LINK_KIND = "link"
"""Kind of what is told of a person, rather than of a record."""


class Move(NamedTuple):
    """A person's national id from a decision on."""

    offset: int
    """Of the decision's cause on national.identity-claims: the order of decisions."""
    at_ms: int
    person: Person
    national_id: str


class Episode(NamedTuple):
    """A time in which two persons were taken for one."""

    since: int
    until: int | None
    """Cause of the decision that parted them; None where none has."""
    since_ms: int
    until_ms: int | None
    ours: frozenset[Person]
    """Who stayed with the first one, that one among them."""
    theirs: frozenset[Person]


class Exposed(NamedTuple):
    """One record, or one account, of which a registry was told wrongly."""

    receiver: str
    own: Person
    """For whom: the receiver's own person."""
    item: str
    kind: str
    owner: Person
    record_id: str
    at_ms: int


class Histories:
    """National ids of some persons through all decisions."""

    def __init__(self, moves: Iterable[Move]) -> None:
        self._moves: dict[Person, dict[int, Move]] = {}
        for move in sorted(moves, key=lambda each: (each.offset, each.at_ms)):
            self._moves.setdefault(move.person, {}).setdefault(move.offset, move)
        self._offsets = {person: list(moves) for person, moves in self._moves.items()}

    @property
    def persons(self) -> Iterable[Person]:
        return self._moves.keys()

    def id_at(self, person: Person, offset: int) -> str | None:
        """After what was decided of this cause; None before the person's first claim."""
        offsets = self._offsets.get(person, [])
        at = bisect_right(offsets, offset)
        return self._moves[person][offsets[at - 1]].national_id if at else None

    def together_at(self, person: Person, offset: int) -> set[Person]:
        """Everybody with this person's national id."""
        shared = self.id_at(person, offset)
        return {p for p in self._moves if shared is not None and self.id_at(p, offset) == shared}

    def episodes(self, one: Person, other: Person) -> list[Episode]:
        """When two persons were taken for one, the first time first."""
        found: list[Episode] = []
        began: Move | None = None
        moves = [*self._moves.get(one, {}).values(), *self._moves.get(other, {}).values()]
        for offset, move in sorted({each.offset: each for each in moves}.items()):
            is_one = self.id_at(one, offset) == self.id_at(other, offset) is not None
            if is_one and began is None:
                began = move
            elif not is_one and began is not None:
                found.append(self._parted(one, other, began, move))
                began = None
        if began is not None:
            found.append(Episode(began.offset, None, began.at_ms, None, frozenset(), frozenset()))
        return found

    def _parted(self, one: Person, other: Person, began: Move, ended: Move) -> Episode:
        before = self.together_at(one, ended.offset - 1)
        ours = before & self.together_at(one, ended.offset)
        theirs = before & self.together_at(other, ended.offset)
        return Episode(
            began.offset,
            ended.offset,
            began.at_ms,
            ended.at_ms,
            frozenset(ours),
            frozenset(theirs),
        )

    def parted_by(self, offset: int) -> list[tuple[Person, Person]]:
        """Pairs that what was decided of this cause parted, one for each two ways that people went
        from one national person."""
        before: dict[str, dict[str, Person]] = {}
        for person in sorted(self._moves):
            old, new = self.id_at(person, offset - 1), self.id_at(person, offset)
            if old is not None and new is not None:
                before.setdefault(old, {}).setdefault(new, person)
        return [
            (one, other)
            for ways in before.values()
            for number, one in enumerate(ways.values())
            for other in list(ways.values())[number + 1 :]
        ]


class ItemSent(NamedTuple):
    """What an inbox item says, as far as exposure asks."""

    receiver: str
    item: str
    own: frozenset[Person]
    others: frozenset[Person]
    """Accounts elsewhere that it names."""
    sender: str | None
    kind: str
    record_id: str
    at_ms: int


def exposed_by(
    sent: ItemSent, episode: Episode, owners: Mapping[tuple[str, str, str], Person]
) -> list[Exposed]:
    """What of an item one side learned of the other. owners: whose records are, by sender, kind and
    record id. A record whose owner is on neither side has moved since, or is gone: it counts where
    its registry has nobody on the receiver's side."""
    found = []
    for near, far in ((episode.ours, episode.theirs), (episode.theirs, episode.ours)):
        mine = sorted(sent.own & near)
        if not mine:
            continue
        if sent.item == "LINK":
            found += [
                _exposed(sent, own, LINK_KIND, other, other.person_id)
                for own in mine
                for other in sorted(sent.others & far)
            ]
            continue
        owner = owners.get((sent.sender or "", sent.kind, sent.record_id))
        if owner not in near and owner not in far:
            registries = {person.registry for person in near}
            there = sorted(p for p in far if p.registry == sent.sender)
            owner = there[0] if there and sent.sender not in registries else None
        if owner is not None and owner in far:
            found += [_exposed(sent, own, sent.kind, owner, sent.record_id) for own in mine]
    return found


def _exposed(sent: ItemSent, own: Person, kind: str, owner: Person, record_id: str) -> Exposed:
    return Exposed(sent.receiver, own, sent.item, kind, owner, record_id, sent.at_ms)


def first_times(exposed: Iterable[Exposed]) -> list[Exposed]:
    """Each record once for each person it was told for, when it was first told."""
    first: dict[tuple[object, ...], Exposed] = {}
    for each in sorted(exposed, key=lambda e: e.at_ms):
        first.setdefault(each[:-1], each)
    return sorted(first.values())
