"""The acceptance matrix on the page: grids, rules behind cells, the same as list, CSV and JSON."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import acceptance_matrix
import httpx
from summary_document import document

from hub.api.app import FeedEvent, build_app
from hub.api.view_acceptance import CSV_PATH, JSON_PATH, acceptance_view


class MatrixSource:
    """A source whose acceptance matrix is set by the test."""

    def __init__(self, matrix: dict[str, Any]) -> None:
        self.matrix = matrix

    async def summary(self) -> dict[str, Any]:
        return document()

    async def acceptance(self) -> dict[str, Any]:
        return self.matrix

    async def events_after(self, sequence: int) -> list[FeedEvent]:
        return []


async def get(path: str, matrix: dict[str, Any] | None = None) -> httpx.Response:
    source = MatrixSource(acceptance_matrix.document("everyone") if matrix is None else matrix)
    transport = httpx.ASGITransport(build_app(source), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.get(path)


async def test_every_cell_with_rules_leads_to_rules_that_are_on_the_page() -> None:
    text = (await get("/")).text
    targets = set(re.findall(r'href="#(rules-[\w-]+)"', text))

    assert targets == {"rules-us-nv-credential", "rules-us-oh-credential", "rules-us-oh-training"}
    assert all(text.count(f'id="{target}"') == 1 for target in targets)


async def test_a_cell_says_its_way_in_words_and_whether_it_is_made_up() -> None:
    text = (await get("/")).text

    assert 'aria-label="Credentials from Ohio to Nevada: with documents"' in text
    assert 'aria-label="Training completions from Florida to Ohio: in full"' in text
    assert 'aria-label="Credentials from Nevada to Ohio: not accepted"' in text
    assert text.count("<small>made up</small>") == 3
    assert "This is no official matrix of the Alliance." in text


async def test_missing_rules_are_words_and_no_cell_is_empty() -> None:
    view = acceptance_view(acceptance_matrix.document("everyone"))
    texts = {cell.text for grid in view["grids"] for row in grid.rows for cell in row.cells}

    assert texts == {
        "not applicable", "no policy", "no rule", "in full", "with documents", "not accepted",
    }  # fmt: skip


async def test_small_counts_are_hidden_on_the_page_and_in_its_files() -> None:
    page, data = (await get("/")).text, (await get(JSON_PATH)).json()
    (cell,) = [c for c in data["cells"] if (c["from"], c["to"]) == ("us-oh", "us-nv")]
    rows = csv.DictReader(io.StringIO((await get(CSV_PATH)).text))
    (row,) = [r for r in rows if (r["from"], r["to"]) == ("us-oh", "us-nv")]

    assert "hidden: under 10" in page
    assert (cell["decisions"], cell["decisions_why"]) == (None, "hidden: under 10")
    assert (row["accepted"], row["refused"], row["decisions_why"]) == ("", "", "hidden: under 10")
    assert row["matches_why"] == "hidden: under 10"


async def test_large_counts_are_shown_with_their_last_day() -> None:
    shown = acceptance_matrix.document(None)
    view = acceptance_view(shown)
    (row,) = [r for r in view["list"].rows if r.key == "us-oh>us-nv|credential"]

    assert [cell.text for cell in row.cells] == [
        "Credentials",
        "with documents",
        "not accepted",
        *("12", "0", "3", "0"),
        "Jun 30, 2026",
    ]


async def test_one_way_trust_is_said_with_both_registries() -> None:
    text = (await get("/")).text

    assert (
        "Nevada accepts credentials from Ohio, with documents; "
        "Ohio does not accept credentials from Nevada." in text
    )
    assert (
        "Ohio accepts training completions from Florida; "
        "Florida has no policy on training completions." in text
    )


async def test_a_hub_without_a_policy_says_where_rules_come_from() -> None:
    empty = acceptance_matrix.document("everyone", policies={}, acceptances=())

    assert "No policy has a rule in force." in (await get("/", empty)).text


async def test_what_a_policy_says_is_text_on_the_page_and_no_markup() -> None:
    matrix = acceptance_matrix.document("everyone")
    for rule in matrix["rules"]:
        rule["counts_as"] = "<b>DIR1</b>"

    text = (await get("/", matrix)).text

    assert "<b>DIR1</b>" not in text
    assert "&lt;b&gt;DIR1&lt;/b&gt;" in text
