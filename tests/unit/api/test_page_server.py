"""The page and its data: equal numbers, honest gaps, closed to other hosts, resumable stream."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import acceptance_matrix
import httpx
import pytest
from summary_document import document

from hub.api.app import FeedEvent, build_app, check_loopback
from hub.api.cache import SummaryCache
from hub.api.stream import event_stream, resume_after
from hub.api.tables import matches_csv, measures_csv, neutralized, registries_csv
from hub.api.view import page_view
from hub.errors import ConfigurationError, RetryableError
from hub.projections.summary import without_persons


class FixedSource:
    """A source whose document and feed are set by the test; `error` is raised when set."""

    def __init__(self) -> None:
        self.document = document()
        self.feed = [
            FeedEvent(n, f"2026-07-01T14:05:0{n}+00:00", "Ohio", f"line {n} <b>", ("→ more",))
            for n in (1, 2, 3)
        ]
        self.error: Exception | None = None
        self.reads = 0

    async def summary(self) -> dict[str, Any]:
        self.reads += 1
        if self.error:
            raise self.error
        return self.document

    async def acceptance(self) -> dict[str, Any]:
        return acceptance_matrix.document("everyone")

    async def events_after(self, sequence: int) -> list[FeedEvent]:
        return [line for line in self.feed if line.sequence > sequence]


async def get(path: str, source: FixedSource | None = None, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(build_app(source or FixedSource()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.get(path, headers=headers)


async def test_the_page_arrives_finished_with_the_documents_numbers() -> None:
    text = (await get("/")).text

    assert "1,540 people in 6 registries; 66 hold a record in two or more" in text
    assert "Synthetic data" in text
    for shown in ("49,038.75", "28.2%", "90.0%", "32% of 356", "3 of 7", "no policy", "9f3c…a81e"):
        assert shown in text, shown
    assert "line 3 &lt;b&gt;" in text
    assert ">None<" not in text


async def test_nothing_on_the_page_needs_inline_scripts_or_styles() -> None:
    answer = await get("/")

    assert "unsafe" not in answer.headers["content-security-policy"]
    assert " style=" not in answer.text
    assert "<style" not in answer.text
    assert answer.text.count("<script") == answer.text.count("<script src=")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_band_of_synthetic_data_stands_only_where_data_is_synthetic() -> None:
    source = FixedSource()
    source.document["synthetic"] = False

    assert "Synthetic data" not in (await get("/", source)).text


async def test_a_hub_that_received_nothing_says_what_comes_next() -> None:
    source = FixedSource()
    source.feed = []
    source.document.update(registries={}, matches_by_kind={}, rejected_by_rule={}, lanes={})
    source.document["national"].update(matches={}, matches_between={}, persons=0)

    text = (await get("/", source)).text

    assert "No registry has sent anything yet." in text
    assert "No row was rejected." in text
    assert "No match yet" in text
    assert "No lane has started yet." in text


async def test_the_json_is_the_document_and_the_csv_has_its_numbers() -> None:
    shown = (await get("/summary.json")).json()
    assert shown == without_persons(document())
    assert shown["registries"].keys() == document()["registries"].keys()
    assert "clusters" not in shown["national"]
    rows = list(csv.DictReader(io.StringIO((await get("/registries.csv")).text)))
    assert sum(int(row["rows"]) for row in rows) == 20_244


def test_a_missing_value_is_an_empty_cell_with_the_reason_beside_it() -> None:
    given = document()
    given["registries"]["us-oh"]["inbox_written"] = None
    registries = {r["registry"]: r for r in csv.DictReader(io.StringIO(registries_csv(given)))}
    measures = list(csv.DictReader(io.StringIO(measures_csv(given))))
    staff = [row for row in measures if row["name"] == "licensed_program_staff"]

    assert registries["us-oh"]["inbox_written"] == ""
    assert registries["us-oh"]["inbox_written_why"] == "not applicable"
    assert registries["us-wi"]["inbox_written_why"] == ""
    assert len(staff) == 7
    assert {(row["numerator"], row["numerator_why"]) for row in staff} == {("", "not reported")}


def test_the_matches_of_the_csv_add_up_to_all_matches() -> None:
    rows = list(csv.DictReader(io.StringIO(matches_csv(document()))))

    assert sum(int(row["matches"]) for row in rows) == 1_842
    assert all(int(row["full"]) <= int(row["matches"]) for row in rows)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-Little Stars-", "'-Little Stars-"), ("-2.50", "-2.50"),
     (-3, "-3"), (None, ""), ("Ohio", "Ohio")],
)  # fmt: skip
def test_a_cell_that_looks_like_a_formula_stays_text(value: object, expected: str) -> None:
    assert neutralized(value) == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_the_page_is_served_on_loopback(host: str) -> None:
    assert check_loopback(host) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "hub.example", "localhost.example"])
def test_any_other_address_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match="only this machine"):
        check_loopback(host)


async def test_a_request_under_another_name_is_refused() -> None:
    answer = await get("/summary.json", host="hub.example")

    assert answer.status_code == 421
    assert "registries" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"), [(RetryableError("the store is away"), 503), (KeyError("secret"), 500)]
)
async def test_an_error_is_a_problem_document_without_inner_words(
    error: Exception, status: int
) -> None:
    source = FixedSource()
    source.error = error

    answer = await get("/summary.json", source)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


async def test_an_unknown_page_is_a_problem_document() -> None:
    answer = await get("/nowhere")

    assert (answer.status_code, answer.json()["status"]) == (404, 404)


async def test_a_reader_that_comes_back_gets_each_later_feed_line_once() -> None:
    source = FixedSource()
    stream = event_stream(source, SummaryCache(source), 1, poll_seconds=0.01)
    first = await anext(stream)
    source.feed.append(FeedEvent(4, "2026-07-01T14:06:00+00:00", "Nevada", "line 4"))
    second = await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]

    assert [line for line in first.splitlines() if line.startswith("id:")] == ["id: 2", "id: 3"]
    assert "event: summary" in first
    assert "event: heartbeat" in first
    assert [line for line in second.splitlines() if line.startswith("id:")] == ["id: 4"]
    assert "event: summary" not in second


async def test_trouble_is_said_once_and_its_end_brings_a_summary() -> None:
    source = FixedSource()
    source.feed = []
    source.error = RetryableError("the store is away")
    stream = event_stream(source, SummaryCache(source), 0, poll_seconds=0.01)
    first = await anext(stream)
    source.error = None
    second = await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]

    assert "event: trouble" in first
    assert "away" not in first
    assert "event: summary" in second


def test_a_stream_resumes_from_the_last_id_or_else_from_the_newest() -> None:
    assert resume_after("7", "3", 9) == 7
    assert resume_after(None, "3", 9) == 3
    assert resume_after("x", None, 9) == 9


async def test_many_readers_cost_the_source_one_read_a_second() -> None:
    source = FixedSource()
    cache = SummaryCache(source)
    for _ in range(5):
        await cache.snapshot()

    assert source.reads == 1


def test_a_pair_from_a_registry_to_itself_cannot_be_and_reads_so() -> None:
    matrix = page_view(document(), datetime(2026, 7, 1, tzinfo=UTC), [])["matrix"]

    assert all(row.cells[at].text == "not applicable" for at, row in enumerate(matrix.rows))
