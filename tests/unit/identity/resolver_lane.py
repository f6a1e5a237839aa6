"""A resolver fed by hand: claims in short words, what it holds, what a store would load."""

from __future__ import annotations

from typing import Any

from hub.domain.rows import Person
from hub.identity.compare import Verdict
from hub.identity.evidence import Block, pack
from hub.identity.model import Model
from hub.identity.people import Claim, Standing
from hub.identity.resolver import Decided, Resolver
from hub.identity.statements import Answer, Pair, pair_of
from hub.identity.tokens import Label, Token

DAY_MS = 24 * 60 * 60 * 1000
HOUR_MS = DAY_MS // 24
MODEL = Model(
    name="by-hand",
    description="each agreement alone is enough",
    training="none",
    population=1_000,
    bias=0.0,
    link_at=0.0,
    review_at=-4.0,
    weights={
        "number_nine": 30.0,
        "number_last4": 20.0,
        "given_swapped": 10.0,
        "surname_sound": 4.0,
    },
)
"""A full name that agrees is taken for a swapped one where nothing but that token is there."""


def token(label: Label, text: str) -> Token:
    return Token(bytes((label,)) + text.encode().rjust(8, b"."))


def evidence(*said: str, epoch: int = 1) -> bytes:
    """Tokens by first letter: n nine digits, l last four, f full name, s surname's sound."""
    labels = {
        "n": (Label.SSN9,),
        "l": (Label.LAST4_BIRTH,),
        "f": (Label.NAME_BIRTH, Label.GIVEN_SOUND_BIRTH),
        "s": (Label.SURNAME_SOUND_BIRTH,),
    }
    tokens = [token(label, text) for text in said for label in labels[text[0]]]
    return pack([Block(epoch, 3, tuple(tokens))])


def person(name: str) -> Person:
    return Person(*name.split("/"))


class Lane:
    """A resolver fed with claims, one a second unless a time is said."""

    def __init__(self, model: Model | None = MODEL) -> None:
        self.resolver = Resolver(model)
        self.offset = 0
        self.claims: dict[str, Claim] = {}
        self.first: dict[str, tuple[int, int]] = {}

    def claim(self, name: str, *said: str, **rest: Any) -> Decided:
        at_ms = rest.pop("at_ms", self.offset * 1000)
        packed = rest.pop("evidence", None)
        claim = Claim(
            person=person(name),
            offset=self.offset,
            event_id=f"claim of {name}",
            at_ms=at_ms,
            present=rest.pop("present", True),
            evidence=evidence(*said) if packed is None else packed,
            replaced_by=rest.pop("replaced_by", None),
        )
        assert not rest
        self.first.setdefault(name, (self.offset, at_ms))
        self.claims[name] = claim
        self.offset += 1
        return self.resolver.claim(claim)

    def answer(self, one: str, other: str, publisher: str, answer: Answer | None) -> Decided:
        return self.resolver.answer(pair_of(person(one), person(other)), publisher, answer)

    def linked(self) -> list[list[str]]:
        """Clusters of several, sorted."""
        by_id: dict[str | None, list[str]] = {}
        for name in self.claims:
            by_id.setdefault(self.resolver.national_id(person(name)), []).append(name)
        return sorted(sorted(group) for group in by_id.values() if len(group) > 1)

    def causes(self) -> dict[tuple[str, str], str]:
        """Causes of pairs under review."""
        return {
            ("/".join(pair.one), "/".join(pair.other)): state.cause
            for pair, state in pairs_of(self.resolver).items()
            if state.verdict == Verdict.REVIEW
        }


def pairs_of(resolver: Resolver) -> dict[Pair, Any]:
    persons = resolver.people.index.persons
    return {
        pair_of(persons[one], persons[other]): state
        for one, beside in resolver.graph.beside.items()
        for other, state in beside.items()
    }


def memory_of(resolver: Resolver) -> tuple[Any, ...]:
    """Everything that a resolver holds, in a form that can be compared."""
    people, persons = resolver.people, resolver.people.index.persons
    return (
        list(persons),
        [people.stated(number) for number in range(len(persons))],
        list(people.index.offset),
        [
            {token: sorted(holders if isinstance(holders, tuple) else (holders,))}
            for table in people.index._tables
            for token, holders in sorted(table.items())
        ],
        people.index.present,
        dict(people.held),
        dict(people.changed_ms),
        {registry: list(times) for registry, times in people.first_ms.items()},
        pairs_of(resolver),
        {p: resolver.national_id(p) for p in persons},
        dict(people.answers._said),
        set(people.ended_epochs),
        {key: sorted(numbers) for key, numbers in people._replacing.items()},
    )


def reloaded(lane: Lane) -> Resolver:
    """A resolver loaded from what a store would hold."""
    before = lane.resolver
    fresh = Resolver(before.model)
    standing = []
    for name, claim in sorted(lane.claims.items(), key=lambda item: item[1].offset):
        changed_ms, held = before.status(claim.person)
        national_id = before.national_id(claim.person)
        assert national_id is not None
        standing.append(Standing(claim, *lane.first[name], changed_ms, held, national_id))
    answers = [
        (pair, publisher, answer)
        for pair in list(before.people.answers._answers)
        for publisher, answer in before.people.answers.of(pair).items()
    ]
    fresh.load(standing, pairs_of(before).items(), answers, before.people.ended_epochs)
    return fresh
