"""How good a model is: people of whom it is known who is who, decided as the hub decides them.

Evidence is made under a key that is thrown away, claims come in the order of the files, and all at
one moment, so that the limits on asking hold nobody. Counted is what stands after the last claim:
links alone first, then once more with every open review answered as the truth says.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from hub.domain.rows import Person
from hub.domain.statements import IdentityFields
from hub.identity.compare import Verdict, labels_of
from hub.identity.counting import Split, Tally, Truth
from hub.identity.evidence import evidence_of, unpack
from hub.identity.model import Model
from hub.identity.normalize import ssn_form
from hub.identity.people import Claim
from hub.identity.resolver import Resolver
from hub.identity.statements import Answer, Pair, pair_of
from hub.identity.surname_groups import is_double, is_non_english
from hub.identity.tokens import SECRET_BYTES, Label, TokenKey

FULL, LAST4, NONE = "full", "last4", "none"
"""How much of a number the evaluated people show: what they have, its last four digits, nothing."""

BOTH_NINE, BOTH_LAST4, NOT_BOTH = "both_nine_digits", "both_last_four", "not_both"
"""Which numbers the two persons of a pair can be compared by."""
DOUBLE, NON_ENGLISH = "double_surnames", "non_english_surnames"
"""Pairs in which either surname is such."""

_LAST4 = 1 << Label.LAST4_BIRTH | 1 << Label.LAST4_ROOT | 1 << Label.LAST4_SURNAME_SOUND
_HAS_LAST4, _HAS_NINE, _IS_DOUBLE, _IS_NON_ENGLISH = 1, 2, 4, 8
_FROM_NO_EDGE = frozenset({"names_crossed", "names_sound"})
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of an identity becomes evidence."""

    numbers: str = FULL
    ssn_as_is: bool = False
    """Numbers of any form count: test data have such."""
    address: bool = True
    synthetic: bool = True
    """Numbers of ranges that are never issued count."""
    household: bool = False
    """Tokens that no edge of the hub makes, for models that weigh them."""


class Known(NamedTuple):
    """A row of the evaluated people: evidence, and what its pairs are counted by."""

    person: Person
    evidence: bytes
    marks: int


class Counts(NamedTuple):
    """What a run of the model came to."""

    persons: int
    between: bool
    """Whether pairs between registries alone were counted."""
    links: Tally
    with_reviews: Tally
    reviews: int
    """Open pairs after the last claim."""
    reviews_true: int
    """Those of them that are one human."""
    by_registries: Split
    by_group: Split


def weighs_household(model: Model) -> bool:
    """Whether a model was learned with tokens that no edge of the hub makes."""
    return not _FROM_NO_EDGE.isdisjoint(model.weights)


def encode(
    people: Iterable[tuple[Person, IdentityFields]], shown: Shown, *, progress: Progress
) -> Iterator[Known]:
    """Evidence of everybody, under one key that nobody keeps."""
    key = TokenKey(1, secrets.token_bytes(SECRET_BYTES))
    for done, (person, identity) in enumerate(people, 1):
        evidence = evidence_of(
            _shown(identity, shown),
            (key,),
            synthetic=shown.synthetic,
            ssn_as_is=shown.ssn_as_is,
            household=shown.household,
        )
        yield Known(person, evidence, _marks(identity, evidence))
        progress(done)


def _shown(identity: IdentityFields, shown: Shown) -> IdentityFields:
    if not shown.address:
        identity = replace(identity, street=None, city=None, zip=None)
    if shown.numbers == FULL:
        return identity
    last4 = None
    if shown.numbers == LAST4:
        whole = identity.ssn or None
        if whole and not shown.ssn_as_is:
            whole = ssn_form(whole, synthetic=shown.synthetic)
        last4 = whole[-4:] if whole else None if identity.ssn else identity.ssn_last4
    return replace(identity, ssn=None, ssn_last4=last4)


