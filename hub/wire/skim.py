"""Reads a few fields of a body and checks the whole of it: a reader made from the parsed schema.

The records lane needs a handful of fields of each event; a reader that makes objects of all of them
costs three times as much. For each schema one function is written, as straight code, and compiled
once. It is stricter than fastavro, which is the reference: what it accepts fastavro reads with
equal values; besides, it refuses bytes after the body, branches and symbols that do not exist,
numbers longer than their type, days in no calendar and decimals beyond their precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from struct import Struct
from typing import Any

from hub.errors import ConfigurationError
from hub.wire.schemas import FRAME_BYTES, load_schemas

Skim = Callable[[bytes], tuple[Any, ...]]
"""Values of the wanted fields, in order: days as numbers since 1970, decimals unscaled, symbols as
text; of a field of rows ("areas.clock_hours") or of plain items ("topics[]") a list. Raises
ValueError on damage."""

_DOUBLE = Struct("<d")
_EPOCH = date(1970, 1, 1)
_DAYS = ((date.min - _EPOCH).days, (date.max - _EPOCH).days)
_SHIFT_MAX = 63
_STEP = "    "


class SkimError(ValueError):
    """The body does not follow its schema; the message says where it does not."""


@cache
def skim_of(schema_id: int, wanted: tuple[str, ...]) -> Skim:
    """The reader of these fields of a body. A field that this version lacks is None."""
    return _compiled(load_schemas().by_id[schema_id].body, 0, wanted)


@cache
def event_skim_of(schema_id: int, wanted: tuple[str, ...]) -> Skim:
    """The same over a whole value, from behind its frame: "meta.registry", "body.areas.area"; the
    number of a symbol is "change#", where a field begins "body@"."""
    return _compiled(load_schemas().by_id[schema_id].parsed, FRAME_BYTES, wanted)


def _compiled(schema: Any, start: int, wanted: tuple[str, ...]) -> Skim:
    writer = _Writer(wanted, schema["name"])
    steps = [line for f in schema["fields"] for line in writer.field(f["type"], f["name"])]
    lines = [
        "def skim(d):",
        f"    p = {start}; e = len(d)",
        *(f"    {_name(name)} = {'[]' if name in writer.rows else 'None'}" for name in wanted),
        "    try:",
        *(_STEP * 2 + step for step in steps),
        "    except IndexError:",
        "        raise SkimError('the bytes are cut off') from None",
        "    except UnicodeDecodeError:",
        "        raise SkimError('a text is not UTF-8') from None",
        "    if p != e: raise SkimError('bytes follow the body')",
        f"    return ({''.join(_name(name) + ', ' for name in wanted)})",
    ]
    space: dict[str, Any] = {"SkimError": SkimError, "long": _long, "number": int.from_bytes}
    space["double"] = _DOUBLE.unpack_from
    exec("\n".join(lines), space)  # Written here, from the checked-in schemas alone.
    made: Skim = space["skim"]
    return made


def _name(wanted: str) -> str:
    name = wanted.replace(".", "_").replace("@", "_at").replace("#", "_number")
    return "v_" + name.replace("[]", "_items")


def _long(d: bytes, p: int) -> tuple[int, int]:
    """A number of more than one byte, and where it ends."""
    value = shift = 0
    while True:
        byte = d[p]
        p += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > _SHIFT_MAX:
            raise SkimError("a number is too long")
    if value >> 64:
        raise SkimError("a number is too long")
    return (value >> 1) ^ -(value & 1), p


class _Writer:
    """Writes the lines that pass over one field; `n` holds what was read last."""

    def __init__(self, wanted: tuple[str, ...], event: str) -> None:
        self._wanted = wanted
        self._event = event
        self.rows: set[str] = set()
        """Wanted fields of rows."""
        self._in_rows = False

    def field(self, kind: Any, name: str, record: str = "") -> Iterator[str]:
        path = f"{record}.{name}" if record else name
        if f"{path}@" in self._wanted:
            yield f"{_name(path + '@')} = p"
        numbered = f"{path}#" in self._wanted
        yield from self._type(kind, path, path in self._wanted)
        if path not in self._wanted and not numbered:
            return
        kept = _name(path + "#" * numbered)
        if self._in_rows:
            self.rows.add(path)
            yield f"{kept}.append(n)"
        else:
            yield f"{kept} = n"

    def _type(self, kind: Any, path: str, wanted: bool) -> Iterator[str]:
        if isinstance(kind, list):
            yield from self._optional(kind, path, wanted)
            return
        whole = kind if isinstance(kind, dict) else {"type": kind}
        write = getattr(self, f"_{whole['type']}", None)
        if write is None:
            raise ConfigurationError(f"no reader for {whole['type']} in {self._event}.{path}")
        yield from write(whole, path, wanted)

    def _optional(self, kinds: list[Any], path: str, wanted: bool) -> Iterator[str]:
        if len(kinds) != 2 or kinds[0] != "null":
            raise ConfigurationError(f"no reader for the union {self._event}.{path}")
        yield "b = d[p]; p += 1"
        yield "if b == 2:"
        for line in self._type(kinds[1], path, wanted):
            yield _STEP + line
        yield f"elif b: raise SkimError('{path} has no such branch')"
        if wanted:
            yield "else: n = None"

    def _size(self, path: str) -> Iterator[str]:
        yield "n = d[p]"
        yield "if n & 129:"
        yield "    n, p = long(d, p)"
        yield f"    if n < 0: raise SkimError('{path} has a negative length')"
        yield "else: n >>= 1; p += 1"
        yield "q = p + n"
        yield f"if q > e: raise SkimError('{path} goes past the end')"

    def _string(self, _kind: Mapping[str, Any], path: str, _wanted: bool) -> Iterator[str]:
        yield from self._size(path)
        yield "n = d[p:q].decode(); p = q"

    def _bytes(self, kind: Mapping[str, Any], path: str, wanted: bool) -> Iterator[str]:
        yield from self._size(path)
        if kind.get("logicalType") == "decimal":
            limit = 10 ** kind["precision"]
            yield "n = number(d[p:q], 'big', signed=True); p = q"
            yield f"if not {-limit} < n < {limit}: raise SkimError('{path} has too many digits')"
        else:
            yield "n = d[p:q]; p = q" if wanted else "p = q"

    def _long(self, _kind: Mapping[str, Any], path: str, wanted: bool) -> Iterator[str]:
        if not wanted and f"{path}#" not in self._wanted:
            yield "q = p"
            yield "while d[p] > 127: p += 1"
            yield "p += 1"
            yield "if p - q > 9: long(d, q)"
            return
        yield from self._number()

    def _number(self) -> Iterator[str]:
        """Of one to three bytes here, of more by a function."""
        yield "n = d[p]"
        yield "if n < 128: n = (n >> 1) ^ -(n & 1); p += 1"
        yield "else:"
        yield "    b = d[p + 1]"
        yield "    if b < 128: n = n & 127 | b << 7; n = (n >> 1) ^ -(n & 1); p += 2"
        yield "    else:"
        yield "        c = d[p + 2]"
        yield "        if c < 128:"
        yield "            n = n & 127 | (b & 127) << 7 | c << 14"
        yield "            n = (n >> 1) ^ -(n & 1); p += 3"
        yield "        else: n, p = long(d, p)"

    def _int(self, kind: Mapping[str, Any], path: str, _wanted: bool) -> Iterator[str]:
        yield from self._number()
        first, last = (-(2**31), 2**31 - 1)
        if kind.get("logicalType") == "date":
            first, last = _DAYS
        yield f"if not {first} <= n <= {last}: raise SkimError('{path} is out of range')"

    def _enum(self, kind: Mapping[str, Any], path: str, wanted: bool) -> Iterator[str]:
        symbols = tuple(kind["symbols"])
        yield from self._number()
        yield f"if not 0 <= n < {len(symbols)}: raise SkimError('{path} has no such symbol')"
        if wanted:
            yield f"n = {symbols!r}[n]"

    def _boolean(self, _kind: Mapping[str, Any], path: str, _wanted: bool) -> Iterator[str]:
        yield "n = d[p]; p += 1"
        yield f"if n > 1: raise SkimError('{path} is neither true nor false')"
        yield "n = n == 1"

    def _double(self, _kind: Mapping[str, Any], path: str, _wanted: bool) -> Iterator[str]:
        yield "q = p + 8"
        yield f"if q > e: raise SkimError('{path} goes past the end')"
        yield "n = double(d, p)[0]; p = q"

    def _record(self, kind: Mapping[str, Any], path: str, wanted: bool) -> Iterator[str]:
        self._check_single(path, wanted)
        for field in kind["fields"]:
            yield from self.field(field["type"], field["name"], path)

    def _array(self, kind: Mapping[str, Any], path: str, wanted: bool) -> Iterator[str]:
        self._check_single(path, wanted)
        yield "while True:"
        yield "    c = d[p]"
        yield "    if c > 127: c, p = long(d, p)"
        yield "    else: c = (c >> 1) ^ -(c & 1); p += 1"
        yield "    if not c: break"
        yield "    if c < 0: c = -c; n, p = long(d, p)"
        yield f"    if c > e - p: raise SkimError('{path} claims more rows than there are bytes')"
        yield "    for _ in range(c):"
        outer, self._in_rows = self._in_rows, True
        for line in self._type(kind["items"], path, False):
            yield _STEP * 2 + line
        self._in_rows = outer
        items = f"{path}[]"
        if items in self._wanted:
            self.rows.add(items)
            yield f"        {_name(items)}.append(n)"

    def _check_single(self, path: str, wanted: bool) -> None:
        if wanted:
            raise ConfigurationError(f"{self._event}.{path} is no single value: name a field of it")
