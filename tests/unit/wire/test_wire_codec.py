"""Events to bytes and back: nothing is lost, and every damage is one typed error with its place."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import UUID

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.events import Change, Head, Kind, Sealed
from hub.domain.log import LogRecord
from hub.errors import CorruptEventError
from hub.wire.codec import (
    FRAME_BYTES,
    UnknownSchemaError,
    decode_private,
    encode_body,
    encode_private,
    encode_value,
    headers_of,
    open_envelope,
    read_event,
)
from hub.wire.schemas import PRIVATE, load_schemas
from tests.unit.wire.made_up_values import made_up

KINDS = tuple(Kind)
SEALED = Sealed("key-1", b"\x00\x80\xff" * 5)
HEAD = Head(
    event_id="0b6d7a52-1111-5111-8111-0123456789ab",
    registry="us-wi",
    person_id="P-1",
    record_id="R-1",
    revision=1_780_000_000_123_456,
    encoding=1_001_001,
    recorded_at=1_780_000_000_654_321,
    submission_id="s-1",
    submission_row=17,
    synthetic=True,
    change=Change.REVERSED,
)


def generated_bodies(kind: Kind, count: int) -> list[dict[str, Any]]:
    """Bodies that fastavro makes up, the same in every run."""
    return made_up(load_schemas().of(kind).body, count, seed=int(kind))


def as_record(value: bytes, kind: Kind | None = None, offset: int = 41) -> LogRecord:
    headers = () if kind is None else headers_of(kind, HEAD, value)
    return LogRecord(
        topic="registry.us-wi.events",
        partition=3,
        offset=offset,
        append_at_ms=1_780_000_000_000,
        key=b"P-1",
        value=value,
        headers=headers,
    )


@cache
def example(kind: Kind) -> bytes:
    body = encode_body(kind, generated_bodies(kind, 1)[0])
    return encode_value(kind, HEAD, SEALED, body)


def check_names_its_place(error: CorruptEventError) -> None:
    assert (error.topic, error.partition, error.offset) == ("registry.us-wi.events", 3, 41)
    assert error.reason
    assert error.reason in str(error)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_reads_as_it_was_written(kind: Kind) -> None:
    for number, body in enumerate(generated_bodies(kind, 8)):
        sealed = SEALED if number % 2 else None
        value = encode_value(kind, HEAD, sealed, encode_body(kind, body))
        envelope, found = read_event(as_record(value, kind))

        assert (envelope.kind, envelope.head, envelope.sealed) == (kind, HEAD, sealed)
        assert encode_body(kind, found) == envelope.body
        assert found.keys() == body.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_of_the_whole_schema_sees_the_same_values(kind: Kind) -> None:
    """Foreign clients read an event in one piece; we cut head and body apart."""
    schema = load_schemas().of(kind).parsed
    for body in generated_bodies(kind, 4):
        value = encode_value(kind, HEAD, SEALED, encode_body(kind, body))
        buffer = io.BytesIO(value[FRAME_BYTES:])
        whole: Any = fastavro.schemaless_reader(buffer, schema, None)
        envelope, ours = read_event(as_record(value, kind))

        assert buffer.read() == b""
        assert whole["body"] == ours
        assert whole["change"] == envelope.head.change.name
        assert whole["sealed"] == {"key_id": SEALED.key_id, "ciphertext": SEALED.ciphertext}
        meta = whole["meta"]
        assert meta.pop("event_id") == UUID(envelope.head.event_id)
        stamp = meta.pop("recorded_at")
        assert round(stamp.timestamp() * 1_000_000) == envelope.head.recorded_at
        assert meta == {name: getattr(envelope.head, name) for name in meta}


@pytest.mark.parametrize("kind", KINDS)
def test_with_the_digest_every_changed_byte_is_noticed(kind: Kind) -> None:
    value = example(kind)
    headers = headers_of(kind, HEAD, value)
    for damaged in flipped(value):
        with pytest.raises(CorruptEventError) as caught:
            read_event(as_record(damaged)._replace(headers=headers))
        check_names_its_place(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_digest_a_changed_byte_never_escapes_as_another_error(kind: Kind) -> None:
    outcomes = {"corrupt": 0, "unknown": 0, "read": 0}
    for damaged in flipped(example(kind)):
        try:
            read_event(as_record(damaged))
            outcomes["read"] += 1
        except CorruptEventError as error:
            check_names_its_place(error)
            outcomes["corrupt"] += 1
        except UnknownSchemaError:
            outcomes["unknown"] += 1

    assert outcomes["corrupt"] > 0
    assert outcomes["unknown"] > 0


def flipped(value: bytes) -> Iterator[bytes]:
    for at in range(len(value)):
        for mask in (0x01, 0xFF):
            yield value[:at] + bytes([value[at] ^ mask]) + value[at + 1 :]


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_is_cut_off_anywhere_is_corrupt(kind: Kind) -> None:
    value = example(kind)
    for size in range(len(value)):
        with pytest.raises(CorruptEventError) as caught:
            read_event(as_record(value[:size]))
        check_names_its_place(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_behind_the_body_are_refused(kind: Kind) -> None:
    for rest in (b"\x00", b"x", example(kind)):
        with pytest.raises(CorruptEventError, match="bytes follow") as caught:
            read_event(as_record(example(kind) + rest))
        check_names_its_place(caught.value)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=120), kind=st.sampled_from(KINDS))
def test_any_bytes_in_a_frame_are_read_or_corrupt(data: bytes, kind: Kind) -> None:
    value = example(kind)[:FRAME_BYTES] + data
    try:
        envelope, _ = read_event(as_record(value))
    except CorruptEventError as error:
        check_names_its_place(error)
    else:
        assert envelope.kind is kind


@pytest.mark.parametrize("value", [b"", b"\x00", b"\x00\x00\x00\x00", b"\x01" + bytes(50), b"{}"])
def test_a_value_without_a_frame_is_corrupt(value: bytes) -> None:
    with pytest.raises(CorruptEventError, match="frame") as caught:
        open_envelope(as_record(value))
    check_names_its_place(caught.value)


def test_a_tombstone_is_corrupt_and_no_crash() -> None:
    """Kafka gives None for a deleted value."""
    record = as_record(b"")._replace(value=None)  # type: ignore[arg-type]
    with pytest.raises(CorruptEventError, match="frame"):
        read_event(record)


@pytest.mark.parametrize("schema_id", [0, 9_999, 2**31, 2**32 - 1])
def test_an_unknown_schema_is_no_damage(schema_id: int) -> None:
    value = b"\x00" + schema_id.to_bytes(4, "big") + b"whatever"

    with pytest.raises(UnknownSchemaError, match="offset 41") as caught:
        read_event(as_record(value))
    assert caught.value.fix


def test_a_private_part_on_its_own_is_no_event() -> None:
    schema_id = load_schemas().newest[PRIVATE].schema_id
    with pytest.raises(UnknownSchemaError):
        read_event(as_record(b"\x00" + schema_id.to_bytes(4, "big") + bytes(30)))


def test_a_digest_of_another_form_is_corrupt() -> None:
    value = example(Kind.PROFILE)
    for content in (b"", b"00", bytes(32)):
        record = as_record(value)._replace(headers=(("ce_digest", content),))
        with pytest.raises(CorruptEventError, match="digest"):
            read_event(record)


@pytest.mark.parametrize("size", [6, 16, 100])
def test_a_decimal_beyond_its_precision_is_corrupt_and_not_rounded(size: int) -> None:
    body = generated_bodies(Kind.TRAINING_COMPLETION, 1)[0]
    body["clock_hours"] = b"\x7f" * size
    data = encode_body(Kind.TRAINING_COMPLETION, body)

    with pytest.raises(CorruptEventError) as caught:
        read_event(as_record(encode_value(Kind.TRAINING_COMPLETION, HEAD, None, data)))
    check_names_its_place(caught.value)


def test_headers_follow_the_binding_of_cloudevents() -> None:
    value = example(Kind.TRAINING_COMPLETION)
    headers = dict(headers_of(Kind.TRAINING_COMPLETION, HEAD, value))

    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_id"] == HEAD.event_id.encode()
    assert headers["ce_source"] == b"/registries/us-wi"
    assert headers["ce_type"] == b"registryhub.training_completion.v1"
    assert headers["ce_time"] == b"2026-05-28T20:26:40.654321Z"
    assert headers["ce_subject"] == b"P-1"
    assert headers["content-type"] == b"application/avro"
    assert len(headers["ce_digest"]) == 64


def test_a_body_with_a_field_too_many_or_too_few_is_not_written() -> None:
    body = generated_bodies(Kind.CREDENTIAL, 1)[0]
    with pytest.raises(ValueError, match="more fields"):
        encode_body(Kind.CREDENTIAL, {**body, "given_name": "x"})
    with pytest.raises((ValueError, TypeError, AttributeError)):
        encode_body(Kind.CREDENTIAL, {k: v for k, v in body.items() if k != "standing"})


def test_a_private_part_reads_as_it_was_written_and_says_when_damaged() -> None:
    (private,) = made_up(load_schemas().newest[PRIVATE].parsed, 1, seed=5)
    data = encode_private(private)

    assert encode_private(decode_private(data)) == data
    for damaged in (data[:-1], data + b"\x00"):
        with pytest.raises(ValueError, match="body"):
            decode_private(damaged)
