"""The checked-in schemas: ids, names and parsed forms, and the lock that keeps them as released.

Ids come from schemas/avro/manifest.toml and are the same in every environment. A released file
never changes; schemas.lock holds the SHA-256 of its bytes, because Avro's canonical form drops
defaults and logical types.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import fastavro

from hub.domain.events import Kind
from hub.errors import ConfigurationError

PRIVATE = "person_private"
FRAME_BYTES = 5
"""Of a value before its Avro bytes: 0, and the schema id."""


@dataclass(frozen=True, slots=True)
class Schema:
    """One released schema."""

    event: str
    version: int
    schema_id: int
    kind: Kind | None
    """None of what is no event."""
    topic: str
    text: str
    parsed: Any
    body: Any
    """The body's own schema, parsed; the whole record where there is no head."""


@dataclass(frozen=True, slots=True)
class SchemaSet:
    """All released schemas, by id and by event (the newest version)."""

    by_id: dict[int, Schema]
    newest: dict[str, Schema]
    manifest_digest: str

    def of(self, kind: Kind) -> Schema:
        return self.newest[kind.event_name]


@cache
def load_schemas() -> SchemaSet:
    """Read the manifest and every schema it names. Cached: the files ship with the program."""
    fastavro.read.LOGICAL_READERS["bytes-decimal"] = _strict_decimal
    root = files("schemas") / "avro"
    manifest = (root / "manifest.toml").read_bytes()
    by_id: dict[int, Schema] = {}
    newest: dict[str, Schema] = {}
    for entry in tomllib.loads(manifest.decode())["schema"]:
        text = (root / entry["event"] / f"v{entry['version']}.avsc").read_text("utf-8")
        schema = _parse(entry, text)
        if schema.schema_id in by_id:
            raise ConfigurationError(f"schema id {schema.schema_id} is given twice in the manifest")
        by_id[schema.schema_id] = schema
        if schema.event not in newest or newest[schema.event].version < schema.version:
            newest[schema.event] = schema
    return SchemaSet(by_id, newest, hashlib.sha256(manifest).hexdigest())


def _strict_decimal(data: bytes, schema: Any = None, _reader: Any = None) -> Decimal:
    """A decimal within its precision. fastavro's own reader rounds what is longer, silently."""
    unscaled = int.from_bytes(data, "big", signed=True)
    if abs(unscaled) >= 10 ** schema["precision"]:
        raise ValueError("a decimal has more digits than its schema lets it have")
    return Decimal(unscaled).scaleb(-schema["scale"])


def _parse(entry: dict[str, Any], text: str) -> Schema:
    raw = json.loads(text)
    names: dict[str, Any] = {}
    parsed = fastavro.parse_schema(raw, named_schemas=names)
    body = parsed
    if raw["name"] != "PersonPrivate":
        alone = next(f for f in raw["fields"] if f["name"] == "body")["type"]
        body = fastavro.parse_schema({"namespace": raw["namespace"], **alone})
    return Schema(
        event=entry["event"],
        version=entry["version"],
        schema_id=entry["id"],
        kind=Kind(entry["kind"]) if entry["kind"] else None,
        topic=entry["topic"],
        text=text,
        parsed=parsed,
        body=body,
    )


def lock_text() -> str:
    """What schemas.lock must say: one line a released file, in order of path."""
    lines = []
    for schema in sorted(load_schemas().by_id.values(), key=lambda s: (s.event, s.version)):
        digest = hashlib.sha256(schema.text.encode()).hexdigest()
        lines.append(f"{digest}  {schema.event}/v{schema.version}.avsc")
    return "\n".join(lines) + "\n"


def locked_text() -> str:
    """What schemas.lock says."""
    return (files("schemas") / "avro" / "schemas.lock").read_text("utf-8")
