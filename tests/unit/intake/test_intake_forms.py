"""Statements that a registry can make: what goes in, and what is refused before it is sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub.domain.rows import Person
from hub.errors import ConfigurationError
from hub.intake.exchange import Statement
from hub.intake.exchange_forms import (
    Appeal,
    Decided,
    RecordNamed,
    consent,
    decision,
    dispute,
    portability_request,
    record_named,
)
from hub.intake.inbox import Seen

WORKER = Person("us-oh", "P-1")
TRAINING = RecordNamed("us-oh", "training", "T-9")
DAY = date(2026, 6, 30)
SEEN = Seen(
    version=4, record_revision=7, total_hours=Decimal("15"), documents=frozenset({"certificate"})
)
WITHOUT_HOURS = Seen(version=4, record_revision=7, total_hours=None, documents=frozenset())


def decide(seen: Seen | None = SEEN, **changes: Any) -> Statement:
    values: dict[str, Any] = {
        "registry": "us-nv",
        "record": TRAINING,
        "decision": "ACCEPTED",
        "reason": "checked",
        "staff_id": "S-7",
        "decided_on": DAY,
    }
    return decision(Decided(**{**values, **changes}), seen)


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("us-oh/training/T-9", TRAINING),
        ("us-oh/trainer/A/1/x", RecordNamed("us-oh", "trainer", "A/1/x")),
    ],
)
def test_a_record_is_named_by_registry_kind_and_id(text: str, record: RecordNamed) -> None:
    assert record_named(text) == record
    assert str(record) == text


@pytest.mark.parametrize("text", ["us-oh", "us-oh/training", "Ohio/training/T", "us-oh/profile/P"])
def test_other_names_of_records_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        record_named(text)


def test_a_consent_names_its_kinds_once_and_sorted() -> None:
    said = consent(WORKER, "us-nv", ["training", "link", "training"], "signed_form", staff_id="S")

    assert said.body["kinds"] == ["link", "training"]
    assert (said.record_id, said.person_id) == ("P-1|us-nv", "P-1")


def test_a_withdrawal_names_no_kind() -> None:
    assert consent(WORKER, "us-nv", [], "letter", withdrawn=True).withdrawn


@pytest.mark.parametrize(
    ("to", "kinds"), [("us-oh", ["training"]), ("Nevada", ["training"]), ("us-nv", ["course"])]
)
def test_consents_to_oneself_to_nobody_or_on_other_kinds_are_refused(
    to: str, kinds: list[str]
) -> None:
    with pytest.raises(ConfigurationError):
        consent(WORKER, to, kinds, "signed_form")


def test_a_consent_on_no_kind_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="names no kind"):
        consent(WORKER, "us-nv", [], "signed_form")


def test_no_registry_is_asked_for_its_own_persons() -> None:
    with pytest.raises(ConfigurationError, match="asks itself"):
        portability_request(WORKER, "us-oh", DAY)


def test_an_appeal_stands_under_the_record_and_its_judge() -> None:
    said = dispute(Appeal(person=WORKER, record=TRAINING, receiver="us-nv", reason="hours_wrong"))

    assert said.record_id == "us-oh|training|T-9|us-nv"
    assert (said.person_id, said.body["contact"]) == ("P-1", None)


@pytest.mark.parametrize(
    ("record", "receiver"),
    [
        (TRAINING, "us-oh"),
        (RecordNamed("us-nv", "training", "T"), "us-nv"),
        (RecordNamed("us-oh", "course", "C"), "us-nv"),
    ],
)
def test_appeals_that_reach_nobody_are_refused(record: RecordNamed, receiver: str) -> None:
    with pytest.raises(ConfigurationError):
        dispute(Appeal(person=WORKER, record=record, receiver=receiver, reason="r"))


def test_a_decision_takes_revision_and_version_from_the_inbox() -> None:
    body = decide().body

    assert (body["record_revision"], body["match_version"]) == (7, 4)


def test_a_version_is_not_taken_for_another_revision() -> None:
    body = decide(revision=8).body

    assert (body["record_revision"], body["match_version"]) == (8, None)


def test_what_is_said_goes_before_what_the_inbox_says() -> None:
    body = decide(revision=7, match_version=3).body

    assert (body["record_revision"], body["match_version"]) == (7, 3)


def test_without_inbox_and_revision_nothing_is_decided() -> None:
    with pytest.raises(ConfigurationError, match="says nothing of us-oh/training/T-9"):
        decide(None)


@pytest.mark.parametrize(
    ("seen", "changes", "hours"),
    [
        (SEEN, {}, "15"),
        (SEEN, {"hours": Decimal("15.0")}, "15"),
        (SEEN, {"decision": "PARTLY", "hours": Decimal("12.5")}, "12.5"),
        (SEEN, {"decision": "PARTLY", "hours": Decimal("15")}, "15"),
        (SEEN, {"decision": "PARTLY", "hours": Decimal("0")}, "0"),
        (SEEN, {"decision": "REFUSED"}, None),
        (SEEN, {"decision": "PENDING", "hours": Decimal("0")}, None),
        (WITHOUT_HOURS, {}, None),
        (WITHOUT_HOURS, {"decision": "PARTLY", "counts_as": "level-1"}, None),
        (None, {"revision": 9, "hours": Decimal("99.1234")}, "99.1234"),
        (None, {"revision": 9, "decision": "PARTLY"}, None),
        (SEEN, {"revision": 8, "hours": Decimal("20")}, "20"),
        (SEEN, {"withdrawn": True, "decision": "PARTLY"}, None),
    ],
)
def test_hours_that_count_are_those_shown_or_fewer(
    seen: Seen | None, changes: dict[str, Any], hours: str | None
) -> None:
    accepted = decide(seen, **changes).body["accepted_hours"]

    assert accepted == (None if hours is None else Decimal(hours))


@pytest.mark.parametrize(
    ("seen", "changes", "why"),
    [
        (SEEN, {"hours": Decimal("15.25")}, "more than the 15 hours shown"),
        (SEEN, {"hours": Decimal("12")}, "accepted means all"),
        (SEEN, {"decision": "PARTLY"}, "does not say how many"),
        (SEEN, {"decision": "PARTLY", "hours": Decimal("-1")}, "from 0"),
        (SEEN, {"decision": "PARTLY", "hours": Decimal("1.00001")}, "four places"),
        (SEEN, {"decision": "PARTLY", "hours": Decimal("NaN")}, "are a number"),
        (None, {"revision": 1, "hours": Decimal("1000000")}, "from 0 to 999,999"),
        (SEEN, {"decision": "REFUSED", "hours": Decimal("1")}, "counts nothing"),
        (SEEN, {"decision": "PENDING", "counts_as": "level-1"}, "counts nothing"),
        (WITHOUT_HOURS, {"hours": Decimal("1")}, "has no hours"),
        (
            None,
            {
                "record": RecordNamed("us-oh", "credential", "C"),
                "revision": 1,
                "hours": Decimal("1"),
            },
            "has no hours",
        ),
        (SEEN, {"registry": "us-oh"}, "judges its own record"),
    ],
)
def test_hours_that_cannot_be_are_refused(
    seen: Seen | None, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why):
        decide(seen, **changes)


def test_documents_are_named_once_and_sorted() -> None:
    said = decide(decision="PENDING", documents=["form", "certificate", "form"])

    assert said.body["document_received"] == ["certificate", "form"]
    assert (said.person_id, said.key) == (None, b"us-oh|training|T-9")
