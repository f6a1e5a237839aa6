"""`hub policy check` and `hub match try`: what they print, and how they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.hub_command import ROOT, hub

SEEDS = ROOT / "hub" / "seeds" / "policies"
RECORD: dict[str, Any] = {
    "record": {
        "registry": "us-oh",
        "kind": "training",
        "record_id": "PD-1",
        "standing": "stated",
        "on": "2025-12-15",
        "amount": "3",
        "unit": "semester",
        "verification": "verified",
        "event_type": "college_course",
        "trainer": "T-77",
        "organization": "Lake College",
        "approval_code": None,
    }
}
KEYS = [
    "to", "outcome", "reason", "rule", "accepted_hours", "total_hours", "counts_as", "not_for",
    "valid", "documents", "with_documents", "unknown", "words", "tried", "input",
]  # fmt: skip
REFUSED = """registry = "us-nd"
revision = 1
[[rule]]
id = "a"
version = 1
kind = "training"
from = 2024-07-01
illustrative = true
[rule.when]
event_type = ["workshop", "confrence"]
[rule.effect]
outcome = "FULL"
cap_hours = 5
"""


def written(path: Path, content: str | dict[str, Any]) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return written(tmp_path / "record.json", RECORD)


def tried(record: Path, *codes: str, day: str = "2026-06-30") -> list[dict[str, Any]]:
    """Answers of shipped policies, one a line."""
    policies = [word for code in codes for word in ("--policy", SEEDS / f"{code}.toml")]
    ran = hub("match", "try", *policies, "--record", record, "--as-of", day, "--json")
    assert ran.code == 0
    return [json.loads(line) for line in ran.out.splitlines()]


def test_a_policy_without_a_fault_is_shown_by_kind_and_days() -> None:
    ran = hub("policy", "check", SEEDS / "us-nv.toml")

    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"{SEEDS}/us-nv.toml: Nevada, us-nv, revision 1: 2 rules, all right.",
        "  on trainer, 1 rule in this order:",
        "    nv-trainer version 1                  from 2024-07-01, no end",
        "  on training, 1 rule in this order:",
        "    nv-recognized-organization version 1  from 2024-07-01, no end",
    ]


def test_each_problem_is_a_line_with_its_place_and_remedy(tmp_path: Path) -> None:
    path = written(tmp_path / "us-nd.toml", REFUSED)
    ran = hub("policy", "check", path, SEEDS / "us-oh.toml")

    assert ran.code == 1
    assert ran.out.splitlines()[:3] == [
        f"{path}:10:27: rule a version 1, when.event_type: 'confrence' is not a code; "
        "write conference",
        f"{path}:13:13: rule a version 1, effect.cap_hours: is not a decimal in quotes; "
        'write it like "1.5"',
        f"{path}: 2 problems to correct; nothing of this file would be taken.",
    ]
    assert "Ohio, us-oh, revision 1: 2 rules, all right." in ran.out


def test_a_check_as_json_has_places_and_what_the_files_hold(tmp_path: Path) -> None:
    path = written(tmp_path / "us-nd.toml", REFUSED)
    ran = hub("policy", "check", "--json", path, SEEDS / "us-wi.toml")
    document = json.loads(ran.out)
    refused, taken = document["files"]

    assert (ran.code, document["ok"]) == (1, False)
    assert refused["problems"][0] == {
        "line": 10,
        "column": 27,
        "place": "rule a version 1, when.event_type",
        "what": "'confrence' is not a code",
        "fix": "write conference",
    }
    assert refused["policy"] is None
    assert [each["kind"] for each in taken["policy"]["kinds"]] == ["credential", "trainer"]
    assert taken["policy"]["kinds"][0]["rules"][0]["from"] == "2024-07-01"


def test_two_files_of_one_revision_that_differ_are_refused(tmp_path: Path) -> None:
    text = (SEEDS / "us-nv.toml").read_text("utf-8")
    same = written(tmp_path / "same.toml", text)
    other = written(tmp_path / "other.toml", text + "\n# changed\n")

    assert hub("policy", "check", SEEDS / "us-nv.toml", same).code == 0
    ran = hub("policy", "check", SEEDS / "us-nv.toml", other)
    assert ran.code == 1
    assert f"{other}: revision: is the revision of {SEEDS}/us-nv.toml, too" in ran.out
    assert "write 2 or more" in ran.out


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'registry = "us-nd"\n# \xff\n', ":2:3: file: holds a byte that is not UTF-8; save it"),
        (b"\xef\xbb\xbf= 1", ":1:1: file: begins a line with what is no key and no table"),
        (b"#" * 1_000_001, ": file: is larger than 1,000,000 bytes; leave out rules"),
        (b"\xc3\xa9" * 600_000, ": file: is larger than 1,000,000 bytes; leave out rules"),
        (b"", ": revision: is missing; add it"),
    ],
)
def test_what_is_no_policy_at_all_is_refused_with_its_place(
    tmp_path: Path, data: bytes, said: str
) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    ran = hub("policy", "check", path)

    assert ran.code == 1
    assert f"{path}{said}" in ran.out


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path, record: Path) -> None:
    missing = tmp_path / "none.toml"

    assert hub("policy", "check", missing).code == 2
    words = ("match", "try", "--as-of", "2026-06-30", "--policy")
    assert hub(*words, missing, "--record", record).code == 2
    assert hub(*words, SEEDS / "us-nd.toml", "--record", missing).code == 2


def test_an_answer_has_the_keys_of_the_page_in_their_order(record: Path) -> None:
    (answer,) = tried(record, "us-nd")

    assert list(answer) == KEYS
    assert (answer["to"], answer["outcome"], answer["reason"]) == (
        "us-nd",
        "PARTIAL",
        "accepted_in_part",
    )
    assert answer["rule"] == {"id": "nd-college-copy", "version": 1}
    assert (answer["accepted_hours"], answer["total_hours"]) == ("45.00", "45.00")
    assert answer["valid"] == {"from": "2025-12-15", "until": None}
    assert answer["with_documents"] == {
        "outcome": "NEEDS_REVIEW",
        "accepted_hours": "0.00",
        "counts_as": None,
    }
    assert answer["tried"][0]["conditions"][-1] == {
        "name": "documents",
        "value": [],
        "result": False,
    }
    assert answer["input"]["record"] == {**RECORD["record"], "revision": 0}


def test_an_answer_from_its_input_is_the_same_bytes(record: Path, tmp_path: Path) -> None:
    words = ("match", "try", "--as-of", "2026-06-30", "--json", "--policy", SEEDS / "us-nv.toml")
    first = hub(*words, "--record", record).out
    again = written(tmp_path / "again.json", json.loads(first)["input"])

    assert hub(*words, "--record", again).out == first


def test_no_policy_on_the_kind_is_an_answer_without_outcome(record: Path) -> None:
    (answer,) = tried(record, "us-fl")
    (before,) = tried(record, "us-nd", day="2024-06-30")

    assert list(answer) == list(before) == KEYS
    assert (answer["outcome"], answer["reason"], answer["rule"]) == (None, "no-policy", None)
    assert answer["words"] == "Florida has no policy on this kind of record."
    assert (before["outcome"], before["valid"]) == (None, None)


def test_each_receiver_answers_once_by_its_highest_revision(record: Path, tmp_path: Path) -> None:
    text = (SEEDS / "us-nd.toml").read_text("utf-8")
    later = text.replace("revision = 1", "revision = 2").replace('"level-1"', '"level-0"')
    policies = (
        "--policy", written(tmp_path / "later.toml", later), "--policy", SEEDS / "us-nd.toml",
        "--policy", SEEDS / "us-fl.toml",
    )  # fmt: skip
    ran = hub("match", "try", *policies, "--record", record, "--as-of", "2026-06-30", "--json")
    answers = [json.loads(line) for line in ran.out.splitlines()]

    assert [(each["to"], each["counts_as"]) for each in answers] == [
        ("us-fl", None),
        ("us-nd", "level-0"),
    ]


def test_the_plain_answer_names_trainers_and_third_parties_by_role(record: Path) -> None:
    policies = ("--policy", SEEDS / "us-nd.toml", "--policy", SEEDS / "us-nv.toml")
    ran = hub("match", "try", *policies, "--record", record, "--as-of", "2026-06-30")

    assert ran.code == 0
    assert ran.out.splitlines()[:6] == [
        "North Dakota counts 45 of 45 clock hours of this course, but not toward a career level.",
        "  from Ohio to North Dakota, training PD-1, on 2026-06-30",
        "  rule       nd-college-copy version 1",
        "  holds      from 2025-12-15, no end",
        "  documents  official transcript",
        "Tried, in this order:",
    ]
    assert "    not known  its grade: the record does not say" in ran.out
    assert "Lake College" not in ran.out
    assert "T-77" not in ran.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON here"),
        ("[]", "is not a table"),
        ('{"record": 1}', "record is not a table"),
        ('{"record": {}, "record": {}}', "is not a record file"),
        ("[" * 100_000, "is not"),
        ('{"record": {"registry": "us-oh", "kind": "x", "record_id": "1"}}', "record.kind is not"),
        ('{"record": {"registry": "us-oh", "kind": "course", "record_id": "1", "amount": 1.5}}',
         "record.amount is not a decimal as a text"),
    ],
)  # fmt: skip
def test_a_record_file_that_is_none_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = written(tmp_path / "record.json", content)
    policy = ("--policy", SEEDS / "us-nd.toml")
    ran = hub("match", "try", *policy, "--record", path, "--as-of", "2026-06-30")

    assert ran.code == 1
    assert said in ran.err


def test_a_refused_policy_or_no_day_answers_nothing(tmp_path: Path, record: Path) -> None:
    path = written(tmp_path / "us-nd.toml", REFUSED)
    refused = hub("match", "try", "--policy", path, "--record", record, "--as-of", "2026-06-30")
    wrong = hub("match", "try", "--policy", path, "--record", record, "--as-of", "June 30")

    assert (refused.code, refused.out) == (1, "")
    assert f"{path}:10:27: rule a version 1, when.event_type" in refused.err
    assert wrong.code == 2
