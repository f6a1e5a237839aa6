"""A report as files: HTML that stands alone and can be listened to, PDF of the same bytes."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from hub.printing import texts_en, texts_es
from hub.printing.document import Document
from hub.printing.html import html_of
from hub.printing.pdf import pdf_of
from hub.printing.portability import portability_report
from hub.printing.signs import SIGN_COLORS, svg_of
from hub.printing.texts import Texts
from tests.unit.printing.report_items import asked, everything, interval, item

ROOT = Path(__file__).parents[3]
HOSTILE = '<script>alert(1)</script> & "T" \u2192 <b>'
BOTH = pytest.mark.parametrize("texts", [texts_en.texts(), texts_es.texts()], ids=["en", "es"])
AGAIN = """
import hashlib
from hub.printing.pdf import pdf_of
from tests.unit.printing.test_printing_files import whole
from hub.printing.texts_es import texts
print(hashlib.sha256(pdf_of(whole(texts()))).hexdigest())
"""


def whole(texts: Texts) -> Document:
    items = [each for each in everything() if each["record_id"] is not None]
    return portability_report(asked(), items, texts)


class Tags(HTMLParser):
    """Start tags with their attributes, and text, of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


@BOTH
def test_a_page_says_its_language_its_title_and_has_one_first_heading(texts: Texts) -> None:
    document = whole(texts)
    page = Tags(html_of(document))

    assert page.open == []
    assert ("html", {"lang": texts.language}) in page.tags
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
    assert document.name in page.text


@BOTH
def test_every_head_of_a_table_says_what_it_heads(texts: Texts) -> None:
    page = Tags(html_of(whole(texts)))
    scopes = [attributes["scope"] for tag, attributes in page.tags if tag == "th"]

    assert scopes.count("col") == 4
    assert scopes.count("row") == 7
    assert "caption" in [tag for tag, _ in page.tags]


@BOTH
def test_a_page_loads_nothing(texts: Texts) -> None:
    text = html_of(whole(texts))

    assert not re.search(r"https?:|url\(|@import|<script|<link|<img", text)


@BOTH
def test_signs_are_silent_for_who_listens(texts: Texts) -> None:
    page = Tags(html_of(whole(texts)))
    signs = [attributes for tag, attributes in page.tags if tag == "svg"]

    assert len(signs) == 9 + 6
    assert all(attributes["aria-hidden"] == "true" for attributes in signs)


def test_what_a_registry_wrote_is_text_and_no_markup() -> None:
    record = item(("us-oh", "training", HOSTILE), interval("FULL", "accepted_in_full"))
    document = portability_report(asked(), [record], texts_en.texts())

    page = Tags(html_of(document))

    assert HOSTILE in page.text
    assert "script" not in [tag for tag, _ in page.tags]
    assert pdf_of(document).startswith(b"%PDF")


def test_every_outcome_has_a_sign_of_its_own_shape() -> None:
    shapes = {re.sub(r"#[0-9A-F]{6}", "", svg_of(sign)) for sign in SIGN_COLORS}

    assert len(shapes) == len(SIGN_COLORS)


@BOTH
def test_the_same_report_gives_the_same_pdf(texts: Texts) -> None:
    assert pdf_of(whole(texts)) == pdf_of(whole(texts))


def test_another_process_gives_the_same_pdf() -> None:
    made = [
        subprocess.run(
            [sys.executable, "-c", AGAIN], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]

    assert made[0] == made[1]


@BOTH
def test_a_pdf_is_letter_paper_with_language_title_and_own_fonts(texts: Texts) -> None:
    document = whole(texts)
    data = pdf_of(document)

    assert b"/MediaBox [ 0 0 612 792 ]" in data
    assert f"/Lang ({texts.language})".encode() in data
    assert b"/DisplayDocTitle true" in data
    assert pdf_text(document.name) in data
    assert data.count(b"/FontFile2") == 2


@BOTH
def test_every_heading_of_a_pdf_is_a_bookmark(texts: Texts) -> None:
    document = whole(texts)
    data = pdf_of(document)
    parts = [p for part in document.sections for p in (part, *part.sections)]

    assert [part.heading for part in parts if pdf_text(part.heading) not in data] == []


def test_a_pdf_has_as_many_sheets_as_its_records_need() -> None:
    answer = interval("FULL", "accepted_in_full")
    many = [item(("us-oh", "training", f"T-{n}"), answer) for n in range(100)]
    one, full = (portability_report(asked(), each, texts_en.texts()) for each in (many[:1], many))

    assert sheets(pdf_of(one)) == 2
    assert 10 < sheets(pdf_of(full)) < 30


def test_a_document_for_many_records_does_not_stop_the_printing() -> None:
    answer = interval("NEEDS_DOCUMENT", "documents_needed", documents=["certificate"])
    many = [item(("us-oh", "training", f"T-{n}"), answer) for n in range(250)]

    data = pdf_of(portability_report(asked(), many, texts_en.texts()))

    assert sheets(data) > 40


def test_one_long_record_does_not_stop_the_printing() -> None:
    answer = interval(
        "NEEDS_DOCUMENT", "documents_needed", documents=[f"document_{n}" for n in range(200)]
    )
    record = item(("us-oh", "training", "T" * 300), answer)

    data = pdf_of(portability_report(asked(), [record], texts_en.texts()))

    assert sheets(data) > 1


def sheets(data: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", data))


def pdf_text(text: str) -> bytes:
    """A text as it stands in the file's own titles: Latin letters, or UTF-16 where there are none,
    with what PDF reserves escaped."""
    from reportlab.pdfbase.pdfdoc import PDFDocument, PDFString

    formatted: str = PDFString(text).format(PDFDocument())
    return formatted.encode("latin-1") if isinstance(formatted, str) else formatted
