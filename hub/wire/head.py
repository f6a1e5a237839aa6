"""The head that every event shares, packed and split without a schema.

An event's Avro value is meta, change, sealed, body, in this order, the same head in every schema;
so the body's bytes can be cut out, digested, stored and hashed as they stand on the log. Splitting
is strict: every length is checked against the bytes that are there.
"""

from __future__ import annotations

from hub.domain.events import Change, Head, Sealed

_VARINT_BYTES_MAX = 10


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


class _Cursor:
    """Walks over bytes; every step is bounded by what is there."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def long(self) -> int:
        shift = 0
        value = 0
        for _ in range(_VARINT_BYTES_MAX):
            if self.at >= len(self.data):
                raise HeadError("the head is cut off")
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value >> 64:
                    raise HeadError("a number in the head is too long")
                return (value >> 1) ^ -(value & 1)
            shift += 7
        raise HeadError("a number in the head is too long")

    def bytes(self) -> bytes:
        size = self.long()
        end = self.at + size
        if size < 0 or end > len(self.data):
            raise HeadError("a length in the head goes past the end")
        value = self.data[self.at : end]
        self.at = end
        return value

    def text(self) -> str:
        try:
            return self.bytes().decode()
        except UnicodeDecodeError:
            raise HeadError("a text in the head is not UTF-8") from None

    def present(self) -> bool:
        branch = self.long()
        if branch not in (0, 1):
            raise HeadError("an optional value in the head has no such branch")
        return branch == 1

    def boolean(self) -> bool:
        if self.at >= len(self.data):
            raise HeadError("the head is cut off")
        byte = self.data[self.at]
        self.at += 1
        if byte > 1:
            raise HeadError("a boolean in the head is neither 0 nor 1")
        return byte == 1


def split_head(value: bytes, at: int) -> tuple[Head, Sealed | None, int, int]:
    """Head, sealed part, where the sealed part starts, where the body starts. Raises HeadError."""
    cursor = _Cursor(value, at)
    event_id = cursor.text()
    registry = cursor.text()
    person_id = cursor.text() if cursor.present() else None
    record_id = cursor.text()
    revision, encoding, recorded_at = cursor.long(), cursor.long(), cursor.long()
    submission_id = cursor.text() if cursor.present() else None
    submission_row = cursor.long() if cursor.present() else None
    synthetic = cursor.boolean()
    change = cursor.long()
    if not 0 <= change < len(Change):
        raise HeadError("the change is not one of the schema's")
    sealed_at = cursor.at
    sealed = Sealed(cursor.text(), cursor.bytes()) if cursor.present() else None
    head = Head(
        event_id=event_id,
        registry=registry,
        person_id=person_id,
        record_id=record_id,
        revision=revision,
        encoding=encoding,
        recorded_at=recorded_at,
        submission_id=submission_id,
        submission_row=submission_row,
        synthetic=synthetic,
        change=Change(change),
    )
    return head, sealed, sealed_at, cursor.at
