"""`hub consent`, `portability ask`, `match decide` and `dispute`: what they publish and refuse."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.adapters.sqlite_log import SqliteEventLog
from hub.domain.events import Change, Envelope, Kind
from hub.domain.log import Message
from hub.domain.topics import registry_of_events
from hub.wire.codec import Body, read_event
from tests.unit.cli.exchange_hub import run, write
from tests.unit.printing.report_items import inbox_message, interval, item

RECORD = ("us-oh", "training", "T-9")
DECIDE = ("match", "decide", "us-oh/training/T-9", "--registry", "us-nv", "--reason", "area_06")
DECIDE_BY = (*DECIDE, "--staff", "S-7", "--decision")
GIVE = ("consent", "give", "us-oh/P-1", "--to", "us-nv", "--held-as", "signed_form", "--kinds")
DISPUTE = ("match", "dispute", "us-oh/P-1", "--record", "us-oh/training/T-9", "--receiver", "us-nv")
DISPUTE_FOR = (*DISPUTE, "--reason", "hours_wrong")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.sqlite"
    write(path, [])
    return path


def shown(version: int = 4, hours: str = "15", **changes: Any) -> Message:
    """The answer about the record, in the judge's inbox."""
    answer = interval(
        "NEEDS_DOCUMENT", "documents_needed", total_hours=Decimal(hours), documents=["certificate"]
    )
    values = {"item": "MATCH", "receiver": "us-nv", "requested_on": None, **changes}
    subject = "inbox|match|us-oh|training_completion|T-9|us-nv"
    return inbox_message("us-nv", subject, item(RECORD, answer, **values), version)


def events(path: Path) -> list[tuple[Envelope, Body]]:
    """All that registries said."""

    async def read() -> list[tuple[Envelope, Body]]:
        log = SqliteEventLog(path)
        ends = await log.ends()
        places = [place for place in sorted(ends) if registry_of_events(place.topic)]
        records = [record for place in places for record in await log.read(place, 0, 1_000)]
        await log.close()
        return [read_event(record) for record in records]

    return asyncio.run(read())


def test_a_consent_is_given_once_and_withdrawn(log: Path) -> None:
    first = run(log, (*GIVE, "training,credential", "--staff", "S-7"))
    again = run(log, (*GIVE, "credential, training", "--staff", "S-7"))
    back = run(log, ("consent", "withdraw", "us-oh/P-1", "--to", "us-nv"))
    given, withdrawn = events(log)

    assert (first.code, again.code, back.code) == (0, 0, 0)
    assert first.out == "us-oh/P-1 to us-nv: consent on credential, training.\n"
    assert again.out == "us-oh/P-1 to us-nv: consent on credential, training (said already).\n"
    assert back.out == "us-oh/P-1 to us-nv: consent withdrawn.\n"
    assert given[1]["staff_id"] == "S-7"
    assert given[0].head.synthetic  # As the registry's mapping says.
    assert withdrawn[0].head.change is Change.WITHDRAWN
    assert withdrawn[0].head.record_id == given[0].head.record_id


def test_a_request_says_its_day_and_what_comes_next(log: Path) -> None:
    words = ("us-oh/P-1", "--to", "us-nv", "--requested-on", "2026-06-30")
    asked = run(log, ("portability", "ask", *words))
    back = run(log, ("portability", "withdraw", *words))
    (stated, body), (withdrawn, _) = events(log)

    assert "hub portability report us-oh/P-1 --to us-nv" in asked.out
    assert back.out == "us-oh/P-1 to us-nv: request withdrawn.\n"
    assert body == {"receiver": "us-nv", "requested_on": date(2026, 6, 30)}
    assert (stated.kind, withdrawn.head.change) == (Kind.PORTABILITY_REQUEST, Change.WITHDRAWN)


def test_a_request_without_a_day_is_of_today(log: Path) -> None:
    before = datetime.now(UTC).date()
    run(log, ("portability", "ask", "us-oh/P-1", "--to", "us-nv"))
    ((_, body),) = events(log)

    assert before <= body["requested_on"] <= datetime.now(UTC).date()


def test_a_decision_goes_by_the_deciders_own_inbox(log: Path) -> None:
    write(log, [shown(version=3, record_revision=6), shown(version=4, record_revision=7)])
    ran = run(log, (*DECIDE_BY, "partly", "--hours", "12.5", "--counts-as", "ECE/2"))
    ((envelope, body),) = events(log)

    assert ran.out == (
        "us-oh/training/T-9, decided by us-nv: partly; 12.5 clock hours; counts as ECE/2.\n"
    )
    assert (envelope.head.registry, envelope.head.person_id) == ("us-nv", None)
    assert (body["record_revision"], body["match_version"]) == (7, 4)
    assert (body["decision"], body["accepted_hours"]) == ("PARTLY", Decimal("12.5"))


def test_documents_under_another_name_than_the_rules_are_pointed_out(log: Path) -> None:
    write(log, [shown()])
    ran = run(log, (*DECIDE_BY, "pending", "--documents", "certificate,certificat"))
    ((_, body),) = events(log)

    assert "Not asked for by the rules: certificat. They ask for certificate." in ran.out
    assert body["document_received"] == ["certificat", "certificate"]


