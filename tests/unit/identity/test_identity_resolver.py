"""Who is linked with whom, and what keeps two apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.identity.compare import Verdict
from hub.identity.evidence import Block, pack
from hub.identity.model import Limits
from hub.identity.statements import ALLIANCE, Answer, pair_of
from hub.identity.tokens import Label
from tests.unit.identity.resolver_lane import (
    DAY_MS,
    HOUR_MS,
    MODEL,
    Lane,
    pairs_of,
    person,
    token,
)


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


def test_a_new_model_leaves_a_link_that_has_no_common_epoch_any_more() -> None:
    lane = Lane()
    old, new = Block(1, 3, (token(Label.SSN9, "old"),)), Block(2, 3, (token(Label.SSN9, "new"),))
    lane.claim("a/1", evidence=pack([old]))
    lane.claim("b/1", evidence=pack([old]))
    lane.claim("b/1", evidence=pack([new]))
    lane.answer("a/1", "b/1", "a", Answer.SAME)
    decided = lane.resolver.promote(replace(MODEL, name="next"))

    assert lane.linked() == [["a/1", "b/1"]]
    assert decided.pairs == ()


def test_a_model_in_force_promoted_again_changes_nothing() -> None:
    lane = Lane()
    for name, said in (("a/1", "n1"), ("b/1", "n1"), ("c/1", "s1"), ("d/1", "s1")):
        lane.claim(name, said)
    decided = lane.resolver.promote(MODEL)

    assert (decided.links, decided.pairs) == ((), ())
