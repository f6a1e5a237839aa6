"""A document to be printed, as data: headings, fields, lists, tables. Printers say how it looks.

Everything is text in the reader's own language. A sign is the code of an outcome; it only repeats
what the words say.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or a few; of less weight where it is a note."""

    text: str
    is_note: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled value; None: left blank, to be filled in by hand."""

    label: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Fields:
    """Labelled values, one below the other."""

    rows: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """An entry of a list, and what is said under it; with a box to tick."""

    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list to go by."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its head, and one cell for each further column."""

    head: str
    cells: tuple[str, ...]
    sign: str | None = None
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of numbers under its caption; the first of the heads is that of the rows' heads."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]


Block = Paragraph | Fields | Points | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it; sections below it stand at its end."""

    heading: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...] = ()
    sign: str | None = None
    code: str | None = None
    """Of the sign's outcome, small behind the heading: for searching."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document. The first thing read is its heading, which answers."""

    language: str
    title: str
    """For the file's own title and the head of each sheet."""
    band: str | None
    """What must not be overlooked: that the data are made up."""
    name: str
    heading: str
    lead: str
    warning: str
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
    page_of: str
    """Words for "page {page} of {pages}"."""
