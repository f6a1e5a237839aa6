"""Lapse notices: told once a last day to both registries, taken back when it holds no longer."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.domain.events import Change
from hub.errors import RetryableError
from hub.lanes.catching_up import NOTE
from hub.lanes.lapses import Lapse, Told, Window, read_lapses, tell_lapses, waiting_stamp
from tests.unit.lanes.lane_events import NOW, SmallHub, agreement, policy, profile, ssn_token
from tests.unit.lanes.lane_exchange import consent
from tests.unit.lanes.lane_recognition import (
    NEVADA,
    RULES,
    TODAY,
    WISCONSIN,
    begin,
    credential,
    told,
    withdrawn,
)
from tests.unit.lanes.review_hub import with_empty_store

ENDS = date(2026, 8, 1)


def lapses(hub: SmallHub, day: date = TODAY) -> list[Lapse]:
    with hub.store.transaction() as tx:
        return list(read_lapses(tx, Window(day=day)))


def tell(hub: SmallHub, day: date = TODAY, days: int = 60) -> Told:
    return tell_lapses(hub.store, Window(day=day, days=days), waiting_stamp(hub.store))


def waiting(hub: SmallHub) -> int:
    with hub.store.transaction() as tx:
        return tx.outbox.pending()


async def changed(hub: SmallHub, **fields: Any) -> None:
    """The credential's row is sent again."""
    await hub.feed(credential(revision=NOW - 500, **fields))


async def test_both_registries_are_told_each_about_its_own_person(hub: SmallHub) -> None:
    await begin(hub, credential())

    assert tell(hub) == Told(due=1, taken_back=0, put_off=0)

    (ours,) = await told(hub, "us-nv", "LAPSE")
    (theirs,) = await told(hub, "us-wi", "LAPSE")
    assert (ours["person_ids"], theirs["person_ids"]) == (["N1"], ["P1"])
    for item in (ours, theirs):
        assert (item["sender"], item["judge"], item["kind"]) == ("us-wi", "us-nv", "credential")
        assert (item["record_id"], item["lapses_on"]) == ("C1", ENDS)
        assert item["withdrawn"] is False


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (ENDS - timedelta(days=61), False),
        (ENDS - timedelta(days=60), True),
        (ENDS, True),
        (ENDS + timedelta(days=1), False),
    ],
)
async def test_sixty_days_before_the_last_day_and_on_it_are_in_time(
    hub: SmallHub, day: date, due: bool
) -> None:
    await begin(hub, credential())

    assert bool(lapses(hub, day)) is due


@pytest.mark.parametrize("fields", [{"expires": None}, {"revoked_on": date(2026, 7, 1)}])
async def test_what_does_not_end_by_its_last_day_is_no_lapse(
    hub: SmallHub, fields: dict[str, Any]
) -> None:
    await begin(hub, credential(**fields))

    assert lapses(hub) == []


async def test_what_the_receiver_does_not_accept_is_no_lapse(hub: SmallHub) -> None:
    await begin(hub, credential())
    text = RULES.replace("revision = 1", "revision = 2")
    await hub.feed(policy("us-nv", text.replace('outcome = "FULL"', 'outcome = "NEEDS_REVIEW"'), 2))

    assert lapses(hub) == []


async def test_telling_every_day_says_it_once(hub: SmallHub) -> None:
    await begin(hub, credential())
    tell(hub)
    await hub.lanes.relay()
    before = len(await hub.records("registry.us-nv.inbox"))

    for days in range(1, 40):
        assert tell(hub, TODAY + timedelta(days=days)).taken_back == 0
    await changed(hub)
    tell(hub)

    assert waiting(hub) == 0
    items = await hub.records("registry.us-nv.inbox")
    assert len(items) == before + 1, "the match of the later revision alone"


async def test_a_renewed_credential_takes_the_notice_back_and_is_told_of_in_its_time(
    hub: SmallHub,
) -> None:
    await begin(hub, credential())
    tell(hub)
    await changed(hub, expires=date(2027, 8, 1))

    assert tell(hub).taken_back == 2
    assert await withdrawn(hub, "us-nv", "LAPSE") == [True]
    assert await withdrawn(hub, "us-wi", "LAPSE") == [True]

    assert tell(hub, date(2027, 7, 1)).due == 1
    (item,) = await told(hub, "us-nv", "LAPSE")
    assert (item["withdrawn"], item["lapses_on"]) == (False, date(2027, 8, 1))


async def test_a_last_day_that_moves_within_the_window_is_told_anew_and_not_taken_back(
    hub: SmallHub,
) -> None:
    await begin(hub, credential())
    tell(hub)
    await changed(hub, expires=date(2026, 8, 15))

    assert tell(hub) == Told(due=1, taken_back=0, put_off=0)
    (item,) = await told(hub, "us-nv", "LAPSE")
    assert item["lapses_on"] == date(2026, 8, 15)


