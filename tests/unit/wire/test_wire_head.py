"""The head that all events share: packed as Avro packs it, split strictly."""

from __future__ import annotations

import io

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.events import Change, Head, Sealed
from hub.wire.head import HeadError, pack_bytes, pack_head, pack_long, pack_sealed, split_head

LONGS = st.integers(min_value=-(2**63), max_value=2**63 - 1)
TEXTS = st.text(max_size=12)
HEADS = st.builds(
    Head,
    event_id=TEXTS,
    registry=TEXTS,
    person_id=st.none() | TEXTS,
    record_id=TEXTS,
    revision=LONGS,
    encoding=LONGS,
    recorded_at=LONGS,
    submission_id=st.none() | TEXTS,
    submission_row=st.none() | st.integers(min_value=0, max_value=2**31 - 1),
    synthetic=st.booleans(),
    change=st.sampled_from(Change),
)
SEALED = st.none() | st.builds(Sealed, key_id=TEXTS, ciphertext=st.binary(max_size=20))


@settings(max_examples=200, deadline=None)
@given(head=HEADS, sealed=SEALED, before=st.binary(max_size=6), body=st.binary(max_size=6))
def test_a_head_splits_into_what_was_packed(
    head: Head, sealed: Sealed | None, before: bytes, body: bytes
) -> None:
    sealed_bytes = pack_sealed(sealed)
    value = before + pack_head(head, sealed_bytes) + body
    found, found_sealed, sealed_at, body_at = split_head(value, len(before))

    assert (found, found_sealed) == (head, sealed)
    assert value[sealed_at:body_at] == sealed_bytes
    assert value[body_at:] == body


@settings(max_examples=100, deadline=None)
@given(number=LONGS)
def test_numbers_are_packed_as_avro_packs_them(number: int) -> None:
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, {"type": "long"}, number)

    assert pack_long(number) == buffer.getvalue()


@given(content=st.binary(max_size=200))
def test_bytes_are_packed_as_avro_packs_them(content: bytes) -> None:
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, {"type": "bytes"}, content)

    assert pack_bytes(content) == buffer.getvalue()


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=80))
def test_any_bytes_split_or_raise_a_head_error(data: bytes) -> None:
    try:
        _, _, sealed_at, body_at = split_head(data, 0)
    except HeadError:
        return
    assert 0 < sealed_at < body_at <= len(data)


@settings(max_examples=40, deadline=None)
@given(head=HEADS, sealed=SEALED)
def test_a_head_that_is_cut_off_anywhere_is_refused(head: Head, sealed: Sealed | None) -> None:
    value = pack_head(head, pack_sealed(sealed))
    for size in range(len(value)):
        with pytest.raises(HeadError):
            split_head(value[:size], 0)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x01", "past the end"),
        (b"\xff" * 10, "too long"),
        (b"\xff" * 9 + b"\x7f", "too long"),
        (b"\x02\xff", "UTF-8"),
        (b"\x00\x00\x04", "no such branch"),
        (b"\xfe\xff\xff\xff\x0f", "past the end"),
    ],
)
def test_damage_of_a_head_is_named(data: bytes, words: str) -> None:
    with pytest.raises(HeadError, match=words):
        split_head(data, 0)
