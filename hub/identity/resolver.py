"""One human, one national person: claims decided one after the other, each undoable.

A claim is compared with whoever shares a token. Pairs are judged by their own evidence and by what
was stated about them; clusters are then formed anew among all whom worthy pairs join. What is held
in memory after a decision was undone is what was held before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import NamedTuple

from hub.domain.rows import Person
from hub.identity.clusters import Clustering, stated_cause
from hub.identity.compare import Judge, Side, Verdict, compare_packed, side_of
from hub.identity.evidence import unpack
from hub.identity.graph import NO_PAIR, Graph, PairState
from hub.identity.model import Limits, Model
from hub.identity.oracle import (
    EVIDENCES,
    NEWCOMERS,
    evidence_times,
    is_another,
    is_newcomer_too_many,
)
from hub.identity.people import Claim, People, Standing, Stated, Way, stated_of
from hub.identity.statements import Answer, Pair, pair_of


class LinkChange(NamedTuple):
    """A person's national person after a decision."""

    registry: str
    person_id: str
    national_id: str


class Decided(NamedTuple):
    """What one input changed, in order of person and of pair, and what it was made from."""

    links: tuple[LinkChange, ...] = ()
    pairs: tuple[tuple[Pair, PairState], ...] = ()
    """States after it; APART where nothing stands any more."""
    held: str | None = None
    compared: int = 0
    blocked: int = 0
    """Tokens that too many hold to offer anybody."""
    index_size: int = 0
    released: tuple[Person, ...] = ()
    undo: tuple[Way, ...] = ()


