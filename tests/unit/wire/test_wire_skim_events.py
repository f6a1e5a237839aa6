"""A registry's event read in one pass, against the codec that opens head and body apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.events import REGISTRY_KINDS, Change, Head, Kind, Sealed
from hub.domain.log import LogRecord
from hub.wire.codec import digest_of, encode_value, read_event
from hub.wire.head import pack_long
from hub.wire.schemas import FRAME_BYTES, load_schemas
from hub.wire.skim import event_skim_of
from tests.unit.lanes.lane_events import body_for
from tests.unit.wire.skim_samples import (
    INTS,
    LONGS,
    TEXTS,
    answer,
    damaged,
    paths_of,
    values_of,
    written,
)

KINDS = sorted(REGISTRY_KINDS)
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
    submission_row=st.none() | INTS,
    synthetic=st.booleans(),
    change=st.sampled_from(Change),
)
SEALED = st.none() | st.builds(Sealed, key_id=TEXTS, ciphertext=st.binary(max_size=70))
HEAD_FIELDS = ("registry", "person_id", "record_id", "revision", "encoding", "synthetic")
HEAD = (
    *(f"meta.{name}" for name in HEAD_FIELDS),
    "change#",
    "sealed.key_id",
    "sealed.ciphertext",
    "sealed@",
    "body@",
)
PLAIN = Head("e", "us-wi", "P1", "R1", 5, 6, 7, None, 3, True, Change.REVOKED)


def as_record(value: bytes) -> LogRecord:
    return LogRecord("registry.us-wi.events", 0, 0, 0, b"P1", value, ())


def schema_id_of(kind: Kind) -> int:
    return load_schemas().of(kind).schema_id


def check_read_alike(kind: Kind, value: bytes) -> bool:
    """Whether the event is read in one pass; what is read so the codec reads alike."""
    try:
        said = dict(zip(HEAD, event_skim_of(schema_id_of(kind), HEAD)(value), strict=True))
    except ValueError:
        return False
    envelope, _ = read_event(as_record(value))
    for name in HEAD_FIELDS:
        assert said[f"meta.{name}"] == getattr(envelope.head, name)
    assert said["change#"] == envelope.head.change
    assert (said["sealed.key_id"], said["sealed.ciphertext"]) == (envelope.sealed or (None, None))
    body = value[said["body@"] :]
    sealed = value[said["sealed@"] : said["body@"]]
    assert (body, digest_of(body, sealed)) == (envelope.body, envelope.digest)
    return True


def check_body_alike(kind: Kind, value: bytes) -> None:
    """Every field of the body, read through the whole event, is that of the codec."""
    schema = load_schemas().of(kind)
    paths = paths_of(schema.body)
    found = event_skim_of(schema.schema_id, tuple(f"body.{path}" for path in paths))(value)
    _, body = read_event(as_record(value))
    assert found == tuple(answer(body, schema.body, path) for path in paths)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(head=HEADS, sealed=SEALED, data=st.data())
def test_an_event_is_read_in_one_pass_as_in_two(
    kind: Kind, head: Head, sealed: Sealed | None, data: st.DataObject
) -> None:
    schema = load_schemas().of(kind).body
    value = encode_value(kind, head, sealed, written(schema, data.draw(values_of(schema))))

    assert check_read_alike(kind, value)
    check_body_alike(kind, value)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=80, deadline=None)
@given(head=HEADS, sealed=SEALED, data=st.data())
def test_whatever_is_accepted_of_damaged_events_the_codec_reads_alike(
    kind: Kind, head: Head, sealed: Sealed | None, data: st.DataObject
) -> None:
    schema = load_schemas().of(kind).body
    whole = encode_value(kind, head, sealed, written(schema, body_for(kind)))
    value = whole[:FRAME_BYTES] + data.draw(damaged(whole[FRAME_BYTES:]))

    if check_read_alike(kind, value):
        check_body_alike(kind, value)


@pytest.mark.parametrize("kind", [Kind.TRAINING_COMPLETION, Kind.SUBMISSION])
def test_every_changed_byte_of_an_event_is_refused_or_read_alike(kind: Kind) -> None:
    body = written(load_schemas().of(kind).body, body_for(kind))
    value = encode_value(kind, PLAIN, Sealed("key", b"\x00\x80"), body)
    taken = [
        check_read_alike(kind, value[:at] + bytes([byte]) + value[at + 1 :])
        for at in range(FRAME_BYTES, len(value))
        for byte in range(256)
    ]

    assert {True, False} == set(taken)


def raw_head(**raw: bytes) -> bytes:
    """The head's parts as PLAIN has them, but for those given."""
    parts = {
        "event_id": b"\x02e",
        "registry": b"\x0aus-wi",
        "person_id": b"\x02\x04P1",
        "record_id": b"\x04R1",
        "revision": pack_long(5),
        "encoding": pack_long(6),
        "recorded_at": pack_long(7),
        "submission_id": b"\x00",
        "submission_row": b"\x02" + pack_long(3),
        "synthetic": b"\x01",
        "change": pack_long(int(Change.REVOKED)),
        "sealed": b"\x00",
    }
    assert raw.keys() <= parts.keys()
    return b"".join((parts | raw).values())


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"revision": b"\x8a\x80\x00"},
        {"revision": pack_long(-(2**63))},
        {"encoding": pack_long(2**63 - 1)},
        {"record_id": b"\x84\x00R1"},
        {"submission_id": b"\x02\x00"},
        {"sealed": b"\x02\x00\x00"},
        {"change": b"\x84\x00"},
        {"change": b"\x80\x80\x00"},
    ],
)
def test_unusual_bytes_of_a_head_are_read_alike(raw: dict[str, bytes]) -> None:
    kind = Kind.TRAINING_COMPLETION
    frame = b"\x00" + schema_id_of(kind).to_bytes(4, "big")
    body = written(load_schemas().of(kind).body, body_for(kind))

    assert check_read_alike(kind, frame + raw_head(**raw) + body)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"person_id": b"\x01"}, "no such branch"),
        ({"person_id": b"\x04"}, "no such branch"),
        ({"record_id": b"\x01"}, "negative length"),
        ({"record_id": b"\x02\xff"}, "UTF-8"),
        ({"revision": b"\xff" * 9 + b"\x7f"}, "too long"),
        ({"synthetic": b"\x02"}, "neither true nor false"),
        ({"change": pack_long(len(Change))}, "no such symbol"),
        ({"change": b"\x01"}, "no such symbol"),
        ({"sealed": b"\x01"}, "no such branch"),
        ({"sealed": b"\x02\x00" + pack_long(2**62)}, "past the end"),
        ({"submission_row": b"\x02" + pack_long(2**31)}, "out of range"),
    ],
)
def test_damage_of_a_head_is_refused(raw: dict[str, bytes], words: str) -> None:
    kind = Kind.TRAINING_COMPLETION
    frame = b"\x00" + schema_id_of(kind).to_bytes(4, "big")
    body = written(load_schemas().of(kind).body, body_for(kind))

    with pytest.raises(ValueError, match=words):
        event_skim_of(schema_id_of(kind), HEAD)(frame + raw_head(**raw) + body)


def test_fields_can_be_asked_for_by_number_and_by_place() -> None:
    kind = Kind.TRAINING_COMPLETION
    body = written(load_schemas().of(kind).body, body_for(kind, verification="PENDING"))
    value = encode_value(kind, PLAIN, None, body)
    wanted = ("change", "sealed@", "body@", "body.verification")
    symbols = _symbols(load_schemas().of(kind).body, "verification")

    assert event_skim_of(schema_id_of(kind), wanted)(value) == (
        "REVOKED",
        len(value) - len(body) - 1,
        len(value) - len(body),
        "PENDING",
    )
    assert event_skim_of(schema_id_of(kind), ("change#", "body.verification#"))(value) == (
        int(Change.REVOKED),
        symbols.index("PENDING"),
    )


def _symbols(schema: Any, name: str) -> list[str]:
    field = next(f for f in schema["fields"] if f["name"] == name)
    return list(field["type"]["symbols"])
