"""The tables of a mapping file: columns, tests, settings, hours, areas, and the files' form.

All are strict and closed: an unknown key or a value of another type is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

CellType = Literal[
    "text", "code", "flag", "date", "stamp", "number", "full_name", "surnames", "ssn", "ssn_last4"
]
Unit = Literal["CLOCK", "CEU", "SEMESTER"]
Codes = dict[str, str | bool]


def _exact(text: Any) -> Any:
    if isinstance(text, str):
        with suppress(InvalidOperation):
            return Decimal(text)
    raise ValueError("a number written as text is needed")


Number = Annotated[Decimal, BeforeValidator(_exact)]
"""Written as text, so that it stays exact."""
Range = tuple[Number, Number]
Function = Literal[
    "professional_development_approval",
    "trainer_approval",
    "organization_approval",
    "training_verification",
    "credential_tracking",
    "employment_verification",
    "education_verification",
    "career_ladder",
]
KindName = Literal[
    "profile", "employment", "education", "training_completion", "credential", "approval"
]


class Table(BaseModel):
    """A table of the mapping file: strict, closed, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class When(Table):
    """A test of a row's own words; all parts must hold."""

    equals: dict[str, tuple[str, ...]] = {}
    filled: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    starts: dict[str, str] = {}

    def columns(self) -> Iterator[str]:
        yield from self.equals
        yield from self.filled
        yield from self.empty
        yield from self.starts


class Column(Table):
    """One column, in the file's own order."""

    type: CellType = "text"
    to: str | None = None
    """Where the value goes: body.…, private.… or identity.…"""
    own: str | None = None
    """Where the registry's own word of a code goes."""
    form: str | None = None
    nulls: tuple[str, ...] = ()
    codes: Codes | tuple[str, ...] | str | None = None
    open: bool = False
    """Words that are not in the code list stand as they are."""
    required: bool = False
    past: bool = False
    """Not after the day of the extract."""
    range: Range | None = None
    not_before: str | None = None
    prefix: str = ""
    separator: str | None = None
    identity: bool = False
    """Never shown, never published in the open."""
    identity_unless: When | None = None


class Setting(Table):
    """A field that follows from a row's words: the first that holds wins."""

    to: str
    value: str | bool | None = None
    column: str | None = None
    when: When = When()


class Amount(Table):
    """A column that states a completion's hours; the first filled one whose test holds counts."""

    column: str
    unit: Unit
    range: Range
    """In clock hours, both ends inclusive."""
    when: When = When()


class AreaColumn(Table):
    column: str
    area: str
    own: str


class Areas(Table):
    """How hours are given to knowledge areas: by column, by row, by list, or one area in all."""

    column: str | None = None
    amount: str | None = None
    """Hours of the row's area, in the completion's unit: such rows form one statement."""
    columns: tuple[AreaColumn, ...] = ()
    listed: str | None = None
    """Column of CODE:hours, separated by semicolons."""
    codes: str | None = None
    total: str | None = None
    """Column that the listed hours add up to."""


class Group(Table):
    """Several rows of one record and stamp are one statement."""

    line: str
    varies: tuple[str, ...]
    """Columns in which the rows of one statement may differ."""


class TypeCodes(Table):
    """What the registry's own type of a credential means in common codes."""

    type: str
    subtype: str | None = None
    level: str | None = None
    issuing_state: str | None = None


class Form(Table):
    """How the files are written."""

    encoding: Literal["utf-8", "windows-1252"]
    byte_order_mark: bool = False
    delimiter: str = Field(min_length=1, max_length=1)
    quoting: Literal["none", "minimal", "all"]
    nulls: tuple[str, ...] = ()
    padded_codes: bool = False
    """Code columns are padded on the right with blanks."""
    trailer: str | None = None
    """First word of a last line that counts the rows."""
    date: str
    stamp: str
    flags: tuple[str, str]
    """The words for yes and no."""
