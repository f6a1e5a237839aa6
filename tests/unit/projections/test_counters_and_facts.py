"""Sums by difference, columns that SQL reads, and facts that policies are asked about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub.domain.events import Change, Envelope, Kind
from hub.domain.log import LogRecord
from hub.domain.rows import EVER, CounterKey, Counters, RecordRow
from hub.projections.claims import claim_version
from hub.projections.counters import difference, of_match, of_record
from hub.projections.facts import approvals_of, facts_of
from hub.projections.records import body_of, columns_of, day_number, row_of
from hub.reciprocity.facts import UNKNOWN
from hub.wire.codec import read_event
from tests.unit.lanes.lane_events import NOW_MS, body_for, event


def row_for(kind: Kind, change: Change = Change.STATED, /, **fields: Any) -> RecordRow:
    message = event(kind, "R1", body_for(kind, **fields), change=change)
    record = LogRecord(
        topic=message.topic,
        partition=0,
        offset=0,
        append_at_ms=NOW_MS,
        key=message.key,
        value=message.value,
        headers=message.headers,
    )
    opened: tuple[Envelope, dict[str, Any]] = read_event(record)
    return row_of(*opened, record)


def on(counters: Counters, name: str, day: date) -> int:
    """A count on a day: everything up to it, added."""
    number = day_number(day) or 0
    return sum(value for key, value in counters.items() if key.name == name and key.day <= number)


def test_a_credential_counts_from_issue_to_expiry_both_inclusive() -> None:
    first, last = date(2026, 1, 10), date(2026, 6, 30)
    row = row_for(
        Kind.CREDENTIAL, own_type="CDA", issued_on=first, expires_on=last, standing="AWARDED"
    )
    counters = of_record(row, body_of(row))
    days = [date(2026, 1, 9), first, last, date(2026, 7, 1)]

    assert [on(counters, "credentials_active", day) for day in days] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("change", "standing"),
    [(Change.REVOKED, "AWARDED"), (Change.STATED, "REVOKED"), (Change.STATED, "APPLIED")],
)
def test_a_credential_that_is_not_held_never_counts(change: Change, standing: str) -> None:
    row = row_for(Kind.CREDENTIAL, change, issued_on=date(2026, 1, 1), standing=standing)

    assert (row.valid_from, row.valid_until) == (None, None)
    assert on(of_record(row, body_of(row)), "credentials_active", date(2026, 6, 1)) == 0


@pytest.mark.parametrize(
    ("verification", "change", "counted"),
    [
        ("VERIFIED", Change.STATED, 1),
        ("ATTENDANCE", Change.STATED, 1),
        ("PENDING", Change.STATED, 0),
        ("SELF_REPORTED", Change.STATED, 0),
        ("VERIFIED", Change.REVERSED, 0),
        ("VERIFIED", Change.WITHDRAWN, 0),
    ],
)
def test_hours_count_while_verified_and_in_force(
    verification: str, change: Change, counted: int
) -> None:
    body = body_for(
        Kind.TRAINING_COMPLETION, verification=verification, clock_hours=Decimal("1.5001")
    )
    columns = columns_of(Kind.TRAINING_COMPLETION, change, body)

    assert (columns.counted, columns.hours_e4) == (counted, 15_001 * counted)


@pytest.mark.parametrize(
    ("entered_on", "days"),
    [(date(2026, 1, 1), 0), (date(2026, 1, 31), 30), (date(2025, 12, 31), 0)],
)
def test_days_to_record_are_counted_only_forward(entered_on: date, days: int) -> None:
    row = row_for(Kind.TRAINING_COMPLETION, completed_on=date(2026, 1, 1), entered_on=entered_on)
    counters = of_record(row, body_of(row))

    assert counters.get(CounterKey("days_to_record", "us-wi", "", EVER), 0) == days


def test_a_difference_leaves_out_what_did_not_change() -> None:
    one = CounterKey("records", "us-wi", "", 0)
    two = one._replace(day=1)

    assert difference([{one: 2, two: 1}], [{one: 2}, {two: 3}]) == {two: -2}
    assert difference([], []) == {}


def test_a_match_counts_on_each_day_with_the_outcome_of_that_day() -> None:
    interval = {"accepted_hours": Decimal("7.5"), "total_hours": Decimal(15)}
    match = {
        "registry": "us-wi",
        "receiver": "us-nv",
        "kind": "training",
        "intervals": [
            {
                "from_on": date(2026, 1, 1),
                "until_on": date(2026, 1, 31),
                "outcome": "FULL",
                **interval,
            },
            {"from_on": date(2026, 2, 1), "until_on": None, "outcome": "DENIED", **interval},
        ],
    }
    counters = of_match(match)
    days = (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 1))

    assert [on(counters, "answers", day) for day in days] == [0, 1, 1]
    assert [on(counters, "accepted_hours_e4", day) for day in days] == [0, 75_000, 75_000]
    outcomes = {key.dim for key, value in counters.items() if key.name == "answers" and value > 0}
    assert outcomes == {"us-nv|training|FULL", "us-nv|training|DENIED"}


@pytest.mark.parametrize(
    ("awarded", "expected"),
    [
        (None, None),
        ("1999", date(1999, 12, 31)),
        ("1999-02", date(1999, 2, 28)),
        ("2000-02", date(2000, 2, 29)),
        ("1999-02-03", date(1999, 2, 3)),
        ("1999-13", UNKNOWN),
        ("1999-02-30", UNKNOWN),
        ("spring", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_a_degree_counts_from_the_last_day_of_what_is_said(awarded: str, expected: Any) -> None:
    row = row_for(Kind.EDUCATION, awarded=awarded)
    facts = facts_of(row, body_of(row))

    assert facts is not None
    assert facts.on == expected


def test_a_field_that_the_layout_does_not_have_is_unknown() -> None:
    row = row_for(Kind.TRAINING_COMPLETION, not_kept=["trainer_id"], level=None)
    facts = facts_of(row, body_of(row))

    assert facts is not None
    assert facts.trainer is UNKNOWN
    assert facts.level is None


@pytest.mark.parametrize("kind", [Kind.PROFILE, Kind.EMPLOYMENT, Kind.SUBMISSION])
def test_what_is_never_matched_has_no_facts(kind: Kind) -> None:
    row = row_for(kind)

    assert facts_of(row, body_of(row)) is None


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"subject": "COURSE", "course_id": "C1"}, ["C1", "R1"]),
        ({"subject": "COURSE", "course_id": None}, ["R1"]),
        ({"subject": "TRAINER", "trainer_id": "T1"}, ["T1"]),
        ({"subject": "TRAINER", "trainer_id": None}, []),
        ({"subject": "UNKNOWN"}, []),
    ],
)
def test_an_approval_goes_by_every_name_that_records_use(
    fields: dict[str, Any], names: list[str]
) -> None:
    assert [each.id for each in approvals_of([row_for(Kind.APPROVAL, **fields)])] == names


def test_versions_of_claims_sort_as_profiles_do() -> None:
    versions = [(1, 5, b"z"), (2, 0, b"a"), (2, 1, b"a"), (2, 1, b"b"), (2**40, 0, b"")]

    assert sorted(versions) == sorted(versions, key=lambda v: claim_version(*v))
