"""Rows of one transaction of the identity lane: read once, changed in memory, written at the end.

What decisions changed is entered in their order, so the rows do not depend on how claims are cut
into transactions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from struct import Struct

from hub.domain.rows import PERSON_TOUCH, PRIORITY_CHANGE, ClaimRow, PairRow, Person, TouchKey
from hub.identity.compare import Verdict
from hub.identity.graph import PairState
from hub.identity.resolver import Decided
from hub.identity.statements import Pair
from hub.ports import StoreTransaction

_TIME = Struct(">q")
_REVIEW, _APART = int(Verdict.REVIEW), int(Verdict.APART)


def times_of(changed_ms: bytes) -> tuple[int, ...]:
    """Append times, packed in a row."""
    return tuple(time for (time,) in _TIME.iter_unpack(changed_ms))


def packed_times(times: Sequence[int]) -> bytes:
    """Append times as a row has them."""
    return b"".join(map(_TIME.pack, times))


def state_of(row: PairRow) -> PairState:
    """A pair's state in its row."""
    return PairState(Verdict(row.verdict), row.cause, row.score, row.agree, row.both)


class Rows:
    """Of one transaction."""

    def __init__(self, tx: StoreTransaction) -> None:
        self._tx = tx
        self._claims: dict[Person, ClaimRow | None] = {}
        self._changed: set[Person] = set()
        self._pairs: dict[Pair, PairRow | None] = {}
        self._pairs_before: dict[Pair, int] = {}
        self._touched: set[Person] = set()

    def read(self, persons: Iterable[Person]) -> None:
        """Have these persons' rows at hand."""
        wanted = [person for person in set(persons) if person not in self._claims]
        self._claims.update(dict.fromkeys(wanted))
        for row in self._tx.claims.of_persons(sorted(wanted)):
            self._claims[row.person] = row

    def of(self, person: Person) -> ClaimRow | None:
        """A row that was read."""
        return self._claims[person]

    def put(self, row: ClaimRow) -> None:
        """Let this row stand."""
        self._claims[row.person] = row
        self._changed.add(row.person)

    def read_for(self, decisions: Sequence[Decided]) -> None:
        """Have all rows at hand that these decisions change, or whose keys they need."""
        persons = {Person(*link[:2]) for each in decisions for link in each.links}
        pairs = sorted({pair for each in decisions for pair, _ in each.pairs})
        for pair in pairs:
            persons.update(pair)
        for each in decisions:
            persons.update(each.released)
        self.read(persons)
        self._pairs.update(dict.fromkeys(pairs))
        for row in self._tx.pairs.get(pairs):
            self._pairs[Pair(row.one, row.other)] = row
        for pair, before in self._pairs.items():
            self._pairs_before[pair] = _APART if before is None else before.verdict

    def enter(self, decided: Decided, offset: int, at_ms: int) -> None:
        """Enter what one decision changed."""
        for registry, person_id, national_id in decided.links:
            row = self._claims[Person(registry, person_id)]
            if row is not None:
                self.put(row._replace(national_id=national_id))
        for pair, state in decided.pairs:
            before = self._pairs[pair]
            opened_ms = at_ms
            if before is not None and before.verdict == state.verdict:
                opened_ms = before.opened_ms
            row_after = PairRow(
                registry=pair.one.registry,
                person_id=pair.one.person_id,
                other_registry=pair.other.registry,
                other_person_id=pair.other.person_id,
                verdict=int(state.verdict),
                cause=state.cause,
                score=state.score,
                agree=state.agree,
                both=state.both,
                opened_ms=opened_ms,
                claim_offset=offset,
            )
            if _REVIEW in (state.verdict, _APART if before is None else before.verdict):
                self._touched.update(pair)
            self._pairs[pair] = row_after

    def write(self) -> Counter[int]:
        """Write what changed. Answers how many more pairs have each verdict."""
        changed = [row for person in self._changed if (row := self._claims[person]) is not None]
        self._tx.claims.put(changed)
        pairs = [row for row in self._pairs.values() if row is not None]
        self._tx.pairs.put(pairs)
        more: Counter[int] = Counter()
        for pair in pairs:
            more[pair.verdict] += 1
            more[self._pairs_before[Pair(pair.one, pair.other)]] -= 1
        del more[_APART]
        return more

    def touches(self) -> dict[TouchKey, int]:
        """Whose reviews changed."""
        return {
            TouchKey(PERSON_TOUCH, "|".join(person)): PRIORITY_CHANGE for person in self._touched
        }
