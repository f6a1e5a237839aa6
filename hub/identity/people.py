"""Everybody whom the identity lane knows, in memory, with a journal of changes.

Persons are numbers; what stands of each is evidence, presence, the account that continues theirs,
when their evidence was another, and why they are held. Whatever is changed after `begin` is noted
with its way back.
"""

from __future__ import annotations

from array import array
from bisect import insort
from collections.abc import Callable, Iterable
from hashlib import sha1
from typing import Any, NamedTuple

from hub.domain.events import EVENT_NAMESPACE
from hub.domain.rows import Person
from hub.identity.evidence import Block, blocks_of
from hub.identity.index import TokenIndex
from hub.identity.statements import Answer, Answers, Pair
from hub.identity.tokens import Token

Way = tuple[Callable[..., Any], tuple[Any, ...]]
"""One step of a way back."""
_ID_BYTES = 16
_NAMESPACE = EVENT_NAMESPACE.bytes


class Claim(NamedTuple):
    """What a claim says. The event id counts where it is the person's first."""

    person: Person
    offset: int
    event_id: str
    at_ms: int
    """Append time of the claim."""
    present: bool
    evidence: bytes
    replaced_by: str | None


class Standing(NamedTuple):
    """What stands of a person when people are loaded."""

    claim: Claim
    """The claim that stands, with the event id of the first."""
    first_offset: int
    first_ms: int
    changed_ms: tuple[int, ...]
    held: str | None
    national_id: str


class Stated(NamedTuple):
    """What a claim that stands says of its person."""

    evidence: bytes
    present: bool
    successor: Person | None


def stated_of(claim: Claim) -> Stated:
    """Nothing but absence where the profile was withdrawn."""
    if not claim.present:
        return Stated(b"", False, None)
    successor = Person(claim.person.registry, claim.replaced_by) if claim.replaced_by else None
    return Stated(claim.evidence, True, successor if successor != claim.person else None)


