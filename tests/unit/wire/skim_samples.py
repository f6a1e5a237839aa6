"""Values for every schema, the fields to ask for, and what a reader of some fields must answer.

Paths name a field as hub.wire.skim does: "status", and "areas.clock_hours" of rows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import fastavro
from hypothesis import strategies as st

_EPOCH = date(1970, 1, 1)
LONGS = st.integers(-(2**63), 2**63 - 1)
INTS = st.integers(-(2**31), 2**31 - 1)
TEXTS = st.text(max_size=6) | st.text("é漢\U0001f600a", min_size=60, max_size=70)


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a schema, as fastavro writes it."""
    if isinstance(kind, list):
        return st.none() | values_of(kind[1])
    whole = kind if isinstance(kind, dict) else {"type": kind}
    logical = whole.get("logicalType")
    match logical or whole["type"]:
        case "record":
            fields = {f["name"]: values_of(f["type"]) for f in whole["fields"]}
            return st.fixed_dictionaries(fields)
        case "array":
            return st.lists(values_of(whole["items"]), max_size=3)
        case "enum":
            return st.sampled_from(whole["symbols"])
        case "decimal":
            largest = 10 ** whole["precision"] - 1
            numbers = st.integers(-largest, largest) | st.sampled_from([0, -1, largest, -largest])
            return numbers.map(lambda n: Decimal(n).scaleb(-whole["scale"]))
        case "date":
            return st.dates() | st.sampled_from([date.min, date.max, _EPOCH])
        case "bytes":
            return st.binary(max_size=6) | st.binary(min_size=64, max_size=66)
        case "boolean":
            return st.booleans()
        case "int":
            return INTS
        case "long":
            return LONGS
        case "double":
            return st.floats()
        case "string":
            return TEXTS
    raise AssertionError(f"no values for {kind}")


def paths_of(kind: Any, lead: str = "") -> list[str]:
    """Every field that can be asked for: single values, also of records and of rows."""
    if isinstance(kind, list):
        return paths_of(kind[1], lead)
    whole = kind if isinstance(kind, dict) else {"type": kind}
    if whole["type"] == "record":
        lead = f"{lead}." if lead else ""
        return [p for f in whole["fields"] for p in paths_of(f["type"], lead + f["name"])]
    if whole["type"] == "array":
        items = whole["items"]
        return paths_of(items, lead) if isinstance(items, dict) and "fields" in items else []
    return [lead]


def answer(value: Mapping[str, Any], schema: Any, path: str) -> Any:
    """What the field holds according to the value that fastavro read."""
    names = path.split(".")
    found = list(_found(value, schema, names))
    return [each for _, each in found] if _is_of_rows(schema, names) else dict(found).get(0)


def _found(value: Any, kind: Any, names: list[str]) -> Iterator[tuple[int, Any]]:
    if isinstance(kind, list):
        if value is None and names:
            return
        kind = kind[1]
    whole = kind if isinstance(kind, dict) else {"type": kind}
    if whole["type"] == "array":
        for row in value:
            yield from _found(row, whole["items"], names)
    elif whole["type"] == "record":
        field = next(f for f in whole["fields"] if f["name"] == names[0])
        yield from _found(value[names[0]], field["type"], names[1:])
    else:
        yield 0, plain(value, whole)


def _is_of_rows(schema: Any, names: list[str]) -> bool:
    kind: Any = schema
    for name in names:
        kind = next(f["type"] for f in kind["fields"] if f["name"] == name)
        kind = kind[1] if isinstance(kind, list) else kind
        if isinstance(kind, dict) and kind["type"] == "array":
            return True
    return False


def plain(value: Any, kind: Mapping[str, Any]) -> Any:
    """Days as numbers, decimals unscaled; the rest as it is."""
    if isinstance(value, Decimal):
        return int(value.scaleb(kind["scale"]))
    return (value - _EPOCH).days if isinstance(value, date) else value


def written(schema: Any, value: Any) -> bytes:
    """fastavro's bytes of a value."""
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, schema, value)
    return buffer.getvalue()


def read_whole(schema: Any, data: bytes) -> Any:
    """fastavro's reading, to the last byte."""
    buffer = io.BytesIO(data)
    value = fastavro.schemaless_reader(buffer, schema, None)
    assert buffer.tell() == len(data), "fastavro leaves bytes"
    return value


def with_raw(schema: Any, value: Mapping[str, Any], raw: Mapping[str, bytes]) -> bytes:
    """The value's bytes, but for some fields, whose bytes are given."""
    unknown = raw.keys() - {field["name"] for field in schema["fields"]}
    assert not unknown, f"no field {unknown}"
    return b"".join(
        raw.get(field["name"], written(field["type"], value[field["name"]]))
        for field in schema["fields"]
    )


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """These bytes with one to three faults: changed, inserted, lost or cut, or huge numbers."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        rest = draw(st.sampled_from([0, 1, 2, 5]))
        put = draw(
            st.binary(max_size=3)
            | st.sampled_from([b"\x01", b"\x03", b"\x80\x00", b"\x82\x00", b"\xff" * 9 + b"\x01"])
            | LONGS.map(lambda number: written("long", number))
        )
        match draw(st.sampled_from(["change", "flip", "cut"])):
            case "change":
                data = data[:at] + put + data[at + rest :]
            case "flip":
                mask = draw(st.integers(1, 255))
                data = data[:at] + bytes(byte ^ mask for byte in data[at : at + 1]) + data[at + 1 :]
            case _:
                data = data[:at]
    return data
