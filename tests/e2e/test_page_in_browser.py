"""The demo's page as a browser shows it: the same numbers as the JSON, on wide and narrow screens.

Where there is no Chromium the tests skip and say so; with HUB_TEST_REQUIRE_BROWSER=1 they fail.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.page_check import Page, browser_path, open_browser
from tests.e2e.sample_run import ROOT, SampleRun

REQUIRE = "HUB_TEST_REQUIRE_BROWSER"
START_SECONDS_MAX = 90
STOP_SECONDS_MAX = 20
OUTCOMES = ("FULL", "PARTIAL", "NEEDS_DOCUMENT", "NEEDS_REVIEW", "DENIED")
_TABLE = """(() => Object.fromEntries([...document.querySelectorAll('#table-NAME tbody tr')].map(
    row => [row.querySelector('th small')?.innerText ?? row.querySelector('th').innerText.trim(),
        [...row.querySelectorAll('td')].map(cell => cell.innerText.trim())])))()"""


@dataclass(frozen=True, slots=True)
class Served:
    """A demo that serves its page."""

    url: str
    document: dict[str, Any]


@pytest.fixture(scope="module")
def served(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`hub demo --once --ui` as a child, on a copy of the sample's run; stopped by its own id."""
    if browser_path() is None:
        reason = "NOT TESTED IN A BROWSER: there is no Chromium on the path"
        if os.environ.get(REQUIRE) == "1":
            pytest.fail(f"{reason} ({REQUIRE} is set)", pytrace=False)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(sample_run.data, folder / "data")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    words = ("demo", "--once", "--ui", "--port", str(port), "--data", str(folder / "data"))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
    with (folder / "console.txt").open("wb") as console:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub.cli", *words],
            cwd=ROOT,
            env=environment,
            stdout=console,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"{url}/healthz", process, folder / "console.txt")
        yield Served(url, _json(f"{url}/summary.json"))
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes], console: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        assert process.poll() is None, console.read_text("utf-8")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no page after {START_SECONDS_MAX} s: {console.read_text('utf-8')}")


def _json(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        document: dict[str, Any] = json.load(answer)
        return document


def in_browser(url: str, look: Callable[[Page], Awaitable[Any]], *, width: int = 1280) -> Any:
    """What a function sees on the page."""

    async def visit() -> Any:
        async with open_browser() as page:
            await page.look(width)
            await page.visit(url)
            seen = await look(page)
            assert page.console == []
            return seen

    return asyncio.run(visit())


def test_the_page_says_what_the_json_says(served: Served) -> None:
    """One visit: opening a browser takes longer than looking."""

    async def look(page: Page) -> dict[str, Any]:
        names = ("registries", "rules", "outcomes", "pairs", "lanes")
        seen = {name: await page.value(_TABLE.replace("NAME", name)) for name in names}
        seen["h1"] = await page.value("document.querySelector('h1').innerText")
        seen["band"] = await page.value("document.querySelector('.band')?.innerText")
        seen["band_at"] = await page.value(
            "document.querySelector('.band').getBoundingClientRect().height"
        )
        seen["feed"] = await page.value("document.querySelectorAll('#feed-lines li').length")
        seen["roots"] = await page.value(
            "[...document.querySelectorAll('footer code[title]')].map(code => code.title)"
        )
        seen["goals"] = await page.value("document.querySelector('#goals-part').innerText")
        return seen

    seen = in_browser(served.url, look)
    document = served.document
    national = document["national"]

    assert f"{national['persons']:,} people" in seen["h1"]
    assert f"{national['in_two_or_more']}" in seen["h1"]
    assert "Synthetic data" in seen["band"]
    assert seen["band_at"] > 0
    assert seen["feed"] > 10
    assert seen["roots"] == [document["state_root"], document["state_root_canonical"]]
    assert "not reported" in seen["goals"]
    _check_registries(seen["registries"], document)
    _check_outcomes(seen["outcomes"], national["matches"])
    _check_pairs(seen["pairs"], document)
    by_rule = {code: cells[0] for code, cells in seen["rules"].items()}
    assert by_rule == {rule: f"{n:,}" for rule, n in document["rejected_by_rule"].items()}
    assert {lane: cells[2] for lane, cells in seen["lanes"].items()} == dict.fromkeys(
        document["lanes"], "0"
    )


def _check_registries(table: dict[str, list[str]], document: dict[str, Any]) -> None:
    assert table.keys() == {*document["registries"], "All six"}
    for code, entry in document["registries"].items():
        cells = table[code]
        assert cells[0] == f"{entry['rows']:,}"
        assert cells[1].startswith(f"{entry['rejected']:,} (")
        assert cells[2] == f"{entry['persons']:,}"
        assert cells[3] == f"{entry['active_persons']:,}"
        assert cells[4].replace(",", "") == entry["verified_clock_hours"]
        assert cells[5] == f"{entry['inbox_written']:,}"
    whole = table["All six"]
    assert whole[0] == f"{sum(entry['rows'] for entry in document['registries'].values()):,}"
    assert whole[2] == f"{sum(entry['persons'] for entry in document['registries'].values()):,}"


def _check_outcomes(table: dict[str, list[str]], matches: dict[str, int]) -> None:
    assert {code: table[code][-2] for code in OUTCOMES} == {
        code: f"{matches[code]:,}" for code in OUTCOMES
    }
    assert table["All outcomes"][-2] == f"{sum(matches.values()):,}"


def _check_pairs(table: dict[str, list[str]], document: dict[str, Any]) -> None:
    names = {code: entry["name"] for code, entry in document["registries"].items()}
    wanted = {}
    for pair, number in document["national"]["matches_between"].items():
        source, target = pair.split(">")
        wanted[f"from {names[source]} to {names[target]}"] = f"{number:,}"

    assert {words: cells[0] for words, cells in table.items()} == wanted


def test_a_narrow_screen_never_scrolls_sideways(served: Served) -> None:
    async def look(page: Page) -> tuple[int, int]:
        whole = await page.value("document.documentElement.scrollWidth")
        return whole, await page.value("document.documentElement.clientWidth")

    scroll_width, client_width = in_browser(served.url, look, width=360)

    assert client_width == 360
    assert scroll_width <= client_width


def test_the_page_answers_on_this_machine_alone(served: Served) -> None:
    port = served.url.rpartition(":")[2]
    request = urllib.request.Request(f"{served.url}/", headers={"Host": f"example.org:{port}"})

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)

    assert refused.value.code == 421
    refused.value.close()