def _marks(identity: IdentityFields, evidence: bytes) -> int:
    labels = 0
    for block in unpack(evidence):
        labels |= labels_of(block.tokens)
    return (
        (_HAS_NINE if labels >> Label.SSN9 & 1 else 0)
        | (_HAS_LAST4 if labels & _LAST4 else 0)
        | (_IS_DOUBLE if is_double(identity.surname) else 0)
        | (_IS_NON_ENGLISH if is_non_english(identity.surname) else 0)
    )


def decide(people: Iterable[Known], model: Model, *, progress: Progress) -> Resolver:
    """Claims of everybody, one after the other; a row that names a person again is a correction.
    Nobody is held."""
    limits = replace(model.limits, evidences_max=1_000_000)
    resolver = Resolver(replace(model, limits=limits))
    for offset, known in enumerate(people):
        resolver.claim(claim_of(known, offset))
        progress(offset + 1)
    return resolver


def claim_of(known: Known, offset: int) -> Claim:
    """The claim of a row. All come at one moment."""
    return Claim(
        person=known.person,
        offset=offset,
        event_id=str(offset),
        at_ms=0,
        present=True,
        evidence=known.evidence,
        replaced_by=None,
    )


def count(marks: Mapping[Person, int], resolver: Resolver, truth: Truth) -> Counts:
    """Compare what the resolver holds with the truth, over persons with their marks. Open reviews
    are answered in it: afterwards it holds what the answers made of it."""
    by_registries, by_group = Split(), Split()
    for pair in truth.pairs():
        by_registries.add_true([registries_of(pair)])
        by_group.add_true(_groups(pair, marks))
    linked = correct = 0
    for pair in truth.within(clusters_of(resolver)):
        right = truth.is_one(*pair)
        linked += 1
        correct += right
        by_registries.add_linked([registries_of(pair)], correct=right)
        by_group.add_linked(_groups(pair, marks), correct=right)
    true = sum(1 for _ in truth.pairs())
    reviews = open_reviews(resolver)
    return Counts(
        persons=len(marks),
        between=truth.between,
        links=Tally(linked, correct, true),
        with_reviews=_answered(resolver, reviews, truth, true),
        reviews=len(reviews),
        reviews_true=sum(truth.is_one(*pair) for pair in reviews),
        by_registries=by_registries,
        by_group=by_group,
    )


def clusters_of(resolver: Resolver) -> Iterator[list[Person]]:
    """Clusters of several persons."""
    persons = resolver.people.index.persons
    for members in resolver.graph.members.values():
        yield [persons[number] for number in members]


def open_reviews(resolver: Resolver) -> list[Pair]:
    """Pairs that wait for an answer, the highest score first."""
    graph, persons = resolver.graph, resolver.people.index.persons
    found = [
        (-state.score, pair_of(persons[one], persons[other]))
        for one, beside in graph.beside.items()
        for other, state in beside.items()
        if one < other
        and state.verdict == Verdict.REVIEW
        and graph.leader_of(one) != graph.leader_of(other)
    ]
    return [pair for _, pair in sorted(found)]


def _answered(resolver: Resolver, reviews: Sequence[Pair], truth: Truth, true: int) -> Tally:
    """Let the registries of each review answer it, and count again."""
    for pair in reviews:
        answer = Answer.SAME if truth.is_one(*pair) else Answer.DIFFERENT
        for registry in sorted({pair.one.registry, pair.other.registry}):
            resolver.answer(pair, registry, answer)
    linked = correct = 0
    for pair in truth.within(clusters_of(resolver)):
        linked += 1
        correct += truth.is_one(*pair)
    return Tally(linked, correct, true)


def registries_of(pair: Pair) -> str:
    """A pair's registries as one word, in order of their codes."""
    return " ".join(sorted((pair.one.registry, pair.other.registry)))


def _groups(pair: Pair, marks: Mapping[Person, int]) -> list[str]:
    one, other = marks[pair.one], marks[pair.other]
    both, either = one & other, one | other
    groups = [BOTH_NINE if both & _HAS_NINE else BOTH_LAST4 if both & _HAS_LAST4 else NOT_BOTH]
    if either & _IS_DOUBLE:
        groups.append(DOUBLE)
    if either & _IS_NON_ENGLISH:
        groups.append(NON_ENGLISH)
    return groups
