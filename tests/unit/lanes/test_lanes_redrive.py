"""Redrive: a rejected event is tried again by the fold itself, once applied it stays applied."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.adapters.sql_reads import read_state
from hub.adapters.sql_rejected import find_rejected, read_rejected, redrives_of, rejected_by_rule
from hub.bootstrap import NO_DAY
from hub.domain.events import Kind
from hub.domain.rows import ABSENT, APPLIED, HALTED, NOT_REJECTED, REJECTED, Person, Place
from hub.domain.topics import REFERENCE, events_topic
from hub.lanes import records as records_lane
from hub.lanes.redrive import redrive
from hub.wire.codec import FRAME_BYTES
from tests.unit.lanes.lane_events import (
    NOW_MS,
    SmallHub,
    agreement,
    event,
    policy,
    profile,
    ssn_token,
    training,
)

WISCONSIN = events_topic("us-wi")
BAD = Place(WISCONSIN, 0, 1)
LATER_MS = NOW_MS + 60_000


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A program with a mistake: it does not take the first statement of one training."""
    right = records_lane.refusal

    def refusal(said: Any, record: Any) -> str | None:
        if said.record_id == "bad" and said.revision < NOW_MS * 1000:
            return "TOO_LONG"
        return right(said, record)

    monkeypatch.setattr(records_lane, "refusal", refusal)
    return monkeypatch


async def fed(hub: SmallHub) -> None:
    """Three trainings of one person, the second of 30 hours; another account of theirs."""
    await hub.feed(
        training("before"),
        training("bad", hours="30"),
        training("behind"),
        profile(hub.keyring, Person("us-wi", "P1"), [ssn_token(1)]),
        profile(hub.keyring, Person("us-nv", "N1"), [ssn_token(1)]),
    )


def roots(hub: SmallHub) -> tuple[str, str]:
    state = read_state(hub.store, NO_DAY)
    return state.state_root, state.state_root_canonical


async def rebuilt(hub: SmallHub, folder: Path) -> SmallHub:
    """Another store, folded from the same log by the program as it stands."""
    folder.mkdir()
    other = SmallHub(folder)
    other.lanes._log = other.log = hub.log
    other.lanes._identity = hub.lanes._identity.__class__(hub.keyring)  # type: ignore[union-attr]
    await other.lanes.until_idle()
    return other


async def test_an_event_that_a_mended_program_takes_is_applied_and_stays_applied(
    hub: SmallHub, tmp_path: Path, strict: pytest.MonkeyPatch
) -> None:
    await fed(hub)
    assert hub.rejected() == [(WISCONSIN, 1, "TOO_LONG")]

    strict.undo()
    done = await redrive(hub.store, hub.log, [BAD], at_ms=LATER_MS)
    await hub.lanes.until_idle()
    other = await rebuilt(hub, tmp_path / "other")

    assert [each.outcome for each in done] == [APPLIED]
    assert hub.rejected() == other.rejected() == []
    assert roots(hub) == roots(other)
    assert len(hub.rows("SELECT * FROM record WHERE record_id = 'bad' AND hours_e4 = 300000")) == 1
    other.store.close()


async def test_the_registry_is_told_of_the_rejection_and_then_that_it_was_taken_back(
    hub: SmallHub, strict: pytest.MonkeyPatch
) -> None:
    await fed(hub)
    before = {item["place"]: item["withdrawn"] for item in await hub.inbox("us-wi")}

    strict.undo()
    await redrive(hub.store, hub.log, [BAD], at_ms=LATER_MS)
    await hub.lanes.until_idle()
    after = {item["place"]: item["withdrawn"] for item in await hub.inbox("us-wi")}

    assert (before[str(BAD)], after[str(BAD)]) == (False, True)
    versions = [
        row["version"]
        for row in hub.rows(f"SELECT version FROM published WHERE subject LIKE '%rejected|{BAD}'")
    ]
    assert versions == [2]


async def test_redriving_twice_is_as_good_as_once(
    hub: SmallHub, strict: pytest.MonkeyPatch
) -> None:
    await fed(hub)
    strict.undo()
    await redrive(hub.store, hub.log, [BAD], at_ms=LATER_MS)
    await hub.lanes.until_idle()
    before, told = roots(hub), len(await hub.records("registry.us-wi.inbox"))

    done = await redrive(hub.store, hub.log, [BAD, BAD], at_ms=LATER_MS)
    await hub.lanes.until_idle()

    assert [each.outcome for each in done] == [NOT_REJECTED]
    assert roots(hub) == before
    assert len(await hub.records("registry.us-wi.inbox")) == told
    with hub.store.reading() as sql:
        assert [row.outcome for row in redrives_of(sql, BAD)] == [APPLIED]


async def test_what_is_rejected_again_is_counted_and_tells_nobody_again(hub: SmallHub) -> None:
    await hub.feed(training("before"), training("bad", key="P2"))
    told = len(await hub.records("registry.us-wi.inbox"))

    for _ in range(2):
        done = await redrive(hub.store, hub.log, [BAD], at_ms=LATER_MS)
    await hub.lanes.until_idle()

    assert [(each.outcome, each.reason) for each in done] == [(REJECTED, "KEY_NOT_OF_THE_RECORD")]
    with hub.store.reading() as sql:
        seen = find_rejected(sql, BAD)
        (counted,) = rejected_by_rule(sql)
    assert seen is not None
    assert (seen.times, seen.last_ms, seen.row.received_ms) == (3, LATER_MS, NOW_MS)
    assert (counted.registry, counted.events) == ("us-wi", 1)
    assert len(await hub.records("registry.us-wi.inbox")) == told


