"""The exact-v1 model: who is linked, whatever the order, and what a rolled-back batch leaves."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.rows import Person
from hub.identity.exact import Claim, Decision, ExactIndex, decide
from hub.identity.tokens import Label, Token

Clusters = set[frozenset[Person]]


def token(label: Label, text: str, epoch: int = 1) -> Token:
    return Token(bytes((label,)) + epoch.to_bytes(2, "big") + text.encode().rjust(8, b"."))


SSN = token(Label.SSN9, "ssn")
NAME = token(Label.NAME_BIRTH, "name")
LAST4 = token(Label.LAST4_BIRTH, "1234")
OTHER_LAST4 = token(Label.LAST4_BIRTH, "9876")


def claim(name: str, *tokens: Token, offset: int = 0, replaced_by: str | None = None) -> Claim:
    registry, person_id = name.split("/")
    return Claim(
        person=Person(registry, person_id),
        offset=offset,
        event_id=f"claim of {name}",
        present=True,
        tokens=tokens,
        replaced_by=replaced_by,
    )


def index_of(*claims: Claim) -> ExactIndex:
    index = ExactIndex()
    for offset, each in enumerate(claims):
        decide(index, replace(each, offset=offset))
    return index


def clusters(index: ExactIndex) -> Clusters:
    return set(index.clusters().values())


def linked(index: ExactIndex) -> list[list[str]]:
    groups = [sorted(f"{p.registry}/{p.person_id}" for p in group) for group in clusters(index)]
    return sorted(group for group in groups if len(group) > 1)


def test_an_equal_nine_digit_number_links() -> None:
    assert linked(index_of(claim("a/1", SSN), claim("b/1", SSN))) == [["a/1", "b/1"]]


def test_equal_last_four_and_birth_date_link() -> None:
    assert linked(index_of(claim("a/1", LAST4), claim("b/1", LAST4))) == [["a/1", "b/1"]]


def test_equal_full_name_and_birth_date_link() -> None:
    index = index_of(claim("a/1", NAME, LAST4), claim("b/1", NAME), claim("c/1", NAME))

    assert linked(index) == [["a/1", "b/1", "c/1"]]


def test_a_name_whose_holders_show_different_last_fours_links_nobody() -> None:
    index = index_of(claim("a/1", NAME, LAST4), claim("b/1", NAME), claim("c/1", NAME, OTHER_LAST4))

    assert linked(index) == []


def test_a_blocked_name_leaves_other_evidence_as_it_is() -> None:
    index = index_of(
        claim("a/1", NAME, LAST4), claim("b/1", NAME, LAST4), claim("c/1", NAME, OTHER_LAST4)
    )

    assert linked(index) == [["a/1", "b/1"]]


def test_last_fours_of_another_epoch_are_not_compared() -> None:
    late = token(Label.LAST4_BIRTH, "9876", epoch=2)
    index = index_of(claim("a/1", NAME, LAST4), claim("b/1", NAME, late))

    assert linked(index) == [["a/1", "b/1"]]


def test_a_label_that_is_not_known_links_nobody() -> None:
    unknown = Token(b"\x63" + SSN[1:])

    assert linked(index_of(claim("a/1", unknown), claim("b/1", unknown))) == []


def test_links_reach_over_several_persons() -> None:
    index = index_of(claim("a/1", SSN), claim("b/1", NAME), claim("c/1", SSN, NAME))

    assert linked(index) == [["a/1", "b/1", "c/1"]]


def test_a_correction_unlinks() -> None:
    index = index_of(claim("a/1", SSN), claim("b/1", SSN))
    decision = decide(index, claim("b/1"))

    assert linked(index) == []
    assert [(c.registry, c.person_id) for c in decision.changes] == [("b", "1")]


def test_a_correction_frees_a_blocked_name() -> None:
    index = index_of(claim("a/1", NAME, LAST4), claim("b/1", NAME, OTHER_LAST4))
    decision = decide(index, claim("b/1", NAME))

    assert linked(index) == [["a/1", "b/1"]]
    assert decision.blocked_tokens == 0


def test_a_withdrawn_profile_links_nobody() -> None:
    index = index_of(claim("a/1", SSN), claim("b/1", SSN))
    decision = decide(index, replace(claim("b/1", SSN), present=False))

    assert linked(index) == []
    assert decision.index_size == index.size == 1


def test_a_replaced_account_links_to_the_one_it_continues_as() -> None:
    before = index_of(claim("a/1", replaced_by="2"), claim("a/2"))
    after = index_of(claim("a/2"), claim("a/1", replaced_by="2"))

    assert linked(before) == linked(after) == [["a/1", "a/2"]]


def test_a_replacement_that_is_undone_unlinks() -> None:
    index = index_of(claim("a/1", replaced_by="2"), claim("a/2"))
    decide(index, claim("a/1"))

    assert linked(index) == []


def test_an_account_replaced_by_itself_or_by_nobody_known_stays_alone() -> None:
    index = index_of(claim("a/1", replaced_by="1"), claim("a/2", replaced_by="3"))

    assert linked(index) == []


def test_a_cluster_has_the_id_of_its_oldest_member() -> None:
    index = index_of(claim("b/1", SSN))
    alone = index.national_id(Person("b", "1"))
    decision = decide(index, claim("a/1", SSN, offset=5))

    assert [(c.person_id, c.national_id) for c in decision.changes] == [("1", alone)]


def test_a_split_gives_each_part_an_id_of_its_own() -> None:
    index = index_of(claim("a/1", SSN), claim("b/1", SSN, NAME), claim("c/1", NAME))
    decision = decide(index, claim("b/1", NAME, offset=9))

    assert linked(index) == [["b/1", "c/1"]]
    assert [c.registry for c in decision.changes] == ["b", "c"]
    assert len({c.national_id for c in decision.changes}) == 1


def test_a_first_claim_is_always_a_change_and_a_repeat_never() -> None:
    index = ExactIndex()

    assert len(decide(index, claim("a/1", SSN)).changes) == 1
    assert decide(index, claim("a/1", SSN)).changes == ()


def test_a_decision_says_what_was_compared_and_blocked() -> None:
    index = index_of(claim("a/1", NAME, LAST4), claim("b/1", SSN))
    decision = decide(index, claim("c/1", NAME, SSN, OTHER_LAST4))

    assert (decision.compared, decision.blocked_tokens, decision.index_size) == (2, 1, 3)


PEOPLE = [f"{registry}/{number}" for registry in "ab" for number in range(4)]
TOKENS = [token(label, str(n), epoch) for label in Label for n in range(2) for epoch in (1, 2)]


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    tokens = draw(st.sets(st.sampled_from(TOKENS), max_size=4))
    replaced_by = draw(st.sampled_from([None, None, "0", "1", "2", "3"]))
    made = claim(draw(st.sampled_from(PEOPLE)), *tokens, replaced_by=replaced_by)
    return replace(made, present=draw(st.sampled_from([True, True, True, False])))


def standing(history: list[Claim]) -> list[Claim]:
    """The newest claim of each person, with the offset of the first."""
    first: dict[Person, int] = {}
    newest: dict[Person, Claim] = {}
    for offset, each in enumerate(history):
        first.setdefault(each.person, offset)
        newest[each.person] = replace(each, offset=first[each.person])
    return list(newest.values())


def from_first_principles(history: list[Claim]) -> Clusters:
    """Clusters by the rules' own words, over all pairs, again and again until nothing grows."""
    present = [each for each in standing(history) if each.present]
    group = {each.person: frozenset({each.person}) for each in standing(history)}
    for _ in present:
        for one in present:
            for other in present:
                if _stated(one, other) or any(
                    _links(shared, present) for shared in set(one.tokens) & set(other.tokens)
                ):
                    union = group[one.person] | group[other.person]
                    group.update(dict.fromkeys(union, union))
    return set(group.values())


