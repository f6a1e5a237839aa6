"""A worker's request on the whole sample: asked, judged, printed, decided on, taken back."""

from __future__ import annotations

import asyncio
import csv
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from hub.adapters.keyring import open_keyring
from hub.adapters.sql_store import SqlStore
from hub.adapters.sqlite_log import SqliteEventLog
from hub.domain.events import Kind
from hub.domain.rows import Person
from hub.embedded import Embedded
from hub.intake.inbox import Item, standing_items
from hub.projections.exchange_items import request_prefix
from tests.e2e.page_check import browser_path, open_browser
from tests.e2e.sample_run import EXPORTS, SampleRun, rows_of, run_hub

REQUIRE = "HUB_TEST_REQUIRE_BROWSER"
WIDTHS = (320, 800, 1920)
JUDGE = "us-nd"
DAY = "2026-06-30"
TRAININGS = """select record_id, revision from record where registry = 'us-oh' and kind = ?
    and person_id = ? order by record_id"""
BUSIEST = """select person_id from record where registry = 'us-oh' and kind = ? and person_id
    is not null group by person_id order by count(*) desc, person_id limit 1"""


class Asked:
    """A copy of the sample's run on which a worker of Ohio has asked."""

    def __init__(self, run: SampleRun, folder: Path) -> None:
        shutil.copytree(run.data, folder / "data")
        self.run = SampleRun(folder / "data", run.document, "")
        self.folder = folder
        training = int(Kind.TRAINING_COMPLETION)
        self.person = Person("us-oh", rows_of(self.run, BUSIEST, training)[0][0])
        self.trainings = {
            row["record_id"]: row["revision"]
            for row in rows_of(self.run, TRAININGS, training, self.person.person_id)
        }

    @property
    def name(self) -> str:
        return "/".join(self.person)

    def hub(self, *words: str, expect: int = 0) -> str:
        done = run_hub(*words, "--log", self.run.log_url, expect=expect)
        return done.stdout + done.stderr

    def fold(self) -> None:
        """Let the hub work until nothing is left to do."""

        async def work() -> None:
            store = SqlStore(self.run.store_url)
            log = SqliteEventLog(self.run.data / "log.sqlite")
            ring = open_keyring(f"sqlite:///{self.run.data / 'keyring.sqlite'}")
            await Embedded(store, log, ring).until_idle()
            await log.close()
            ring.close()
            store.close()

        asyncio.run(work())

    def items(self, registry: str, item: str, holding: str) -> list[Item]:
        async def read() -> list[Item]:
            log = SqliteEventLog(self.run.data / "log.sqlite")
            found = await standing_items(log, registry, item=item, holding=holding)
            await log.close()
            return found

        return asyncio.run(read())

    def answers(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """What the asker's inbox says of each record."""
        found = self.items("us-oh", "PORTABILITY", request_prefix(self.person, JUDGE))
        return {
            (each.body["sender"], each.body["kind"], each.body["record_id"]): each.body
            for each in found
            if each.body["record_id"] is not None
        }

    def report(self, form: str = "html", language: str = "en") -> bytes:
        out = self.folder / f"report.{form}"
        words = ("--to", JUDGE, "--as-of", DAY, "--language", language, "--out", str(out))
        self.hub("portability", "report", self.name, *words)
        return out.read_bytes()


@pytest.fixture(scope="module")
def asked(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    made = Asked(sample_run, tmp_path_factory.mktemp("portability"))
    made.hub("portability", "ask", made.name, "--to", JUDGE, "--requested-on", DAY)
    made.fold()
    return made


def test_every_training_of_the_worker_is_answered(asked: Asked) -> None:
    answered = {key[2] for key in asked.answers() if key[:2] == ("us-oh", "training")}

    assert len(asked.trainings) > 10
    assert answered == set(asked.trainings)


def test_the_page_names_each_answer_once_and_what_to_bring(asked: Asked) -> None:
    page = asked.report().decode()

    for registry, kind, record_id in asked.answers():
        assert page.count(f"{kind} {record_id}, held by") == 1, (registry, record_id)
    assert f"{len(asked.answers())} records</h1>" in page
    assert "<b>Certificate of completion</b>" in page
    assert "Synthetic data" in page


def test_no_screen_has_to_be_moved_sideways(asked: Asked) -> None:
    if browser_path() is None:
        reason = "NOT TESTED IN A BROWSER: there is no Chromium on the path"
        if os.environ.get(REQUIRE) == "1":
            pytest.fail(f"{reason} ({REQUIRE} is set)", pytrace=False)
        pytest.skip(reason)
    asked.report(language="es")
    url = (asked.folder / "report.html").as_uri()

    async def widths() -> list[int]:
        async with open_browser() as page:
            found = []
            for width in WIDTHS:
                await page.look(width)
                await page.visit(url, settle_seconds=0.2)
                found.append(await page.value("document.documentElement.scrollWidth"))
            return found

    assert asyncio.run(widths()) == list(WIDTHS)


def test_no_answer_of_the_sample_lacks_words(asked: Asked) -> None:
    """A code without words is read with blanks for underscores: none of these stands on the page,
    nor any code with underscores but the signs' own."""
    page = asked.report(language="es").decode().partition("</style>")[2]
    codes = {
        word
        for body in asked.answers().values()
        for interval in body["intervals"]
        for word in (interval["reason"], *interval["documents"], *interval["unknown"])
    }

    assert len(codes) > 3
    assert [code for code in sorted(codes) if code.replace("_", " ") in page and "_" in code] == []
    assert "palabras del propio registro" not in page


def test_the_printed_file_is_the_same_each_time(asked: Asked) -> None:
    first, second = (asked.report("pdf", "es") for _ in range(2))

    assert first == second
    assert first.startswith(b"%PDF")


def test_nothing_of_who_the_worker_is_stands_on_the_page(asked: Asked) -> None:
    with (EXPORTS / "us-oh" / "people.tsv").open(encoding="latin-1", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file, delimiter="\t")
            if row["OPR Number"] == asked.person.person_id
        ]
    named = ("Name Last", "Name First", "Birth Date", "Email", "Phone", "Address 1", "SSN")
    values = {row[column] for row in rows for column in named if row[column]}
    page = asked.report().decode()

    assert len(values) >= 5
    assert [value for value in sorted(values) if value in page] == []


def test_a_received_document_needs_not_be_brought_for_its_record(asked: Asked) -> None:
    wanting = [key for key, body in asked.answers().items() if "certificate" in _documents(body)]
    registry, kind, record_id = sorted(wanting)[0]
    record = f"{registry}/{kind}/{record_id}"
    revision = str(asked.trainings[record_id])

    words = ("--registry", JUDGE, "--reason", "checked", "--staff", "S-7")
    documents = ("--decision", "pending", "--documents", "certificate", "--revision", revision)
    asked.hub("match", "decide", record, *words, *documents)
    asked.fold()

    body = asked.answers()[(registry, kind, record_id)]
    assert "certificate" not in _documents(body)
    assert body["decision"]["document_received"] == ["certificate"]
    assert "has received: certificate of completion." in asked.report().decode()
    others = [key for key, each in asked.answers().items() if "certificate" in _documents(each)]
    assert set(others) == set(wanting) - {(registry, kind, record_id)}


def _documents(body: dict[str, Any]) -> set[str]:
    return {name for interval in body["intervals"] for name in interval["documents"]}


def test_a_decision_goes_by_the_inbox_and_comes_back_to_who_holds_the_record(asked: Asked) -> None:
    match = next(
        each.body
        for each in asked.items("us-il", "MATCH", "us-wi")
        if (each.body["sender"], each.body["kind"]) == ("us-wi", "training")
        and all((i["total_hours"] or 0) > 1 for i in each.body["intervals"])
    )
    record = f"us-wi/training/{match['record_id']}"
    words = ("--registry", "us-il", "--reason", "area_06", "--staff", "S-7", "--hours")
    decide = ("match", "decide", record, "--decision", "partly", *words)

    assert "hours shown" in asked.hub(*decide, "9999", expect=1)
    asked.hub(*decide, "1")
    asked.fold()

    told = [each.body for each in asked.items("us-wi", "DECISION", match["record_id"])]
    (said,) = [body["decision"] for body in told if body["record_id"] == match["record_id"]]
    assert (said["decision"], said["accepted_hours"], said["reason"]) == ("PARTLY", 1, "area_06")
    assert said["record_revision"] == match["record_revision"]


def test_a_request_taken_back_leaves_nothing_to_print(asked: Asked) -> None:
    to = ("--to", "us-il")
    out = asked.folder / "other.pdf"
    report = ("portability", "report", asked.name, *to, "--out", str(out))

    asked.hub("portability", "ask", asked.name, *to, "--requested-on", DAY)
    asked.fold()
    asked.hub(*report)
    out.unlink()
    asked.hub("portability", "withdraw", asked.name, *to, "--requested-on", DAY)
    asked.fold()

    assert "answers no request" in asked.hub(*report, expect=1)
    assert not out.exists()
    assert asked.answers() != {}