class Resolver:
    """People, graph and the model in force. Not safe for several threads."""

    def __init__(self, model: Model | None = None) -> None:
        self.people = People()
        self.graph = Graph()
        self._judge = None if model is None else Judge(model)

    @property
    def model(self) -> Model | None:
        return self._judge.model if self._judge else None

    @property
    def limits(self) -> Limits:
        return self._judge.model.limits if self._judge else Limits()

    @property
    def size(self) -> int:
        """Persons whose profile stands."""
        return self.people.index.present

    def national_id(self, person: Person) -> str | None:
        """A person's national person; None where the person has made no claim."""
        number = self.people.number_of(person)
        return None if number is None else self.people.own_id(self.graph.leader_of(number))

    def status(self, person: Person) -> tuple[tuple[int, ...], str | None]:
        """When the person's evidence was another, and why the person is held, if so."""
        number = self.people.index.numbers[person]
        return self.people.changed_ms.get(number, ()), self.people.held.get(number)

    def load(
        self,
        standing: Iterable[Standing],
        pairs: Iterable[tuple[Pair, PairState]],
        answers: Iterable[tuple[Pair, str, Answer]],
        ended_epochs: Iterable[int] = (),
    ) -> None:
        """Take in what stands, persons in the order of their standing claims, into an empty one
        that has the model in force."""
        people = self.people
        people.ended_epochs.update(ended_epochs)
        leaders: dict[str, int] = {}
        led: list[tuple[int, str]] = []
        for each in standing:
            number = people.load(each)
            own = people.own_id(number)
            if own == each.national_id:
                leaders[own] = number
            else:
                led.append((number, each.national_id))
        people.loaded()
        groups: dict[int, list[int]] = {}
        for number, national_id in led:
            if national_id in leaders:
                groups.setdefault(leaders[national_id], []).append(number)
        self.graph.set_groups((leader, *sorted(rest)) for leader, rest in groups.items())
        for pair, state in pairs:
            one, other = map(people.number_of, pair)
            if one is not None and other is not None:
                self.graph.set_pair(one, other, state)
        for pair, publisher, answer in answers:
            people.answers.put(pair, publisher, answer)
        self.graph.begin()

    def claim(self, claim: Claim) -> Decided:
        """Decide a claim whose version is new."""
        self._begin()
        people = self.people
        known = people.number_of(claim.person)
        number = people.add(claim) if known is None else known
        before = people.stated(number)
        after = stated_of(claim)
        people.set_offset(number, claim.offset)
        if known is not None and before == after:
            return self._decided(held=people.held.get(number))
        self._watch(number, claim, None if known is None else before)
        people.set_stated(number, after)
        fresh = {number} if known is None else set()
        if after.present and number in people.held:
            return self._decided(fresh, held=people.held[number])
        compared, blocked = self._decide(number)
        return self._decided(fresh, compared=compared, blocked=blocked)

    def answer(self, pair: Pair, publisher: str, answer: Answer | None) -> Decided:
        """Let an answer stand, None where it is withdrawn, and decide the pair."""
        self._begin()
        people = self.people
        people.set_answer(pair, publisher, answer)
        one, other = map(people.number_of, pair)
        if one is None or other is None:
            return self._decided()
        if people.is_free(one) and people.is_free(other):
            self.graph.set_pair(
                one, other, self._state(one, other, self._side(one), self._prior(self.size))
            )
        self._form({one, other})
        return self._decided(compared=1)

    def release(self, registry: str, person_id: str | None) -> Decided:
        """Decide persons of a registry that were held, one or all, in the order of their claims."""
        self._begin()
        people, persons = self.people, self.people.index.persons
        released = [
            number
            for number in people.held
            if persons[number].registry == registry
            and person_id in (None, persons[number].person_id)
        ]
        released.sort(key=people.index.offset.__getitem__)
        compared = blocked = 0
        for number in released:
            people.set_held(number, None)
            people.set_changed(number, ())
            found = self._decide(number)
            compared, blocked = compared + found[0], blocked + found[1]
        whom = tuple(persons[number] for number in released)
        return self._decided(compared=compared, blocked=blocked, released=whom)

    def end_epoch(self, epoch: int) -> Decided:
        """Compare nobody under this epoch any more; what was linked under it stands."""
        self._begin()
        self.people.end_epoch(epoch)
        return self._decided()

    def promote(self, model: Model) -> Decided:
        """Put a model in force and decide every present person again, in the order of standing
        claims. Answers all differences from what stands."""
        self._begin()
        people, before = self.people, self.graph
        people.note(self._set_force, before, self._judge)
        self._judge, self.graph = Judge(model), Graph()
        offset = people.index.offset
        seeds: set[int] = set()
        seen = 0
        for number in sorted(range(len(offset)), key=offset.__getitem__):
            states = self._states_that_stay(number, before)
            if people.is_present(number):
                seen += 1
            if people.is_free(number):
                prior = self._prior(seen)
                earlier = [o for o in self._candidates(number)[0] if offset[o] < offset[number]]
                side = self._side(number)
                stays = {other for other, _ in states}
                earlier = [other for other in earlier if other not in stays]
                states += [(o, self._state(number, o, side, prior)) for o in earlier]
            for other, state in states:
                self.graph.set_pair(number, other, state)
                seeds.add(number)
        self._form(seeds)
        _note_differences(before, self.graph)
        return self._decided()._replace(undo=people.way_back())

    def enforce(self, model: Model) -> None:
        """Put a model in force and decide nothing: what it changed is taken in apart."""
        self.people.note(self._set_force, self.graph, self._judge)
        self._judge = Judge(model)

    def undo(self, decided: Decided) -> None:
        """Take back the newest decision that is not yet taken back."""
        for restore, arguments in decided.undo:
            restore(*arguments)
        self._begin()

    def _begin(self) -> None:
        self.graph.begin()
        self.people.begin()

    def _watch(self, number: int, claim: Claim, before: Stated | None) -> None:
        """Hold who asks too often."""
        people, limits = self.people, self.limits
        if before is None:
            first_ms = people.first_ms[claim.person.registry]
            if is_newcomer_too_many(first_ms, claim.at_ms, limits):
                people.set_held(number, NEWCOMERS)
        if not claim.present or not claim.evidence:
            return
        if before is not None and not is_another(unpack(before.evidence), unpack(claim.evidence)):
            return
        times = evidence_times(people.changed_ms.get(number, ()), claim.at_ms, limits)
        people.set_changed(number, times)
        if len(times) > limits.evidences_max and number not in people.held:
            people.set_held(number, EVIDENCES)

    def _decide(self, number: int) -> tuple[int, int]:
        """Decide a person's pairs and clusters; answers persons compared and tokens passed over."""
        graph, people = self.graph, self.people
        standing = graph.beside.get(number, {})
        others, blocked = self._candidates(number)
        if not others and not standing:
            return 0, blocked
        states: dict[int, PairState | None] = {}
        if people.is_present(number):
            side, prior = self._side(number), self._prior(self.size)
            for other in others.union(standing):
                if people.is_free(other):
                    states[other] = self._state(number, other, side, prior)
                elif people.is_present(other):
                    states[other] = standing.get(other)
        seeds = {number} if any(state.worthy for state in standing.values()) else set()
        for other in set(standing).union(states):
            state = states.get(other)
            if state is not None and state.worthy:
                seeds.add(number)
            graph.set_pair(number, other, state)
        self._form(seeds)
        return len(others), blocked

    def _candidates(self, number: int) -> tuple[set[int], int]:
        """Whom to compare a person with, and how many tokens offer nobody."""
        people, most = self.people, self.limits.candidates_max
        if not people.is_present(number):
            return set(), 0
        blocked = 0
        found = people.stated_beside(number)
        for block in people.blocks(number):
            more, crowded = people.index.candidates(number, block.tokens, most)
            found |= more
            blocked += crowded
        return {other for other in found if people.is_free(other)}, blocked

    def _side(self, number: int) -> Side:
        return side_of(self.people.blocks(number))

    def _state(self, one: int, other: int, side: Side, prior: float) -> PairState | None:
        """What stands between two present persons by themselves; side is the first one's."""
        people = self.people
        persons = people.index.persons
        said = people.answers.said(persons[one], persons[other])
        if said.never:
            return None
        compared = compare_packed(side, people.index.evidence[other])
        agree, both = compared[:2] if compared else (0, 0)
        stated = stated_cause(people, one, other)
        if self._judge is None or compared is None:
            score, verdict, cause = 0.0, Verdict.APART, "score"
        else:
            judged = self._judge.judge(compared)
            score = judged.score - prior
            verdict, cause = self._judge.verdict(judged, score)
            # It stands on the log in the open: a finer one would tell what is sealed beside it.
            score = float(round(score))
        if stated is not None:
            return PairState(Verdict.LINK, stated, score, agree, both)
        if said.apart:
            return None
        if compared is None:
            return self.graph.state(one, other)
        if said.disputed:
            return PairState(Verdict.REVIEW, "disputed", score, agree, both)
        if verdict == Verdict.APART:
            return None
        return PairState(verdict, cause, score, agree, both)

    def _states_that_stay(self, number: int, before: Graph) -> list[tuple[int, PairState | None]]:
        """Pairs with earlier claims that a model does not touch: stated ones come again, those of
        held persons and those without a common epoch stand."""
        people = self.people
        return [
            (other, state)
            for other, state in before.beside.get(number, {}).items()
            if people.index.offset[other] < people.index.offset[number]
            and (
                not people.is_free(number)
                or not people.is_free(other)
                or compare_packed(self._side(number), people.index.evidence[other]) is None
            )
        ]

    def _prior(self, size: int) -> float:
        population = self._judge.model.population if self._judge else 1
        return log(max(size, population))

    def _form(self, seeds: set[int]) -> None:
        if seeds:
            Clustering(self.people, self.graph, self.limits).form(seeds)

    def _set_force(self, graph: Graph, judge: Judge | None) -> None:
        self.graph, self._judge = graph, judge

    def _decided(
        self,
        fresh: Iterable[int] = (),
        *,
        held: str | None = None,
        compared: int = 0,
        blocked: int = 0,
        released: tuple[Person, ...] = (),
    ) -> Decided:
        graph, people = self.graph, self.people
        persons = people.index.persons
        moved = {n for n, leader in graph.moved.items() if graph.leader_of(n) != leader}
        pairs = [
            (pair_of(persons[one], persons[other]), graph.state(one, other) or NO_PAIR)
            for (one, other), before in graph.touched.items()
            if graph.state(one, other) != before
        ]
        links = [
            LinkChange(*persons[number], people.own_id(graph.leader_of(number)))
            for number in moved.union(fresh)
        ]
        undo = people.way_back()
        if graph.touched or graph.moved:
            undo = ((graph.take_back, (graph.touched, graph.moved)), *undo)
        return Decided(
            links=tuple(sorted(links)),
            pairs=tuple(sorted(pairs)),
            held=held,
            compared=compared,
            blocked=blocked,
            index_size=self.size,
            released=released,
            undo=undo,
        )


def _note_differences(before: Graph, after: Graph) -> None:
    """Let a graph that was made anew tell its differences from the one before."""
    after.begin()
    for one in before.beside.keys() | after.beside.keys():
        others = before.beside.get(one, {}).keys() | after.beside.get(one, {}).keys()
        for other in others:
            if one < other:
                after.touched[one, other] = before.state(one, other)
    for number in before.leader.keys() | after.leader.keys():
        after.moved[number] = before.leader_of(number)
