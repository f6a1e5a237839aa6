"""Events to bytes and back: Confluent frame, CloudEvents headers, digest, strict bodies.

Value: byte 0, four bytes of schema id, Avro body. Headers follow the Kafka binding of CloudEvents
1.0 in binary mode, with ce_digest, the SHA-256 of the value: Avro alone lets nearly half of all
flipped bytes through as wrong values. Damage of any kind raises one CorruptEventError.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import fastavro

from hub.domain.events import Envelope, Head, Kind, Sealed
from hub.domain.log import Headers, LogRecord
from hub.errors import CorruptEventError, FatalError
from hub.wire.head import HeadError, pack_head, pack_long, pack_sealed, split_head
from hub.wire.schemas import FRAME_BYTES, PRIVATE, load_schemas

MAGIC = 0
CONTENT_TYPE = b"application/avro"
_UNSEALED = pack_sealed(None)
_UNSEALED_DIGEST = hashlib.sha256(_UNSEALED).digest()

Body = dict[str, Any]


class UnknownSchemaError(FatalError):
    """This program is older than the event: its partition waits for a newer worker."""


def encode_body(kind: Kind, body: Mapping[str, Any]) -> bytes:
    """The body's Avro bytes. Raises ValueError where a field is missing or of another type."""
    return _write(load_schemas().of(kind).body, body)


def encode_row(kind: Kind, name: str, row: Mapping[str, Any], fields: tuple[str, ...]) -> bytes:
    """Avro bytes of neighboring fields of one row of an array field of the body."""
    return _write(_row_part(kind, name, fields), {each: row[each] for each in fields})


def encode_rows(rows: Sequence[bytes]) -> bytes:
    """Avro bytes of an array of rows that are encoded already."""
    return pack_long(len(rows)) + b"".join(rows) + b"\x00" if rows else b"\x00"


def encode_before(kind: Kind, body: Mapping[str, Any], name: str) -> bytes:
    """The body's Avro bytes up to one field."""
    return _write_part(_around(kind, name)[0], body)


def encode_after(kind: Kind, body: Mapping[str, Any], name: str) -> bytes:
    """The body's Avro bytes behind one field."""
    return _write_part(_around(kind, name)[1], body)


def _write_part(part: Any, body: Mapping[str, Any]) -> bytes:
    return _write(part, {field["name"]: body[field["name"]] for field in part["fields"]})


@cache
def _row_part(kind: Kind, name: str, fields: tuple[str, ...]) -> Any:
    whole = next(f for f in load_schemas().of(kind).body["fields"] if f["name"] == name)
    row = whole["type"]["items"]
    part = [field for field in row["fields"] if field["name"] in fields]
    return fastavro.parse_schema({"type": "record", "name": row["name"], "fields": part})


@cache
def _around(kind: Kind, name: str) -> tuple[Any, Any]:
    """Records of the fields before and after this one."""
    schema = load_schemas().of(kind).body
    at = [field["name"] for field in schema["fields"]].index(name)
    parts = (schema["fields"][:at], schema["fields"][at + 1 :])
    first, last = ({"type": "record", "name": schema["name"], "fields": part} for part in parts)
    return fastavro.parse_schema(first), fastavro.parse_schema(last)


def encode_private(private: Mapping[str, Any]) -> bytes:
    """Plaintext of a sealed part, framed as an event's value is."""
    schema = load_schemas().newest[PRIVATE]
    return _frame(schema.schema_id) + _write(schema.parsed, private)


def decode_private(data: bytes) -> Body:
    """A sealed part's plaintext, read. Raises ValueError on damage."""
    schema = load_schemas().by_id.get(int.from_bytes(data[1:FRAME_BYTES], "big"))
    if len(data) < FRAME_BYTES or data[0] != MAGIC or schema is None or schema.event != PRIVATE:
        raise ValueError("the sealed part has no frame of its schema")
    return _read(schema.parsed, load_schemas().newest[PRIVATE].parsed, data[FRAME_BYTES:])


def _write(schema: Any, value: Any) -> bytes:
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, schema, value, strict=True)
    return buffer.getvalue()


def _frame(schema_id: int) -> bytes:
    return bytes((MAGIC,)) + schema_id.to_bytes(4, "big")


