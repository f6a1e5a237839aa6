"""A document as PDF on letter paper: fonts embedded, headings as bookmarks, pages numbered.

The same document gives the same bytes. A character that the font has no shape for is printed as a
question mark. The file is not tagged: who listens to a page takes the HTML.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Circle, Drawing, Path, PolyLine, Rect
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, HRFlowable, PageTemplate, Spacer
from reportlab.platypus import KeepTogether as Kept
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Grid

from hub.printing.document import (
    Block,
    Document,
    Fields,
    Paragraph,
    Points,
    Section,
    Table,
)
from hub.printing.signs import (
    CIRCLES,
    CONTROL,
    HALF_RADIUS,
    INK,
    LINE,
    LINES,
    MUTED,
    SIDE,
    SIGN_COLORS,
    SURFACE,
    WARN,
    WIDTH,
)

FONT, BOLD = "Vera", "Vera-Bold"
MARGIN = 0.75 * inch
_WIDTH = letter[0] - 2 * MARGIN
_LABEL_WIDTH = 2.0 * inch
_MARK_WIDTH = 0.3 * inch
_NUMBER_WIDTH = 1.25 * inch
_BLANK_HEIGHT = 0.35 * inch
_KAPPA = 0.5523
"""Of a quarter circle drawn as a Bézier curve."""


def pdf_of(document: Document) -> bytes:
    """The whole file. Laid out twice, since each sheet names how many there are."""
    _fonts()
    pages = _laid_out(document, None)[1]
    return _laid_out(document, pages)[0]


def _laid_out(document: Document, pages: int | None) -> tuple[bytes, int]:
    target = io.BytesIO()
    sheets = _Sheets(
        target,
        pagesize=letter,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=document.name,
        subject=document.heading,
        author="Registry Hub",
        creator="Registry Hub",
        lang=document.language,
        initialFontName=FONT,
        displayDocTitle=True,
        invariant=True,
    )
    frame = Frame(MARGIN, MARGIN, _WIDTH, letter[1] - 2 * MARGIN, 0, 0, 0, 0)

    def foot(canvas: Any, _template: Any) -> None:
        canvas.setFont(FONT, 7.5)
        canvas.setFillColor(HexColor(MUTED))
        canvas.drawString(MARGIN, MARGIN / 2, _printable(document.name))
        shown = document.page_of.format(page=canvas.getPageNumber(), pages=pages)
        canvas.drawRightString(letter[0] - MARGIN, MARGIN / 2, _printable(shown))

    sheets.addPageTemplates([PageTemplate(frames=[frame], onPage=foot)])
    sheets.build(list(_story(document)))
    return target.getvalue(), sheets.page


class _Sheets(BaseDocTemplate):  # type: ignore[misc]
    """Lays out, and makes a bookmark of each heading."""

    _marks = 0

    def afterFlowable(self, flowable: Any) -> None:
        level, heading = getattr(flowable, "bookmark", (None, ""))
        if level is None:
            return
        self._marks += 1
        key = f"h{self._marks}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(heading, key, level, closed=False)


def _story(document: Document) -> Iterator[Flowable]:
    if document.band is not None:
        yield _boxed(document.band, WARN)
    yield _text(document.name, "name")
    yield _heading(document.heading, "h1", 0)
    yield _text(document.lead, "lead")
    yield _boxed(document.warning, INK)
    for section in document.sections:
        yield from _section(section)
    yield Spacer(0, 14)
    yield _rule()
    for line in document.footer:
        yield _text(line, "note")


def _section(section: Section) -> Iterator[Flowable]:
    blocks = [flowable for block in section.blocks for flowable in _block(block)]
    head = [Spacer(0, 8), _rule(), _heading(section.heading, "h2", 0)]
    each = [_record(record) for record in section.sections]
    # A heading stays with what begins under it.
    first = blocks[:1] or (each.pop(0) if each else [])
    yield Kept([*head, *first])
    yield from blocks[1:]
    for record in each:
        yield Kept(record)


def _record(section: Section) -> list[Flowable]:
    blocks = [flowable for block in section.blocks for flowable in _block(block)]
    return [Spacer(0, 7), _record_head(section), *blocks]


def _record_head(section: Section) -> Flowable:
    code = ""
    if section.code is not None:
        code = f' <font size="7" color="{MUTED}">{_markup(section.code)}</font>'
    heading = Text(f"{_markup(section.heading)}{code}", _style("h3"))
    head = heading if section.sign is None else _marked(_drawing(section.sign), [heading])
    head.bookmark = (1, section.heading)
    return head


def _block(block: Block) -> list[Flowable]:
    if isinstance(block, Paragraph):
        return [_text(block.text, "note" if block.is_note else "text")]
    if isinstance(block, Fields):
        return [_fields(block)]
    if isinstance(block, Points):
        return [
            _marked(_box(), [_text(point.text, "strong"), _text(point.detail, "note")])
            for point in block.points
        ] + [Spacer(0, 4)]
    return [_text(block.caption, "note"), _table(block), Spacer(0, 4)]


def _fields(fields: Fields) -> Flowable:
    rows = [[_text(f.label, "label"), _text(f.value or "", "cell")] for f in fields.rows]
    heights = [_BLANK_HEIGHT if field.value is None else None for field in fields.rows]
    lines = [
        ("LINEBELOW", (1, at), (1, at), 0.7, HexColor(INK))
        for at, field in enumerate(fields.rows)
        if field.value is None
    ]
    low = [("VALIGN", (0, end[1]), end, "BOTTOM") for _, _, end, *_ in lines]
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), *_PADDING, *lines, *low]
    widths = [_LABEL_WIDTH, _WIDTH - _LABEL_WIDTH]
    return Grid(rows, widths, heights, style=style, hAlign="LEFT", splitInRow=1)


def _table(table: Table) -> Flowable:
    rows: list[list[Flowable]] = [
        [_text(head, "number-head" if at else "cell-head") for at, head in enumerate(table.heads)]
    ]
    for row in table.rows:
        head = _text(row.head, "cell-head" if row.is_total else "cell")
        first = head if row.sign is None else _marked(_drawing(row.sign), [head])
        number = "number-head" if row.is_total else "number"
        rows.append([first, *(_text(cell, number) for cell in row.cells)])
    numbers = len(table.heads) - 1
    widths = [_WIDTH - numbers * _NUMBER_WIDTH, *[_NUMBER_WIDTH] * numbers]
    lines = [("LINEBELOW", (0, at), (-1, at), 0.5, HexColor(LINE)) for at in range(len(rows))]
    lines[0] = ("LINEBELOW", (0, 0), (-1, 0), 0.7, HexColor(CONTROL))
    lines += [
        ("LINEABOVE", (0, at), (-1, at), 0.7, HexColor(CONTROL))
        for at, row in enumerate(table.rows, 1)
        if row.is_total
    ]
    style = [("VALIGN", (0, 0), (-1, -1), "MIDDLE"), *_PADDING, *lines]
    return Grid(rows, widths, repeatRows=1, style=style, hAlign="LEFT")


def _marked(mark: Flowable, told: list[Flowable]) -> Flowable:
    """A sign or a box, and what stands beside it."""
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (0, 0), 1.5), *_NO_PADDING]
    widths = [_MARK_WIDTH, None]
    return Grid([[mark, told]], widths, style=style, hAlign="LEFT", splitInRow=1)


def _boxed(text: str, color: str) -> Flowable:
    style = [
        ("BACKGROUND", (0, 0), (-1, -1), HexColor(SURFACE)),
        ("LINEBEFORE", (0, 0), (0, -1), 3, HexColor(color)),
        ("LEFTPADDING", (0, 0), (-1, -1), 8),
        ("TOPPADDING", (0, 0), (-1, -1), 5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
    ]
    return Grid([[_text(text, "text")]], [_WIDTH], style=style, spaceBefore=4, spaceAfter=8)


_PADDING = (
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 6),
    ("TOPPADDING", (0, 0), (-1, -1), 1.2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.8),
)
_NO_PADDING = (
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (1, 0), (1, 0), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
)


def _rule() -> Flowable:
    return HRFlowable("100%", 0.5, color=HexColor(LINE), spaceBefore=0, spaceAfter=3)


def _drawing(sign: str) -> Flowable:
    size = 9.0
    scale = size / SIDE
    color = HexColor(SIGN_COLORS[sign])
    line = {"strokeColor": color, "strokeWidth": WIDTH * scale}
    drawing = Drawing(size, size)
    if sign in CIRCLES:
        radius, is_filled = CIRCLES[sign]
        fill = color if is_filled else None
        drawing.add(Circle(size / 2, size / 2, radius * scale, fillColor=fill, **line))
    if sign in HALF_RADIUS:
        drawing.add(_left_half(size / 2, HALF_RADIUS[sign] * scale, color))
    for points in LINES.get(sign, ()):
        scaled = [each * scale for each in points]
        flipped = [size - at if place % 2 else at for place, at in enumerate(scaled)]
        drawing.add(PolyLine(flipped, fillColor=None, **line))
    return drawing


def _left_half(center: float, radius: float, color: Any) -> Any:
    bend = radius * _KAPPA
    path = Path(fillColor=color, strokeColor=None)
    left, low, high = center - radius, center - radius, center + radius
    path.moveTo(center, high)
    path.curveTo(center - bend, high, left, center + bend, left, center)
    path.curveTo(left, center - bend, center - bend, low, center, low)
    path.closePath()
    return path


def _box() -> Flowable:
    drawing = Drawing(10, 10)
    drawing.add(Rect(0.5, 0.5, 8.5, 8.5, fillColor=None, strokeColor=HexColor(CONTROL)))
    return drawing


def _heading(text: str, style: str, level: int) -> Flowable:
    heading = _text(text, style)
    heading.bookmark = (level, text)
    return heading


def _text(text: str, style: str) -> Flowable:
    return Text(_markup(text), _style(style))


def _markup(text: str) -> str:
    return escape(_printable(text))


def _printable(text: str) -> str:
    shapes = pdfmetrics.getFont(FONT).face.charToGlyph
    return "".join(each if ord(each) in shapes else "?" for each in text)


@cache
def _style(name: str) -> ParagraphStyle:
    size, leading, font, color, options = _STYLES[name]
    return ParagraphStyle(
        name,
        fontName=font,
        fontSize=size,
        leading=leading,
        textColor=HexColor(color),
        splitLongWords=1,
        **options,
    )


_RIGHT = 2
_STYLES: dict[str, tuple[float, float, str, str, dict[str, Any]]] = {
    "name": (9.5, 12, BOLD, MUTED, {"spaceAfter": 2}),
    "h1": (15, 19, BOLD, INK, {"spaceAfter": 4}),
    "h2": (12.5, 16, BOLD, INK, {"spaceAfter": 4}),
    "h3": (9.5, 12, BOLD, INK, {"spaceAfter": 2}),
    "lead": (10.5, 14, FONT, INK, {"spaceAfter": 4}),
    "text": (9, 12.5, FONT, INK, {"spaceAfter": 3}),
    "strong": (9, 12.5, BOLD, INK, {}),
    "note": (7.5, 10.5, FONT, MUTED, {"spaceAfter": 3}),
    "label": (8, 10.5, FONT, MUTED, {}),
    "cell": (8.5, 10.5, FONT, INK, {}),
    "cell-head": (8.5, 11, BOLD, INK, {}),
    "number": (8.5, 11, FONT, INK, {"alignment": _RIGHT}),
    "number-head": (8.5, 11, BOLD, INK, {"alignment": _RIGHT}),
}


@cache
def _fonts() -> None:
    """The fonts that come with the library, under its own registry of them."""
    pdfmetrics.registerFont(TTFont(FONT, "Vera.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, "VeraBd.ttf"))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)
