"""hub rejected: what was not applied, why, and trying it again."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from hub.domain.events import Kind
from hub.domain.rejections import DAMAGED, RULES, rejection_words
from hub.lanes import records as records_lane
from hub.lanes import reference
from hub.projections import answers, exchange, records
from tests.unit.cli.operations_hub import WISCONSIN, Installation
from tests.unit.lanes.lane_events import body_for, event, policy, training

PERSON = "PERSON-4711"
TITLE = "Diapering, by Maria Vega"


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    """Four rejected events: two of Wisconsin, one of Nevada, one of the Alliance."""
    made = Installation(tmp_path)
    damaged = training("R3", person_id=PERSON)
    made.append(
        [
            training("R1", person_id=PERSON, key="P2", title=TITLE, submission_row=88),
            replace(damaged, value=damaged.value[:-1] + b"\x07"),
            training("R2", registry="us-nv", key="P2"),
            policy("us-nv", "no policy at all"),
        ]
    )
    made.fold()
    return made


def place_of(made: Installation, reason: str, registry: str = "us-wi") -> str:
    rows = made.json("rejected", "list", "--reason", reason, "--registry", registry)["rejected"]
    return str(rows[0]["place"])


def test_the_list_counts_by_registry_and_rule_and_names_each_place(
    installed: Installation,
) -> None:
    document = installed.json("rejected", "list")
    counts = {(each["registry"], each["reason"]): each["events"] for each in document["by_rule"]}

    assert counts == {
        (None, "POLICY_NOT_READABLE"): 1,
        ("us-nv", "KEY_NOT_OF_THE_RECORD"): 1,
        ("us-wi", "KEY_NOT_OF_THE_RECORD"): 1,
        ("us-wi", "the digest does not agree with the value"): 1,
    }
    assert all(each["what"] and each["fix"] for each in document["by_rule"])
    assert {each["times"] for each in document["rejected"]} == {1}
    assert sum(each["place"].startswith(WISCONSIN) for each in document["rejected"]) == 2


def test_the_list_can_be_of_one_registry_and_one_rule(installed: Installation) -> None:
    words = ["--registry", "us-wi", "--reason", "KEY_NOT_OF_THE_RECORD"]
    document = installed.json("rejected", "list", *words)

    assert [each["registry"] for each in document["rejected"]] == ["us-wi"]
    assert sum(each["events"] for each in document["by_rule"]) == 1


def test_a_person_reads_counts_places_and_what_helps(installed: Installation) -> None:
    text = installed.hub("rejected", "list").out
    lines = text.splitlines()

    assert lines[0] == "4 events were not applied"
    assert "key by the person's id" in text
    assert f"{WISCONSIN}/" in text
    assert max(map(len, lines)) <= 80


def test_an_empty_list_says_so(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    made.append([training("R1")])
    made.fold()

    assert made.hub("rejected", "list").out == "No event is rejected.\n"
    assert made.hub("rejected", "redrive", "--all").code == 0


def test_one_event_says_what_it_is_and_never_whose(installed: Installation) -> None:
    place = place_of(installed, "KEY_NOT_OF_THE_RECORD")
    document = installed.json("rejected", "show", place)
    text = installed.hub("rejected", "show", place).out

    assert document["event"]["kind"] == "training_completion"
    assert (document["event"]["record_id"], document["event"]["submission_row"]) == ("R1", 88)
    assert document["what"] == rejection_words("KEY_NOT_OF_THE_RECORD").what
    for told in (text, json.dumps(document), installed.hub("rejected", "list").out):
        assert PERSON not in told
        assert TITLE not in told


def test_a_profile_is_shown_without_its_id_which_is_its_persons(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    body = body_for(Kind.PROFILE, status="ACTIVE")
    made.append([event(Kind.PROFILE, PERSON, body, person_id=PERSON, key="P2")])
    made.fold()
    place = place_of(made, "KEY_NOT_OF_THE_RECORD")

    assert made.json("rejected", "show", place)["event"]["record_id"] is None
    assert PERSON not in made.hub("rejected", "show", place).out


def test_an_event_that_cannot_be_read_is_shown_all_the_same(installed: Installation) -> None:
    place = place_of(installed, "the digest does not agree with the value")

    assert installed.json("rejected", "show", place)["event"] is None
    assert "cannot be read" in installed.hub("rejected", "show", place).out


def test_what_an_event_says_cannot_steer_the_terminal(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    made.append([training("R\x1b[2J" + "x" * 200, key="P2")])
    made.fold()
    text = made.hub("rejected", "show", place_of(made, "KEY_NOT_OF_THE_RECORD")).out

    assert "\x1b" not in text
    assert "x" * 100 not in text


def test_a_place_where_nothing_is_rejected_is_refused(installed: Installation) -> None:
    ran = installed.hub("rejected", "show", f"{WISCONSIN}/0/999")

    assert ran.code == 1
    assert "hub rejected list" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ["show", "nowhere"],
        ["show", "topic/0"],
        ["show", "topic/0/-1"],
        ["redrive"],
        ["redrive", "topic/0/x"],
        ["redrive", "--all", "--reason", "KEY_EMPTY"],
        ["redrive", "--all", f"{WISCONSIN}/0/0"],
    ],
)
def test_wrong_words_of_rejected_exit_with_two(installed: Installation, words: list[str]) -> None:
    ran = installed.hub("rejected", *words)

    assert ran.code == 2
    assert ran.err.strip()


def test_what_is_still_rejected_exits_with_one_and_is_counted(installed: Installation) -> None:
    place = place_of(installed, "KEY_NOT_OF_THE_RECORD")

    ran = installed.hub("rejected", "redrive", place)
    document = installed.json("rejected", "show", place)

    assert ran.code == 1
    assert "still rejected" in ran.out
    assert document["times"] == 2
    assert [each["outcome"] for each in document["redrives"]] == ["REJECTED"]


def test_a_mended_program_applies_all_of_a_rule_and_the_list_empties(
    installed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_lane, "refusal", lambda *_: None)
    rule = ["--reason", "KEY_NOT_OF_THE_RECORD"]

    tried = installed.hub("rejected", "redrive", *rule, "--dry-run")
    assert (tried.code, len(installed.json("rejected", "list")["rejected"])) == (0, 4)
    done = installed.hub("rejected", "redrive", *rule)
    left = installed.json("rejected", "list")

    assert "2 of 2 events would be applied" in tried.out
    assert "2 of 2 events applied" in done.out
    assert done.code == 0
    assert len(left["rejected"]) == 2
    assert installed.hub("rejected", "redrive", *rule).code == 0


def test_every_rule_of_the_fold_says_what_is_the_matter_and_what_to_do() -> None:
    sources = "".join(
        inspect.getsource(each) for each in (answers, exchange, records, reference, records_lane)
    )
    rules = set(re.findall(r'(?:return|else|record,) "([A-Z_]+)"', sources))

    assert rules | {DAMAGED} == RULES.keys()
    for rule in RULES:
        words = rejection_words(rule)
        assert words.what
        assert words.fix
    assert rejection_words("the head is cut off").what.endswith("the head is cut off")