def _read(writer: Any, reader: Any, data: bytes) -> Body:
    """Read as the newest version of the schema, whatever version it was written with."""
    buffer = io.BytesIO(data)
    try:
        value = fastavro.schemaless_reader(buffer, writer, None if writer is reader else reader)
    except Exception as error:  # fastavro raises at least four unrelated types on damage.
        raise ValueError(f"the body does not follow its schema ({type(error).__name__})") from None
    if buffer.tell() != len(data):
        raise ValueError("bytes follow the body")
    return cast(Body, value)


def digest_of(body: bytes, sealed_bytes: bytes) -> bytes:
    """SHA-256 of the body, then of the sealed part, both as they stand on the log."""
    if sealed_bytes == _UNSEALED:
        return hashlib.sha256(body).digest() + _UNSEALED_DIGEST
    return hashlib.sha256(body).digest() + hashlib.sha256(sealed_bytes).digest()


def sealed_bytes_of(sealed: Sealed | None) -> bytes:
    return pack_sealed(sealed)


def encode_value(kind: Kind, head: Head, sealed: Sealed | None, body: bytes) -> bytes:
    """The framed value of an event whose body is encoded already."""
    frame = _frame(load_schemas().of(kind).schema_id)
    return frame + pack_head(head, pack_sealed(sealed)) + body


def headers_of(kind: Kind, head: Head, value: bytes) -> Headers:
    """CloudEvents headers of an event; of the version that its value names."""
    schemas = load_schemas()
    schema = schemas.by_id.get(int.from_bytes(value[1:FRAME_BYTES], "big"), schemas.of(kind))
    stamp = datetime.fromtimestamp(head.recorded_at / 1_000_000, UTC)
    subject = head.person_id if head.person_id is not None else head.record_id
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", head.event_id.encode()),
        ("ce_source", f"/registries/{head.registry}".encode()),
        ("ce_type", f"registryhub.{schema.event}.v{schema.version}".encode()),
        ("ce_time", stamp.isoformat().replace("+00:00", "Z").encode()),
        ("ce_subject", subject.encode()),
        ("content-type", CONTENT_TYPE),
        ("ce_digest", hashlib.sha256(value).hexdigest().encode()),
    )


def open_envelope(record: LogRecord) -> Envelope:
    """Take an event apart. Raises CorruptEventError on any damage, UnknownSchemaError on an id
    that this program does not know."""
    value = record.value
    kind, schema_id = check_frame(record)
    try:
        head, sealed, sealed_at, body_at = split_head(value, FRAME_BYTES)
    except HeadError as error:
        raise corrupt(record, str(error)) from None
    body = value[body_at:]
    digest = digest_of(body, value[sealed_at:body_at])
    return Envelope(kind, schema_id, head, sealed, body, digest)


def check_frame(record: LogRecord) -> tuple[Kind, int]:
    """Kind and schema id of an event whose digest holds. Raises as open_envelope does."""
    value = record.value
    if value is None or len(value) < FRAME_BYTES or value[0] != MAGIC:
        raise corrupt(record, "the value has no Confluent frame")
    for name, content in record.headers:
        if name == "ce_digest" and content != hashlib.sha256(value).hexdigest().encode():
            raise corrupt(record, "the digest does not agree with the value")
    schema_id = int.from_bytes(value[1:FRAME_BYTES], "big")
    schema = load_schemas().by_id.get(schema_id)
    if schema is None or schema.kind is None:
        raise UnknownSchemaError(
            f"event at {record.place} offset {record.offset}: schema id {schema_id} is not known",
            fix="run a newer version of the hub",
            effect="this partition waits; the others go on",
        )
    return schema.kind, schema_id


def corrupt(record: LogRecord, reason: str) -> CorruptEventError:
    """What is raised for this record."""
    return CorruptEventError(record.topic, record.partition, record.offset, reason)


def decode_body(schema_id: int, body: bytes) -> Body:
    """A body in its event's newest version. Raises ValueError on damage."""
    schemas = load_schemas()
    writer = schemas.by_id[schema_id]
    return _read(writer.body, schemas.newest[writer.event].body, body)


def read_event(record: LogRecord) -> tuple[Envelope, Body]:
    """Envelope and body of a record. Raises CorruptEventError or UnknownSchemaError."""
    envelope = open_envelope(record)
    try:
        return envelope, decode_body(envelope.schema_id, envelope.body)
    except ValueError as error:
        raise corrupt(record, str(error)) from None
