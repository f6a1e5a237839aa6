"""What the identity lane has in memory: after a rolled-back batch it is what a fresh load gives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.adapters.sql_store import SqlStore
from hub.domain.log import Message
from hub.domain.rows import Person
from hub.errors import RetryableError
from hub.identity.model import Limits
from hub.identity.resolver import Resolver
from tests.unit.identity.small_model import last4_token, name_token, number_token, small_model
from tests.unit.lanes.claim_records import (
    Deciding,
    FaultyStore,
    answer,
    claim,
    epoch_ended,
    model,
    records,
    release,
)

PERSONS = [Person(r, f"{r[-1]}{n}") for r in ("us-nv", "us-wi", "us-nd") for n in range(3)]
MODELS = (
    small_model(),
    small_model("strict", link_at=9.0, limits=Limits(evidences_max=1, cluster_max=3)),
)
TOKENS = [make(n) for make in (number_token, last4_token) for n in range(3)]
TOKENS += [name_token(name) for name in "abc"]


def seen(resolver: Resolver) -> dict[str, Any]:
    """Everything that a decision depends on, without the numbers of persons."""
    people, graph = resolver.people, resolver.graph
    index, persons = people.index, people.index.persons
    holders = {}
    for table in index._tables:
        for token, held in table.items():
            numbers = (held,) if isinstance(held, int) else held
            holders[token] = sorted(persons[number] for number in numbers)
    return {
        "persons": {
            person: (
                people.stated(number),
                people.own_id(number),
                index.first_offset[number],
                index.offset[number],
                people.changed_ms.get(number),
                people.held.get(number),
                persons[graph.leader_of(number)],
                sorted(persons[other] for other in graph.cluster_of(number)),
                {persons[o]: state for o, state in graph.beside.get(number, {}).items()},
            )
            for person, number in index.numbers.items()
        },
        "holders": holders,
        "present": index.present,
        "first_ms": {registry: list(times) for registry, times in people.first_ms.items()},
        "ended": set(people.ended_epochs),
        "said": dict(people.answers._said),
        "model": resolver.model,
    }


@st.composite
def topics(draw: Any) -> list[Message]:
    """A model, then claims, answers and other inputs in any order."""
    made: list[Message] = [model(MODELS[0])]
    revisions = dict.fromkeys(PERSONS, 0)
    for number in range(draw(st.integers(3, 14))):
        what = draw(st.sampled_from(("claim",) * 8 + ("answer", "answer", "model", "release")))
        one, other = draw(st.permutations(PERSONS))[:2]
        if what == "claim":
            revisions[one] += 1
            tokens = draw(st.lists(st.sampled_from(TOKENS), max_size=3, unique=True))
            present = draw(st.integers(0, 9)) > 0
            successor = other.person_id if draw(st.integers(0, 9)) == 0 else None
            made.append(claim(one, tokens, revisions[one], present=present, replaced_by=successor))
        elif what == "answer":
            said = draw(st.sampled_from(("SAME", "DIFFERENT", "NEVER", "DISPUTE")))
            made.append(answer(one.registry, one, other, said, number))
        elif what == "model":
            made.append(model(draw(st.sampled_from(MODELS)), number + 2))
        else:
            made.append(release(one.registry, None, number))
    return made + ([epoch_ended()] if draw(st.integers(0, 19)) == 0 else [])


def store_in(folder: str) -> SqlStore:
    store = SqlStore(f"sqlite:///{Path(folder) / 'store.sqlite'}")
    store.create()
    return store


@settings(max_examples=60, deadline=None)
@given(topics(), st.integers(1, 10), st.data())
def test_an_index_after_a_rolled_back_batch_is_as_one_loaded_anew(
    messages: Sequence[Message], size: int, data: Any
) -> None:
    topic = records(*messages)
    settled = data.draw(st.integers(0, len(topic)))
    with TemporaryDirectory() as folder:
        store = store_in(folder)
        lived = Deciding(store)
        lived.decide(topic[:settled], size)
        if lived.lane.at is None:
            lived.lane.load(store)
        before = seen(lived.resolver)
        faulty = FaultyStore(store, data.draw(st.integers(1, 60)))
        broken_off = False
        if settled < len(topic):
            try:
                lived.lane.step(faulty, topic[settled : settled + size])
            except RetryableError:
                broken_off = True
        fresh = Deciding(store)
        fresh.lane.load(store)
        if lived.lane.at is not None and lived.lane.at == fresh.lane.at:
            assert seen(lived.resolver) == seen(fresh.resolver)
        if broken_off and fresh.lane.at == settled and lived.lane.at == settled:
            assert seen(lived.resolver) == before
        store.close()


@pytest.mark.parametrize("count", [40])
def test_a_load_in_small_chunks_is_a_load(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.lanes.identity_loading.CHUNK", 7)
    many = [Person("us-wi", f"P{n:03}") for n in range(count)]
    topic = records(
        model(small_model()), *(claim(p, [number_token(n // 2)]) for n, p in enumerate(many))
    )
    with TemporaryDirectory() as folder:
        store = store_in(folder)
        lived = Deciding(store)
        lived.decide(topic)
        fresh = Deciding(store)
        fresh.lane.load(store)

        assert seen(lived.resolver) == seen(fresh.resolver)
        assert fresh.lane.pairs == lived.lane.pairs == {2: count // 2}
        store.close()
