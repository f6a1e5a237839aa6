"""Sums by difference, columns that SQL reads, and facts that policies are asked about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub.domain.events import Change, Kind
from hub.domain.log import LogRecord
from hub.domain.rows import EVER, CounterKey, Counters, RecordRow
from hub.lanes.records import open_batch
from hub.projections.claims import claim_version
from hub.projections.counters import add_match, add_record
from hub.projections.facts import approvals_of, facts_of
from hub.projections.records import body_of, day_number
from hub.reciprocity.facts import UNKNOWN
from tests.unit.lanes.lane_events import NOW_MS, body_for, event


def row_for(kind: Kind, change: Change = Change.STATED, /, **fields: Any) -> RecordRow:
    record_id = "P1" if kind is Kind.PROFILE else "R1"
    message = event(kind, record_id, body_for(kind, **fields), change=change)
    record = LogRecord(
        topic=message.topic,
        partition=0,
        offset=0,
        append_at_ms=NOW_MS,
        key=message.key,
        value=message.value,
        headers=message.headers,
    )
    (row,) = open_batch([[record]]).rows
    return row


def sums_of(*rows: tuple[RecordRow, int]) -> Counters:
    """Sums after each row was added or taken away, without those that are nothing."""
    out: Counters = {}
    for row, sign in rows:
        add_record(out, row, sign)
    return {key: value for key, value in out.items() if value}


def on(counters: Counters, name: str, day: date) -> int:
    """A count on a day: everything up to it, added."""
    number = day_number(day) or 0
    return sum(
        value
        for (named, _, _, first), value in counters.items()
        if named == name and first <= number
    )


def test_a_credential_counts_from_issue_to_expiry_both_inclusive() -> None:
    first, last = date(2026, 1, 10), date(2026, 6, 30)
    row = row_for(
        Kind.CREDENTIAL, own_type="CDA", issued_on=first, expires_on=last, standing="AWARDED"
    )
    counters = sums_of((row, 1))
    days = [date(2026, 1, 9), first, last, date(2026, 7, 1)]

    assert [on(counters, "credentials_active", day) for day in days] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("change", "standing"),
    [(Change.REVOKED, "AWARDED"), (Change.STATED, "REVOKED"), (Change.STATED, "APPLIED")],
)
def test_a_credential_that_is_not_held_never_counts(change: Change, standing: str) -> None:
    row = row_for(Kind.CREDENTIAL, change, issued_on=date(2026, 1, 1), standing=standing)

    assert (row.valid_from, row.valid_until) == (None, None)
    assert on(sums_of((row, 1)), "credentials_active", date(2026, 6, 1)) == 0


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
    row = row_for(
        Kind.TRAINING_COMPLETION, change, verification=verification, clock_hours=Decimal("1.5001")
    )
    counters = sums_of((row, 1))

    assert (row.counted, row.hours_e4) == (counted, 15_001 * counted)
    assert counters[CounterKey("trainings", "us-wi", "", EVER)] == 1
    assert counters.get(CounterKey("trainings_verified", "us-wi", "", EVER), 0) == counted
    assert counters.get(CounterKey("verified_hours_e4", "us-wi", "", EVER), 0) == 15_001 * counted


@pytest.mark.parametrize(
    ("entered_on", "days"),
    [(date(2026, 1, 1), 0), (date(2026, 1, 31), 30), (date(2025, 12, 31), None), (None, None)],
)
def test_days_to_record_are_counted_only_forward(entered_on: date | None, days: int | None) -> None:
    row = row_for(Kind.TRAINING_COMPLETION, completed_on=date(2026, 1, 1), entered_on=entered_on)
    counters = sums_of((row, 1))

    assert row.recorded_days == days
    assert counters.get(CounterKey("days_to_record", "us-wi", "", EVER), 0) == (days or 0)
    counted = counters.get(CounterKey("days_to_record_of", "us-wi", "", EVER), 0)
    assert counted == int(days is not None)


ROWS: tuple[tuple[Kind, dict[str, Any]], ...] = (
    (Kind.PROFILE, {"status": "ACTIVE"}),
    (Kind.EMPLOYMENT, {}),
    (Kind.EDUCATION, {}),
    (
        Kind.TRAINING_COMPLETION,
        {
            "completed_on": date(2026, 1, 1),
            "entered_on": date(2026, 1, 9),
            "verification": "VERIFIED",
            "clock_hours": Decimal("7.25"),
        },
    ),
    (
        Kind.CREDENTIAL,
        {"issued_on": date(2026, 1, 1), "expires_on": date(2027, 1, 1), "standing": "AWARDED"},
    ),
    (Kind.APPROVAL, {"subject": "TRAINER"}),
    (Kind.SUBMISSION, {}),
)


@pytest.mark.parametrize(("kind", "fields"), ROWS)
def test_a_row_that_is_taken_away_takes_all_that_it_added(
    kind: Kind, fields: dict[str, Any]
) -> None:
    row = row_for(kind, **fields)

    assert sums_of((row, 1))[CounterKey("records", "us-wi", kind.event_name, EVER)] == 1
    assert sums_of((row, 1), (row, 1), (row, -1)) == sums_of((row, 1))
    assert sums_of((row, 1), (row, -1)) == {}


def test_accounts_are_active_by_their_status_and_gone_when_withdrawn() -> None:
    rows = {
        "active": row_for(Kind.PROFILE, status="ACTIVE"),
        "inactive": row_for(Kind.PROFILE, status="INACTIVE"),
        "withdrawn": row_for(Kind.PROFILE, Change.WITHDRAWN, status="ACTIVE"),
    }

    def counted(name: str) -> dict[str, int]:
        key = CounterKey(name, "us-wi", "", EVER)
        return {which: sums_of((row, 1)).get(key, 0) for which, row in rows.items()}

    assert counted("accounts") == {"active": 1, "inactive": 1, "withdrawn": 0}
    assert counted("active_accounts") == {"active": 1, "inactive": 0, "withdrawn": 0}


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
        "decision": None,
    }
    counters: Counters = {}
    add_match(counters, match, 1)
    days = (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 1))

    assert [on(counters, "answers", day) for day in days] == [0, 1, 1]
    assert [on(counters, "accepted_hours_e4", day) for day in days] == [0, 75_000, 75_000]
    outcomes = {
        dim for (name, _, dim, _), value in counters.items() if name == "answers" and value > 0
    }
    assert outcomes == {"us-nv|training|FULL", "us-nv|training|DENIED"}
    add_match(counters, match, -1)
    assert not any(counters.values())


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
    assert [each.id for each in approvals_of(row_for(Kind.APPROVAL, **fields))] == names


def test_versions_of_claims_sort_as_profiles_do() -> None:
    names = ("profile_revision", "profile_encoding", "profile_digest", "present")
    rising = [
        (1, 5, b"z", False),
        (2, 0, b"a", True),
        (2, 1, b"a", True),
        (2, 1, b"a", False),
        (2, 1, b"b", True),
        (2**40, 0, b"a", True),
    ]
    versions = [claim_version(dict(zip(names, each, strict=True))) for each in rising]

    assert versions == sorted(set(versions))
