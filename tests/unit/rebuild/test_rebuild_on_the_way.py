"""A rebuild beside live lanes: cut off and gone on with, one at a time, and whatever is said or
folded meanwhile."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from hub.adapters.sql_scan import scan_store
from hub.domain.rows import Person
from hub.domain.topics import REFERENCE
from hub.errors import ConfigurationError, FatalError, RetryableError
from hub.identity.resolver import Resolver
from hub.lanes.relay import lease
from hub.projections.roots import FOLD_VERSION
from hub.rebuild import run as rebuild_run
from hub.rebuild.lease import NOTE, Lease
from hub.rebuild.run import Rebuild, cancel
from tests.unit.lanes.lane_events import (
    NOW,
    SmallHub,
    profile,
    ssn_token,
    training,
)
from tests.unit.rebuild.rebuild_hub import (
    InterruptedLog,
    derived,
    generation_of,
    ids,
    linked,
    lose_store,
    nevada_accepts,
    newest,
    quiet,
    rebuild,
    run_sql,
)


async def cut_off(hub: SmallHub) -> None:
    """Begin a rebuild and end it as Ctrl-C does, while it folds."""
    reached = asyncio.Event()

    async def wait() -> None:
        reached.set()
        await asyncio.sleep(3_600)

    generation = generation_of(hub)
    work = Rebuild(generation, InterruptedLog(hub.log, wait), hub.keyring, quiet())
    task = asyncio.create_task(work.run())
    await asyncio.wait_for(reached.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    generation.close()


def notes(hub: SmallHub) -> dict[str, str]:
    return {row["name"]: row["text"] for row in hub.rows("SELECT name, text FROM note")}


async def test_a_rebuild_that_was_cut_off_is_gone_on_with(hub: SmallHub) -> None:
    await linked(hub)
    await cut_off(hub)
    generation = generation_of(hub)
    with generation.working() as (tx, _):
        folded = sum(offset for offset, _ in tx.positions.of("records").values())
    generation.close()
    sent = await derived(hub)
    total = sum((await hub.log.ends()).values()) - sum(map(len, [sent]))

    report = await rebuild(hub)

    assert NOTE not in notes(hub)
    assert folded > 0
    assert report.resumed
    assert report.is_well
    assert report.events <= total
    assert await derived(hub) == sent


async def test_what_was_left_can_be_dropped(hub: SmallHub) -> None:
    await linked(hub)
    await cut_off(hub)
    generation = generation_of(hub)

    assert cancel(generation)
    assert not generation.exists()
    assert not cancel(generation)

    assert not (await rebuild(hub)).resumed


async def test_what_another_fold_began_is_thrown_away(hub: SmallHub) -> None:
    await linked(hub)
    await cut_off(hub)
    generation = generation_of(hub)
    with generation.working() as (tx, _):
        tx.set_note("fold_version", "0")
    generation.close()

    report = await rebuild(hub)

    assert not report.resumed
    assert report.is_well


async def test_one_rebuild_runs_at_a_time(hub: SmallHub) -> None:
    await linked(hub)
    other = Lease(hub.store)
    other.take()

    with pytest.raises(ConfigurationError, match="is running"):
        await rebuild(hub)
    with pytest.raises(ConfigurationError, match="is running"):
        cancel(generation_of(hub))

    other.let_go()
    assert (await rebuild(hub)).is_well


async def test_a_rebuild_that_was_killed_is_forgotten_in_time(hub: SmallHub) -> None:
    await linked(hub)
    until_ms = int(time.time() * 1_000) - 1
    with hub.store.transaction() as tx:
        tx.set_note(NOTE, json.dumps({"holder": "gone", "until_ms": until_ms}))

    assert (await rebuild(hub)).is_well


async def test_a_rebuild_that_lost_its_lease_does_not_switch(hub: SmallHub) -> None:
    await linked(hub)
    before = hub.rows("SELECT * FROM record")

    async def lose() -> None:
        with hub.store.transaction() as tx:
            tx.set_note(NOTE, json.dumps({"holder": "another", "until_ms": 1 << 50}))

    generation = generation_of(hub)
    work = Rebuild(generation, InterruptedLog(hub.log, lose), hub.keyring, quiet())
    with pytest.raises(FatalError, match="another one took over"):
        await work.run()

    generation.close()
    assert hub.rows("SELECT * FROM record") == before
    assert "generation" not in notes(hub)


async def test_another_fold_version_is_switched_in_and_not_compared(hub: SmallHub) -> None:
    await linked(hub)
    with hub.store.transaction() as tx:
        tx.set_note("fold_version", "0")

    report = await rebuild(hub)

    assert report.switched
    assert report.compared == ()
    assert report.not_compared == (
        f"Roots of fold versions 0 and {FOLD_VERSION} are not comparable."
    )
    assert notes(hub)["fold_version"] == str(FOLD_VERSION)


async def test_lanes_go_on_during_a_rebuild_and_lose_nothing(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events come, are folded, answered and sent while the generation is made."""
    await linked(hub)
    monkeypatch.setattr(rebuild_run, "SMALL", 0)
    count = 0

    async def more() -> None:
        nonlocal count
        count += 1
        text = nevada_accepts("DENIED" if count % 2 else "FULL", count + 1)
        again = training("R1", hours=str(count), revision=NOW - 1_000 + count)
        await hub.feed(again, training(f"R{count}"), *([text] if count % 2 == 0 else []))

    async def live() -> None:
        if count < 6:
            await more()

    loop = asyncio.get_running_loop()

    def after_the_first_pass(_rebuild: Rebuild) -> None:
        asyncio.run_coroutine_threadsafe(more(), loop).result()

    monkeypatch.setattr(Rebuild, "_scan_live", after_the_first_pass)
    generation = generation_of(hub)
    work = Rebuild(generation, InterruptedLog(hub.log, live), hub.keyring, quiet())
    report = await work.run()
    generation.close()
    await hub.lanes.until_idle()

    records = await derived(hub)
    switched = hub.rows("SELECT registry, kind, record_id, receiver, body FROM match ORDER BY 1, 3")
    kept = scan_store(hub.store)
    lose_store(hub)
    await hub.lanes.until_idle()
    assert count == 7
    assert report.is_well
    assert "matches" in report.compared
    assert kept.differing == []
    assert scan_store(hub.store).kept == kept.kept
    assert len(ids(records)) == len(set(ids(records)))
    found = newest(records)
    for row in switched:
        subject = f"match|us-wi|training_completion|{row['record_id']}|us-nv"
        assert found[subject] == row["body"]