def test_a_decision_without_inbox_needs_the_revision(log: Path) -> None:
    without = run(log, (*DECIDE_BY, "accepted"))
    given = run(log, (*DECIDE_BY, "accepted", "--revision", "5", "--match-version", "2"))
    ((_, body),) = events(log)

    assert without.code == 1
    assert "--revision" in without.err
    assert given.code == 0
    assert (body["record_revision"], body["match_version"]) == (5, 2)


def test_a_decision_is_taken_back(log: Path) -> None:
    write(log, [shown()])
    run(log, (*DECIDE_BY, "refused"))
    back = run(log, (*DECIDE, "--staff", "S-7", "--withdraw"))
    (stated, _), (withdrawn, _) = events(log)

    assert back.out == "us-oh/training/T-9: decision of us-nv withdrawn.\n"
    assert stated.head.record_id == withdrawn.head.record_id == "us-oh|training|T-9"
    assert withdrawn.head.change is Change.WITHDRAWN


def test_an_appeal_takes_the_office_from_the_settings(log: Path, tmp_path: Path) -> None:
    contacts = tmp_path / "contacts.toml"
    contacts.write_text('[contacts]\nus-oh = "registry office, 614-555-0100"\n', "utf-8")
    ran = run(log, DISPUTE_FOR, HUB_CONTACTS=str(contacts))
    ((envelope, body),) = events(log)

    assert ran.out == "us-oh/training/T-9, answered by us-nv: appeal of us-oh/P-1.\n"
    assert (envelope.kind, envelope.head.person_id) == (Kind.DISPUTE, "P-1")
    assert body["contact"] == "registry office, 614-555-0100"


def test_an_appeal_without_an_office_says_so(log: Path) -> None:
    ran = run(log, DISPUTE_FOR)

    assert "No contact goes with it" in ran.out
    assert events(log)[0][1]["contact"] is None


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ((*GIVE, "course"), 1, "use credential, education, link, training"),
        ((*GIVE, ""), 1, "names no kind"),
        ((*GIVE, "She said so."), 2, "--kinds is a code"),
        (("consent", "give", "us-oh/P-1", "--to", "us-oh", *GIVE[5:], "link"), 1, "both are us-oh"),
        (
            ("consent", "give", "us-oh/P-1", "--to", "us-wi", *GIVE[5:], "link"),
            1,
            "no registry us-wi",
        ),
        (
            ("consent", "give", "us-wi/P-1", "--to", "us-nv", *GIVE[5:], "link"),
            1,
            "no events of us-wi",
        ),
        (("consent", "give", "P-1", "--to", "us-nv", *GIVE[5:], "link"), 1, "us-oh/P-1042"),
        (("portability", "ask", "us-oh/P-1", "--to", "Nevada"), 2, "no registry's code"),
        (
            ("portability", "ask", "us-oh/P-1", "--to", "us-nv", "--requested-on", "May"),
            2,
            "2026-06-30",
        ),
        ((*DECIDE, "--staff", "S-7"), 2, "use accepted, partly, pending, refused"),
        ((*DECIDE_BY, "granted"), 2, "use accepted, partly, pending, refused"),
        ((*DECIDE, "--staff", "Ann Lee", "--decision", "refused"), 2, "--staff is a code"),
        ((*DECIDE_BY, "partly"), 1, "does not say how many of 15 hours"),
        ((*DECIDE_BY, "partly", "--hours", "16"), 1, "16 is more than the 15 hours shown"),
        ((*DECIDE_BY, "partly", "--hours", "a few"), 2, "--hours is a number"),
        ((*DECIDE_BY, "partly", "--hours", "nan"), 1, "from 0 to 999,999"),
        ((*DECIDE_BY, "accepted", "--counts-as", "level; 3"), 2, "such as level-3"),
        ((*DECIDE_BY, "accepted", "--documents", "her diploma"), 2, "--documents is a code"),
        ((*DISPUTE_FOR, "--contact", "one\ntwo"), 2, "one line"),
        ((*DISPUTE, "--reason", "It is wrong!"), 2, "--reason is a code"),
        ((*DISPUTE_FOR[:6], "us-oh", "--reason", "r"), 1, "both are us-oh"),
    ],
)
def test_what_is_off_is_refused_and_nothing_is_sent(
    log: Path, words: tuple[str, ...], code: int, why: str
) -> None:
    write(log, [shown()])

    ran = run(log, words)

    assert ran.code == code
    assert why in ran.err
    assert ran.out == ""
    assert events(log) == []


def test_a_day_to_come_is_refused(log: Path) -> None:
    day = (datetime.now(UTC).date() + timedelta(days=2)).isoformat()
    ran = run(log, (*DECIDE_BY, "accepted", "--revision", "5", "--decided-on", day))

    assert (ran.code, events(log)) == (2, [])
    assert "--decided-on is a day to come" in ran.err


def test_a_log_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.sqlite"

    ran = run(path, (*GIVE, "training"))

    assert ran.code == 1
    assert "there is no log at" in ran.err
    assert not path.exists()