async def test_another_rule_takes_the_place_of_the_first_as_in_a_rebuild(
    hub: SmallHub, tmp_path: Path, strict: pytest.MonkeyPatch
) -> None:
    await hub.feed(training("before"), training("bad", hours="30"))
    strict.setattr(records_lane, "refusal", lambda *_: "STILL_TOO_LONG")

    await redrive(hub.store, hub.log, [BAD], at_ms=LATER_MS)
    await hub.lanes.until_idle()

    assert hub.rejected() == [(WISCONSIN, 1, "STILL_TOO_LONG")]
    assert [item["rule"] for item in await hub.inbox("us-wi")] == ["STILL_TOO_LONG"]


async def test_a_dry_run_says_what_would_be_and_writes_nothing(
    hub: SmallHub, strict: pytest.MonkeyPatch
) -> None:
    await fed(hub)
    before = roots(hub)
    strict.undo()

    done = await redrive(hub.store, hub.log, [BAD], at_ms=LATER_MS, dry_run=True)

    assert [each.outcome for each in done] == [APPLIED]
    assert hub.rejected() == [(WISCONSIN, 1, "TOO_LONG")]
    assert hub.rows("SELECT * FROM redrive") == []
    assert roots(hub) == before


async def test_positions_stay_where_they_are(hub: SmallHub, strict: pytest.MonkeyPatch) -> None:
    await fed(hub)
    before = hub.rows("SELECT * FROM position ORDER BY lane, topic")
    strict.undo()
    await redrive(hub.store, hub.log, [BAD], at_ms=LATER_MS)

    assert hub.rows("SELECT * FROM position ORDER BY lane, topic") == before


async def test_a_statement_that_was_overtaken_meanwhile_does_not_stand(
    hub: SmallHub, strict: pytest.MonkeyPatch
) -> None:
    """Folding commutes: what came later at the source stands, whichever was folded first."""
    await hub.feed(training("before"), training("bad", hours="30"))
    await hub.feed(training("bad", hours="12", revision=NOW_MS * 1000))
    strict.undo()

    done = await redrive(hub.store, hub.log, [BAD], at_ms=LATER_MS)

    assert [each.outcome for each in done] == [APPLIED]
    assert hub.rows("SELECT hours_e4 FROM record WHERE record_id = 'bad'") == [{"hours_e4": 120000}]
    assert hub.rejected() == []


async def test_reference_and_places_that_are_not_there_have_outcomes_of_their_own(
    hub: SmallHub,
) -> None:
    await hub.feed(policy("us-nv", "no policy at all"), agreement("us-wi", "us-nv"))
    places = [
        Place(REFERENCE, 0, 0),
        Place(REFERENCE, 0, 1),
        Place(REFERENCE, 0, 99),
        Place(REFERENCE, 7, 0),
        Place("registry.us-zz.events", 0, 0),
    ]

    done = await redrive(hub.store, hub.log, places, at_ms=LATER_MS)

    assert [each.outcome for each in done] == [REJECTED, NOT_REJECTED, ABSENT, ABSENT, ABSENT]
    assert [each.place for each in done] == places


async def test_an_event_of_a_schema_that_is_not_known_stays_rejected_and_is_not_counted(
    hub: SmallHub,
) -> None:
    good = training("R2")
    unknown = good.value[:1] + (9_999).to_bytes(4, "big") + good.value[FRAME_BYTES:]
    await hub.feed(training("R1"), training("R2", key="P2"))
    (row,) = hub.rows("SELECT * FROM rejected")
    await hub.log.append([replace(good, value=unknown, headers=())])
    with hub.store.transaction() as tx:
        held = tx.rejections.lock([BAD])[BAD]
        tx.rejections.put([replace(held, log_offset=2)])

    done = await redrive(hub.store, hub.log, [Place(WISCONSIN, 0, 2)], at_ms=LATER_MS)

    assert [each.outcome for each in done] == [HALTED]
    assert row["log_offset"] == 1
    assert hub.rows("SELECT * FROM redrive") == []
    assert len(hub.rejected()) == 2


async def test_a_rebuild_makes_the_same_rejections(hub: SmallHub, tmp_path: Path) -> None:
    await hub.feed(
        training("R1", key="P2"),
        training("R2", revision=-1),
        event(Kind.APPROVAL, "A1", person_id="P1"),
        policy("us-nv", "no policy at all"),
    )
    await redrive(hub.store, hub.log, [Place(WISCONSIN, 0, 0)], at_ms=LATER_MS)

    other = await rebuilt(hub, tmp_path / "other")

    statement = "SELECT * FROM rejected ORDER BY topic, log_offset"
    assert len(hub.rows(statement)) == 4
    assert hub.rows(statement) == other.rows(statement)
    other.store.close()


async def test_lists_can_be_of_one_registry_or_of_one_rule(hub: SmallHub) -> None:
    await hub.feed(
        training("R1", key="P2"),
        training("R1", registry="us-nv", key="P2"),
        training("R2", revision=-1),
    )
    with hub.store.reading() as sql:
        nevada = read_rejected(sql, registry="us-nv", count_max=None)
        empty = read_rejected(sql, reason="KEY_EMPTY", count_max=None)
        first = read_rejected(sql, count_max=1)

    assert [(seen.row.registry, seen.times) for seen in nevada] == [("us-nv", 1)]
    assert [seen.row.place for seen in empty] == [Place(WISCONSIN, 0, 1)]
    assert [seen.row.registry for seen in first] == ["us-nv"]
