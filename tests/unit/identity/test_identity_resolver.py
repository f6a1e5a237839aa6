"""Who is linked with whom, what keeps two apart, and what is left of a decision taken back."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.rows import Person
from hub.identity.compare import Verdict
from hub.identity.evidence import Block, pack
from hub.identity.model import Limits, Model
from hub.identity.people import Claim, Standing
from hub.identity.resolver import Decided, Resolver
from hub.identity.statements import ALLIANCE, Answer, Pair, pair_of
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


def test_an_agreeing_number_links() -> None:
    lane = Lane()
    lane.claim("a/1", "n1")
    decided = lane.claim("b/1", "n1")

    assert lane.linked() == [["a/1", "b/1"]]
    assert [change.registry for change in decided.links] == ["b"]
    assert [state.cause for _, state in decided.pairs] == ["score"]


def test_without_a_model_nobody_is_linked() -> None:
    lane = Lane(None)
    lane.claim("a/1", "n1")
    lane.claim("b/1", "n1")

    assert lane.linked() == []


def test_different_nine_digits_keep_equal_names_apart_and_open_a_review() -> None:
    lane = Lane()
    lane.claim("a/1", "n1", "f1")
    lane.claim("b/1", "n2", "f1")

    assert lane.linked() == []
    assert lane.causes() == {("a/1", "b/1"): "number_conflict"}


def test_different_last_fours_keep_equal_names_apart() -> None:
    lane = Lane()
    lane.claim("a/1", "l1", "f1")
    lane.claim("b/1", "l2", "f1")

    assert lane.causes() == {("a/1", "b/1"): "number_conflict"}


def test_names_that_sound_alike_without_a_first_name_are_a_review_at_most() -> None:
    lane = Lane(replace(MODEL, weights={"surname_sound": 40.0}))
    lane.claim("a/1", "s1")
    lane.claim("b/1", "s1")

    assert lane.linked() == []
    assert lane.causes() == {("a/1", "b/1"): "given_differs"}


def test_a_weak_score_opens_a_review() -> None:
    lane = Lane()
    lane.claim("a/1", "s1")
    lane.claim("b/1", "s1")

    assert lane.causes() == {("a/1", "b/1"): "score"}


def test_two_clusters_with_conflicting_numbers_stay_apart_until_one_changes() -> None:
    lane = Lane()
    lane.claim("a/1", "n1", "f1")
    lane.claim("b/1", "f1", "f2")
    lane.claim("c/1", "n2", "f2")
    assert lane.linked() == [["a/1", "b/1"]]
    assert lane.causes() == {("b/1", "c/1"): "cluster_conflict"}

    lane.claim("a/1", "f1")

    assert lane.linked() == [["a/1", "b/1", "c/1"]]
    assert lane.causes() == {}


def test_a_fourth_account_of_one_registry_is_a_review() -> None:
    lane = Lane()
    for number in range(4):
        lane.claim(f"a/{number}", "n1")

    assert lane.linked() == [["a/0", "a/1", "a/2"]]
    assert set(lane.causes().values()) == {"cluster_size"}


def test_an_eleventh_account_is_a_review() -> None:
    lane = Lane()
    for number in range(11):
        lane.claim(f"{'abcdefghijk'[number]}/1", "n1")

    assert [len(group) for group in lane.linked()] == [10]


def test_a_correction_unlinks_and_gives_each_part_its_own_id() -> None:
    lane = Lane()
    first = lane.claim("a/1", "n1").links[0].national_id
    own = Lane()
    own.claim("b/1", "n1")
    lane.claim("b/1", "n1")
    assert lane.resolver.national_id(person("b/1")) == first

    lane.claim("b/1", "n9")

    assert lane.linked() == []
    assert lane.resolver.national_id(person("b/1")) == own.resolver.national_id(person("b/1"))


def test_the_id_is_that_of_the_oldest_first_claim() -> None:
    lane = Lane()
    old = lane.claim("b/1", "n1").links[0].national_id
    lane.claim("a/1", "n2")
    lane.claim("b/1", "n2")

    assert lane.resolver.national_id(person("a/1")) == old


def test_a_withdrawn_profile_is_linked_with_nobody() -> None:
    lane = Lane()
    lane.claim("a/1", "n1")
    lane.claim("b/1", "n1")
    lane.claim("b/1", present=False)

    assert lane.linked() == []
    assert lane.resolver.size == 1


def test_an_account_that_continues_links_against_a_conflict_of_numbers() -> None:
    lane = Lane()
    lane.claim("a/1", "n1", replaced_by="2")
    lane.claim("a/2", "n2")

    assert lane.linked() == [["a/1", "a/2"]]


def test_unchanged_evidence_decides_nothing() -> None:
    lane = Lane()
    lane.claim("a/1", "n1")
    lane.claim("b/1", "n1")
    decided = lane.claim("b/1", "n1")

    assert (decided.links, decided.pairs, decided.compared) == ((), (), 0)


def test_never_ends_a_link_at_once_and_beats_a_replaced_account() -> None:
    lane = Lane()
    lane.claim("a/1", "n1", replaced_by="2")
    lane.claim("a/2", "n1")
    lane.answer("a/1", "a/2", "a", Answer.NEVER)

    assert lane.linked() == []


def test_never_of_two_keeps_their_clusters_apart() -> None:
    lane = Lane()
    lane.claim("a/1", "n1")
    lane.claim("b/1", "n1")
    lane.claim("c/1", "n1")
    lane.answer("a/1", "c/1", ALLIANCE, Answer.NEVER)

    assert len(lane.linked()) == 1
    assert not {"a/1", "c/1"} <= set(lane.linked()[0])


def test_never_of_a_registry_without_a_person_in_the_pair_counts_for_nothing() -> None:
    lane = Lane()
    lane.claim("a/1", "n1")
    lane.claim("b/1", "n1")
    lane.answer("a/1", "b/1", "c", Answer.NEVER)

    assert lane.linked() == [["a/1", "b/1"]]


def test_both_sides_agreement_links_and_outlives_a_correction() -> None:
    lane = Lane()
    lane.claim("a/1", "n1", "s1")
    lane.claim("b/1", "n2", "s1")
    lane.answer("a/1", "b/1", "a", Answer.SAME)
    assert lane.linked() == []

    lane.answer("a/1", "b/1", "b", Answer.SAME)
    lane.claim("b/1", "n3")

    assert lane.linked() == [["a/1", "b/1"]]


def test_one_side_that_answers_different_keeps_two_apart_until_it_is_withdrawn() -> None:
    lane = Lane()
    lane.claim("a/1", "n1")
    lane.claim("b/1", "n1")
    lane.answer("a/1", "b/1", "b", Answer.DIFFERENT)
    assert lane.linked() == []

    lane.answer("a/1", "b/1", "b", None)

    assert lane.linked() == [["a/1", "b/1"]]


def test_a_dispute_makes_a_link_a_review() -> None:
    lane = Lane()
    lane.claim("a/1", "n1")
    lane.claim("b/1", "n1")
    lane.answer("a/1", "b/1", "a", Answer.DISPUTE)

    assert lane.linked() == []
    assert lane.causes() == {("a/1", "b/1"): "disputed"}


def test_a_token_that_too_many_hold_offers_nobody() -> None:
    lane = Lane(replace(MODEL, limits=Limits(candidates_max=2, cluster_max=100)))
    for letter in "abc":
        lane.claim(f"{letter}/1", "n1")
    decided = lane.claim("d/1", "n1")

    assert decided.blocked == 1
    assert lane.linked() == [["a/1", "b/1"]]


def test_a_fourth_evidence_within_a_month_is_held_and_what_stood_stays() -> None:
    lane = Lane()
    lane.claim("a/1", "n1")
    lane.claim("b/1", "n1")
    lane.claim("b/1", "n1", "s1")
    lane.claim("b/1", "n1", "s2")
    decided = lane.claim("b/1", "n7")

    assert decided.held == "evidences"
    assert lane.linked() == [["a/1", "b/1"]]

    lane.resolver.release("b", "1")

    assert lane.linked() == []


def test_a_held_person_is_no_candidate() -> None:
    lane = Lane()
    for said in ("n1", "n2", "n3", "n4"):
        lane.claim("a/1", said)
    lane.claim("b/1", "n4")
    assert lane.linked() == []

    decided = lane.resolver.release("a", None)

    assert decided.released == (person("a/1"),)
    assert lane.linked() == [["a/1", "b/1"]]


def test_evidences_of_other_months_do_not_count() -> None:
    lane = Lane()
    for month in range(6):
        decided = lane.claim("a/1", f"n{month}", at_ms=month * 31 * DAY_MS)

    assert decided.held is None


def test_the_same_evidence_under_another_key_is_not_another_evidence() -> None:
    lane = Lane()
    one, other = Block(1, 3, (token(Label.SSN9, "x"),)), Block(2, 3, (token(Label.SSN9, "y"),))
    for blocks in ([one], [one, other], [other], [one, other], [other]):
        decided = lane.claim("a/1", evidence=pack(blocks))

    assert decided.held is None


@pytest.mark.parametrize(("hour", "held"), [(3, None), (80, "newcomers")])
def test_many_newcomers_after_the_first_submission_are_held(hour: int, held: str | None) -> None:
    lane = Lane(replace(MODEL, limits=Limits(newcomers_min=2)))
    for number in range(20):
        lane.claim(f"a/{number}", f"n{number}", at_ms=0)
    for number in range(20, 23):
        decided = lane.claim(
            f"a/{number}", f"n{number}", at_ms=hour * HOUR_MS + 8 * DAY_MS * (held is not None)
        )

    assert decided.held == held


def test_two_epochs_are_compared_under_the_newest_that_both_have() -> None:
    lane = Lane()
    old, new = Block(1, 3, (token(Label.SSN9, "old"),)), Block(2, 3, (token(Label.SSN9, "new"),))
    lane.claim("a/1", evidence=pack([old]))
    lane.claim("b/1", evidence=pack([old, new]))
    lane.claim("c/1", evidence=pack([new]))
    assert lane.linked() == [["a/1", "b/1", "c/1"]]

    lane.resolver.end_epoch(1)

    assert lane.linked() == [["a/1", "b/1", "c/1"]]


def test_without_a_common_epoch_a_link_stands_and_no_other_is_made() -> None:
    lane = Lane()
    old, new = Block(1, 3, (token(Label.SSN9, "old"),)), Block(2, 3, (token(Label.SSN9, "new"),))
    lane.claim("a/1", evidence=pack([old]))
    lane.claim("b/1", evidence=pack([old]))
    lane.claim("b/1", evidence=pack([new]))
    lane.claim("c/1", evidence=pack([old]))

    assert lane.linked() == [["a/1", "b/1", "c/1"]]
    assert pair_of(person("b/1"), person("c/1")) not in pairs_of(lane.resolver)


def test_a_new_model_decides_everybody_again_and_keeps_what_was_stated() -> None:
    lane = Lane()
    lane.claim("a/1", "n1")
    lane.claim("b/1", "n1")
    lane.claim("c/1", "f1")
    lane.claim("d/1", "f1")
    lane.answer("c/1", "d/1", "c", Answer.SAME)
    lane.answer("c/1", "d/1", "d", Answer.SAME)
    decided = lane.resolver.promote(replace(MODEL, weights={"number_nine": -50.0}))

    assert lane.linked() == [["c/1", "d/1"]]
    assert [change.registry for change in decided.links] == ["b"]
    assert [(p.one.registry, s.verdict, s.cause) for p, s in decided.pairs] == [
        ("a", Verdict.APART, "score"),
        ("c", Verdict.LINK, "agreed"),
    ]


def test_a_model_in_force_promoted_again_changes_nothing() -> None:
    lane = Lane()
    for name, said in (("a/1", "n1"), ("b/1", "n1"), ("c/1", "s1"), ("d/1", "s1")):
        lane.claim(name, said)
    decided = lane.resolver.promote(MODEL)

    assert (decided.links, decided.pairs) == ((), ())


_NAMES = [f"{letter}/{number}" for letter in "abc" for number in (1, 2, 3)]
_SAID = st.lists(
    st.sampled_from(["n1", "n2", "l1", "l2", "f1", "f2", "f3", "s1", "s2"]), max_size=3
)
_STEP = st.one_of(
    st.tuples(st.just("claim"), st.sampled_from(_NAMES), _SAID, st.sampled_from([None, "1", "2"])),
    st.tuples(st.just("withdraw"), st.sampled_from(_NAMES)),
    st.tuples(
        st.just("answer"),
        st.sampled_from(list(combinations(_NAMES, 2))),
        st.sampled_from(["a", "b", "c", ALLIANCE]),
        st.sampled_from([*Answer, None]),
    ),
    st.tuples(st.just("release"), st.sampled_from("abc")),
    st.tuples(st.just("promote"), st.sampled_from([5.0, 30.0])),
)


def play(lane: Lane, step: tuple[Any, ...]) -> Decided:
    kind, *rest = step
    if kind == "claim":
        name, said, replaced_by = rest
        return lane.claim(name, *said, replaced_by=replaced_by)
    if kind == "withdraw":
        return lane.claim(rest[0], present=False)
    if kind == "answer":
        (one, other), publisher, answer = rest
        return lane.answer(one, other, publisher, answer)
    if kind == "release":
        return lane.resolver.release(rest[0], None)
    weights = {**MODEL.weights, "given_swapped": rest[0]}
    return lane.resolver.promote(replace(MODEL, weights=weights))


@settings(max_examples=150, deadline=None)
@given(st.lists(_STEP, max_size=14), st.lists(_STEP, max_size=6))
def test_what_is_undone_leaves_memory_as_it_was(
    before: list[tuple[Any, ...]], undone: list[tuple[Any, ...]]
) -> None:
    lane = Lane()
    for step in before:
        play(lane, step)
    held = memory_of(lane.resolver)
    decided = [play(lane, step) for step in undone]
    for each in reversed(decided):
        lane.resolver.undo(each)

    assert memory_of(lane.resolver) == held


@settings(max_examples=150, deadline=None)
@given(st.lists(_STEP, max_size=16), st.lists(_STEP, max_size=4))
def test_a_loaded_memory_decides_as_the_one_that_lived(
    before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]
) -> None:
    lane = Lane()
    for step in before:
        play(lane, step)
    other = Lane()
    other.resolver, other.offset = reloaded(lane), lane.offset
    other.claims, other.first = dict(lane.claims), dict(lane.first)

    for step in after:
        lived, loaded = play(lane, step), play(other, step)
        assert lived._replace(undo=()) == loaded._replace(undo=())
    assert lane.linked() == other.linked()


@settings(max_examples=100, deadline=None)
@given(st.lists(_STEP, max_size=20))
def test_clusters_never_hold_a_never_pair_or_too_many(steps: list[tuple[Any, ...]]) -> None:
    lane = Lane()
    for step in steps:
        play(lane, step)
    resolver = lane.resolver
    for group in lane.linked():
        for one, other in combinations(group, 2):
            assert not resolver.people.answers.said(person(one), person(other)).never