class People:
    """Not safe for several threads."""

    def __init__(self) -> None:
        self.index = TokenIndex()
        self.answers = Answers()
        self.ended_epochs: set[int] = set()
        self.held: dict[int, str] = {}
        self.changed_ms: dict[int, tuple[int, ...]] = {}
        self.first_ms: dict[str, array[int]] = {}
        """Append times of first claims, sorted, by registry."""
        self._own = bytearray()
        """National id of each person when alone."""
        self._successor: dict[int, Person] = {}
        self._replacing: dict[Person, tuple[int, ...]] = {}
        self._journal: list[Way] = []
        self._taken_apart: tuple[bytes, tuple[Block, ...]] = (b"", ())
        """The evidence that was taken apart last: a claim asks for its own several times."""

    def begin(self) -> None:
        """Changes from here on belong to one decision."""
        self._journal = []

    def way_back(self) -> tuple[Way, ...]:
        """What undoes the changes since `begin`, in the order in which to do it."""
        return tuple(reversed(self._journal))

    def note(self, restore: Callable[..., Any], *arguments: Any) -> None:
        """Note the way back of a change."""
        self._journal.append((restore, arguments))

    def number_of(self, person: Person) -> int | None:
        return self.index.numbers.get(person)

    def own_id(self, number: int) -> str:
        """The national id that a person has when alone."""
        at = number * _ID_BYTES
        digits = self._own[at : at + _ID_BYTES].hex()
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def is_present(self, number: int) -> bool:
        return bool(self.index.standing[number])

    def is_free(self, number: int) -> bool:
        """Whether a person may be linked anew: present, and not held."""
        return bool(self.index.standing[number]) and number not in self.held

    def stated(self, number: int) -> Stated:
        """What stands of a person."""
        index = self.index
        present = bool(index.standing[number])
        return Stated(index.evidence[number], present, self._successor.get(number))

    def blocks(self, number: int) -> tuple[Block, ...]:
        """A person's evidence, without epochs that have ended."""
        evidence = self.index.evidence[number]
        if evidence is self._taken_apart[0]:
            return self._taken_apart[1]
        blocks = blocks_of(evidence)
        if self.ended_epochs:
            blocks = tuple(block for block in blocks if block.epoch not in self.ended_epochs)
        self._taken_apart = (evidence, blocks)
        return blocks

    def load(self, each: Standing) -> int:
        """Take in what stands of a person; first times are sorted at the end by `loaded`."""
        claim = each.claim
        number = self.index.add_person(claim.person, each.first_offset, claim.offset)
        self._own += _own_id(claim.event_id)
        self.first_ms.setdefault(claim.person.registry, array("q")).append(each.first_ms)
        if each.changed_ms:
            self.changed_ms[number] = each.changed_ms
        if each.held:
            self.held[number] = each.held
        self._put(number, stated_of(claim))
        return number

    def loaded(self) -> None:
        """Everybody is in."""
        for registry, times in self.first_ms.items():
            self.first_ms[registry] = array("q", sorted(times))
        self._journal = []

    def add(self, claim: Claim) -> int:
        """A person who claims for the first time; nothing stands of them yet."""
        number = self.index.add_person(claim.person, claim.offset, claim.offset)
        self._own += _own_id(claim.event_id)
        times = self.first_ms.setdefault(claim.person.registry, array("q"))
        insort(times, claim.at_ms)
        self.note(self._forget_last, claim.person.registry, claim.at_ms)
        return number

    def _forget_last(self, registry: str, at_ms: int) -> None:
        self.first_ms[registry].remove(at_ms)
        if not self.first_ms[registry]:
            del self.first_ms[registry]
        del self._own[-_ID_BYTES:]
        self.index.drop_last()

    def set_offset(self, number: int, offset: int) -> None:
        """Where the claim that stands is."""
        self.note(self.index.offset.__setitem__, number, self.index.offset[number])
        self.index.offset[number] = offset

    def set_stated(self, number: int, stated: Stated) -> None:
        """Let this stand of a person."""
        before = self.stated(number)
        self._put(number, stated)
        self.note(self._put, number, before)

    def _put(self, number: int, stated: Stated) -> None:
        index = self.index
        if index.evidence[number]:
            index.take_tokens(number, self._tokens(number))
        index.evidence[number] = stated.evidence
        if stated.evidence:
            index.put_tokens(number, self._tokens(number))
        index.present += stated.present - index.standing[number]
        index.standing[number] = stated.present
        self._put_successor(number, stated.successor)

    def _tokens(self, number: int) -> Iterable[Token]:
        blocks = self.blocks(number)
        if len(blocks) == 1:
            return blocks[0].tokens
        return [token for block in blocks for token in block.tokens]

    def _put_successor(self, number: int, successor: Person | None) -> None:
        before = self._successor.pop(number, None)
        if before is not None:
            left = tuple(n for n in self._replacing.pop(before) if n != number)
            if left:
                self._replacing[before] = left
        if successor is not None:
            self._successor[number] = successor
            self._replacing[successor] = (*self._replacing.get(successor, ()), number)

    def replaces(self, one: int, other: int) -> bool:
        """Whether one of two accounts continues under the other."""
        if not self._successor:
            return False
        persons = self.index.persons
        return (
            self._successor.get(one) == persons[other] or self._successor.get(other) == persons[one]
        )

    def stated_beside(self, number: int) -> set[int]:
        """With whom something is stated: accounts that continue each other, answered pairs."""
        if not self._replacing and not self.answers.any:
            return set()
        person = self.index.persons[number]
        found = set(self._replacing.get(person, ()))
        persons = [*self.answers.others(person)]
        if number in self._successor:
            persons.append(self._successor[number])
        known = map(self.index.numbers.get, persons)
        return found.union(other for other in known if other is not None)

    def set_held(self, number: int, held: str | None) -> None:
        """Hold a person, or not."""
        before = self.held.pop(number, None)
        if held is not None:
            self.held[number] = held
        self.note(_restore, self.held, number, before)

    def set_changed(self, number: int, times: tuple[int, ...]) -> None:
        """When a person's evidence was another."""
        before = self.changed_ms.pop(number, None)
        if times:
            self.changed_ms[number] = times
        self.note(_restore, self.changed_ms, number, before)

    def set_answer(self, pair: Pair, publisher: str, answer: Answer | None) -> None:
        """Let an answer stand, or none."""
        before = self.answers.put(pair, publisher, answer)
        self.note(self.answers.put, pair, publisher, before)

    def end_epoch(self, epoch: int) -> None:
        """Take an epoch's tokens out of the index, for good."""
        if epoch in self.ended_epochs:
            return
        self._each_of(epoch, self.index.take_tokens)
        self._set_ended(epoch, True)
        self.note(self._each_of, epoch, self.index.put_tokens)
        self.note(self._set_ended, epoch, False)

    def _set_ended(self, epoch: int, ended: bool) -> None:
        (self.ended_epochs.add if ended else self.ended_epochs.discard)(epoch)
        self._taken_apart = (b"", ())

    def _each_of(self, epoch: int, change: Callable[[int, Iterable[Token]], None]) -> None:
        for number in range(len(self.index.persons)):
            for block in self.blocks(number):
                if block.epoch == epoch:
                    change(number, block.tokens)


def _own_id(event_id: str) -> bytes:
    """UUIDv5 of a first claim's event id; made by hand, as it is made for every person."""
    made = bytearray(
        sha1(_NAMESPACE + event_id.encode(), usedforsecurity=False).digest()[:_ID_BYTES]
    )
    made[6] = made[6] & 0x0F | 0x50
    made[8] = made[8] & 0x3F | 0x80
    return bytes(made)


def _restore(table: dict[int, Any], number: int, before: Any) -> None:
    table.pop(number, None)
    if before is not None:
        table[number] = before
