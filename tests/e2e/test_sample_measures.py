"""Measures and sums, kept by difference, equal what the rows give when they are read anew."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub import bootstrap
from hub.adapters.sql_reads import read_state
from hub.adapters.sql_store import SqlStore
from hub.domain.events import Kind
from tests.e2e.measures_by_hand import (
    Rows,
    answers,
    is_stated,
    measures,
    read_rows,
    shown,
    sums,
    verified,
)
from tests.e2e.sample_run import REGISTRIES, SampleRun

DAYS = (date(2026, 6, 30), date(2025, 3, 1), date(2027, 1, 1))


@pytest.fixture(scope="module")
def rows(sample_run: SampleRun) -> Rows:
    return read_rows(sample_run)


@pytest.fixture(params=DAYS, ids=str)
def day(request: pytest.FixtureRequest) -> date:
    asked: date = request.param
    return asked


@pytest.fixture
def document(sample_run: SampleRun, day: date) -> dict[str, Any]:
    store = SqlStore(sample_run.store_url)
    try:
        return asyncio.run(bootstrap.summary(store, None, day, "hub summary"))
    finally:
        store.close()


def test_every_measure_is_what_the_rows_give(
    rows: Rows, document: dict[str, Any], day: date
) -> None:
    wanted = measures(rows, list(REGISTRIES), day)
    about = {measure["name"]: measure for measure in document["measures"]}

    assert document["soar"].keys() == wanted.keys() == about.keys()
    for name, cells in wanted.items():
        unit, has_base = about[name]["unit"], about[name]["denominator"] is not None
        by_hand = {place: shown(cell, unit, has_base) for place, cell in cells.items()}
        assert document["soar"][name] == by_hand, name


def test_every_sum_is_what_the_rows_give(sample_run: SampleRun, rows: Rows, day: date) -> None:
    store = SqlStore(sample_run.store_url)
    try:
        kept = read_state(store, day).sums
    finally:
        store.close()

    assert kept == sums(rows, day)


def test_registries_numbers_are_what_the_rows_give(rows: Rows, document: dict[str, Any]) -> None:
    for registry in REGISTRIES:
        entry = document["registries"][registry]
        hours = sum((b["clock_hours"] or Decimal(0) for b in verified(rows, registry)), Decimal(0))

        assert entry["completions"] == len(verified(rows, registry))
        assert entry["verified_clock_hours"] == f"{hours:.2f}"
        by_person = entry["verified_clock_hours_by_person_id"]
        assert by_person == _hours_by_person(rows, registry)


def _hours_by_person(rows: Rows, registry: str) -> dict[str, str]:
    out: dict[str, Decimal] = defaultdict(Decimal)
    for row, body in rows.of(Kind.TRAINING_COMPLETION, registry):
        if is_stated(row) and body["verification"] in ("VERIFIED", "ATTENDANCE"):
            out[row["person_id"]] += body["clock_hours"] or Decimal(0)
    return {person: f"{hours:.2f}" for person, hours in out.items() if hours}


def test_active_credentials_are_what_the_rows_give(
    rows: Rows, document: dict[str, Any], day: date
) -> None:
    for registry in REGISTRIES:
        holders: dict[str, list[str]] = {}
        for row, body in rows.of(Kind.CREDENTIAL, registry):
            first, last = body["issued_on"], body["expires_on"]
            held = is_stated(row) and body["standing"] not in ("REVOKED", "APPLIED")
            if held and first and first <= day and (last is None or day <= last):
                holders.setdefault(body["own_type"], []).append(row["person_id"])

        assert document["registries"][registry]["credentials_active"] == {
            own_type: {"records": len(who), "holders": len(set(who))}
            for own_type, who in holders.items()
        }


def test_matches_are_counted_by_outcome_and_by_pair(
    rows: Rows, document: dict[str, Any], day: date
) -> None:
    given = answers(rows, "national", day)
    between = Counter(f"{match['registry']}>{match['receiver']}" for match, _ in given)
    outcomes = Counter(interval["outcome"] for _, interval in given)
    national = document["national"]

    assert {name: n for name, n in national["matches"].items() if n} == outcomes
    assert national["matches_between"] == between


def test_what_the_exports_cannot_answer_is_null_and_never_zero(document: dict[str, Any]) -> None:
    silent = [
        name
        for name, cells in document["soar"].items()
        if all(cell["numerator"] is None for cell in cells.values())
    ]

    assert {"licensed_program_staff", "per_approved", "decisions"} <= set(silent)
    for name in silent:
        for cell in document["soar"][name].values():
            assert cell == {"numerator": None, "denominator": None, "value": None}


def test_each_goal_has_measures_that_the_sample_answers(document: dict[str, Any]) -> None:
    answered = {
        measure["goal"]
        for measure in document["measures"]
        if document["soar"][measure["name"]]["national"]["value"] is not None
    }

    assert answered == {"saturation", "operations", "accountability", "reciprocity"}
