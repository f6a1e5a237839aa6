"""The shipped policies at their boundaries: which rule answers, on which day, with what."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from reciprocity_cases import (
    CODES,
    answered,
    ask,
    credential,
    seed_lists,
    seed_policy,
    trainer,
    training,
)

from hub.reciprocity.facts import UNKNOWN
from hub.reciprocity.words import sentence

ONE_DAY = timedelta(days=1)
NOV_30 = date(2025, 11, 30)
FEB_28 = date(2026, 2, 28)  # Three months after November 30, the month's end clipped.
COLLEGE = {"unit": "semester", "amount": Decimal(3), "event_type": "college_course"}
GOOD_COURSE = {"grade": "C", "accredited": True, "birth_to_8_percent": Decimal(80)}
TRANSCRIPT = {"documents": ("official_transcript",)}
CONFERENCE = {"event_type": "conference", "on": NOV_30}
ONLINE = {"organization": "Online Provider Training Co."}

CASES: list[tuple[str, Any, dict[str, Any], str, str]] = [
    ("us-fl", credential(), {"day": date(2027, 1, 14)}, "fl-cda", "FULL"),
    ("us-fl", credential(), {"day": date(2027, 1, 15)}, "not-in-force", "DENIED"),
    ("us-fl", credential(), {"day": date(2024, 7, 1)}, "fl-cda", "FULL"),
    (
        "us-fl",
        credential(standing="revoked", revoked_on=date(2026, 3, 1)),
        {"day": date(2026, 2, 28)},
        "fl-cda",
        "FULL",
    ),
    (
        "us-fl",
        credential(standing="revoked", revoked_on=date(2026, 3, 1)),
        {"day": date(2026, 3, 1)},
        "not-in-force",
        "DENIED",
    ),
    ("us-fl", credential(standing="revoked"), {}, "not-in-force", "DENIED"),
    ("us-fl", credential(standing="applied", on=None), {}, "not-in-force", "DENIED"),
    ("us-fl", credential(on=UNKNOWN), {}, "not-in-force", "DENIED"),
    ("us-fl", credential(standing="expired"), {}, "fl-cda", "FULL"),
    ("us-fl", credential(type="DirectorsLevelCredential"), {}, "fl-director-1", "FULL"),
    (
        "us-fl",
        credential(registry="us-fl", type="DirectorsLevelCredential", own_type="DIR1"),
        {},
        "default",
        "NEEDS_REVIEW",
    ),
    ("us-fl", credential(type="Other", own_type="CPR"), {}, "default", "NEEDS_REVIEW"),
    ("us-wi", credential(), {}, "wi-cda", "NEEDS_DOCUMENT"),
    ("us-wi", credential(), {"documents": ("certificate_copy",)}, "wi-cda", "FULL"),
    ("us-wi", trainer(), {"day": date(2025, 12, 31)}, "wi-specialist", "NEEDS_DOCUMENT"),
    ("us-nv", trainer(), {"day": date(2025, 12, 31)}, "nv-trainer", "PARTIAL"),
    ("us-nv", trainer(), {"day": date(2026, 1, 1)}, "not-in-force", "DENIED"),
    ("us-nv", trainer(standing="withdrawn"), {"day": date(2025, 6, 1)}, "not-in-force", "DENIED"),
    (
        "us-nv",
        training(**ONLINE, on=date(2025, 1, 1)),
        {},
        "nv-recognized-organization",
        "NEEDS_DOCUMENT",
    ),
    ("us-nv", training(**ONLINE, on=date(2024, 12, 31)), {}, "default", "NEEDS_REVIEW"),
    (
        "us-nv",
        training(**ONLINE),
        {"documents": ("certificate",)},
        "nv-recognized-organization",
        "FULL",
    ),
    ("us-nv", training(organization=None), {}, "default", "NEEDS_REVIEW"),
    (
        "us-nv",
        training(organization=UNKNOWN),
        {},
        "nv-recognized-organization",
        "NEEDS_REVIEW",
    ),
    ("us-nv", training(**ONLINE, verification="attendance"), {}, "default", "NEEDS_REVIEW"),
    ("us-nv", training(**ONLINE, verification="declined"), {}, "not-in-force", "DENIED"),
    ("us-nv", training(**ONLINE, standing="reversed"), {}, "not-in-force", "DENIED"),
    ("us-nd", training(**COLLEGE), {}, "nd-college-copy", "PARTIAL"),
    (
        "us-nd",
        training(**COLLEGE, evidence="official_transcript"),
        {},
        "nd-college-copy",
        "PARTIAL",
    ),
    ("us-nd", training(**COLLEGE, **GOOD_COURSE), TRANSCRIPT, "nd-college-transcript", "FULL"),
    ("us-nd", training(**COLLEGE, **GOOD_COURSE), {}, "nd-college-copy", "PARTIAL"),
    ("us-nd", training(**COLLEGE), TRANSCRIPT, "nd-college-transcript", "NEEDS_REVIEW"),
    (
        "us-nd",
        training(**COLLEGE, **{**GOOD_COURSE, "grade": "D"}),
        TRANSCRIPT,
        "nd-college-copy",
        "PARTIAL",
    ),
    (
        "us-nd",
        training(**COLLEGE, **{**GOOD_COURSE, "birth_to_8_percent": Decimal("79.99")}),
        TRANSCRIPT,
        "nd-college-copy",
        "PARTIAL",
    ),
    ("us-nd", training(held_in="ND", approval_code=None), {}, "nd-no-event-id", "DENIED"),
    ("us-nd", training(held_in="us-nd", approval_code=None), {}, "nd-no-event-id", "DENIED"),
    ("us-nd", training(held_in="ND", approval_code="E1"), {}, "nd-out-of-state", "NEEDS_DOCUMENT"),
    ("us-nd", training(held_in="ND"), {}, "nd-out-of-state", "NEEDS_DOCUMENT"),
    ("us-nd", training(approval_code=None), {}, "nd-out-of-state", "NEEDS_DOCUMENT"),
    ("us-nd", training(**CONFERENCE), {"day": FEB_28}, "nd-conference", "NEEDS_DOCUMENT"),
    ("us-nd", training(**CONFERENCE), {"day": FEB_28 + ONE_DAY}, "nd-conference-late", "DENIED"),
    (
        "us-nd",
        training(**CONFERENCE),
        {"requested_on": FEB_28},
        "nd-conference",
        "NEEDS_DOCUMENT",
    ),
    (
        "us-nd",
        training(**CONFERENCE),
        {"requested_on": FEB_28 + ONE_DAY},
        "nd-conference-late",
        "DENIED",
    ),
    (
        "us-nd",
        training(**CONFERENCE),
        {"day": FEB_28, "documents": ("certificate", "session_tracking_form")},
        "nd-conference",
        "NEEDS_REVIEW",
    ),
    ("us-nd", training(event_type=UNKNOWN), {}, "nd-out-of-state", "NEEDS_DOCUMENT"),
    ("us-nd", training(verification="self_reported"), {}, "default", "NEEDS_REVIEW"),
    ("us-il", training(verification="attendance"), {}, "il-training", "PARTIAL"),
    ("us-oh", training(registry="us-nv"), {}, "oh-training", "NEEDS_REVIEW"),
]


@pytest.mark.parametrize(("receiver", "facts", "how", "rule_id", "outcome"), CASES)
def test_each_case_is_answered_by_its_rule(
    receiver: str, facts: Any, how: dict[str, Any], rule_id: str, outcome: str
) -> None:
    answer = answered(receiver, facts, **how)

    assert (answer.rule_id, answer.outcome) == (rule_id, outcome)


@pytest.mark.parametrize("code", CODES)
def test_a_shipped_policy_is_cited_or_marked_illustrative(code: str) -> None:
    policy = seed_policy(code)

    assert policy.registry == code
    assert all(bool(rule.citation) != rule.illustrative for rule in policy.rules)
    assert all(rule.from_on == date(2024, 7, 1) for rule in policy.rules)
    assert all(rule.illustrative for rule in policy.rules) == (code in ("us-oh", "us-il"))


def test_a_college_course_counts_with_all_hours_but_not_toward_a_level() -> None:
    answer = answered("us-nd", training(**COLLEGE))

    assert (answer.accepted_hours, answer.total_hours) == (Decimal(45), Decimal(45))
    assert (answer.counts_as, answer.not_for) == ("level-1", ("career_pathway",))
    assert answer.documents == ("official_transcript",)
    assert sentence(answer, receiver="North Dakota", kind="training", college=True) == (
        "North Dakota counts 45 of 45 clock hours of this course, but not toward a career level."
    )


def test_what_a_transcript_lifts_a_course_to_is_what_the_policy_then_answers() -> None:
    known = answered("us-nd", training(**COLLEGE, **GOOD_COURSE)).with_documents
    unknown = answered("us-nd", training(**COLLEGE)).with_documents

    assert known is not None
    assert unknown is not None
    assert (known.outcome, known.accepted_hours, known.counts_as) == ("FULL", 45, "level-3")
    assert (unknown.outcome, unknown.accepted_hours) == ("NEEDS_REVIEW", 0)


def test_an_unknown_grade_is_named_once_the_transcript_is_there() -> None:
    answer = answered("us-nd", training(**COLLEGE, accredited=True), **TRANSCRIPT)

    assert answer.unknown == ("birth_to_8_percent", "grade")
    assert answer.reason == "not_known"


def test_one_of_two_documents_leaves_the_other_missing() -> None:
    answer = answered("us-nd", training(**CONFERENCE), day=FEB_28, documents=("certificate",))

    assert answer.outcome == "NEEDS_DOCUMENT"
    assert answer.documents == ("session_tracking_form",)


def test_experience_lifts_a_directors_credential_to_the_second_level() -> None:
    facts = credential(type="DirectorsLevelCredential")
    before = answered("us-fl", facts)
    after = answered("us-fl", facts, documents=("director_experience_1_year",))

    assert (before.outcome, before.counts_as, after.outcome, after.counts_as) == (
        "FULL",
        "DIR1",
        "FULL",
        "DIR2",
    )
    assert before.with_documents is not None
    assert before.with_documents.counts_as == "DIR2"
    assert (before.accepted_hours, before.total_hours) == (None, None)


@pytest.mark.parametrize(
    ("own_type", "on", "outcome"),
    [
        ("WI-ITC", date(2025, 7, 1), "FULL"),
        ("WI-ITC", date(2025, 6, 30), "NEEDS_REVIEW"),
        ("WI-ITC", date(2026, 1, 15), "FULL"),
        ("WI-INC", date(2025, 7, 1), "NEEDS_REVIEW"),
    ],
)
def test_five_states_are_enough_and_four_are_not(own_type: str, on: date, outcome: str) -> None:
    facts = credential(
        registry="us-wi", type="StateInfantToddler", own_type=own_type, on=on, expires=None
    )

    assert answered("us-fl", facts).outcome == outcome


def test_a_receiver_without_a_rule_on_the_kind_has_no_answer() -> None:
    assert ask("us-fl", training()) is None
    assert ask("us-nd", training(), day=date(2024, 6, 30)) is None


def test_the_list_knows_an_organization_by_its_alias_only_if_it_is_listed() -> None:
    listed = training(organization="Online Provider Training Company")
    not_listed = training(organization="online provider training co.")

    assert answered("us-nv", listed).rule_id == "nv-recognized-organization"
    assert answered("us-nv", not_listed).rule_id == "default"
    assert seed_lists().entries("nv-recognized", "Online Provider Training Co.")[0].from_on == date(
        2025, 1, 1
    )
