"""Membership in a group: what ends it, what only lengthens it, and when a log counts as another."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import InvalidSessionTimeoutError, KafkaConnectionError, KafkaError

from hub.adapters.kafka_clients import leave
from hub.errors import ConfigurationError, LogDivergedError, RetryableError
from hub.stream.membership import Membership, raise_if_final
from hub.stream.proof import LOOKS_MAX, Proof
from tests.unit.stream.stream_doubles import PLACE


def test_a_session_too_short_is_told_with_its_remedy_even_where_the_driver_wraps_it() -> None:
    wrapped = KafkaError("Unexpected error during coordination")
    wrapped.__cause__ = InvalidSessionTimeoutError()
    with pytest.raises(ConfigurationError) as caught:
        raise_if_final("records lane", wrapped)

    assert "group.min.session.timeout.ms" in str(caught.value.fix)


def test_a_lost_broker_is_no_reason_to_end() -> None:
    assert raise_if_final("records lane", KafkaConnectionError("gone")) is None


def test_an_end_told_too_low_is_looked_at_again_before_the_log_counts_as_diverged() -> None:
    proof = Proof()
    for _ in range(LOOKS_MAX - 1):
        with pytest.raises(RetryableError, match="looks again"):
            proof.begin({PLACE: 2}, {PLACE: (3, b"leaf")})
    with pytest.raises(LogDivergedError):
        proof.begin({PLACE: 2}, {PLACE: (3, b"leaf")})


def test_a_broker_that_refuses_a_short_session_gets_a_longer_one_and_the_log_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    members = Membership("127.0.0.1:1", {})
    refused = KafkaError("Unexpected error during coordination")
    refused.__cause__ = InvalidSessionTimeoutError()

    async def join(lane: str) -> int:
        member = members.member(lane)
        await leave(member)
        return int(member._session_timeout_ms)

    async def joined() -> list[int]:
        return [await join("records"), await join("identity")]

    assert asyncio.run(joined()) == [3_000, 3_000]
    assert members.asks_for_longer("records", refused)
    assert members.asks_for_longer("identity", refused)
    assert asyncio.run(joined()) == [6_000, 6_000]
    assert not members.asks_for_longer("records", refused)
    assert not members.asks_for_longer("records", KafkaConnectionError("gone"))
    assert caplog.text.count("allows no session of 3000 ms") == 1
