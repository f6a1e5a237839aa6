"""Cells to values: text, codes, flags, days, stamps, numbers, and the parts of a person's name.

A cell is a value, no value (None), or a CellError with the rule's word. Nothing here looks at more
than one cell, and no text is changed but for blanks around it: a formula stays the text it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from hub.domain.statements import IdentityFields
from hub.intake.forms import read_day, read_moment, read_period
from hub.intake.mapping import Mapping
from hub.intake.tables import Codes, Column

NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?")
NUMBER_MAX = Decimal(10) ** 6  # The records lane takes no amount of a million or more.
PLACES_MAX = Decimal("0.0001")
TEXT_LENGTH_MAX = 10_000  # A longer cell is a slip of the export, and would not fit a message.
SHOWN_LENGTH_MAX = 40
NOT_ISSUED = re.compile(r"000.*|666.*|9.*|...00.*|.....0000")


class CellError(ValueError):
    """A cell that a rule rejects."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


Reader = Callable[[str], Any]


def reader_of(column: Column, mapping: Mapping) -> Reader:
    """What turns a cell of this column into its value."""
    nulls = frozenset({"", *mapping.form.nulls, *column.nulls})
    read = _value_reader(column, mapping)
    return partial(_read, nulls, read, column.required, _empty_rule(column))


def _read(nulls: frozenset[str], read: Reader, required: bool, rule: str, cell: str) -> Any:
    word = cell.strip()
    if word in nulls:
        if required:
            raise CellError(rule)
        return None
    if len(word) > TEXT_LENGTH_MAX:
        raise CellError("too_long")
    return read(word)


def _empty_rule(column: Column) -> str:
    """An empty cell is in no code list and is no day."""
    return "impossible_date" if column.type in ("date", "stamp") else "unknown_code"


def _value_reader(column: Column, mapping: Mapping) -> Reader:
    form = column.form or mapping.form.date
    match column.type:
        case "code":
            codes = None if column.open else codes_of(column.codes, mapping)
            return partial(_code, codes, column.separator)
        case "flag":
            return partial(_flag, mapping.form.flags)
        case "date":
            return partial(_day, read_period if column.to == "body.awarded" else read_day, form)
        case "stamp":
            return partial(_stamp, column.form or mapping.form.stamp, ZoneInfo(mapping.zone))
        case "number":
            return partial(_number, column.prefix)
        case "ssn":
            return partial(_ssn, mapping.synthetic)
        case "ssn_last4":
            return _ssn_last4
        case "surnames":
            return _surnames
        case _:
            return str


def codes_of(codes: Codes | tuple[str, ...] | str | None, mapping: Mapping) -> Codes:
    """A code list by the registry's own words; where it names no common codes, they stand."""
    if isinstance(codes, str):
        return mapping.codes[codes]
    if isinstance(codes, dict):
        return codes
    return {word: word for word in codes or ()}


def _code(codes: Codes | None, separator: str | None, word: str) -> str | tuple[str, ...]:
    words = [part.strip() for part in word.split(separator)] if separator else [word]
    if codes is not None and any(part not in codes for part in words):
        raise CellError("unknown_code")
    return tuple(words) if separator else word


def _flag(flags: tuple[str, str], word: str) -> bool:
    if word not in flags:
        raise CellError("unknown_code")
    return word == flags[0]


def _day(read: Callable[[str, str], Any], form: str, word: str) -> Any:
    try:
        return read(form, word)
    except ValueError:
        raise CellError("impossible_date") from None


def _stamp(form: str, zone: ZoneInfo, word: str) -> Any:
    try:
        return read_moment(form, word, zone)
    except (ValueError, OverflowError):
        raise CellError("impossible_date") from None


def _number(prefix: str, word: str) -> Decimal:
    word = word.removeprefix(prefix)
    if not NUMBER.fullmatch(word):
        raise CellError("not_a_number")
    return Decimal(word)


def is_storable(number: Decimal) -> bool:
    """Whether the events' decimals hold it: below a million, four places."""
    return abs(number) < NUMBER_MAX and number == number.quantize(PLACES_MAX)


def _ssn(synthetic: bool, word: str) -> str | None:
    digits = re.sub(r"[^0-9]", "", word)
    if len(digits) != 9 or (not synthetic and NOT_ISSUED.fullmatch(digits)):
        return None
    return digits


def _ssn_last4(word: str) -> str | None:
    return word if re.fullmatch("[0-9]{4}", word) and word != "0000" else None


def _surnames(word: str) -> tuple[str, ...]:
    return tuple(part for part in (piece.strip() for piece in re.split("[;,]", word)) if part)


def split_name(full_name: str) -> dict[str, str | None]:
    """Parts of `Last, First Middle[, Suffix]`. The first word after the comma is the given name."""
    surname, _, rest = full_name.partition(",")
    names, _, suffix = rest.partition(",")
    given, _, middle = names.strip().partition(" ")
    parts = {"surname": surname, "given_name": given, "middle_name": middle, "suffix": suffix}
    return {field: part.strip() or None for field, part in parts.items()}


def identity_of(found: dict[str, Any]) -> IdentityFields:
    """Identity of a profile row, from the fields that its columns gave."""
    if full_name := found.pop("full_name", None):
        found |= split_name(full_name)
    if ssn := found.get("ssn"):
        found["ssn_last4"] = ssn[-4:]
    withheld = bool(found.pop("withheld", False))
    return IdentityFields(**{"given_name": None, **found, "withheld": withheld})


def shown(cell: str) -> str:
    """A cell for the state's own desk: cut, control characters and stray bytes escaped."""
    text = "".join(_escaped(char) for char in cell.strip()[: SHOWN_LENGTH_MAX + 1])
    return text if len(text) <= SHOWN_LENGTH_MAX else text[: SHOWN_LENGTH_MAX - 1] + "…"


def _escaped(char: str) -> str:
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char if char.isprintable() else char.encode("unicode_escape").decode()
