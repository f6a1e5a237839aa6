"""A model tried in memory on what stands: which links would appear and vanish. Nothing is written.

Needs the keyring, for it opens evidence as the identity lane does, and the lane's memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from hub.identity.compare import Verdict
from hub.identity.model import Model
from hub.identity.resolver import Resolver
from hub.identity.statements import Pair, pair_of
from hub.lanes.identity_loading import load
from hub.ports import Keyring, ProjectionStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """What promoting a model would change, pairs in order of their persons."""

    in_force: str | None
    """Name of the model that decides today."""
    position: int
    """Claims that had been decided."""
    persons: int
    """Whose profile stands."""
    appear: tuple[Pair, ...]
    vanish: tuple[Pair, ...]
    opened: tuple[Pair, ...]
    """Reviews between registries that would open."""
    closed: tuple[Pair, ...]
    moved: int
    """Persons whose national person would be another."""


class _Standing(NamedTuple):
    links: set[Pair]
    reviews: set[Pair]


def shadow_of(store: ProjectionStore, keyring: Keyring, model: Model) -> Shadow:
    """Load what the identity lane knows, promote the model there, and compare."""
    resolver, position = load(store, keyring)
    in_force = None if resolver.model is None else resolver.model.name
    before = _standing(resolver)
    decided = resolver.promote(model)
    after = _standing(resolver)
    return Shadow(
        in_force=in_force,
        position=position,
        persons=decided.index_size,
        appear=tuple(sorted(after.links - before.links)),
        vanish=tuple(sorted(before.links - after.links)),
        opened=tuple(sorted(after.reviews - before.reviews)),
        closed=tuple(sorted(before.reviews - after.reviews)),
        moved=len(decided.links),
    )


def _standing(resolver: Resolver) -> _Standing:
    graph, persons = resolver.graph, resolver.people.index.persons
    links: set[Pair] = set()
    reviews: set[Pair] = set()
    for number, beside in graph.beside.items():
        for other, state in beside.items():
            if number > other:
                continue
            one, two = persons[number], persons[other]
            if state.verdict is Verdict.LINK:
                links.add(pair_of(one, two))
            elif graph.leader_of(number) != graph.leader_of(other) and one[0] != two[0]:
                reviews.add(pair_of(one, two))
    return _Standing(links, reviews)


def by_registries(pairs: Iterable[Pair]) -> dict[str, int]:
    """How many pairs there are between each two registries, or within one."""
    counts = Counter(f"{pair.one.registry}|{pair.other.registry}" for pair in pairs)
    return dict(sorted(counts.items()))
