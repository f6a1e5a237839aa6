"""Decisions that stand on the log, taken in as they stand there.

Whoever reads the claims again applies what was decided then, so that another version of the
program changes nothing of the past. The resolver is left as it was when it decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hub.domain.rows import Person
from hub.identity.compare import Verdict, compare, side_of
from hub.identity.evidence import unpack
from hub.identity.graph import PairState
from hub.identity.oracle import evidence_times, is_another
from hub.identity.people import Claim, stated_of
from hub.identity.resolver import Decided, LinkChange, Resolver
from hub.identity.statements import Pair


class PairChange(NamedTuple):
    """A pair's state as a decision names it: which evidence agreed is sealed there."""

    pair: Pair
    verdict: Verdict
    cause: str
    score: float


class Recorded(NamedTuple):
    """One decision on the log, or one part of it."""

    links: tuple[LinkChange, ...]
    pairs: tuple[PairChange, ...]
    held: str | None
    last: bool


def recorded_of(body: Mapping[str, Any]) -> Recorded:
    """What a decision's body says."""
    return Recorded(
        links=tuple(
            LinkChange(c["registry"], c["person_id"], c["national_id"]) for c in body["changes"]
        ),
        pairs=tuple(
            PairChange(
                Pair(
                    Person(p["registry"], p["person_id"]),
                    Person(p["other_registry"], p["other_person_id"]),
                ),
                Verdict[p["verdict"]] if p["verdict"] in Verdict.__members__ else Verdict.APART,
                p["cause"],
                p["score"],
            )
            for p in body["pairs"]
        ),
        held=body["held"],
        last=body["last"],
    )


def merged(parts: Sequence[Recorded]) -> Recorded:
    """The parts of one decision as one."""
    return Recorded(
        links=tuple(link for part in parts for link in part.links),
        pairs=tuple(pair for part in parts for pair in part.pairs),
        held=parts[0].held,
        last=parts[-1].last,
    )


def begin(resolver: Resolver) -> None:
    """Changes from here on belong to one decision."""
    resolver.graph.begin()
    resolver.people.begin()


def apply_claim(resolver: Resolver, claim: Claim, recorded: Recorded) -> Decided:
    """Take in a claim whose version is new, with what was decided of it."""
    begin(resolver)
    people, limits = resolver.people, resolver.limits
    known = people.number_of(claim.person)
    number = people.add(claim) if known is None else known
    before, after = people.stated(number), stated_of(claim)
    people.set_offset(number, claim.offset)
    if known is None or before != after:
        if claim.present and claim.evidence:
            former, latter = unpack(before.evidence), unpack(claim.evidence)
            if known is None or is_another(former, latter):
                times = people.changed_ms.get(number, ())
                people.set_changed(number, evidence_times(times, claim.at_ms, limits))
        people.set_stated(number, after)
    if recorded.held is not None and number not in people.held:
        people.set_held(number, recorded.held)
    return take_in(resolver, recorded)


def take_in(resolver: Resolver, recorded: Recorded) -> Decided:
    """Take in links and pairs of a decision that was begun."""
    people, graph = resolver.people, resolver.graph
    pairs = []
    for change in recorded.pairs:
        one, other = map(people.number_of, change.pair)
        if one is None or other is None:
            continue
        state = _state(resolver, one, other, change)
        graph.set_pair(one, other, None if state.verdict is Verdict.APART else state)
        pairs.append((change.pair, state))
    graph.set_groups(_groups(resolver, recorded.links))
    undo = (
        (graph.take_back, (graph.touched, graph.moved)),
        *people.way_back(),
    )
    return Decided(
        links=recorded.links,
        pairs=tuple(pairs),
        held=recorded.held,
        index_size=resolver.size,
        undo=undo,
    )


def _state(resolver: Resolver, one: int, other: int, change: PairChange) -> PairState:
    people = resolver.people
    compared = compare(side_of(people.blocks(one)), people.blocks(other))
    agree, both = compared[:2] if compared else (0, 0)
    if change.verdict is Verdict.APART:
        agree, both = 0, 0
    return PairState(change.verdict, change.cause, change.score, agree, both)


def _groups(resolver: Resolver, links: Iterable[LinkChange]) -> list[tuple[int, ...]]:
    """Clusters of all whom these changes concern, each with its leader first."""
    people, graph = resolver.people, resolver.graph
    moved = {
        number: link.national_id
        for link in links
        if (number := people.number_of(Person(link.registry, link.person_id))) is not None
    }
    concerned: set[int] = set()
    for number, national_id in moved.items():
        leader = _leader(resolver, number, national_id)
        concerned.update(graph.cluster_of(number), graph.cluster_of(leader))
    clusters: dict[str, list[int]] = {}
    for number in sorted(concerned):
        national_id = moved.get(number) or people.own_id(graph.leader_of(number))
        clusters.setdefault(national_id, []).append(number)
    groups: list[tuple[int, ...]] = []
    for national_id, members in clusters.items():
        leaders = [number for number in members if people.own_id(number) == national_id]
        if leaders:
            groups.append((leaders[0], *(n for n in members if n != leaders[0])))
        else:  # Whose id it is is not here: nobody is led by anybody.
            groups += [(number,) for number in members]
    return groups


def _leader(resolver: Resolver, number: int, national_id: str) -> int:
    """Among all whom links join to this person the one whose own id it is, else the person."""
    people, graph = resolver.people, resolver.graph
    seen, waiting = {number}, [number]
    while waiting:
        one = waiting.pop()
        if people.own_id(one) == national_id:
            return one
        for other, state in graph.beside.get(one, {}).items():
            if state.verdict is Verdict.LINK and other not in seen:
                seen.add(other)
                waiting.append(other)
    return number
