"""A registry's mapping file, read and checked: everything that is special about its exports.

A seventh registry needs a mapping file and no code. Unknown keys are refused, and so is whatever
names a column that the file does not list, so that a slip of the pen shows before any row is read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, model_validator

from hub.domain.events import Kind
from hub.errors import ConfigurationError
from hub.intake.elements import elements_of
from hub.intake.fields import check_targets
from hub.intake.tables import (
    Amount,
    Areas,
    Codes,
    Column,
    Form,
    Function,
    Group,
    KindName,
    Setting,
    Table,
    TypeCodes,
)


class FileMapping(Table):
    """One file of the export."""

    name: str
    kind: KindName
    key: str
    person: str | None = None
    stamp: str
    columns: dict[str, Column]
    set: tuple[Setting, ...] = ()
    amount: tuple[Amount, ...] = ()
    areas: Areas | None = None
    group: Group | None = None
    type_columns: tuple[str, ...] = ()
    types: dict[str, TypeCodes] = Field(default_factory=dict)

    @property
    def event_kind(self) -> Kind:
        return Kind[self.kind.upper()]

    def named_columns(self) -> Iterator[str]:
        """Every column that another part of this file's mapping names."""
        yield from (self.key, self.stamp, *self.type_columns)
        yield from (self.person,) if self.person else ()
        for column in self.columns.values():
            yield from (column.not_before,) if column.not_before else ()
            yield from column.identity_unless.columns() if column.identity_unless else ()
        for setting in self.set:
            yield from (setting.column,) if setting.column else ()
            yield from setting.when.columns()
        for amount in self.amount:
            yield amount.column
            yield from amount.when.columns()
        if self.areas:
            own = (self.areas.column, self.areas.amount, self.areas.listed, self.areas.total)
            yield from (name for name in own if name)
            yield from (part.column for part in self.areas.columns)
        if self.group:
            yield from (self.group.line, *self.group.varies)

    @model_validator(mode="after")
    def _names_hold(self) -> Self:
        for name in self.named_columns():
            if name not in self.columns:
                raise ValueError(f'{self.name} has no column "{name}"')
        if (self.person is None) != (self.kind == "approval"):
            raise ValueError(f"{self.name}: every kind but approval names a person column")
        for name, column in self.columns.items():
            if column.to == "identity.withheld" and column.type != "flag":
                raise ValueError(f'{self.name}: "{name}" withholds persons, so it is a flag')
        if self.kind == "credential" and not (self.type_columns and self.types):
            raise ValueError(f"{self.name}: credentials need type_columns and types")
        return self


class Mapping(Table):
    """Everything special about one registry's exports."""

    registry: str = Field(pattern=r"^us-[a-z]{2}$")
    name: str
    version: int = Field(ge=1, lt=1000)
    synthetic: bool = False
    extract_on: date
    zone: str
    functions: tuple[Function, ...]
    form: Form
    codes: dict[str, Codes] = Field(default_factory=dict)
    file: tuple[FileMapping, ...] = Field(min_length=1)

    @property
    def elements(self) -> tuple[str, ...]:
        """Codes of the CEDS elements that the mapped columns provide."""
        found: set[str] = set()
        for file in self.file:
            found |= elements_of(file.kind, targets_of(file))
        return tuple(sorted(found))

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(file.kind for file in self.file)

    def file_of(self, name: str) -> FileMapping | None:
        return next((file for file in self.file if file.name == name), None)

    @model_validator(mode="after")
    def _parts_hold(self) -> Self:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f'there is no time zone "{self.zone}"') from None
        for file in self.file:
            tables = [column.codes for column in file.columns.values()]
            tables.append(file.areas.codes if file.areas else None)
            for table in tables:
                if isinstance(table, str) and table not in self.codes:
                    raise ValueError(f'{file.name} names the code list "{table}", which is absent')
            check_targets(file.event_kind, *_filled_by(file, self.codes))
        names = [file.name for file in self.file]
        kinds = [file.kind for file in self.file]
        if len(set(names)) < len(names) or len(set(kinds)) < len(kinds):
            raise ValueError("each file and each kind stands once")
        return self


def targets_of(file: FileMapping) -> Iterator[str]:
    """Every field that a file's mapping fills."""
    for column in file.columns.values():
        yield from (target for target in (column.to, column.own) if target)
    yield from (setting.to for setting in file.set)
    if file.kind == "credential":
        yield from ("body.type", "body.subtype")
    if file.amount:
        yield from ("body.amount", "body.unit")
    if file.areas:
        yield "body.areas"
    if file.person:
        yield "person_id"


def _filled_by(
    file: FileMapping, lists: dict[str, Codes]
) -> tuple[list[str], list[tuple[str, str | bool]]]:
    """Fields that a file fills, and which words of the mapping itself go into which field."""
    words: list[tuple[str, str | bool]] = []
    for column in file.columns.values():
        codes = lists[column.codes] if isinstance(column.codes, str) else column.codes
        if column.to and isinstance(codes, dict):
            words += [(column.to, code) for code in codes.values() if code != ""]
    words += [(setting.to, s) for setting in file.set if (s := setting.value) is not None]
    return [target for target in targets_of(file) if target != "person_id"], words


def load_mapping(text: str, source: str) -> Mapping:
    """Read a mapping file's text. Raises ConfigurationError naming `source` and the place."""
    try:
        return Mapping.model_validate(_frozen(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"mapping {source}: {error}", fix="correct the file") from None
    except ValidationError as error:
        raise ConfigurationError(
            f"mapping {source}: {'; '.join(_places(error))}", fix="correct the file"
        ) from None


def _frozen(value: Any) -> Any:
    """Arrays as tuples: a mapping never changes."""
    if isinstance(value, dict):
        return {name: _frozen(part) for name, part in value.items()}
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value


def _places(error: ValidationError) -> list[str]:
    places: list[Any] = error.errors(include_url=False, include_input=False)
    return [f"{'.'.join(map(str, p['loc'])) or 'file'}: {p['msg']}" for p in places[:10]]
