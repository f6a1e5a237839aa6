"""The exact-v1 model: persons are linked by equal tokens, clusters are connected components.

Two persons link when a token of a nine-digit number agrees, or one of last four and birth date, or
one of full name and birth date, unless the present holders of that name-and-date token show
different last fours: then it links nobody. An account replaced by another of its registry links to
that one. Clusters are a function of the profiles that stand now, so the order of claims does not
matter, repeats change nothing and a correction may unlink. Only the id of a cluster looks back: it
is made of the first claim of its oldest member.

The index lives in memory and is changed claim by claim; `undo` takes a decision back, so that a
batch that is rolled back leaves the index as it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from hub.domain.events import EVENT_NAMESPACE
from hub.domain.rows import Person
from hub.identity.tokens import Label, Token, epoch_of, label_of

MODEL = "exact-v1"

_Key = TypeVar("_Key", Token, Person)
_LINKING = frozenset(int(label) for label in Label)


@dataclass(frozen=True, slots=True)
class Claim:
    """What stands of a person, as a claim says it. Offset and event id count when they are the
    person's first."""

    person: Person
    offset: int
    event_id: str
    present: bool
    tokens: tuple[Token, ...]
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A person in the index. An absent one holds no tokens and replaces nobody."""

    first_offset: int
    first_event_id: str
    present: bool
    tokens: tuple[Token, ...]
    replaced_by: Person | None


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A person's national person after a decision."""

    registry: str
    person_id: str
    national_id: str


