"""Pairs and clusters of numbered persons, with a way back.

A pair is worthy where its own evidence, or a statement, would link it; clusters say whether it
does. Every change is noted in a journal, and taken back from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from hub.identity.compare import Verdict

CLUSTER_CAUSES = frozenset({"cluster_conflict", "cluster_size"})
"""What keeps a worthy pair apart: its clusters, not itself."""


class PairState(NamedTuple):
    """What stands between two persons; where nothing does there is no state."""

    verdict: Verdict
    cause: str
    score: float
    agree: int
    both: int

    @property
    def worthy(self) -> bool:
        """Whether the two would be linked if it were for them alone."""
        return self.verdict == Verdict.LINK or self.cause in CLUSTER_CAUSES


NO_PAIR = PairState(Verdict.APART, "score", 0.0, 0, 0)
Numbers = tuple[int, int]


class Graph:
    """States of pairs by person, and clusters by their oldest member."""

    __slots__ = ("beside", "leader", "members", "moved", "touched")

    def __init__(self) -> None:
        self.beside: dict[int, dict[int, PairState]] = {}
        self.leader: dict[int, int] = {}
        """Oldest member of a person's cluster; not of whoever leads it or is alone."""
        self.members: dict[int, tuple[int, ...]] = {}
        """Members of a cluster of several by their leader, the leader among them."""
        self.touched: dict[Numbers, PairState | None] = {}
        """Pairs that changed since `begin`, with their states before."""
        self.moved: dict[int, int] = {}
        """Persons whose leader was set since `begin`, with their leaders before."""

    def begin(self) -> None:
        """Forget what changed so far."""
        self.touched, self.moved = {}, {}

    def state(self, one: int, other: int) -> PairState | None:
        return self.beside.get(one, {}).get(other)

    def leader_of(self, number: int) -> int:
        return self.leader.get(number, number)

    def cluster_of(self, number: int) -> tuple[int, ...]:
        return self.members.get(self.leader.get(number, number), (number,))

    def set_pair(self, one: int, other: int, state: PairState | None) -> None:
        """Let this stand between two persons; None: nothing."""
        pair = (one, other) if one < other else (other, one)
        before = self.state(one, other)
        if before == state:
            return
        self.touched.setdefault(pair, before)
        for here, there in (pair, pair[::-1]):
            if state is not None:
                self.beside.setdefault(here, {})[there] = state
                continue
            beside = self.beside[here]
            del beside[there]
            if not beside:
                del self.beside[here]

    def set_groups(self, groups: Iterable[tuple[int, ...]]) -> None:
        """Make these the clusters of their members, each with its leader first. Every former
        cluster of a member lies within these groups."""
        groups = list(groups)
        for group in groups:
            for number in group:
                self.moved.setdefault(number, self.leader_of(number))
        for group in groups:
            for number in group:
                self.members.pop(number, None)
                self.leader.pop(number, None)
        for group in groups:
            if len(group) > 1:
                self.members[group[0]] = group
                self.leader.update(dict.fromkeys(group[1:], group[0]))

    def take_back(self, touched: dict[Numbers, PairState | None], moved: dict[int, int]) -> None:
        """Restore pairs and leaders as they were."""
        for (one, other), state in touched.items():
            self.set_pair(one, other, state)
        groups: dict[int, list[int]] = {}
        for number, leader in moved.items():
            groups.setdefault(leader, []).append(number)
        self.set_groups(
            (leader, *sorted(n for n in numbers if n != leader))
            for leader, numbers in groups.items()
        )
        self.begin()

    def worthy_beside(self, number: int) -> list[int]:
        """Persons whom this one would be linked with."""
        return [o for o, state in self.beside.get(number, {}).items() if state.worthy]