async def test_a_relay_that_is_sending_is_waited_for(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    await linked(hub)
    await hub.log.append([training("R1", hours="9", revision=NOW - 10)])
    await hub.lanes.fold()
    await hub.lanes.derive()
    lease(hub.store)
    monkeypatch.setattr(rebuild_run, "ATTEMPTS_MAX", 2)
    monkeypatch.setattr(rebuild_run, "ATTEMPT_PAUSE_SECONDS", 0.01)

    with pytest.raises(RetryableError, match="the relay is sending"):
        await rebuild(hub)

    run_sql(hub.store, "UPDATE outbox SET claimed_until = 0")
    assert (await rebuild(hub)).is_well


async def test_a_lane_loads_its_index_anew_after_a_switch(hub: SmallHub) -> None:
    await linked(hub)
    held = hub.lanes._identity
    assert held is not None
    # As if it had been loaded from other rows than the switch brings.
    held._state.resolver = Resolver()

    await rebuild(hub)
    await hub.feed(profile(hub.keyring, Person("us-nd", "D1"), [ssn_token(1)]))

    assert len({row["national_id"] for row in hub.rows("SELECT national_id FROM link")}) == 1


async def test_another_log_is_refused(hub: SmallHub) -> None:
    await linked(hub)
    run_sql(
        hub.store,
        "UPDATE position SET leaf = :leaf WHERE lane = 'records' AND topic = :topic",
        leaf=b"of another record",
        topic=REFERENCE,
    )
    before = hub.rows("SELECT * FROM record")

    with pytest.raises(FatalError, match="is not the one"):
        await rebuild(hub)

    assert hub.rows("SELECT * FROM record") == before
