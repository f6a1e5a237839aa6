"""Clusters: formed anew among all whom worthy pairs join.

The stated pairs first, then by score: a pair joins its two clusters unless somebody said NEVER of
two of their members, members show numbers that conflict, or the cluster would be too big. So
clusters are a function of the pairs that stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hub.identity.compare import Verdict, compare, numbers_conflict, side_of
from hub.identity.graph import Graph, PairState
from hub.identity.model import Limits
from hub.identity.people import People

_Group = list[int]


class Clustering:
    """One forming of clusters over a graph."""

    def __init__(self, people: People, graph: Graph, limits: Limits) -> None:
        self._people = people
        self._graph = graph
        self._limits = limits
        self._group: dict[int, _Group] = {}
        self._conflicts: dict[tuple[int, int], bool] = {}

    def form(self, seeds: Iterable[int]) -> None:
        """Form the clusters of everybody whom worthy pairs or present clusters join to these."""
        concerned = self._concerned(seeds)
        edges = [
            (state, one, other)
            for one in concerned
            for other, state in self._graph.beside.get(one, {}).items()
            if one < other and state.worthy
        ]
        self._group = {number: [number] for number in concerned}
        edges.sort(key=self._rank)
        causes = [(state, one, other, self._join(one, other)) for state, one, other in edges]
        for state, one, other, cause in causes:
            self._graph.set_pair(one, other, self._after(state, one, other, cause))
        first_offset = self._people.index.first_offset
        groups = {id(group): group for group in self._group.values()}
        self._graph.set_groups(
            (leader, *sorted(n for n in group if n != leader))
            for group in groups.values()
            for leader in [min(group, key=first_offset.__getitem__)]
        )

    def _concerned(self, seeds: Iterable[int]) -> set[int]:
        found: set[int] = set()
        waiting = list(seeds)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += self._graph.cluster_of(number)
                waiting += self._graph.worthy_beside(number)
        return found

    def _rank(self, edge: tuple[PairState, int, int]) -> tuple[bool, float, object, object]:
        """Stated pairs first, then the highest score; equal ones by their persons."""
        state, one, other = edge
        persons = self._people.index.persons
        first, second = sorted((persons[one], persons[other]))
        return (stated_cause(self._people, one, other) is None, -state.score, first, second)

    def _join(self, one: int, other: int) -> str | None:
        """Join the clusters of a worthy pair, or say what keeps them apart."""
        ours, theirs = self._group[one], self._group[other]
        if ours is theirs:
            return None
        cause = self._hindrance(ours, theirs, stated_cause(self._people, one, other) is not None)
        if cause is None:
            ours.extend(theirs)
            self._group.update(dict.fromkeys(theirs, ours))
        return cause

    def _hindrance(self, ours: _Group, theirs: _Group, stated: bool) -> str | None:
        people, limits = self._people, self._limits
        persons = people.index.persons
        if people.answers.any and any(
            people.answers.said(persons[a], persons[b]).never for a in ours for b in theirs
        ):
            return "cluster_conflict"
        if stated:
            return None
        if len(ours) + len(theirs) > limits.cluster_max:
            return "cluster_size"
        registries = Counter(persons[number].registry for number in (*ours, *theirs))
        if max(registries.values()) > limits.registry_max:
            return "cluster_size"
        if len(ours) + len(theirs) == 2 or not limits.guard_numbers:
            return None
        conflicts = any(self._conflict(a, b) for a in ours for b in theirs)
        return "cluster_conflict" if conflicts else None

    def _conflict(self, one: int, other: int) -> bool:
        """Whether two persons show numbers that conflict."""
        pair = (one, other)
        if pair not in self._conflicts:
            compared = compare(side_of(self._people.blocks(one)), self._people.blocks(other))
            self._conflicts[pair] = compared is not None and numbers_conflict(*compared[:2])
        return self._conflicts[pair]

    def _after(self, state: PairState, one: int, other: int, cause: str | None) -> PairState:
        if cause is not None:
            return state._replace(verdict=Verdict.REVIEW, cause=cause)
        own = stated_cause(self._people, one, other) or "score"
        return state._replace(verdict=Verdict.LINK, cause=own)


def stated_cause(people: People, one: int, other: int) -> str | None:
    """What states that two persons are one: an account that continues, or both sides' answers."""
    if people.replaces(one, other):
        return "replaced_by"
    persons = people.index.persons
    return "agreed" if people.answers.said(persons[one], persons[other]).agreed else None
