"""Who accepts whose by rule: what can apply to a sender, what the most is, what goes one way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.bootstrap import seed_texts
from hub.projections.acceptance import (
    ACCEPTS,
    DENIES,
    NO_POLICY,
    NO_RULE,
    REVIEWS,
    WITH_DOCUMENTS,
    Acceptance,
    acceptance_of,
    acceptances,
    one_way,
)
from hub.projections.acceptance_document import (
    EVERYONE,
    HIDDEN,
    Matrix,
    cell_rows,
    matrix_document,
)
from hub.projections.recognition import Tally
from hub.reciprocity.policy import Policy, parse_policy

DAY = date(2026, 6, 30)
HEAD = 'version = 1\nfrom = 2024-07-01\nillustrative = true\nkind = "credential"\n'


def policy(*rules: tuple[str, str], registry: str = "us-nv", kind: str = "credential") -> Policy:
    """Rules of (conditions, effect), in this order."""
    text = f'registry = "{registry}"\nrevision = 1\n[groups]\nwest = ["us-nd", "us-wi"]\n'
    for number, (when, effect) in enumerate(rules):
        head = HEAD.replace("credential", kind)
        text += f'[[rule]]\nid = "r{number}"\n{head}[rule.when]\n{when}\n[rule.effect]\n{effect}\n'
    return parse_policy(text)


FULL = 'outcome = "FULL"'
DENIED = 'outcome = "DENIED"'
REVIEW = 'outcome = "NEEDS_REVIEW"'
DOCUMENTS = (
    'outcome = "NEEDS_DOCUMENT"\ndocuments = ["certificate"]\n[rule.effect.with]\noutcome = "FULL"'
)
THEN_REVIEW = DOCUMENTS.replace("FULL", "NEEDS_REVIEW")


def acceptance(found: Policy | None, sender: str = "us-oh") -> Acceptance:
    return acceptance_of(found, (sender, "us-nv"), "credential", DAY)


def ids(found: Acceptance) -> list[str]:
    return [rule.id for rule in found.rules]


@pytest.mark.parametrize(
    ("effects", "standing"),
    [
        ((FULL,), ACCEPTS),
        (('outcome = "PARTIAL"',), ACCEPTS),
        ((DOCUMENTS,), WITH_DOCUMENTS),
        ((THEN_REVIEW,), REVIEWS),
        ((REVIEW,), REVIEWS),
        ((DENIED,), DENIES),
        ((DENIED, REVIEW), REVIEWS),
        ((DENIED, REVIEW, DOCUMENTS), WITH_DOCUMENTS),
        ((DENIED, DOCUMENTS, FULL), ACCEPTS),
    ],
)
def test_the_most_that_any_rule_lets_through_stands(
    effects: tuple[str, ...], standing: str
) -> None:
    rules = [(f'own_type = "us-oh:T{at}"', effect) for at, effect in enumerate(effects)]

    assert acceptance(policy(*rules)).standing == standing


def test_a_rule_that_asks_for_documents_itself_accepts_with_documents() -> None:
    found = policy(('documents = "official_transcript"', FULL))

    assert acceptance(found).standing == WITH_DOCUMENTS


@pytest.mark.parametrize(
    ("when", "applies"),
    [
        ('registry = "others"', True),
        ('registry = "us-oh"', True),
        ('registry = "us-nd"', False),
        ('registry = "west"', False),
        ('own_type = "us-oh:CDA"', True),
        ('own_type = "us-wi:WI-ITC"', False),
        ('[[rule.when.any]]\nregistry = "us-nd"\n[[rule.when.any]]\nregistry = "us-oh"', True),
        ('[[rule.when.any]]\nregistry = "us-nd"\n[[rule.when.any]]\nregistry = "us-wi"', False),
        ('[[rule.when.any]]\nregistry = "us-nd"\n[[rule.when.any]]\nlevel = true', True),
        ('[rule.when.not]\nregistry = "us-oh"', False),
        ('[rule.when.not]\nregistry = "west"', True),
        ('[rule.when.not]\nregistry = "us-oh"\nlevel = true', True),
        ('level = "us-oh:L1"', True),
        ('level = "us-wi:L1"', False),
        ("level = true", True),
        ("expires = true", True),
    ],
)
def test_a_rule_applies_unless_it_is_false_of_all_records_of_the_sender(
    when: str, applies: bool
) -> None:
    found = acceptance(policy((when, FULL)))

    assert found.standing == (ACCEPTS if applies else NO_RULE)


def test_approvals_of_other_registries_exclude_a_sender() -> None:
    found = policy(('trainer_approved_by = "us-nd"', FULL), kind="training")

    assert acceptance_of(found, ("us-nd", "us-nv"), "training", DAY).standing == ACCEPTS
    assert acceptance_of(found, ("us-oh", "us-nv"), "training", DAY).standing == NO_RULE


def test_rules_behind_one_that_decides_every_record_of_the_sender_are_never_reached() -> None:
    found = policy(('registry = "us-oh"', DENIED), ("level = true", FULL))

    assert (acceptance(found).standing, ids(acceptance(found))) == (DENIES, ["r0"])
    assert ids(acceptance(found, "us-wi")) == ["r1"]


@pytest.mark.parametrize(("unknown", "reached"), [("stop", 1), ("skip", 2)])
def test_a_rule_that_stops_at_unknown_hours_hides_those_behind_it_and_one_that_skips_does_not(
    unknown: str, reached: int
) -> None:
    text = f"""
