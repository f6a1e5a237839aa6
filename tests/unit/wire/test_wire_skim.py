"""The reader of some fields against fastavro: equal values, and never laxer than fastavro is."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.events import Kind
from hub.errors import ConfigurationError
from hub.wire.codec import decode_body
from hub.wire.head import pack_long
from hub.wire.schemas import Schema, load_schemas
from hub.wire.skim import skim_of
from tests.unit.lanes.lane_events import body_for
from tests.unit.wire.skim_samples import (
    answer,
    damaged,
    paths_of,
    read_whole,
    values_of,
    with_raw,
    written,
)

SCHEMAS = sorted(load_schemas().by_id)
TRAINING = Kind.TRAINING_COMPLETION
DAYS = ((date.min - date(1970, 1, 1)).days, (date.max - date(1970, 1, 1)).days)


def schema_of(kind: Kind) -> Schema:
    return load_schemas().of(kind)


def check_accepted_alike(schema: Schema, data: bytes) -> bool:
    """Whether the reader takes the bytes; what it takes fastavro and the codec read as it does."""
    wanted = tuple(paths_of(schema.body))
    try:
        found = skim_of(schema.schema_id, wanted)(data)
    except ValueError:
        return False
    value = read_whole(schema.body, data)
    # As text, since a damaged number may be none, which equals nothing, itself included.
    assert repr(found) == repr(tuple(answer(value, schema.body, path) for path in wanted))
    assert skim_of(schema.schema_id, ())(data) == ()
    decoded = decode_body(schema.schema_id, data)
    assert repr({name: decoded[name] for name in value}) == repr(value)
    return True


@pytest.mark.parametrize("schema_id", SCHEMAS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_field_of_every_schema_reads_as_fastavro_reads_it(
    schema_id: int, data: st.DataObject
) -> None:
    schema = load_schemas().by_id[schema_id]
    value = data.draw(values_of(schema.body))

    assert check_accepted_alike(schema, written(schema.body, value))


@pytest.mark.parametrize("schema_id", SCHEMAS)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_whatever_is_accepted_of_damaged_bytes_fastavro_reads_alike(
    schema_id: int, data: st.DataObject
) -> None:
    schema = load_schemas().by_id[schema_id]
    whole = written(schema.body, data.draw(values_of(schema.body)))

    check_accepted_alike(schema, data.draw(damaged(whole)))


@pytest.mark.parametrize("schema_id", SCHEMAS)
@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=60) | st.text("\x00\x02\x04", max_size=60).map(str.encode))
def test_whatever_is_accepted_of_any_bytes_fastavro_reads_alike(
    schema_id: int, data: bytes
) -> None:
    check_accepted_alike(load_schemas().by_id[schema_id], data)


@pytest.mark.parametrize("kind", [TRAINING, Kind.PROFILE, Kind.SUBMISSION])
def test_every_byte_that_is_missing_or_too_many_is_noticed(kind: Kind) -> None:
    schema = schema_of(kind)
    data = written(schema.body, body_for(kind))
    skim = skim_of(schema.schema_id, ())

    for size in range(len(data)):
        with pytest.raises(ValueError, match=r"cut off|past the end|than there are bytes"):
            skim(data[:size])
    with pytest.raises(ValueError, match="bytes follow"):
        skim(data + b"\x00")


@pytest.mark.parametrize("kind", [TRAINING, Kind.PROFILE, Kind.SUBMISSION, Kind.APPROVAL])
def test_every_changed_byte_is_refused_or_read_alike(kind: Kind) -> None:
    schema = schema_of(kind)
    data = written(schema.body, body_for(kind))
    taken = [
        check_accepted_alike(schema, data[:at] + bytes([byte]) + data[at + 1 :])
        for at in range(len(data))
        for byte in range(256)
    ]

    assert {True, False} == set(taken)


AREA = {"area": "01", "own_area": "x", "clock_hours": None}
ROW = written(
    next(f for f in schema_of(TRAINING).body["fields"] if f["name"] == "areas")["type"]["items"],
    AREA,
)


@pytest.mark.parametrize(
    ("kind", "field", "raw", "expected"),
    [
        (TRAINING, "approval_code", b"\x02\x82\x00A", "A"),  # Numbers may be longer than needed.
        (TRAINING, "completed_on", b"\x02" + pack_long(DAYS[0]), DAYS[0]),
        (TRAINING, "completed_on", b"\x02" + pack_long(DAYS[1]), DAYS[1]),
        (TRAINING, "completed_on", b"\x02\x80\x80\x00", 0),
        (TRAINING, "clock_hours", b"\x02\x00", 0),
        (TRAINING, "clock_hours", b"\x02\x04\xff\xff", -1),
        (TRAINING, "clock_hours", b"\x02\x0c\x00\xe8\xd4\xa5\x0f\xff", 999_999_999_999),
        (TRAINING, "verification", b"\x80\x00", "VERIFIED"),
        (TRAINING, "areas.own_area", b"\x02" + ROW + b"\x04" + ROW * 2 + b"\x00", ["x"] * 3),
        (TRAINING, "areas.own_area", b"\x03\x00" + ROW * 2 + b"\x00", ["x"] * 2),
        (TRAINING, "areas.clock_hours", b"\x01\xff\xff\x03" + ROW + b"\x00", [None]),
        (Kind.SUBMISSION, "token_epoch", pack_long(2**31 - 1), 2**31 - 1),
        (Kind.SUBMISSION, "token_epoch", pack_long(-(2**31)), -(2**31)),
    ],
)
def test_unusual_bytes_are_read(kind: Kind, field: str, raw: bytes, expected: Any) -> None:
    schema = schema_of(kind)
    data = with_raw(schema.body, body_for(kind), {field.partition(".")[0]: raw})

    assert skim_of(schema.schema_id, (field,))(data) == (expected,)
    assert check_accepted_alike(schema, data)


@pytest.mark.parametrize(
    ("kind", "field", "raw", "words"),
    [
        (TRAINING, "approval_code", b"\x01", "approval_code has no such branch"),
        (TRAINING, "approval_code", b"\x03", "approval_code has no such branch"),
        (TRAINING, "approval_code", b"\x04", "approval_code has no such branch"),
        (TRAINING, "approval_code", b"\x80\x00", "approval_code has no such branch"),
        (TRAINING, "approval_code", b"\x02\x01", "negative length"),
        (TRAINING, "approval_code", b"\x02" + pack_long(-(2**63)), "negative length"),
        (TRAINING, "approval_code", b"\x02" + pack_long(2**62), "past the end"),
        (TRAINING, "approval_code", b"\x02\x02\xff", "UTF-8"),
        (TRAINING, "approval_code", b"\x02\x06\xed\xa0\x80", "UTF-8"),
        (TRAINING, "approval_code", b"\x02" + b"\xff" * 9 + b"\x7f", "too long"),
        (TRAINING, "approval_code", b"\x02" + b"\x82" * 10 + b"\x00", "too long"),
        (TRAINING, "verification", b"\x01", "no such symbol"),
        (TRAINING, "verification", pack_long(99), "no such symbol"),
        (TRAINING, "verification", pack_long(-(2**63)), "no such symbol"),
        (TRAINING, "state_approved", b"\x02\x02", "neither true nor false"),
        (TRAINING, "state_approved", b"\x02\xff", "neither true nor false"),
        (TRAINING, "completed_on", b"\x02" + pack_long(DAYS[1] + 1), "out of range"),
        (TRAINING, "completed_on", b"\x02" + pack_long(DAYS[0] - 1), "out of range"),
        (TRAINING, "clock_hours", b"\x02\x0c\x00\xe8\xd4\xa5\x10\x00", "too many digits"),
        (TRAINING, "clock_hours", b"\x02\x0c\xff\x17\x2b\x5a\xf0\x00", "too many digits"),
        (TRAINING, "areas", pack_long(-(2**63)) + b"\x00", "than there are bytes"),
        (TRAINING, "areas", pack_long(2**63 - 1), "than there are bytes"),
        (TRAINING, "areas", b"\x04" + ROW + b"\x00", "cut off|past the end|branch|UTF-8"),
        (Kind.SUBMISSION, "token_epoch", pack_long(2**31), "out of range"),
        (Kind.SUBMISSION, "token_epoch", pack_long(-(2**31) - 1), "out of range"),
    ],
)
def test_damage_is_refused_with_its_place(kind: Kind, field: str, raw: bytes, words: str) -> None:
    schema = schema_of(kind)
    data = with_raw(schema.body, body_for(kind), {field: raw})

    for wanted in ((), (field,)) if field != "areas" else ((), ("areas.area",)):
        with pytest.raises(ValueError, match=words):
            skim_of(schema.schema_id, wanted)(data)


@pytest.mark.parametrize("count", [2**20, 2**31, 2**62, -(2**20), -(2**62)])
def test_a_few_bytes_that_claim_millions_of_rows_cost_no_time(count: int) -> None:
    for kind, field in ((TRAINING, "areas"), (TRAINING, "ccdf_topics"), (Kind.SUBMISSION, "files")):
        schema = schema_of(kind)
        data = with_raw(schema.body, body_for(kind), {field: pack_long(count) + b"\x00" * 5})
        started = time.process_time()
        with pytest.raises(ValueError, match="than there are bytes"):
            skim_of(schema.schema_id, ())(data)
        with pytest.raises(ValueError, match="body"):
            decode_body(schema.schema_id, data)
        assert time.process_time() - started < 0.5


def test_rows_that_a_long_body_claims_cost_as_much_as_its_bytes() -> None:
    """As many empty texts as there are bytes, and as many blocks as there are bytes."""
    schema = schema_of(TRAINING)
    skim = skim_of(schema.schema_id, ("approval_code",))
    count = 200_000
    for raw in (pack_long(count) + bytes(count) + b"\x00", b"\x02\x00" * count + b"\x00"):
        data = with_raw(schema.body, body_for(TRAINING), {"ccdf_topics": raw})
        started = time.process_time()
        assert skim(data) == (None,)
        assert time.process_time() - started < 2


def test_a_field_that_a_version_lacks_is_nothing() -> None:
    schema = schema_of(TRAINING)
    data = written(schema.body, body_for(TRAINING, approval_code="A"))

    assert skim_of(schema.schema_id, ("later", "approval_code"))(data) == (None, "A")


@pytest.mark.parametrize("path", ["areas", "ccdf_topics"])
def test_rows_as_a_whole_cannot_be_asked_for(path: str) -> None:
    with pytest.raises(ConfigurationError, match=path):
        skim_of(schema_of(TRAINING).schema_id, (path,))
