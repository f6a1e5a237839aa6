"""The lanes' consumer: each record once and in turn, whatever the group and the store do."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    IllegalStateError,
    KafkaConnectionError,
    KafkaError,
    NoOffsetForPartitionError,
)
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.log import LogRecord
from hub.errors import ConfigurationError, FatalError, FencedError, LogDivergedError, RetryableError
from hub.lanes.checks import HoleError, fresh_run
from hub.stream import consumer as module
from hub.stream import patience
from tests.unit.stream.stream_doubles import (
    PAIR,
    PLACE,
    NotingLane,
    ScriptedMember,
    grow,
    log_of,
    record,
    until,
)


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONNECT_SECONDS", "JOIN_SECONDS"):
        monkeypatch.setattr(module, name, 0.01)
    monkeypatch.setattr(patience, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(patience, "MOST_SECONDS", 0.01)


@given(st.lists(st.integers(min_value=0, max_value=12), max_size=30), st.integers(0, 12))
def test_a_walk_skips_what_was_applied_and_never_passes_a_hole(
    offsets: list[int], expected: int
) -> None:
    records = [record(offset) for offset in offsets]

    def walked() -> list[LogRecord]:
        return fresh_run(records, expected)

    following = expected
    for offset in offsets:
        if offset > following:
            with pytest.raises(HoleError):
                walked()
            return
        if offset == following:
            following += 1
    assert [r.offset for r in walked()] == list(range(expected, following))


async def test_an_empty_store_is_filled_from_the_first_record_on() -> None:
    log, lane = await log_of(7), NotingLane()
    member = ScriptedMember(log)
    await until(member, lane, log, lambda: len(lane.applied) == 7)

    assert lane.offsets == list(range(7))
    assert member.seeks == [(PAIR, 0)]
    assert (member.started, member.stopped) == (1, 1)


async def test_a_lane_goes_on_where_the_store_stands() -> None:
    log, lane = await log_of(7), NotingLane()
    await until(ScriptedMember(log), lane, log, lambda: len(lane.applied) == 7)
    await grow(log, 2)
    member = ScriptedMember(log)
    await until(member, lane, log, lambda: len(lane.applied) == 9)

    assert lane.offsets == list(range(9))
    assert member.seeks == [(PAIR, 6)]


async def test_records_given_twice_after_a_rebalance_are_applied_once() -> None:
    log, lane = await log_of(6), NotingLane()
    member = ScriptedMember(log)
    member.script = [
        {PAIR: [record(0), record(1), record(2)]},
        {PAIR: [record(1), record(2), record(3), record(2), record(3)]},
        {PAIR: [record(0), record(1)]},
        {PAIR: [record(4), record(5)]},
    ]
    await until(member, lane, log, lambda: len(lane.applied) == 6)

    assert lane.offsets == list(range(6))
    assert member.seeks == [(PAIR, 0)]


async def test_a_hole_is_never_passed_but_sought_again() -> None:
    log, lane = await log_of(6), NotingLane()
    member = ScriptedMember(log)
    member.script = [{PAIR: [record(0), record(1)]}, {PAIR: [record(2), record(4), record(5)]}]
    await until(member, lane, log, lambda: len(lane.applied) == 6)

    assert lane.offsets == list(range(6))
    assert member.seeks == [(PAIR, 0), (PAIR, 1)]


@pytest.mark.parametrize(
    "error", [FencedError("taken"), RetryableError("no answer from the store")], ids=repr
)
async def test_a_batch_that_was_rolled_back_is_read_again_from_the_store(error: Exception) -> None:
    log, lane = await log_of(6), NotingLane(errors=[error])
    member = ScriptedMember(log)
    await until(member, lane, log, lambda: len(lane.applied) == 6)

    assert lane.offsets == list(range(6))
    assert member.seeks == [(PAIR, 0), (PAIR, 0)]
    assert lane.assignments == 2
    assert member.started == 1


async def test_what_another_worker_applied_is_not_applied_again() -> None:
    log, lane = await log_of(6), NotingLane()
    other = NotingLane()
    await until(ScriptedMember(log), other, log, lambda: len(other.applied) == 6)
    member = ScriptedMember(log)

    def taken_over() -> dict[object, list[LogRecord]]:
        lane.store.held.update(other.store.held)
        return {PAIR: [record(0), record(1)]}

    member.script = [taken_over]
    await until(member, lane, log, lambda: len(member.seeks) == 2)

    assert lane.applied == []
    assert member.seeks == [(PAIR, 0), (PAIR, 5)]


@pytest.mark.parametrize(
    "error",
    [NoOffsetForPartitionError(PAIR), IllegalStateError("not assigned")],
    ids=lambda error: type(error).__name__,
)
async def test_what_overlaps_with_a_rebalance_is_put_right_by_the_same_member(
    error: KafkaError,
) -> None:
    log, lane = await log_of(3), NotingLane()
    member = ScriptedMember(log)
    member.script = [error]
    await until(member, lane, log, lambda: len(lane.applied) == 3)

    assert lane.offsets == [0, 1, 2]
    assert member.started == 1


async def test_a_broken_membership_is_begun_anew() -> None:
    log, lane = await log_of(3), NotingLane()
    member = ScriptedMember(log)
    member.script = [KafkaConnectionError("gone"), KafkaError("coordination ended")]
    await until(member, lane, log, lambda: len(lane.applied) == 3)

    assert lane.offsets == [0, 1, 2]
    assert member.started == member.stopped == 3


async def test_a_member_whose_broker_is_gone_is_replaced_though_its_driver_says_cancelled() -> None:
    log, lane = await log_of(3), NotingLane()
    member = ScriptedMember(log)
    member.script = [KafkaConnectionError("gone")]
    member.stop_errors = [asyncio.CancelledError()]
    await until(member, lane, log, lambda: len(lane.applied) == 3)

    assert lane.offsets == [0, 1, 2]
    assert member.started == 2


async def test_records_of_a_partition_that_was_taken_away_are_dropped() -> None:
    log, lane = await log_of(3), NotingLane()
    member = ScriptedMember(log)
    given = member.getmany

    async def taken_away(**options: int) -> object:
        found = await given(**options)
        if member.started and not lane.applied and len(member.seeks) == 1:
            await member.rebalance([PAIR])
        return found

    member.getmany = taken_away
    await until(member, lane, log, lambda: len(lane.applied) == 3)

    assert lane.offsets == [0, 1, 2]
    assert member.seeks == [(PAIR, 0), (PAIR, 0)]


async def test_a_log_that_lost_what_was_folded_stops_the_lane() -> None:
    log, lane = await log_of(7), NotingLane()
    await until(ScriptedMember(log), lane, log, lambda: len(lane.applied) == 7)
    shorter = await log_of(3)
    member = ScriptedMember(shorter)
    with pytest.raises(LogDivergedError):
        await until(member, lane, shorter, lambda: False)

    assert member.seeks == []
    assert member.stopped == 1


async def test_a_log_with_another_record_before_the_position_stops_the_lane() -> None:
    log, lane = await log_of(7), NotingLane()
    lane.store.held[PLACE] = (3, b"\0" * 32)
    with pytest.raises(LogDivergedError):
        await until(ScriptedMember(log), lane, log, lambda: False)

    assert lane.applied == []


async def test_a_partition_that_needs_a_newer_hub_waits_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log, lane = await log_of(6), NotingLane(halts_at=4)
    member = ScriptedMember(log)
    await until(member, lane, log, lambda: member.paused)

    assert lane.offsets == [0, 1, 2, 3]
    assert member.paused == {PAIR}
    assert "offset 4" in caplog.text


async def test_a_fatal_error_is_not_tried_again() -> None:
    log, lane = await log_of(3), NotingLane(errors=[FatalError("no key")])
    with pytest.raises(FatalError, match="no key"):
        await until(ScriptedMember(log), lane, log, lambda: False)

    assert lane.applied == []


async def test_a_refused_member_without_partitions_learns_why() -> None:
    log, lane = await log_of(3), NotingLane()
    member = ScriptedMember(log, pairs=())
    member.script = [GroupAuthorizationFailedError("hub-records")]
    with pytest.raises(ConfigurationError, match="GroupAuthorizationFailedError"):
        await until(member, lane, log, lambda: False)

    assert member.stopped == 1


async def test_a_batch_is_read_and_taken_apart_while_the_one_before_is_committed() -> None:
    log, lane = await log_of(6), NotingLane(commit_seconds=0.05)
    opened_while_committing: list[bool] = []
    member = ScriptedMember(log)
    member.script = [{PAIR: [record(n)]} for n in range(6)]
    opens, commits = lane._open, lane._commit
    committing = [0]

    def opening(runs: object) -> object:
        opened_while_committing.append(bool(committing[0]))
        return opens(runs)  # type: ignore[arg-type]

    def commit(runs: object) -> None:
        committing[0] += 1
        assert committing[0] == 1, "two commits at once"
        commits(runs)  # type: ignore[arg-type]
        committing[0] -= 1

    lane._open, lane._commit = opening, commit  # type: ignore[method-assign, assignment]
    await until(member, lane, log, lambda: len(lane.applied) == 6)

    assert lane.offsets == list(range(6))
    assert any(opened_while_committing)


async def test_what_was_read_ahead_of_a_failed_batch_is_dropped() -> None:
    log = await log_of(6)
    lane = NotingLane(errors=[RetryableError("no answer")], commit_seconds=0.02)
    member = ScriptedMember(log)
    member.script = [{PAIR: [record(0), record(1)]}, {PAIR: [record(2), record(3)]}]
    await until(member, lane, log, lambda: len(lane.applied) == 6)

    assert lane.offsets == list(range(6))
    assert member.seeks == [(PAIR, 0), (PAIR, 0)]


async def asked_for(lane: NotingLane, count: int) -> list[int]:
    """How many records each fetch asked for, one record given at a time."""
    log = await log_of(count)
    member = ScriptedMember(log)
    given, asked = member.getmany, []

    async def noted(*, timeout_ms: int, max_records: int) -> object:
        asked.append(max_records)
        return await given(timeout_ms=timeout_ms, max_records=1)

    member.getmany = noted  # type: ignore[method-assign, assignment]
    await until(member, lane, log, lambda: len(lane.applied) == count)
    assert lane.offsets == list(range(count))
    return asked


async def test_batches_begin_small_and_grow_to_their_bound() -> None:
    asked = await asked_for(NotingLane(), 8)

    assert asked[0] == module.RECORDS_FIRST
    assert asked == sorted(asked)
    assert asked[-1] == module.RECORDS_MAX


async def test_batches_become_smaller_while_the_store_fails() -> None:
    asked = await asked_for(NotingLane(errors=[RetryableError("too slow")] * 6), 3)

    assert min(asked) == module.RECORDS_MIN
    assert asked[-1] > module.RECORDS_MIN


async def test_a_rebalance_lets_the_batch_under_way_end_first() -> None:
    log, lane = await log_of(4), NotingLane(commit_seconds=0.1)
    member = ScriptedMember(log)
    applied_at_hand_over: list[int] = []

    def hand_over() -> dict[object, list[LogRecord]]:
        return {}

    member.script = [{PAIR: [record(0), record(1)]}, hand_over]
    given = member.rebalance

    async def until_committing() -> None:
        while not lane.assignments or member.script:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        await member.listener.on_partitions_revoked({PAIR})
        applied_at_hand_over.append(len(lane.applied))
        await given([PAIR])

    task = asyncio.create_task(until_committing())
    await until(member, lane, log, lambda: len(lane.applied) == 4)
    await task

    assert applied_at_hand_over == [2]
    assert lane.offsets == [0, 1, 2, 3]


async def test_a_partition_that_waits_for_a_newer_hub_is_told_to_the_store() -> None:
    log, lane = await log_of(6), NotingLane(halts_at=4)
    member = ScriptedMember(log)
    await until(member, lane, log, lambda: member.paused and len(lane.applied) == 4)

    assert lane.store.notes == {f"halted|records|{PLACE}": "4"}


async def test_a_last_batch_that_fails_does_not_fail_the_worker_that_leaves() -> None:
    log = await log_of(3)
    lane = NotingLane(errors=[FencedError("taken")], commit_seconds=0.1)
    member = ScriptedMember(log)
    await until(member, lane, log, lambda: member.positions.get(PAIR) == 3)

    assert member.stopped == 1
