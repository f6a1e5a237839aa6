"""The six sample exports, read and judged, against the facts about them in truth.json."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

import pytest
from intake_samples import REGISTRIES, files_of, mapping_of, newest, receipt_of, sample, truth

from hub.domain.events import Change, Kind
from hub.domain.statements import Statement
from hub.intake.submission import read_submission
from hub.wire.codec import encode_body, encode_private

LAST_DAY = date(2026, 6, 30)


def counts(statement: Statement) -> bool:
    """Verified and in force."""
    return statement.change == Change.STATED and statement.body["verification"] in (
        "VERIFIED",
        "ATTENDANCE",
    )


def is_active(statement: Statement) -> bool:
    body = statement.body
    return (
        statement.change != Change.REVOKED
        and body["standing"] != "APPLIED"
        and body["issued_on"] is not None
        and body["issued_on"] <= LAST_DAY
        and (body["expires_on"] is None or body["expires_on"] >= LAST_DAY)
    )


@pytest.mark.parametrize("registry", REGISTRIES)
def test_every_bad_row_is_found_by_line_with_reason_and_field(registry: str) -> None:
    for receipt in sample(registry).files:
        expected = truth()["files"][f"{registry}/{receipt.name}"]

        got = [(r.line, r.rule, r.field or None) for r in receipt.rejections]
        assert got == [(b["line"], b["reason"], b["field"]) for b in expected["bad_rows"]]


@pytest.mark.parametrize("registry", REGISTRIES)
def test_every_bad_row_names_its_record_unless_its_columns_are_shifted(registry: str) -> None:
    for receipt in sample(registry).files:
        expected = truth()["files"][f"{registry}/{receipt.name}"]["bad_rows"]

        for rejection, bad in zip(receipt.rejections, expected, strict=True):
            if rejection.rule == "column_count":
                assert rejection.record_id in ("", bad["id"])
            else:
                assert rejection.record_id == bad["id"]


@pytest.mark.parametrize("registry", REGISTRIES)
def test_every_row_has_one_receipt(registry: str) -> None:
    submission = sample(registry)

    for receipt in submission.files:
        expected = truth()["files"][f"{registry}/{receipt.name}"]
        ready = receipt.accepted + receipt.superseded + receipt.duplicate
        ids = {s.record_id for s in submission.statements if s.file == receipt.name}
        assert (receipt.rows, ready, receipt.rejected, len(ids)) == (
            expected["rows"],
            expected["good"],
            expected["bad"],
            expected["distinct_ids"],
        )
    assert len(newest(submission, Kind.PROFILE)) == truth()["registries"][registry]["person_ids"]


@pytest.mark.parametrize("registry", REGISTRIES)
def test_verified_hours_are_exact_in_total_and_by_person(registry: str) -> None:
    expected = truth()["registries"][registry]
    completions = newest(sample(registry), Kind.TRAINING_COMPLETION)
    hours: dict[str, Decimal] = defaultdict(Decimal)
    verified = [s for s in completions.values() if counts(s)]
    for statement in verified:
        hours[statement.person_id or ""] += statement.body["clock_hours"]

    assert len(completions) == expected["completions"]["distinct"]
    assert len(verified) == expected["completions"]["verified_in_force"]
    reversed_ones = [s for s in completions.values() if s.change == Change.REVERSED]
    assert len(reversed_ones) == expected["completions"]["reversed"]
    assert f"{sum(hours.values()):.2f}" == expected["verified_clock_hours"]
    by_person = {person: f"{total:.2f}" for person, total in hours.items() if total}
    assert by_person == expected["verified_clock_hours_by_person_id"]


@pytest.mark.parametrize("registry", REGISTRIES)
def test_active_credentials_agree_by_type_and_by_common_code(registry: str) -> None:
    expected = truth()["registries"][registry]
    credentials = newest(sample(registry), Kind.CREDENTIAL).values()
    active = [s for s in credentials if is_active(s)]
    records = Counter(s.body["own_type"] for s in active)
    holders = {
        own: len({s.person_id for s in active if s.body["own_type"] == own}) for own in records
    }
    cda = Counter(
        s.body["subtype"] for s in active if s.body["type"] == "ChildDevelopmentAssociate"
    )

    got = {own: {"records": records[own], "holders": holders[own]} for own in records}
    assert got == expected["credentials_active_2026-06-30"]
    assert dict(cda) == expected["cda_active_2026-06-30_by_ceds_000806"]
    assert Counter(s.body["own_type"] for s in credentials) == expected["credentials"]["by_type"]
    assert [
        sum(s.change == Change.REVOKED for s in credentials),
        sum(s.body["standing"] == "APPLIED" for s in credentials),
    ] == [expected["credentials"]["revoked"], expected["credentials"]["pending"]]


@pytest.mark.parametrize("registry", REGISTRIES)
def test_text_that_looks_like_a_formula_survives_unchanged(registry: str) -> None:
    by_row = {(s.file, s.row): s for s in sample(registry).statements}
    seen = 0
    for receipt in sample(registry).files:
        for cell in truth()["files"][f"{registry}/{receipt.name}"]["text_cells"]:
            file = next(f for f in mapping_of(registry).file if f.name == receipt.name)
            column = file.columns[cell["field"]]
            statement = by_row[(receipt.name, cell["line"])]
            if column.to and column.to.startswith("body."):
                assert statement.body[column.to.removeprefix("body.")] == cell["value"]
                seen += 1
    assert seen > 0


@pytest.mark.parametrize("registry", REGISTRIES)
def test_every_body_follows_its_schema(registry: str) -> None:
    for statement in sample(registry).statements:
        assert encode_body(statement.kind, statement.body)
        if statement.private:
            assert encode_private({**statement.private, "evidence": None})


@pytest.mark.parametrize("registry", REGISTRIES)
def test_no_identity_stands_in_a_body_or_a_private_part(registry: str) -> None:
    submission = sample(registry)
    names = {
        f"{s.identity.given_name} {s.identity.surname}".lower()
        for s in submission.statements
        if s.identity and s.identity.given_name and s.identity.surname
    }
    for statement in submission.statements:
        for value in (*statement.body.values(), *statement.private.values()):
            text = str(value).lower()
            assert text not in names
            assert "@example." not in text


@pytest.mark.parametrize("registry", REGISTRIES)
def test_hours_by_area_add_up_to_the_hours_of_the_completion(registry: str) -> None:
    for statement in newest(sample(registry), Kind.TRAINING_COMPLETION).values():
        areas = [area["clock_hours"] for area in statement.body["areas"]]
        if areas and None not in areas:
            assert sum(areas) == statement.body["clock_hours"]
        else:
            assert len(areas) <= 1


def test_the_order_of_files_changes_no_verdict() -> None:
    files = files_of("us-wi")

    turned = read_submission(dict(reversed(files.items())), mapping_of("us-wi"))

    assert turned == sample("us-wi")


def test_a_row_of_several_knowledge_areas_is_one_statement() -> None:
    statements = newest(sample("us-oh"), Kind.TRAINING_COMPLETION)
    split = [s for s in statements.values() if len(s.body["areas"]) > 1]

    assert split
    assert receipt_of(sample("us-oh"), "training.tsv").accepted > len(statements)


def test_trainers_names_are_not_titles() -> None:
    for registry in ("us-wi", "us-oh"):
        for statement in newest(sample(registry), Kind.APPROVAL).values():
            if statement.body["subject"] == "TRAINER":
                assert statement.body["title"] is None
                assert statement.body["organization"] is None
