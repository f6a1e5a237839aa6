"""No identity leaves a state: a search over all that the hub wrote, opened seals included."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from hub.adapters.keyring import open_keyring
from hub.domain.events import Kind
from hub.domain.log import LogRecord
from hub.domain.rows import Person
from hub.identity.sealing import open_sealed
from hub.wire.codec import decode_private, read_event
from tests.e2e.identity_search import (
    Needles,
    Search,
    add_birth_date,
    add_person,
    cells_of,
    look_all,
    needles_of_sample,
    printable_parts,
    texts_in,
)
from tests.e2e.people_of_exports import LAYOUTS, export_text, identities
from tests.e2e.sample_run import EXPORTS, REGISTRIES, SampleRun, events_on, files_in, run_demo

PLANTED_PER_FILE = 12
FIRST_PLANTED = date(1931, 3, 4)
STANDS_ALONE = r"(?<![0-9])(?:[0-9]{5})?[0-9]{4}(?![0-9])"
PLANTED = {"us-oh": "SSN", "us-wi": "Last 4 SSN"}
"""Registries in whose copies values are planted, with the column of the number."""


@pytest.fixture(scope="module")
def planted_exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the exports with birth dates and last fours that occur nowhere else."""
    exports = tmp_path_factory.mktemp("planted") / "exports"
    shutil.copytree(EXPORTS, exports)
    for registry, column in PLANTED.items():
        _plant(exports, registry, column)
    return exports


@cache
def planted_values(registry: str) -> list[tuple[date, str]]:
    """Birth dates and last fours, each registry its own, that stand nowhere in the sample. The
    number of a row or of an offset never starts with 0."""
    at = sorted(PLANTED).index(registry) * PLANTED_PER_FILE
    files = (path for path in files_in(EXPORTS) if path.parent.name in REGISTRIES)
    text = " ".join(path.read_text("latin-1") for path in files)
    taken = {number[-4:] for number in re.findall(STANDS_ALONE, text)}
    free = [number for n in range(100, 1_000) if (number := f"0{n}") not in taken]
    return [
        (FIRST_PLANTED + timedelta(days=37 * (at + n)), free[at + n])
        for n in range(PLANTED_PER_FILE)
    ]


def _plant(exports: Path, registry: str, column: str) -> None:
    layout = LAYOUTS[registry]
    path = exports / registry / layout.people
    lines = path.read_bytes().split(b"\n")
    header = lines[0].decode(layout.encoding).strip().split(layout.delimiter)
    born, form = layout.born
    values = iter(planted_values(registry))
    for at, line in enumerate(lines[1:], 1):
        cells = line.split(layout.delimiter.encode())
        if b'"' in line or len(cells) != len(header) or not cells[header.index(column)]:
            continue
        planted = next(values, None)
        if planted is None:
            break
        day, last_four = planted
        number = f"98{at % 10}21{last_four}" if column == "SSN" else last_four
        cells[header.index(born)] = day.strftime(form).encode()
        cells[header.index(column)] = number.encode()
        lines[at] = layout.delimiter.encode().join(cells)
    assert next(values, None) is None
    path.write_bytes(b"\n".join(lines))


@pytest.fixture(scope="module")
def planted_run(planted_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    return run_demo(tmp_path_factory.mktemp("watched"), "--exports", str(planted_exports))


@pytest.fixture(scope="module")
def needles(planted_exports: Path) -> Needles:
    found = needles_of_sample(planted_exports)
    for registry in PLANTED:
        for day, last_four in planted_values(registry):
            add_birth_date(found, day)
            found.alone[last_four] = "last four"
    return found


def sealed_texts(data: Path, records: list[LogRecord]) -> Iterator[str]:
    """Texts of what is sealed, opened with the hub's own keys, packed evidence as bytes."""
    opened = [read_event(record)[0] for record in records]
    sealed = [envelope for envelope in opened if envelope.sealed is not None]
    keyring = open_keyring(f"sqlite:///{data / 'keyring.sqlite'}")
    try:
        keys = keyring.open_keys(sorted({e.sealed.key_id for e in sealed if e.sealed}))
    finally:
        keyring.close()
    for envelope in sealed:
        head = envelope.head
        if envelope.sealed is not None and envelope.kind is not Kind.IDENTITY_CLAIM:
            person = Person(head.registry, head.person_id or "")
            key = keys[envelope.sealed.key_id]
            data_in = open_sealed(envelope.sealed, key, person, envelope.kind)
            private = decode_private(data_in)
            yield from texts_in(private)
            yield (private.get("evidence") or b"").decode("latin-1")


def test_nothing_the_hub_wrote_holds_identity(planted_run: SampleRun, needles: Needles) -> None:
    search = Search(needles)
    files = [path for path in files_in(planted_run.data) if not path.name.startswith("sent-")]
    for path in files:
        search.look(printable_parts(path.read_bytes()), bytes_too=path.suffix != ".csv")
        if path.suffix == ".sqlite":
            look_all(search, cells_of(path))
    records = [record for run in events_on(planted_run.data).values() for record in run]
    for record in records:
        envelope, body = read_event(record)
        head = envelope.head
        said = (record.key, head.registry, head.person_id, head.record_id, head.submission_id)
        headers = [value.decode() for _, value in record.headers]
        look_all(search, [*map(str, said), *headers, *texts_in(body)])
    look_all(search, sealed_texts(planted_run.data, records))
    search.look(planted_run.console)
    search.look(json.dumps(planted_run.document, ensure_ascii=False))

    names = {path.name for path in files}
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
