"""No identity leaves a state: a search over all that the hub wrote, opened seals included."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from tests.e2e.identity_search import Needles, Search, add_birth_date, add_person
from tests.e2e.people_of_exports import LAYOUTS, export_text, identities
from tests.e2e.planted_exports import PLANTED, PLANTED_PER_FILE, planted_values
from tests.e2e.sample_run import REGISTRIES, SampleRun
from tests.e2e.written_by_hub import look_at_run


def test_nothing_the_hub_wrote_holds_identity(planted_run: SampleRun, needles: Needles) -> None:
    search = Search(needles)
    names = look_at_run(search, planted_run)

    assert {"log.sqlite", "store.sqlite", "keyring.sqlite", "inbox.csv", "token.key"} <= names
    assert dict(search.found) == {}


def test_the_same_search_finds_it_all_in_the_exports(
    planted_exports: Path, needles: Needles
) -> None:
    search = Search(needles)
    for registry in REGISTRIES:
        for path in sorted((planted_exports / registry).iterdir()):
            if path.suffix != ".md":
                search.look(export_text(registry, path.name, planted_exports))

    kinds = ("e-mail", "number", "phone", "street", "name", "birth date", "last four")
    assert needles.kinds() == set(kinds)
    for kind in kinds:
        assert len(search.found[kind]) >= PLANTED_PER_FILE, kind
    for kind in ("e-mail", "number", "street"):
        wanted = {" ".join(words) for words, of in needles.words.items() if of == kind}
        assert wanted <= search.found[kind] | _dashed(search.found[kind]), kind
    for registry in PLANTED:
        for _, last_four in planted_values(registry):
            assert any(number.endswith(last_four) for number in _numbers(search)), last_four


def _dashed(numbers: set[str]) -> set[str]:
    return {f"{each[:3]} {each[3:5]} {each[5:]}" for each in numbers}


def _numbers(search: Search) -> set[str]:
    return search.found["number"] | search.found["last four"]


def test_planted_values_occur_nowhere_else() -> None:
    """Neither in the sample's exports nor in what the hub makes of those."""
    every = identities().values()
    born = {person.born for person in every}
    last_fours = {(person.number or "")[-4:] for person in every}
    for registry in PLANTED:
        for day, last_four in planted_values(registry):
            assert day.isoformat() not in born
            assert last_four not in last_fours


def test_a_planted_row_is_a_good_row(planted_run: SampleRun, sample_run: SampleRun) -> None:
    """Else nothing of it would have gone out at all."""
    for registry in PLANTED:
        file = LAYOUTS[registry].people
        shown = planted_run.document["registries"][registry]["files"][file]
        known = sample_run.document["registries"][registry]["files"][file]

        assert shown["rejections"] == known["rejections"]
        assert shown["accepted"] == known["accepted"]


@pytest.mark.parametrize(
    "text",
    [
        "Ann Smith",
        "SMITH, ANN",
        "smith|ann",
        "ann\x00smith",
        "ANN  (Smith)",
        "born 03/04/1931",
        "19310304",
        "1931-03-04",
        "4-MAR-1931 04-Mar-1931",
        "989-21-0613",
        "x989210613y",
        "(608) 555-0147",
        "+16085550147",
        "5550147",
        "PIN 0613.",
        "8223  madison ave., Apt 2",
        "j.smith@example.org",
    ],
)
def test_the_search_finds_the_usual_forms(text: str) -> None:
    needles = Needles()
    row = {
        "Registry ID": "1", "Last Name": "Smith", "First Name": "Ann", "Former Last Name": "",
        "Phone": "608-555-0147", "Street": "8223 Madison Ave", "Last 4 SSN": "0613",
    }  # fmt: skip
    _add_row(needles, row)

    search = Search(needles)
    search.look(text)

    assert search.found


def _add_row(needles: Needles, row: dict[str, str]) -> None:
    add_person(needles, "us-wi", row)
    add_birth_date(needles, date(1931, 3, 4))
    needles.digits["989210613"] = "number"
    needles.add("number", "989-21-0613")
    needles.alone["0613"] = "last four"
    needles.add("e-mail", "j.smith@example.org")


def test_the_inbox_files_hold_rows_to_be_searched(planted_run: SampleRun) -> None:
    for registry in REGISTRIES:
        path = planted_run.data / "out" / registry / "inbox.csv"
        assert list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
