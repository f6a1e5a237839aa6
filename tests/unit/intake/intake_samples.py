"""The six sample exports as read, and a seventh, small registry made of a mapping alone."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from hub.domain.events import Kind
from hub.domain.statements import FileReceipt, Statement, Submission
from hub.intake.mapping import Mapping, load_mapping
from hub.intake.submission import load_files, read_submission

ROOT = Path(__file__).parents[3]
REGISTRIES = ("us-fl", "us-il", "us-nd", "us-nv", "us-oh", "us-wi")

SMALL = """
registry = "us-ut"
name = "Utah"
version = 3
extract_on = 2026-07-01
zone = "America/Denver"
functions = ["training_verification"]

[form]
encoding = "utf-8"
byte_order_mark = true
delimiter = ","
quoting = "minimal"
date = "YYYY-MM-DD"
stamp = "YYYY-MM-DD HH:mm:ss"
flags = ["Y", "N"]

[codes]
verified = { Y = "VERIFIED", N = "PENDING" }

[[file]]
name = "people.csv"
kind = "profile"
key = "id"
person = "id"
stamp = "changed"

[file.columns]
id = {}
surname = { to = "identity.surname" }
given = { to = "identity.given_name" }
born = { type = "date", to = "identity.birth_on", past = true }
ssn = { type = "ssn", to = "identity.ssn" }
status = { type = "code", to = "body.status", codes = { A = "ACTIVE", I = "INACTIVE" } }
changed = { type = "stamp", required = true }

[[file]]
name = "training.csv"
kind = "training_completion"
key = "record"
person = "id"
stamp = "changed"

[file.columns]
record = {}
id = {}
title = { to = "body.title" }
done = { type = "date", to = "body.completed_on", past = true, required = true }
hours = { type = "number" }
verified = { type = "code", to = "body.verification", codes = "verified", required = true }
changed = { type = "stamp", required = true }

[[file.amount]]
column = "hours"
unit = "CLOCK"
range = ["0.5", "120"]
"""

PEOPLE = (
    "id,surname,given,born,ssn,status,changed\n"
    "P1,Doe,Jane,1980-02-03,123-45-6789,A,2025-01-01 10:00:00\n"
    "P2,Roe,Ann,1981-02-03,900-45-6789,A,2025-01-01 10:00:01\n"
)
TRAINING_HEADER = "record,id,title,done,hours,verified,changed\n"


@cache
def mapping_of(registry: str) -> Mapping:
    path = ROOT / "connectors" / "registries" / f"{registry}.toml"
    return load_mapping(path.read_text("utf-8"), path.name)


@cache
def files_of(registry: str) -> dict[str, bytes]:
    return load_files(ROOT / "data" / "exports" / registry, mapping_of(registry))


@cache
def sample(registry: str) -> Submission:
    return read_submission(files_of(registry), mapping_of(registry))


@cache
def truth() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "data/exports/truth.json").read_text("utf-8"))
    return document


@cache
def small() -> Mapping:
    return load_mapping(SMALL, "small")


def read_small(training: str | bytes, people: str | bytes | None = PEOPLE) -> Submission:
    """The small registry's submission; training rows are given without their header."""
    raw = training if isinstance(training, bytes) else training.encode()
    files = {"training.csv": TRAINING_HEADER.encode() + raw}
    if people is not None:
        files["people.csv"] = people if isinstance(people, bytes) else people.encode()
    return read_submission(files, small())


def receipt_of(submission: Submission, name: str) -> FileReceipt:
    return next(receipt for receipt in submission.files if receipt.name == name)


def rejected(submission: Submission, name: str = "training.csv") -> list[tuple[int, str, str]]:
    """Line, rule and field of each rejected row."""
    return [(r.line, r.rule, r.field) for r in receipt_of(submission, name).rejections]


def newest(submission: Submission, kind: Kind) -> dict[str, Statement]:
    """The statement that stands of each record."""
    found: dict[str, Statement] = {}
    for statement in submission.statements:
        if statement.kind == kind:
            earlier = found.get(statement.record_id)
            if earlier is None or earlier.revision < statement.revision:
                found[statement.record_id] = statement
    return found


def titles(submission: Submission) -> list[str | None]:
    return [s.body["title"] for s in submission.statements if s.kind == Kind.TRAINING_COMPLETION]
