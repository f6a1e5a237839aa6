"""A document as one HTML file: nothing is loaded from elsewhere, and it prints on letter paper."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from hub.printing.document import (
    Block,
    Document,
    Fields,
    Paragraph,
    Point,
    Points,
    Section,
    Table,
)
from hub.printing.signs import CONTROL, INK, LINE, MUTED, SURFACE, WARN, svg_of

_TOP = 2

_STYLE = f"""
*, ::before, ::after {{ box-sizing: border-box; }}
html {{ color-scheme: light; }}
body {{ margin: 0; background: #FFFFFF; color: {INK}; font: 400 1rem/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere; }}
.sheet {{ max-width: 48rem; margin: 0 auto; padding: 24px 16px 48px; }}
h1, h2, h3, dt, caption, th, .total td {{ font-weight: 600; }}
h1 {{ font-size: 2rem; line-height: 1.25; margin: 8px 0; }}
h2 {{ font-size: 1.5rem; line-height: 1.333; margin: 32px 0 8px; padding-top: 16px;
  border-top: 1px solid {LINE}; }}
h3 {{ font-size: 1.1875rem; line-height: 1.474; margin: 24px 0 4px; }}
p {{ margin: 0 0 8px; max-width: 35rem; }}
.name {{ font-weight: 600; font-size: 1.1875rem; margin: 0; }}
.lead {{ font-size: 1.1875rem; line-height: 1.474; }}
.band, .warning {{ border-left: 4px solid {WARN}; background: {SURFACE}; padding: 8px 12px;
  margin: 8px 0 16px; }}
.warning {{ border-color: {INK}; }}
.note, small, footer p, .points span {{ font-size: 0.8125rem; line-height: 1.54; color: {MUTED}; }}
small {{ font-weight: 400; font-family: ui-monospace, "DejaVu Sans Mono", monospace; }}
dl {{ display: grid; grid-template-columns: minmax(8rem, 14rem) minmax(0, 1fr); gap: 4px 16px;
  margin: 8px 0; font-size: 0.9375rem; line-height: 1.333; }}
dt, dd {{ padding: 4px 0; }}
dd {{ margin: 0; }}
.blank {{ border-bottom: 1px solid {INK}; min-height: 2.5rem; }}
.points {{ list-style: none; margin: 8px 0; padding: 0; }}
.points li {{ display: grid; grid-template-columns: 24px minmax(0, 1fr); padding: 6px 0; }}
.points i {{ width: 14px; height: 14px; margin-top: 5px; border: 1.5px solid {CONTROL}; }}
.points b, .points span {{ display: block; max-width: 35rem; }}
.points b {{ font-weight: 600; }}
.sign {{ width: 1em; height: 1em; vertical-align: -0.125em; margin-right: 0.3em; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: 0.9375rem; line-height: 1.333; margin: 8px 0 16px; }}
caption {{ text-align: left; color: {MUTED}; font-weight: 400; font-size: 0.8125rem;
  padding-bottom: 8px; }}
th, td {{ text-align: left; vertical-align: bottom; padding: 8px 12px; overflow-wrap: normal;
  border-bottom: 1px solid {LINE}; }}
th:first-child {{ padding-left: 0; }}
thead th {{ border-color: {CONTROL}; }}
tbody th {{ font-weight: 400; }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
.total th, .total td {{ border-top: 1px solid {CONTROL}; font-weight: 600; }}
footer {{ margin-top: 32px; padding-top: 16px; border-top: 1px solid {LINE}; }}
:focus-visible {{ outline: 3px solid {INK}; outline-offset: 2px; }}
@media (max-width: 40rem) {{
  dl {{ grid-template-columns: minmax(0, 1fr); gap: 0; }}
  dd {{ padding-bottom: 8px; }}
  h1 {{ font-size: 1.5rem; }}
}}
@media screen and (max-width: 40rem) {{
  table, caption, tbody, tr, tbody th, td {{ display: block; }}
  thead {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
  tr {{ border-bottom: 1px solid {LINE}; padding: 4px 0; }}
  tbody th, td, .total th, .total td {{ border: 0; padding: 2px 0; }}
  td {{ display: flex; justify-content: space-between; }}
  td::before {{ content: attr(data-label); font-weight: 400; }}
}}
@media print {{
  html {{ font-size: 9.5pt; }}
  .sheet {{ max-width: none; padding: 0; }}
  p, .points b, .points span {{ max-width: none; }}
  h1 {{ font-size: 1.75rem; }} h2 {{ font-size: 1.25rem; margin-top: 12pt; padding-top: 6pt; }}
  h3 {{ margin-top: 10pt; font-size: 1.0625rem; }}
  dl {{ gap: 0 12pt; margin: 4pt 0; }} dt, dd {{ padding: 1.5pt 0; }}
  th, td {{ padding: 3pt 8pt; }} .points li {{ padding: 3pt 0; }}
  h1, h2, h3 {{ break-after: avoid; }}
  .record, tr, .points li, .band, .warning {{ break-inside: avoid; }}
  thead {{ display: table-header-group; }} table {{ break-inside: avoid; }}
  .band, .warning {{ print-color-adjust: exact; }}
}}
"""


def html_of(document: Document) -> str:
    """The whole file."""
    band = "" if document.band is None else f'<p class="band">{escape(document.band)}</p>\n'
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="{escape(document.language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(document.name)}</title>\n"
        f"<style>{_STYLE}{_page_rule(document)}</style>\n</head>\n<body>\n"
        '<div class="sheet">\n<main>\n'
        f'{band}<p class="name">{escape(document.name)}</p>\n'
        f"<h1>{escape(document.heading)}</h1>\n"
        f'<p class="lead">{escape(document.lead)}</p>\n'
        f'<p class="warning">{escape(document.warning)}</p>\n'
        f"{''.join(_section(section, _TOP) for section in document.sections)}"
        "</main>\n<footer>\n"
        f"{''.join(f'<p>{escape(line)}</p>{chr(10)}' for line in document.footer)}"
        "</footer>\n</div>\n</body>\n</html>\n"
    )


def _page_rule(document: Document) -> str:
    """What stands at the foot of each printed sheet."""
    before, _, rest = document.page_of.partition("{page}")
    between, _, after = rest.partition("{pages}")
    words = f'"{before}" counter(page) "{between}" counter(pages) "{after}"'
    return (
        "@page { size: letter; margin: 0.75in; @bottom-right { content: "
        f"{words}; font: 8pt sans-serif; }} @bottom-left {{ content: "
        f'"{document.title}"; font: 8pt sans-serif; }} }}\n'
    )


def _section(section: Section, level: int) -> str:
    style = "part" if level == _TOP else "record"
    sign = "" if section.sign is None else svg_of(section.sign)
    code = "" if section.code is None else f" <small>{escape(section.code)}</small>"
    return (
        f'<section class="{style}">\n<h{level}>{sign}{escape(section.heading)}{code}</h{level}>\n'
        f"{''.join(line for block in section.blocks for line in _block(block))}"
        f"{''.join(_section(each, level + 1) for each in section.sections)}</section>\n"
    )


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        note = ' class="note"' if block.is_note else ""
        yield f"<p{note}>{escape(block.text)}</p>\n"
    elif isinstance(block, Fields):
        yield "<dl>\n"
        for field in block.rows:
            blank = ' class="blank"' if field.value is None else ""
            yield f"<dt>{escape(field.label)}</dt><dd{blank}>{escape(field.value or '')}</dd>\n"
        yield "</dl>\n"
    elif isinstance(block, Points):
        yield '<ul class="points">\n'
        yield from (_point(point) for point in block.points)
        yield "</ul>\n"
    else:
        yield from _table(block)


def _point(point: Point) -> str:
    words = f"<b>{escape(point.text)}</b><span>{escape(point.detail)}</span>"
    return f'<li><i aria-hidden="true"></i><div>{words}</div></li>\n'


def _table(table: Table) -> Iterator[str]:
    caption = escape(table.caption)
    yield f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}">\n<table>\n'
    yield f"<caption>{caption}</caption>\n<thead><tr>"
    for place, head in enumerate(table.heads):
        number = ' class="n"' if place else ""
        yield f'<th scope="col"{number}>{escape(head)}</th>'
    yield "</tr></thead>\n<tbody>\n"
    for row in table.rows:
        total = ' class="total"' if row.is_total else ""
        sign = "" if row.sign is None else svg_of(row.sign)
        yield f'<tr{total}><th scope="row">{sign}{escape(row.head)}</th>'
        for head, cell in zip(table.heads[1:], row.cells, strict=True):
            yield f'<td class="n" data-label="{escape(head)}">{escape(cell)}</td>'
        yield "</tr>\n"
    yield "</tbody>\n</table>\n</div>\n"
