"""The head that every event shares, packed and split without a schema.

An event's Avro value is meta, change, sealed, body, in this order, the same head in every schema;
so the body's bytes can be cut out, digested, stored and hashed as they stand on the log. Splitting
is strict: every length is checked against the bytes that are there.
"""

from __future__ import annotations

from hub.domain.events import Change, Head, Sealed

_SHIFT_MAX = 63  # Ten bytes at most.
_CHANGE = tuple(Change)
_CHANGES = len(_CHANGE)


class HeadError(ValueError):
    """The head's bytes are damaged; the message says where."""


def pack_long(value: int) -> bytes:
    """Avro's zigzag varint."""
    encoded = (value << 1) ^ (value >> 63)
    encoded &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while encoded > 0x7F:
        out.append((encoded & 0x7F) | 0x80)
        encoded >>= 7
    out.append(encoded)
    return bytes(out)


def pack_bytes(value: bytes) -> bytes:
    return pack_long(len(value)) + value


def _pack_text(value: str) -> bytes:
    return pack_bytes(value.encode())


def _pack_optional(value: str | None) -> bytes:
    return b"\x00" if value is None else b"\x02" + _pack_text(value)


def pack_sealed(sealed: Sealed | None) -> bytes:
    """The sealed part as it stands on the log, its union branch included."""
    if sealed is None:
        return b"\x00"
    return b"\x02" + _pack_text(sealed.key_id) + pack_bytes(sealed.ciphertext)


def pack_head(head: Head, sealed_bytes: bytes) -> bytes:
    """Meta, change and sealed part; the body's bytes follow."""
    row = head.submission_row
    return b"".join(
        (
            _pack_text(head.event_id),
            _pack_text(head.registry),
            _pack_optional(head.person_id),
            _pack_text(head.record_id),
            pack_long(head.revision),
            pack_long(head.encoding),
            pack_long(head.recorded_at),
            _pack_optional(head.submission_id),
            b"\x00" if row is None else b"\x02" + pack_long(row),
            b"\x01" if head.synthetic else b"\x00",
            pack_long(int(head.change)),
            sealed_bytes,
        )
    )


def _long(data: bytes, at: int) -> tuple[int, int]:
    """A number, and where it ends."""
    byte = data[at]
    at += 1
    value = byte & 0x7F
    shift = 7
    while byte > 0x7F:
        if shift > _SHIFT_MAX:
            raise HeadError("a number in the head is too long")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
    if value >> 64:
        raise HeadError("a number in the head is too long")
    return (value >> 1) ^ -(value & 1), at


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _long(data, at)
    end = at + size
    if size < 0 or end > len(data):
        raise HeadError("a length in the head goes past the end")
    return data[at:end], end


def _text(data: bytes, at: int) -> tuple[str, int]:
    size = data[at]
    if size & 0x81:  # Long, or negative.
        raw, end = _bytes(data, at)
        return raw.decode(), end
    at += 1
    end = at + (size >> 1)
    if end > len(data):
        raise HeadError("a length in the head goes past the end")
    return data[at:end].decode(), end


def _optional(data: bytes, at: int) -> tuple[str | None, int]:
    return _text(data, at + 1) if _present(data, at) else (None, at + 1)


def _present(data: bytes, at: int) -> bool:
    branch = data[at]
    if branch > 2 or branch == 1:
        raise HeadError("an optional value in the head has no such branch")
    return branch == 2


def split_head(value: bytes, at: int) -> tuple[Head, Sealed | None, int, int]:
    """Head, sealed part, where the sealed part starts, where the body starts. Raises HeadError."""
    try:
        return _split(value, at)
    except IndexError:
        raise HeadError("the head is cut off") from None
    except UnicodeDecodeError:
        raise HeadError("a text in the head is not UTF-8") from None


def _split(value: bytes, at: int) -> tuple[Head, Sealed | None, int, int]:
    event_id, at = _text(value, at)
    registry, at = _text(value, at)
    person_id, at = _optional(value, at)
    record_id, at = _text(value, at)
    revision, at = _long(value, at)
    encoding, at = _long(value, at)
    recorded_at, at = _long(value, at)
    submission_id, at = _optional(value, at)
    submission_row: int | None = None
    if _present(value, at):
        submission_row, at = _long(value, at + 1)
    else:
        at += 1
    synthetic = value[at]
    if synthetic > 1:
        raise HeadError("a boolean in the head is neither 0 nor 1")
    change, at = _long(value, at + 1)
    if not 0 <= change < _CHANGES:
        raise HeadError("the change is not one of the schema's")
    sealed_at = at
    sealed = None
    if _present(value, at):
        key_id, at = _text(value, at + 1)
        ciphertext, at = _bytes(value, at)
        sealed = Sealed(key_id, ciphertext)
    else:
        at += 1
    head = Head(
        event_id,
        registry,
        person_id,
        record_id,
        revision,
        encoding,
        recorded_at,
        submission_id,
        submission_row,
        synthetic == 1,
        _CHANGE[change],
    )
    return head, sealed, sealed_at, at
