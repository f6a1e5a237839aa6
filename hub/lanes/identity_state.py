"""The resolver between transactions: where it stands, and how what it decided is written.

Whatever breaks off is undone in memory as the database undoes it in tables; where that cannot be
known, the resolver stands nowhere and is loaded again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from hub.identity.resolver import Decided, Resolver
from hub.lanes.identity_decisions import Decision, items_of
from hub.lanes.identity_loading import load
from hub.lanes.identity_rows import Rows
from hub.ports import Keyring, ProjectionStore, StoreTransaction


class State:
    """What the identity lane has in memory."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self.resolver = Resolver()
        self.at: int | None = None
        """The position at which the resolver stands; None: it must be loaded."""
        self.pairs: Counter[int] = Counter()
        """Pairs that stand, by verdict."""

    def load(self, store: ProjectionStore) -> None:
        """Take in everything that stands. Raises RetryableError where another worker decided
        meanwhile."""
        self.at = None
        self.resolver = Resolver()  # Let go of what was: two would not fit.
        self.resolver, self.at = load(store, self.keyring)
        self.pairs = Counter(
            int(state.verdict)
            for one, beside in self.resolver.graph.beside.items()
            for other, state in beside.items()
            if one < other
        )

    def held(self) -> Counter[tuple[str, str]]:
        """Persons held from linking, by registry and cause."""
        people = self.resolver.people
        persons = people.index.persons
        return Counter((persons[n].registry, cause) for n, cause in people.held.items())

    @property
    def model_name(self) -> str:
        """Of the model in force; empty where none is."""
        model = self.resolver.model
        return "" if model is None else model.name

    def through(self, call: Callable[[Resolver], Decided]) -> Decided:
        """Give the resolver an input; where it breaks off nobody knows what is in memory."""
        at, self.at = self.at, None
        decided = call(self.resolver)
        self.at = at
        return decided

    def undo(self, done: Sequence[Decided]) -> None:
        """Take back what was decided since the transaction began."""
        if self.at is not None:
            for decided in reversed(done):
                self.resolver.undo(decided)

    def write(
        self, tx: StoreTransaction, rows: Rows, decisions: Sequence[Decision]
    ) -> Counter[int]:
        """Everything that follows from decisions, touches last. Answers how many more pairs have
        each verdict."""
        rows.read_for([each.decided for each in decisions])
        for each in decisions:
            rows.enter(each.decided, each.record.offset, each.record.append_at_ms)
        more = rows.write()
        tx.outbox.publish(items_of(decisions, self.keyring))
        touches = rows.touches()
        if touches:
            tx.touches.add(touches)
        return more