def _stated(one: Claim, other: Claim) -> bool:
    successor = (one.person.registry, one.replaced_by)
    return successor == (other.person.registry, other.person.person_id)


def _links(shared: Token, present: list[Claim]) -> bool:
    if shared[0] != Label.NAME_BIRTH:
        return True
    holders = [each for each in present if shared in each.tokens]
    numbers = {t for h in holders for t in h.tokens if t[0] == Label.LAST4_BIRTH}
    return len({t for t in numbers if t[1:3] == shared[1:3]}) < 2


@given(st.lists(claims(), max_size=14))
def test_clusters_are_those_of_the_rules_own_words(history: list[Claim]) -> None:
    assert clusters(index_of(*history)) == from_first_principles(history)


@given(st.lists(claims(), max_size=14), st.randoms(use_true_random=False))
def test_clusters_do_not_depend_on_the_order_of_persons(
    history: list[Claim], shuffler: Random
) -> None:
    again = standing(history) * 2
    shuffler.shuffle(again)

    assert clusters(index_of(*again)) == clusters(index_of(*history))


@given(st.lists(claims(), max_size=14))
def test_an_index_loaded_at_once_equals_one_grown_claim_by_claim(history: list[Claim]) -> None:
    loaded = ExactIndex()
    loaded.load(standing(history))

    assert loaded.clusters() == index_of(*history).clusters()
    assert loaded.size == index_of(*history).size


@given(st.lists(claims(), max_size=10), st.lists(claims(), max_size=8), claims())
def test_an_undone_batch_leaves_the_index_as_before(
    history: list[Claim], batch: list[Claim], following: Claim
) -> None:
    index = index_of(*history)
    undone = [decide(index, replace(each, offset=len(history) + n)) for n, each in enumerate(batch)]
    for decision in reversed(undone):
        index.undo(decision.undo)
    loaded = ExactIndex()
    loaded.load(standing(history))

    assert index.clusters() == loaded.clusters()
    assert index.size == loaded.size
    later = replace(following, offset=100)
    assert _said(decide(index, later)) == _said(decide(loaded, later))


@given(st.lists(claims(), max_size=14))
def test_changes_applied_one_by_one_name_everybodys_national_person(history: list[Claim]) -> None:
    index = ExactIndex()
    said: dict[Person, str] = {}
    for offset, each in enumerate(history):
        for change in decide(index, replace(each, offset=offset)).changes:
            said[Person(change.registry, change.person_id)] = change.national_id

    assert said == {p: name for name, group in index.clusters().items() for p in group}


def _said(decision: Decision) -> tuple[object, ...]:
    return (
        decision.changes,
        decision.compared,
        decision.blocked_tokens,
        decision.index_size,
    )