async def test_an_answer_that_changed_takes_the_notice_back(hub: SmallHub) -> None:
    await begin(hub, credential())
    tell(hub)
    text = RULES.replace("revision = 1", "revision = 2")
    on_trainings = text.partition('id = "any-credential"')[0].rpartition("[[")[0]
    await hub.feed(policy("us-nv", on_trainings, 2))

    assert tell(hub).taken_back == 2


async def test_a_notice_whose_day_has_come_stands(hub: SmallHub) -> None:
    await begin(hub, credential())
    tell(hub)

    assert tell(hub, ENDS + timedelta(days=30)).taken_back == 0
    assert await withdrawn(hub, "us-nv", "LAPSE") == [False]


async def test_an_earlier_day_takes_nothing_back_that_was_rightly_told(hub: SmallHub) -> None:
    await begin(hub, credential())
    tell(hub)

    assert tell(hub, TODAY - timedelta(days=200)).taken_back == 0


async def test_without_an_agreement_nobody_is_told_and_its_end_takes_back(hub: SmallHub) -> None:
    await begin(hub, credential(), shared=False)
    assert tell(hub).due == 0
    assert [each.is_shared for each in lapses(hub)] == [False]

    await hub.feed(agreement("us-wi", "us-nv"))
    assert tell(hub).due == 1

    await hub.feed(agreement("us-wi", "us-nv", in_force=False))
    assert tell(hub).taken_back == 2
    (item,) = await told(hub, "us-nv", "LAPSE")
    assert (item["withdrawn"], item["person_ids"], item["lapses_on"]) == (True, [], None)


async def test_a_consent_opens_it_and_its_withdrawal_closes_it(hub: SmallHub) -> None:
    await begin(hub, credential(), consent(WISCONSIN, "us-nv", "credential"), shared=False)
    assert tell(hub).due == 1

    withdrawn_consent = {"change": Change.WITHDRAWN, "revision": NOW - 500}
    await hub.feed(consent(WISCONSIN, "us-nv", "credential", **withdrawn_consent))
    assert tell(hub).taken_back == 2


async def test_a_person_who_is_unlinked_takes_it_back(hub: SmallHub) -> None:
    await begin(hub, credential())
    tell(hub)
    await hub.feed(profile(hub.keyring, NEVADA, [ssn_token(9)], revision=NOW - 500))

    assert [row["n"] for row in hub.rows("SELECT count(*) AS n FROM match")] == [0]
    assert tell(hub).taken_back == 2


async def test_while_answers_are_worked_out_an_absent_one_takes_nothing_back(
    hub: SmallHub,
) -> None:
    await begin(hub, credential())
    tell(hub)
    with hub.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM match")
        connection.exec_driver_sql(
            "INSERT INTO touch (kind, key, stamp, priority, touched_ms)"
            " VALUES ('person', 'us-wi|P1', 1000, 0, 0)"
        )

    assert tell(hub) == Told(due=0, taken_back=0, put_off=2)
    await hub.lanes.until_idle()
    assert tell(hub) == Told(due=1, taken_back=0, put_off=0)
    assert waiting(hub) == 0


async def test_a_store_that_is_being_filled_tells_nobody(hub: SmallHub, tmp_path: Path) -> None:
    await begin(hub, credential())
    tell(hub)
    with hub.store.transaction() as tx:
        tx.set_note(NOTE, "[]")

    with pytest.raises(RetryableError, match="being filled"):
        tell(hub)

    (tmp_path / "empty").mkdir()
    empty = SmallHub(tmp_path / "empty")
    with pytest.raises(RetryableError, match="being filled"):
        tell(empty)
    empty.store.close()


async def test_another_store_over_the_log_says_nothing_again(hub: SmallHub, tmp_path: Path) -> None:
    await begin(hub, credential())
    tell(hub)
    await hub.lanes.relay()

    other = await with_empty_store(hub, tmp_path / "other")

    assert tell(other) == Told(due=1, taken_back=0, put_off=0)
    assert waiting(other) == 0
    other.store.close()


async def test_record_ids_may_hold_the_bar_that_parts_a_subject(hub: SmallHub) -> None:
    await begin(hub, credential("C|1|us-nd"))
    tell(hub)
    await hub.feed(credential("C|1|us-nd", expires=date(2030, 1, 1), revision=NOW - 500))

    assert tell(hub).taken_back == 2
    (item,) = await told(hub, "us-nv", "LAPSE")
    assert item["withdrawn"] is True