@dataclass(frozen=True, slots=True)
class Undo:
    """What stood before a decision."""

    person: Person
    entry: Entry | None
    national_ids: tuple[tuple[Person, str | None], ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What one claim changed, in order of person, and what it was made from."""

    changes: tuple[LinkChange, ...]
    compared: int
    blocked_tokens: int
    index_size: int
    undo: Undo


class ExactIndex:
    """Persons by token, and their clusters. Not safe for several threads."""

    __slots__ = ("_entries", "_holders", "_members", "_national_ids", "_present", "_replacing")

    def __init__(self) -> None:
        self._entries: dict[Person, Entry] = {}
        self._holders: dict[Token, tuple[Person, ...]] = {}
        self._replacing: dict[Person, tuple[Person, ...]] = {}
        self._national_ids: dict[Person, str] = {}
        self._members: dict[str, frozenset[Person]] = {}
        self._present = 0

    @property
    def size(self) -> int:
        """Persons whose profile stands."""
        return self._present

    def national_id(self, person: Person) -> str | None:
        return self._national_ids.get(person)

    def clusters(self) -> dict[str, frozenset[Person]]:
        """Members by national id; persons alone, absent ones among them, have one of their own."""
        return dict(self._members)

    def load(self, claims: Iterable[Claim]) -> None:
        """Take in what stands of every person at once, each person once, into an empty index;
        offset and event id are those of the person's first claim."""
        for claim in claims:
            self._put(claim.person, _entry_of(claim, None))
        self._regroup(self._entries.keys())

    def decide(self, claim: Claim) -> Decision:
        """Apply a claim and say what it changed. The claim's version is the caller's to check."""
        person = claim.person
        before = self._entries.get(person)
        after = _entry_of(claim, before)
        earlier: tuple[tuple[Person, str | None], ...] = ()
        if before != after:
            concerned = self._concerned(person) if before else {person}
            self._put(person, after)
            earlier = self._regroup(concerned | self._concerned(person))
        sharing = {holder for token in after.tokens for holder in self._holders[token]} - {person}
        return Decision(
            changes=tuple(
                LinkChange(changed.registry, changed.person_id, self._national_ids[changed])
                for changed, _ in earlier
            ),
            compared=len(sharing),
            blocked_tokens=sum(self._blocked(token) for token in after.tokens),
            index_size=self._present,
            undo=Undo(person, before, earlier),
        )

    def undo(self, undo: Undo) -> None:
        """Take back the newest decision that is not yet taken back."""
        self._put(undo.person, undo.entry)
        touched = {self._national_ids[person] for person, _ in undo.national_ids}
        touched |= {earlier for _, earlier in undo.national_ids if earlier is not None}
        members = (self._members.get(name, frozenset()) for name in touched)
        named = {person: self.national_id(person) for group in members for person in group}
        named.update(undo.national_ids)
        self._rename(named, touched)

    def _put(self, person: Person, entry: Entry | None) -> None:
        """Replace a person's entry, and with it their tokens and stated link."""
        old = self._entries.get(person)
        if old is not None:
            for token in old.tokens:
                _drop(self._holders, token, person)
            if old.replaced_by is not None:
                _drop(self._replacing, old.replaced_by, person)
            self._present -= old.present
        if entry is None:
            self._entries.pop(person, None)
            return
        self._entries[person] = entry
        self._present += entry.present
        for token in entry.tokens:
            self._holders[token] = (*self._holders.get(token, ()), person)
        if entry.replaced_by is not None:
            replacing = self._replacing.get(entry.replaced_by, ())
            self._replacing[entry.replaced_by] = (*replacing, person)

    def _concerned(self, person: Person) -> set[Person]:
        """Everyone whose cluster a change of this person's entry can change."""
        beside = {person, *self._stated(person)}
        for token in self._entries[person].tokens:
            beside.update(self._holders[token])
        for neighbor in tuple(beside):
            national_id = self._national_ids.get(neighbor)
            if national_id is not None:
                beside |= self._members[national_id]
        return beside

    def _stated(self, person: Person) -> tuple[Person, ...]:
        """Those linked with a person by a replaced account; both must be present."""
        entry = self._entries[person]
        if not entry.present:
            return ()
        replacing = self._replacing.get(person, ())
        if entry.replaced_by is None:
            return replacing
        successor = self._entries.get(entry.replaced_by)
        if successor is None or not successor.present:
            return replacing
        return (*replacing, entry.replaced_by)

    def _blocked(self, token: Token) -> bool:
        """Whether a token links nobody. Holders of a name-and-date token have one birth date, so
        their last fours differ where their tokens of last four and birth date do."""
        if label_of(token) not in _LINKING:
            return True
        holders = self._holders[token]
        if label_of(token) != Label.NAME_BIRTH or len(holders) < 2:
            return False
        epoch = epoch_of(token)
        shown = {
            other
            for holder in holders
            for other in self._entries[holder].tokens
            if label_of(other) == Label.LAST4_BIRTH and epoch_of(other) == epoch
        }
        return len(shown) > 1

    def _regroup(self, persons: Collection[Person]) -> tuple[tuple[Person, str | None], ...]:
        """Form clusters anew among persons that hold every link of each other; answer whose id
        changed, sorted, with the id before."""
        touched = {name for name in map(self._national_ids.get, persons) if name is not None}
        named: dict[Person, str | None] = {}
        for start in persons:
            if start not in named:
                cluster = self._component(start)
                name = self._name_of(cluster)
                named.update(dict.fromkeys(cluster, name))
        earlier = tuple(
            (person, self._national_ids.get(person))
            for person in sorted(named)
            if self._national_ids.get(person) != named[person]
        )
        self._rename(named, touched)
        return earlier

    def _component(self, start: Person) -> set[Person]:
        found = {start}
        waiting = [start]
        walked: set[Token] = set()
        while waiting:
            person = waiting.pop()
            for token in self._entries[person].tokens:
                if token not in walked:
                    walked.add(token)
                    if not self._blocked(token):
                        fresh = [p for p in self._holders[token] if p not in found]
                        found.update(fresh)
                        waiting.extend(fresh)
            for other in self._stated(person):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return found

    def _name_of(self, cluster: set[Person]) -> str:
        oldest = min((self._entries[person] for person in cluster), key=lambda e: e.first_offset)
        return str(uuid.uuid5(EVENT_NAMESPACE, oldest.first_event_id))

    def _rename(self, named: dict[Person, str | None], touched: set[str]) -> None:
        """Give ids to persons; touched are the ids that these persons had."""
        for name in touched:
            self._members.pop(name, None)
        groups: dict[str, list[Person]] = {}
        for person, given in named.items():
            if given is None:
                self._national_ids.pop(person, None)
            else:
                self._national_ids[person] = given
                groups.setdefault(given, []).append(person)
        self._members.update({name: frozenset(group) for name, group in groups.items()})


def _entry_of(claim: Claim, before: Entry | None) -> Entry:
    replaced_by = claim.replaced_by if claim.present else None
    successor = Person(claim.person.registry, replaced_by) if replaced_by else None
    return Entry(
        first_offset=before.first_offset if before else claim.offset,
        first_event_id=before.first_event_id if before else claim.event_id,
        present=claim.present,
        tokens=tuple(sorted(set(claim.tokens))) if claim.present else (),
        replaced_by=successor if successor != claim.person else None,
    )


def _drop(holders: dict[_Key, tuple[Person, ...]], key: _Key, person: Person) -> None:
    left = tuple(holder for holder in holders[key] if holder != person)
    if left:
        holders[key] = left
    else:
        del holders[key]


def decide(index: ExactIndex, claim: Claim) -> Decision:
    """Apply a claim to the index and say what it changed."""
    return index.decide(claim)
