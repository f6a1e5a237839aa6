"""`hub policy try`, as typed: what it says, what it hides, and that it changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from hub.domain.rows import Person
from tests.unit.cli.hub_command import Ran, hub
from tests.unit.lanes.lane_events import SmallHub, agreement, policy, profile, ssn_token, training
from tests.unit.reciprocity.policy_drafts import Draft, policy_text

REVIEW = Draft("review", when="", effect='outcome = "NEEDS_REVIEW"')
DRAFT = policy_text(Draft("all", when=""), registry="us-nv", revision=2)


@pytest_asyncio.fixture
async def folder(tmp_path: Path) -> Path:
    """A store in which Nevada knows a person of Wisconsin's, and a draft of Nevada's policy."""
    small = await SmallHub(tmp_path).start()
    await small.feed(
        policy("us-nv", policy_text(REVIEW, registry="us-nv")),
        agreement("us-wi", "us-nv"),
        agreement("us-nv", "us-wi"),
        profile(small.keyring, Person("us-wi", "P1"), [ssn_token(1)]),
        profile(small.keyring, Person("us-nv", "N1"), [ssn_token(1)]),
        training(),
        training("R2"),
    )
    small.store.close()
    (tmp_path / "draft.toml").write_text(DRAFT, "utf-8")
    return tmp_path


def run(folder: Path, *words: str) -> Ran:
    store = f"sqlite:///{folder / 'store.sqlite'}"
    day = ("--as-of", "2026-07-01")
    return hub("policy", "try", folder / "draft.toml", "--store", store, *day, *words)


def document(folder: Path, *words: str) -> Any:
    return json.loads(run(folder, "--json", "-", *words).out)


def test_the_answer_comes_first_and_then_whose_records_they_are(folder: Path) -> None:
    ran = run(folder)

    assert ran.code == 0
    assert ran.out.startswith("Nevada revision 2: 2 records would be answered better, 0 worse.\n")
    assert "Beside revision 1, on 2026-07-01; records that are judged: 2." in ran.out
    assert "training  us-wi  better        2       0.00       30.00" in ran.out
    assert (
        "N1      training  us-wi/R1  ◇ Needs a review  ● Accepted in full  0.00 → 15.00" in ran.out
    )
    assert "Nothing was changed." in ran.out
    assert "Tried" in ran.err
    assert all(len(line) <= 100 for line in ran.out.splitlines()[:-1])


def test_as_json_each_sum_and_each_record_stands_with_both_answers(folder: Path) -> None:
    found = document(folder)

    assert found["changes"]["gain"] == {
        "records": 2,
        "hours_before": "0.00",
        "hours_after": "30.00",
    }
    assert [each["record_id"] for each in found["named"]] == ["R1", "R2"]
    assert found["named"][0]["before"]["outcome"] == "NEEDS_REVIEW"
    assert found["named"][0]["after"]["rule"] == {"id": "all", "version": 1}
    assert found["own_persons"] == {"gain": 1, "loss": 0, "other": 0}


def test_a_registry_that_is_not_concerned_is_told_nothing_small(folder: Path) -> None:
    ran = run(folder, "--for", "us-nd")
    found = document(folder, "--for", "us-nd")

    assert "Other records, not shared: hidden: under 10." in ran.out
    assert (found["records"], found["records_why"]) == (None, "hidden: under 10")
    assert (found["together"], found["cells"], found["named"]) == (None, [], [])
    assert not any(name in ran.out + ran.err for name in ("N1", "P1", "R1", " 2 "))


def test_the_holder_sees_its_own_persons(folder: Path) -> None:
    found = document(folder, "--for", "us-wi", "--limit", "1")

    assert [each["person_ids"] for each in found["named"]] == [["P1"]]
    assert found["named_of"] == 2


def test_a_trial_of_what_stands_says_that_nothing_differs(folder: Path) -> None:
    (folder / "draft.toml").write_text(policy_text(REVIEW, registry="us-nv"), "utf-8")

    assert run(folder).out.startswith("Nevada revision 1: 0 records would be answered better, 0")


def test_a_draft_that_the_hub_does_not_take_is_refused(folder: Path) -> None:
    (folder / "draft.toml").write_text(DRAFT.replace("FULL", "MAYBE"), "utf-8")
    ran = run(folder)

    assert (ran.code, ran.out) == (1, "")
    assert "effect.outcome" in ran.err


def test_a_store_without_tables_is_told_apart(folder: Path, tmp_path: Path) -> None:
    ran = hub("policy", "try", folder / "draft.toml", "--store", f"sqlite:///{tmp_path / 'x'}")

    assert ran.code == 1
    assert "holds no tables of the hub yet" in ran.err


def test_a_viewer_that_is_no_registry_is_wrong_usage(folder: Path) -> None:
    assert run(folder, "--for", "Ohio").code == 2


def test_a_trial_ends_at_once_when_it_is_stopped(folder: Path, monkeypatch: Any) -> None:
    def stop(*_: Any) -> Iterator[Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr("hub.lanes.policy_trial.judged_by", stop)
    ran = run(folder)

    assert (ran.code, ran.out) == (130, "")
    assert ran.err.endswith("stopped; what was committed stays\n")
