"""`hub match explain` as a person uses it: what it prints, refuses, and says of wrong words."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.unit.audit.explained_log import (
    BASE,
    NEEDS_CERTIFICATE,
    ExplainedLog,
    decided,
    request,
    rules,
    trainer,
)
from tests.unit.audit.explained_log import WISCONSIN as WORKER
from tests.unit.cli.hub_command import Ran, hub
from tests.unit.lanes.lane_events import NOW, agreement, policy, training

WIDTH = 80
DAY = ("--effective-as-of", "2026-06-30")
OWN = ("--person", "us-wi/P1", "--record", "us-wi/training/R1", "--to", "us-nv")
OTHERS = ("--person", "us-nd/D1", "--record", "us-wi/training/R1", "--to", "us-nv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with an own record, a decision, a request, and an approval that the record cites."""
    folder = tmp_path_factory.mktemp("explained")
    approved = f'[rule.when]\ntrainer_approved_by = "others"\n{NEEDS_CERTIFICATE}'

    async def make() -> None:
        log = await ExplainedLog(folder / "log.sqlite").start(
            *BASE,
            policy("us-nv", rules(approved, revision=2), 2),
            training(trainer_id="T1", organization="Knowledge \x1b[31m Co.", revision=NOW - 9),
            trainer(),
            agreement("us-wi", "us-nv"),
            request(WORKER, "us-nv", date(2026, 6, 1)),
            decided(document_received=["roster"]),
        )
        await log.log.close()

    asyncio.run(make())
    return folder


def explain(folder: Path, *words: str | Path) -> Ran:
    return hub("match", "explain", *words, "--log", f"sqlite:///{folder / 'log.sqlite'}")


def test_the_answer_stands_first_and_its_rule_and_source_below(folder: Path) -> None:
    lines = explain(folder, *OWN, *DAY).out.splitlines()

    assert lines[0] == "Nevada needs certificate before it can decide on this training; with that:"
    assert "Source      https://example.org/1" in lines
    assert "With them   ● Accepted in full, 15.00 clock hours" in lines
    assert [line for line in lines if line.startswith("Decided")] == [
        "Decided     pending on 2026-06-30, meets_standard"
    ]
    assert "Received    roster" in lines
    assert max(map(len, lines)) <= WIDTH


def test_since_when_each_thing_is_known_is_said_with_its_place(folder: Path) -> None:
    out = explain(folder, *OWN, *DAY).out

    known = out.split("Known to the hub since\n")[1].split("\n\n")[0].splitlines()
    assert [line.split("  2026-")[0].strip() for line in known] == [
        "the record as it stood",
        "the policy",
        "the request",
        "the decision",
        "an approval it cites",
    ]
    assert all("/" in line.split()[-1] for line in known)


def test_texts_of_a_record_reach_no_terminal_and_third_parties_go_by_their_role(
    folder: Path,
) -> None:
    out = explain(folder, *OWN, *DAY).out

    assert "\x1b" not in out
    assert "Knowledge" not in out
    assert "T1" not in out


def test_the_input_goes_into_hub_match_try_and_gives_the_same_bytes(
    folder: Path, tmp_path: Path
) -> None:
    document = json.loads(explain(folder, *OWN, *DAY, "--json", "-").out)
    (tmp_path / "record.json").write_text(json.dumps(document["input"]), "utf-8")
    approved = f'[rule.when]\ntrainer_approved_by = "others"\n{NEEDS_CERTIFICATE}'
    (tmp_path / "us-nv.toml").write_text(rules(approved, revision=2), "utf-8")

    tried = hub(
        *("match", "try", "--policy", tmp_path / "us-nv.toml"),
        *("--record", tmp_path / "record.json", "--as-of", DAY[1], "--json"),
    )

    assert tried.code == 0
    answer: dict[str, Any] = json.loads(tried.out)
    assert json.dumps(answer) == json.dumps({name: document[name] for name in answer})
    assert answer["input"]["requested_on"] == "2026-06-01"
    assert [each["id"] for each in answer["input"]["approvals"]] == ["T1"]


def test_a_record_that_may_not_be_learned_of_is_refused_as_one_that_is_not_there(
    folder: Path,
) -> None:
    shared = explain(folder, *OTHERS, *DAY)
    absent = explain(folder, *OTHERS[:3], "us-wi/training/R404", *OTHERS[4:], *DAY)

    assert (shared.code, absent.code) == (1, 1)
    assert (shared.out, shared.err) == (absent.out, absent.err)
    assert "nothing on the log by then lets it learn of one" in shared.err


def test_a_receiver_without_rules_on_the_kind_is_no_error(folder: Path) -> None:
    ran = explain(folder, *OWN[:4], "--to", "us-nd", *DAY, "--json", "-")
    document = json.loads(ran.out)

    assert ran.code == 0
    assert (document["outcome"], document["reason"]) == (None, "no-policy")
    assert (document["timeline"], document["citation"]) == ([], None)


def test_an_earlier_moment_knows_only_what_had_been_received(folder: Path) -> None:
    ran = explain(folder, *OWN, "--recorded-as-of", "2020-01-01T00:00:00Z")

    assert ran.code == 1
    assert "the log held nothing of us-wi/P1 by then" in ran.err


def test_the_day_of_the_moment_is_the_day_of_the_answer_unless_another_is_named(
    folder: Path,
) -> None:
    ran = explain(folder, *OWN, "--recorded-as-of", "2026-07-01T23:30:00-05:00", "--json", "-")
    document = json.loads(ran.out)

    assert document["effective_as_of"] == "2026-07-02"
    assert document["recorded_as_of"] == "2026-07-02T04:30:00.000Z"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*OWN[:4], "--to", "us-wi"), "no registry's policy judges its own records"),
        ((*OWN[:4], "--to", "Nevada"), "--to is a registry's code"),
        ((*OWN, "--recorded-as-of", "yesterday"), "yesterday is not a time"),
        ((*OWN, "--recorded-as-of", "2026-07-01T12:00:00"), "names no zone"),
        ((*OWN, "--effective-as-of", "2026-02-31"), "--effective-as-of is a day"),
    ],
)
def test_wrong_words_are_told_before_anything_is_read(
    folder: Path, words: tuple[str, ...], said: str
) -> None:
    ran = explain(folder, *words)

    assert ran.code == 2
    assert said in ran.err
    assert "Read" not in ran.err
