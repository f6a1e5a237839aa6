"""Compatibility of schemas: FULL_TRANSITIVE, with our own rules for logical types.

Every version must read every other of its event, by the avro library's checker; and a logical type,
a scale, a default or the common head may not change, which that checker does not see.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from hub.wire.schemas import PRIVATE, Schema, load_schemas, lock_text, locked_text

HEAD_FIELDS = ("meta", "change", "sealed", "body")


def problems_of_schemas() -> list[str]:
    """One line for each fault; empty where all is well."""
    found = _lock_problems()
    versions: dict[str, list[Schema]] = {}
    for schema in load_schemas().by_id.values():
        versions.setdefault(schema.event, []).append(schema)
    for each in versions.values():
        for reader, writer in permutations(each, 2):
            found += problems_between(reader.event, reader.text, writer.text)
    return found + _head_problems()


def _lock_problems() -> list[str]:
    ours, locked = set(lock_text().splitlines()), set(locked_text().splitlines())
    changed = [f"{line.split()[1]}: differs from the lock" for line in sorted(ours - locked)]
    names = {line.split()[1] for line in ours}
    gone = sorted({line.split()[1] for line in locked} - names)
    return changed + [f"{name}: released, and not there any more" for name in gone]


def problems_between(event: str, reader_text: str, writer_text: str) -> list[str]:
    """Why this reader does not read this writer's records as they were meant."""
    result = ReaderWriterCompatibilityChecker().get_compatibility(
        avro.schema.parse(reader_text), avro.schema.parse(writer_text)
    )
    found = []
    if result.compatibility is not SchemaCompatibilityType.compatible:
        found.append(f"{event}: {'; '.join(sorted(result.messages))}")
    reader, writer = (dict(_logical(json.loads(t), "")) for t in (reader_text, writer_text))
    for place in sorted(reader.keys() & writer.keys()):
        if reader[place] != writer[place]:
            found.append(f"{event}: {place} changed from {writer[place]} to {reader[place]}")
    return found


def _logical(schema: Any, place: str) -> Iterator[tuple[str, str]]:
    """Place to logical type, precision and scale of every type, and to defaults, within."""
    if isinstance(schema, list):
        for branch in schema:
            if branch != "null":
                yield from _logical(branch, place)
    elif isinstance(schema, dict):
        kind = schema["type"]
        if kind == "record":
            for field in schema["fields"]:
                inner = f"{place}.{field['name']}"
                yield f"{inner} default", json.dumps(field.get("default", "none given"))
                yield from _logical(field["type"], inner)
        elif kind == "array":
            yield from _logical(schema["items"], f"{place}[]")
        else:
            parts = (str(kind), schema.get("logicalType"), schema.get("precision"))
            yield place, "/".join(str(p) for p in (*parts, schema.get("scale")) if p is not None)
    else:
        yield place, str(schema)


def _head_problems() -> list[str]:
    heads = {}
    for schema in load_schemas().by_id.values():
        if schema.event == PRIVATE:
            continue
        fields = json.loads(schema.text)["fields"]
        if tuple(field["name"] for field in fields) != HEAD_FIELDS:
            return [f"{schema.event}: its fields are not {', '.join(HEAD_FIELDS)}"]
        heads[schema.event] = json.dumps([field["type"] for field in fields[:3]])
    same = next(iter(heads.values()))
    return [f"{event}: its head differs" for event, head in heads.items() if head != same]
