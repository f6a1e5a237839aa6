"""What a resolver holds after any steps: taken back, loaded again, within its bounds."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.resolver import Decided
from hub.identity.statements import ALLIANCE, Answer
from tests.unit.identity.resolver_lane import (
    MODEL,
    Lane,
    memory_of,
    person,
    reloaded,
)

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
    st.tuples(st.just("end_epoch"), st.sampled_from([1, 2])),
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
    if kind == "end_epoch":
        return lane.resolver.end_epoch(rest[0])
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
