"""The leaf of a log record changes with everything that may not change."""

from __future__ import annotations

import pytest

from hub.domain.log import LogRecord
from hub.wire.leaf import leaf_of

RECORD = LogRecord(
    topic="registry.us-wi.events",
    partition=0,
    offset=7,
    append_at_ms=1_780_000_000_000,
    key=b"P1",
    value=b"value",
    headers=(("ce_id", b"1"), ("ce_type", b"t")),
)


@pytest.mark.parametrize(
    "changed",
    [
        RECORD._replace(append_at_ms=RECORD.append_at_ms - 1),
        RECORD._replace(key=b"P2"),
        RECORD._replace(value=b"valuf"),
        RECORD._replace(headers=(("ce_id", b"2"), ("ce_type", b"t"))),
        RECORD._replace(headers=(("ce_id", b"1t"), ("ce_type", b""))),
        RECORD._replace(headers=(("ce_id", b"1"),)),
    ],
)
def test_what_may_not_change_changes_the_leaf(changed: LogRecord) -> None:
    assert leaf_of(changed) != leaf_of(RECORD)


@pytest.mark.parametrize(
    "same",
    [
        RECORD._replace(offset=8),
        RECORD._replace(headers=(*RECORD.headers, ("trace", b"x"))),
    ],
)
def test_what_brokers_and_tracers_add_does_not(same: LogRecord) -> None:
    assert leaf_of(same) == leaf_of(RECORD)


def test_a_leaf_is_thirty_two_bytes_without_key_and_headers_too() -> None:
    assert len(leaf_of(RECORD._replace(key=None, headers=()))) == 32
