"""Which matches there must be, worked out from the exports' files, the links and the policies'
files alone: one for every record of a linked person, and every approval, that a policy is on."""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.e2e.people_of_exports import LAYOUTS, rows, stamp_of
from tests.e2e.sample_run import REGISTRIES, ROOT, SampleRun, rows_of, truth

Record = tuple[str, str, str]
"""Registry, kind in the words of policies, record id."""
KEY_COLUMNS = {
    "training": {
        "us-fl": "TRANSCRIPT_ID",
        "us-il": "RECORD_ID",
        "us-nd": "TRAINING_REC_ID",
        "us-nv": "record_id",
        "us-oh": "Completion ID",
        "us-wi": "Training Record No",
    },
    "credential": {
        "us-fl": "CRED_ID",
        "us-il": "CREDENTIAL_ID",
        "us-nd": "CRED_REC_ID",
        "us-nv": "credential_id",
        "us-oh": "Credential ID",
        "us-wi": "Credential No",
    },
    "education": {
        "us-fl": "EDU_ID",
        "us-il": "EDUC_ID",
        "us-nd": "EDU_REC_ID",
        "us-nv": "education_id",
        "us-oh": "Education ID",
        "us-wi": "Education No",
    },
}
FILES = {"training": "training", "credential": "credentials", "education": "education"}
APPROVALS = {
    "us-nd": ("EVENT_ID", None, {}),
    "us-nv": ("approval_code", None, {}),
    "us-oh": ("Approval ID", "Kind", {"Course": "course", "Instructor": "trainer"}),
    "us-wi": ("Approval No", "Record Type", {"C": "course", "T": "trainer", "S": "organization"}),
}
"""Key, and the column that tells whose approval it is; without one all are of courses."""


def good_rows(registry: str, name: str) -> Iterator[dict[str, str]]:
    """Rows of a file that nothing is wrong with."""
    suffix = {"us-nd": "txt", "us-oh": "tsv"}.get(registry, "csv")
    bad = truth()["files"][f"{registry}/{name}.{suffix}"]["bad_rows"]
    lines = {row["line"] for row in bad}
    return (row for line, row in rows(registry, f"{name}.{suffix}") if line not in lines)


@pytest.fixture(scope="module")
def owners() -> dict[Record, str]:
    """The person of each record by its newest row: a few move from one person to another."""
    found: dict[Record, str] = {}
    newest: dict[Record, datetime] = {}
    for kind, columns in KEY_COLUMNS.items():
        for registry, key in columns.items():
            for row in good_rows(registry, FILES[kind]):
                record = (registry, kind, row[key])
                at = stamp_of(registry, row[LAYOUTS[registry].stamp])
                if record not in newest or at > newest[record]:
                    newest[record], found[record] = at, row[LAYOUTS[registry].person]
    return found


def judged_kinds() -> dict[str, set[str]]:
    """Kinds on which each registry's policy has a rule."""
    found = {}
    for registry in REGISTRIES:
        text = (ROOT / "hub/seeds/policies" / f"{registry}.toml").read_text("utf-8")
        found[registry] = {rule["kind"] for rule in tomllib.loads(text)["rule"]}
    return found


def linked_registries(run: SampleRun) -> dict[tuple[str, str], set[str]]:
    """Where else each person is known."""
    clusters: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows_of(run, "SELECT registry, person_id, national_id FROM link"):
        clusters[row["national_id"]].append((row["registry"], row["person_id"]))
    return {
        person: {registry for registry, _ in cluster} - {person[0]}
        for cluster in clusters.values()
        for person in cluster
    }


def approvals() -> Iterator[Record]:
    for registry, (key, column, words) in APPROVALS.items():
        for row in good_rows(registry, "approvals"):
            kind = "course" if column is None else words[row[column]]
            yield (registry, kind, row[key])


def expected(run: SampleRun, owners: dict[Record, str]) -> set[tuple[Record, str]]:
    """Each record with each registry whose policy must have answered."""
    kinds, elsewhere = judged_kinds(), linked_registries(run)
    found = {
        (record, receiver)
        for record, person in owners.items()
        for receiver in elsewhere[record[0], person]
        if record[1] in kinds[receiver]
    }
    return found | {
        (record, receiver)
        for record in approvals()
        for receiver in REGISTRIES
        if receiver != record[0] and record[1] in kinds[receiver]
    }


def test_every_record_of_a_linked_person_has_a_match_where_a_policy_is_on_its_kind(
    sample_run: SampleRun, owners: dict[Record, str]
) -> None:
    stored = {
        ((row["registry"], row["subject"], row["record_id"]), row["receiver"])
        for row in rows_of(sample_run, "SELECT registry, subject, record_id, receiver FROM match")
    }

    wanted = expected(sample_run, owners)

    assert wanted - stored == set()
    assert stored - wanted == set()
    assert len(wanted) > 800


def test_every_match_is_in_the_out_folder_of_the_registry_that_judged(
    sample_run: SampleRun, owners: dict[Record, str]
) -> None:
    """The demo's agreements let all learn of all."""
    told = set()
    for receiver in REGISTRIES:
        path = sample_run.data / "out" / receiver / "inbox.csv"
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["item"] == "match":
                    assert row["to"] == receiver
                    record = (row["from"], row["kind"], row["record_id"].removeprefix("'"))
                    told.add((record, receiver))

    assert told == expected(sample_run, owners)
