"""Released schemas: locked byte for byte, alike in their heads, and compatible both ways."""

from __future__ import annotations

import copy
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import pytest

from hub.domain.events import Change, Kind
from hub.wire.compatibility import problems_between, problems_of_schemas
from hub.wire.schemas import PRIVATE, Schema, load_schemas, lock_text, locked_text
from tests.unit.wire.made_up_values import made_up

FOLDER = Path(__file__).parents[2] / "schemas" / "avro"
ALL = tuple(load_schemas().by_id.values())
EVENTS = tuple(schema for schema in ALL if schema.event != PRIVATE)


def named(schema: Schema) -> str:
    return f"{schema.event}-v{schema.version}"


def test_the_lock_holds_every_file_as_it_stands() -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(FOLDER).as_posix()}"
        for path in sorted(FOLDER.glob("*/v*.avsc"))
    ]

    assert sorted(locked_text().splitlines()) == sorted(lines)
    assert lock_text() == locked_text()


def test_all_released_schemas_are_without_problems() -> None:
    assert problems_of_schemas() == []


def test_every_kind_has_a_schema_and_every_id_one_kind() -> None:
    kinds = sorted({schema.kind for schema in EVENTS})

    assert kinds == sorted(int(kind) for kind in Kind)
    assert len({schema.schema_id for schema in ALL}) == len(ALL)


@pytest.mark.parametrize("schema", EVENTS, ids=named)
def test_the_head_is_the_same_in_every_schema(schema: Schema) -> None:
    fields = json.loads(schema.text)["fields"]
    first = json.loads(EVENTS[0].text)["fields"]

    assert [field["name"] for field in fields] == ["meta", "change", "sealed", "body"]
    assert [f["type"] for f in fields[:3]] == [f["type"] for f in first[:3]]
    symbols = fields[1]["type"]["symbols"]
    assert symbols == [change.name for change in Change]


def walk(node: Any) -> list[dict[str, Any]]:
    """Every schema object within."""
    if isinstance(node, list):
        return [each for branch in node for each in walk(branch)]
    if not isinstance(node, dict):
        return []
    inner = [node.get("type"), node.get("items"), node.get("fields")]
    return [node, *(each for part in inner for each in walk(part))]


@pytest.mark.parametrize("schema", ALL, ids=named)
def test_enums_have_a_default_and_every_field_a_doc(schema: Schema) -> None:
    nodes = walk(json.loads(schema.text))
    for node in nodes:
        if node.get("type") == "enum":
            assert node["default"] in node["symbols"]
        if "name" in node and "type" in node and node.get("type") not in ("record", "enum"):
            assert node.get("doc"), f"{schema.event}: {node['name']} has no doc"


@pytest.mark.parametrize("reader", ALL, ids=named)
def test_every_version_reads_every_other_of_its_event(reader: Schema) -> None:
    for writer in (each for each in ALL if each.event == reader.event):
        for value in made_up(writer.parsed, 5, seed=writer.schema_id):
            buffer = io.BytesIO()
            fastavro.schemaless_writer(buffer, writer.parsed, value)
            buffer.seek(0)
            found: Any = fastavro.schemaless_reader(buffer, writer.parsed, reader.parsed)

            assert set(found) >= {f["name"] for f in json.loads(writer.text)["fields"]}


Edit = Callable[[dict[str, Any]], None]


def body_field(schema: dict[str, Any], name: str) -> dict[str, Any]:
    fields: list[dict[str, Any]] = schema["fields"][3]["type"]["fields"]
    return next(field for field in fields if field["name"] == name)


def add_field(schema: dict[str, Any], field: dict[str, Any]) -> None:
    schema["fields"][3]["type"]["fields"].append(field)


def decimal_of(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body_field(schema, "clock_hours")["type"][1]
    return found


BREAKING: dict[str, Edit] = {
    "a field without default": lambda s: add_field(s, {"name": "grade", "type": "string"}),
    "another scale": lambda s: decimal_of(s).update(scale=2),
    "another precision": lambda s: decimal_of(s).update(precision=20),
    "a decimal that is plain bytes": lambda s: decimal_of(s).pop("logicalType"),
    "a day that is a number": lambda s: body_field(s, "completed_on")["type"].__setitem__(1, "int"),
    "a day that is a time of day": lambda s: body_field(s, "completed_on")["type"][1].update(
        logicalType="time-millis"
    ),
    "text that is a number": lambda s: body_field(s, "title")["type"].__setitem__(1, "long"),
    "an optional field that is required": lambda s: body_field(s, "title").update(type="string"),
}
HARMLESS: dict[str, Edit] = {
    "nothing": lambda _schema: None,
    "a field with a default": lambda s: add_field(
        s, {"name": "grade", "type": ["null", "string"], "default": None, "doc": "Grade."}
    ),
    "another doc": lambda s: body_field(s, "title").update(doc="Other words."),
}


def edited(edit: Edit) -> tuple[str, str]:
    text = load_schemas().of(Kind.TRAINING_COMPLETION).text
    newer = copy.deepcopy(json.loads(text))
    edit(newer)
    return text, json.dumps(newer)


@pytest.mark.parametrize("name", BREAKING)
def test_a_breaking_change_is_found_in_one_direction_at_least(name: str) -> None:
    older, newer = edited(BREAKING[name])

    assert problems_between("t", newer, older) + problems_between("t", older, newer)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_change_has_no_problem_in_either_direction(name: str) -> None:
    older, newer = edited(HARMLESS[name])

    assert problems_between("t", newer, older) + problems_between("t", older, newer) == []


def test_a_default_that_is_taken_away_is_found() -> None:
    """The older file has the field; the newer one has it without its default, and a still older
    one lacks it: FULL_TRANSITIVE compares all pairs."""
    without, with_default = edited(HARMLESS["a field with a default"])
    taken = json.loads(with_default)
    del body_field(taken, "grade")["default"]

    assert problems_between("t", json.dumps(taken), without)


def test_a_default_that_is_taken_away_or_changed_is_found_between_two_versions() -> None:
    text = load_schemas().of(Kind.TRAINING_COMPLETION).text
    taken = json.loads(text)
    del body_field(taken, "title")["default"]

    assert problems_between("t", json.dumps(taken), text)