registry = "us-nv"
revision = 1
[[rule]]
id = "capped"
{HEAD}unknown = "{unknown}"
[rule.when]
registry = "us-oh"
[rule.effect]
outcome = "FULL"
cap_hours = "5"
[[rule]]
id = "rest"
{HEAD}[rule.when]
registry = "others"
[rule.effect]
outcome = "DENIED"
""".replace("credential", "education")
    found = acceptance_of(parse_policy(text), ("us-oh", "us-nv"), "education", DAY)

    assert len(found.rules) == reached


def test_without_a_policy_or_a_rule_in_force_there_is_no_policy() -> None:
    found = policy(("level = true", FULL))

    assert acceptance(None).standing == NO_POLICY
    early = acceptance_of(found, ("us-oh", "us-nv"), "credential", date(2024, 6, 30))
    assert early.standing == NO_POLICY
    assert acceptance_of(found, ("us-oh", "us-nv"), "education", DAY).standing == NO_POLICY


def test_one_way_is_what_lets_through_and_is_denied_or_has_no_rule_back() -> None:
    nevada = policy(('registry = "others"', DOCUMENTS))
    ohio = policy(('registry = "us-nv"', DENIED), registry="us-oh")
    found = acceptances({"us-nv": nevada, "us-oh": ohio}, ["us-fl"], DAY)

    ways = [(w.accepts.receiver, w.accepts.sender, w.other.standing) for w in one_way(found)]

    assert ways == [("us-nv", "us-fl", NO_POLICY), ("us-nv", "us-oh", DENIES)]
    assert [way.is_unused_trust for way in one_way(found)] == [True, False]


def test_a_review_on_the_way_back_is_not_one_way() -> None:
    nevada = policy(('registry = "others"', FULL))
    ohio = policy(('registry = "others"', REVIEW), registry="us-oh")

    assert list(one_way(acceptances({"us-nv": nevada, "us-oh": ohio}, [], DAY))) == []


def test_the_shipped_policies_say_what_their_sources_say() -> None:
    policies = {}
    for name, text in seed_texts("policies"):
        policies[name.removesuffix(".toml")] = parse_policy(text)
    found = {
        (each.receiver, each.sender, each.kind): each.standing
        for each in acceptances(policies, [], DAY)
    }

    assert found["us-nv", "us-oh", "training"] == WITH_DOCUMENTS
    assert found["us-nv", "us-oh", "trainer"] == ACCEPTS
    assert found["us-fl", "us-wi", "credential"] == ACCEPTS
    assert found["us-wi", "us-oh", "credential"] == WITH_DOCUMENTS
    assert found["us-wi", "us-oh", "trainer"] == WITH_DOCUMENTS
    assert found["us-nv", "us-oh", "credential"] == NO_POLICY


WAY = ("us-oh", "us-nv", "credential")


def matrix(decisions: dict[str, int], answers: dict[str, int], *, shared: bool) -> Matrix:
    nevada = policy(('registry = "others"', DOCUMENTS))
    return Matrix(
        day=DAY,
        acceptances=tuple(acceptances({"us-nv": nevada}, ["us-oh", "us-fl"], DAY)),
        tallies=(Tally(*WAY, decisions),),
        answers={WAY: answers},
        last_decided={WAY: DAY},
        policies={"us-nv": nevada},
        agreements=frozenset({WAY} if shared else ()),
        synthetic=True,
    )


def cell(viewer: str | None, *, shared: bool = True, **counts: Any) -> dict[str, Any]:
    decisions = counts.get("decisions", {"ACCEPTED": 12, "REFUSED": 3})
    answers = counts.get("answers", {"FULL": 40, "DENIED": 4})
    document = matrix_document(matrix(decisions, answers, shared=shared), viewer)
    (found,) = [c for c in document["cells"] if (c["from"], c["to"], c["kind"]) == WAY]
    return found


@pytest.mark.parametrize(
    ("viewer", "shared", "sees_decisions", "sees_answers"),
    [
        (None, False, True, True),
        ("us-nv", True, True, True),
        ("us-oh", True, True, True),
        ("us-fl", True, False, False),
        (EVERYONE, True, False, False),
        ("us-nv", False, True, False),
        ("us-oh", False, False, False),
    ],
)
def test_small_counts_are_hidden_from_whoever_they_are_not_shared_with(
    viewer: str | None, shared: bool, sees_decisions: bool, sees_answers: bool
) -> None:
    found = cell(viewer, shared=shared)

    assert (found["decisions"] is not None) is sees_decisions
    assert (found["last_decided_on"] is not None) is sees_decisions
    assert (found["matches"] is not None) is sees_answers
    if not sees_decisions:
        assert {found["decisions_why"], found["last_decided_on_why"]} == {HIDDEN}


def test_large_counts_are_shown_to_everybody_and_a_zero_is_none() -> None:
    found = cell(EVERYONE, decisions={"ACCEPTED": 12}, answers={"FULL": 10})

    assert found["decisions"] == {"accepted": 12, "partly": 0, "refused": 0, "pending": 0}
    assert found["matches"]["FULL"] == 10
    assert found["last_decided_on"] == "2026-06-30"


def test_a_cell_without_policy_is_kept_where_something_was_decided() -> None:
    held = matrix({"ACCEPTED": 1}, {}, shared=True)
    document = matrix_document(
        Matrix(
            day=DAY,
            acceptances=tuple(acceptances({}, ["us-oh", "us-nv"], DAY)),
            tallies=held.tallies,
            answers={},
            last_decided={},
            policies={},
            agreements=frozenset(),
            synthetic=False,
        ),
        None,
    )

    assert [(c["kind"], c["by_rule"]) for c in document["cells"]] == [("credential", NO_POLICY)]
    assert [row["accepted"] for row in cell_rows(document)] == [1]


def test_the_table_has_a_row_for_every_cell_with_its_rules_and_the_way_back() -> None:
    document = matrix_document(matrix({}, {}, shared=True), None)
    rows = {(row["from"], row["to"]): row for row in cell_rows(document)}

    assert set(rows) == {("us-oh", "us-nv"), ("us-fl", "us-nv")}
    row = rows["us-oh", "us-nv"]
    assert (row["rules"], row["illustrative"], row["other_way"]) == ("r0 1", "yes", NO_POLICY)
    assert (row["one_way"], row["as_of"]) == ("yes", "2026-06-30")
