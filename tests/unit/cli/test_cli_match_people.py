"""`hub match queue`, `decisions`, `lapses` and `matrix`, as typed."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from hub.adapters.keyring import open_keyring
from hub.cli.match_decisions import contradiction_words
from hub.domain.log import Message
from hub.domain.rows import Person
from hub.projections.recognition import Contradiction
from hub.reciprocity.answer import NOT_IN_FORCE
from tests.unit.cli.operations_hub import Installation
from tests.unit.identity.small_model import number_token, small_model
from tests.unit.lanes.lane_events import agreement, identity_model, policy, profile, training
from tests.unit.lanes.lane_recognition import RULES, credential, decided

AT_MS = 1_782_864_000_000
"""The first of July of 2026."""
JULY = ("--as-of", "2026-07-11")
FORMULA = '=HYPERLINK("https://example.org")'


def people(installation: Installation) -> list[Message]:
    """Two humans whom Wisconsin and Nevada know."""
    keyring = open_keyring(installation.urls["keyring"])
    found = [
        profile(keyring, person, [number_token(number)])  # type: ignore[arg-type]
        for number, name in enumerate(("1", "2"), 1)
        for person in (Person("us-wi", f"P{name}"), Person("us-nv", f"N{name}"))
    ]
    keyring.close()
    return found


def installed_with(
    folder: Path, messages: Sequence[Message], *, shared: bool = True
) -> Installation:
    installation = Installation(folder)
    installation.append([identity_model(small_model()), policy("us-nv", RULES)], AT_MS)
    installation.fold()
    agreed = [agreement("us-wi", "us-nv"), agreement("us-nv", "us-wi")] if shared else []
    installation.append([*agreed, *people(installation), *messages], AT_MS)
    installation.fold()
    return installation


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    """Trainings that wait, one of them with a formula for an id, and a credential that ends."""
    return installed_with(
        tmp_path,
        [
            training("R1", hours="25"),
            training(FORMULA, hours="25"),
            training("R3", hours="25", person_id="P2"),
            *(training(f"S{n}") for n in range(6)),
            credential(),
            decided("R3"),
            decided("R1", "PENDING", document_received=["roster"]),
            *(decided(f"S{n}", "REFUSED") for n in range(6)),
        ],
    )


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_queue_says_how_much_waits_for_how_long_and_what_is_missing(
    installed: Installation,
) -> None:
    ran = installed.hub("match", "queue", "--registry", "us-nv", *JULY)

    assert ran.code == 0
    assert "2 records wait for Nevada's decision, the oldest for 10 days." in ran.out
    assert "10 days  ▤ Needs a document  training R1 of Wisconsin" in ran.out
    assert "person N1; Nevada needs certificate" in ran.out
    assert "noted: roster" in ran.out
    assert "missing: certificate\n" in ran.out
    assert "R3" not in ran.out
    assert all(len(line) <= 100 for line in ran.out.splitlines())


def test_the_queue_as_csv_runs_no_formula_and_gives_a_reason_for_each_gap(
    installed: Installation,
) -> None:
    target = installed.folder / "queue.csv"
    ran = installed.hub("match", "queue", "--registry", "us-nv", *JULY, "--csv", target)
    rows = {row["record_id"]: row for row in rows_of(target.read_text("utf-8"))}

    assert ran.code == 0
    assert set(rows) == {"R1", f"'{FORMULA}"}
    assert rows["R1"]["documents_missing"] == "certificate"
    assert rows["R1"]["decision"] == "PENDING"
    assert rows["R1"]["appeal_why"] == "no appeal"
    assert rows["R1"]["own_person_ids"] == "N1"
    assert {row["days"] for row in rows.values()} == {"10"}


def test_a_limit_keeps_the_oldest_and_still_counts_all(installed: Installation) -> None:
    document = installed.json("match", "queue", "--registry", "us-nv", *JULY, "--limit", "1")

    assert (document["open"], len(document["rows"])) == (2, 1)


def test_an_empty_queue_says_so(installed: Installation) -> None:
    ran = installed.hub("match", "queue", "--registry", "us-wi")

    assert (ran.code, "Nothing waits." in ran.out) == (0, True)


def test_a_queue_without_agreement_is_empty(tmp_path: Path) -> None:
    installation = installed_with(tmp_path, [training("R1", hours="25")], shared=False)

    assert installation.json("match", "queue", "--registry", "us-nv")["open"] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("queue", "--registry", "nevada"),
        ("decisions", "--registry", "nevada"),
        ("lapses", "--registry", "nevada"),
        ("matrix", "--for", "nevada"),
        ("matrix", "--kind", "trainings"),
        ("queue", "--registry", "us-nv", "--as-of", "yesterday"),
        ("queue",),
    ],
)
def test_words_that_are_off_are_told_with_what_to_write(
    installed: Installation, words: tuple[str, ...]
) -> None:
    ran = installed.hub("match", *words)

    assert ran.code == 2
    assert ran.out == ""


def test_decisions_compare_with_the_rules_and_name_the_rule_that_is_contradicted(
    installed: Installation,
) -> None:
    ran = installed.hub("match", "decisions")

    assert ran.code == 0
    assert "0 of 6 decisions agree with the rules." in ran.out
    assert "1 rule is contradicted by 5 or more of the last 20 decisions:" in ran.out
    assert "Nevada, rule short version 1, training from Wisconsin: 6 of the last 6" in ran.out
    assert "meets standard 8" in ran.out
    document = installed.json("match", "decisions")
    (row,) = document["rows"]
    assert row["decisions"] == {"accepted": 1, "partly": 0, "refused": 6, "pending": 1}
    assert (row["decided"], row["agrees"], row["agrees_of"]) == (7, 0, 6)
    assert (row["after"], row["other"], row["mean_days"], row["days_of"]) == (1, 1, "0.00", 7)


def test_another_registry_sees_no_count_under_ten_and_no_contradiction(
    installed: Installation,
) -> None:
    document = installed.json("match", "decisions", "--registry", "us-nd")
    ran = installed.hub("match", "decisions", "--registry", "us-nd")

    (row,) = document["rows"]
    assert row["decisions"] is None
    assert row["decisions_why"] == "hidden: under 10"
    assert document["contradictions"] == []
    assert "hidden" in ran.out
    assert not {"6", "7", "8"} & set(ran.out.replace(",", " ").split())
    for registry in ("us-nv", "us-wi"):
        seen = installed.json("match", "decisions", "--registry", registry)
        assert seen["rows"][0]["decided"] == 7
        assert len(seen["contradictions"]) == 1


def test_bounds_of_contradictions_are_settings(installed: Installation) -> None:
    ran = installed.hub("match", "decisions", HUB_CONTRADICTIONS_MIN="7")

    assert "No rule is contradicted by 7 or more of the last 20 decisions." in ran.out


def test_contradictions_are_sent_when_it_is_said(installed: Installation) -> None:
    assert installed.json("match", "decisions")["sent"] is False
    assert outbox(installed) == []

    ran = installed.hub("match", "decisions", "--send")

    assert "Sent: the registry whose rule it is has it in its inbox" in ran.out
    assert outbox(installed) == [
        "inbox|contradictions|us-nv|us-wi|short|1|us-nv",
        "inbox|contradictions|us-nv|us-wi|short|1|us-wi",
    ]


def test_decisions_against_the_days_of_records_are_no_rules() -> None:
    found = Contradiction("us-nv", "us-wi", NOT_IN_FORCE, 0, ("credential", "training"), 6, 9)

    assert contradiction_words(found) == (
        "Nevada, records that are not in force, credential and training from Wisconsin: "
        "6 of the last 9 decisions contradict it"
    )


def outbox(installation: Installation) -> list[str]:
    """Subjects that wait to be put on the log."""
    with sqlite3.connect(installation.path("store")) as connection:
        rows = connection.execute("SELECT subject FROM outbox ORDER BY subject").fetchall()
    connection.close()
    return [subject for (subject,) in rows]


def test_lapses_are_listed_and_each_side_sees_its_own_ids(installed: Installation) -> None:
    ran = installed.hub("match", "lapses", *JULY)
    ours = installed.json("match", "lapses", *JULY, "--registry", "us-nv")
    theirs = installed.json("match", "lapses", *JULY, "--registry", "us-wi")
    others = installed.json("match", "lapses", *JULY, "--registry", "us-nd")

    assert "1 accepted credential ends within 60 days." in ran.out
    assert "2026-08-01         21  us-wi    C1      us-nv        N1" in ran.out
    (row,) = ours["rows"]
    assert (row["own_person_ids"], row["person_id"], row["days_left"]) == (["N1"], None, 21)
    (row,) = theirs["rows"]
    assert (row["own_person_ids"], row["person_id"]) == ([], "P1")
    assert others["rows"] == []


def test_lapses_are_sent_when_it_is_said_and_the_days_are_a_setting(
    installed: Installation,
) -> None:
    assert "0 accepted credentials end within 20 days." in installed.hub(
        "match", "lapses", *JULY, HUB_LAPSE_DAYS="20"
    ).out  # fmt: skip

    ran = installed.hub("match", "lapses", *JULY, "--send")

    assert "Sent: both registries have each in their inboxes; 0 notices" in ran.out
    assert outbox(installed) == [
        "inbox|lapse|us-wi|C1|us-nv|us-nv",
        "inbox|lapse|us-wi|C1|us-nv|us-wi",
    ]


def test_lapses_of_an_empty_store_are_refused_and_nobody_is_told(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.append([])
    installation.path("store").parent.mkdir()
    installation.fold()
    installation.run_sql("DELETE FROM position")

    ran = installation.hub("match", "lapses", "--send")

    assert ran.code == 1
    assert "nobody was told" in ran.err


def test_the_matrix_shows_rules_decisions_and_what_goes_one_way(installed: Installation) -> None:
    ran = installed.hub("match", "matrix", *JULY)

    assert ran.code == 0
    assert "Rules let records through on 1 of 2 ways between registries; in 2 cases" in ran.out
    assert "Nevada's rules in force (us-nv)" in ran.out
    assert "▤ Needs a document  training, long 1" in ran.out
    assert "with certificate, roster: a review" in ran.out
    assert "us-wi  us-nv  training         1       0        6      1  2026-06-15" in ran.out
    assert "Nevada accepts, training: Wisconsin; no policy on this kind there." in ran.out
    assert all(len(line) <= 80 for line in ran.out.splitlines())


def test_the_matrix_of_one_kind_for_one_registry_hides_small_counts_of_others(
    installed: Installation,
) -> None:
    words = ("match", "matrix", *JULY, "--kind", "training")
    whole, seen = installed.json(*words), installed.json(*words, "--for", "us-nd")

    assert {cell["kind"] for cell in whole["cells"]} == {"training"}
    assert whole["cells"][0]["decisions"]["refused"] == 6
    assert whole["cells"][0]["matches"]["NEEDS_DOCUMENT"] == 3
    assert seen["cells"][0]["decisions"] is None
    assert seen["cells"][0]["matches_why"] == "hidden: under 10"


def test_the_matrix_as_csv_has_the_cells_of_the_json(installed: Installation) -> None:
    ran = installed.hub("match", "matrix", *JULY, "--csv", "-")
    document = installed.json("match", "matrix", *JULY)
    rows = rows_of(ran.out)

    assert [(r["from"], r["to"], r["kind"], r["by_rule"]) for r in rows] == [
        (c["from"], c["to"], c["kind"], c["by_rule"]) for c in document["cells"]
    ]
    assert {row["as_of"] for row in rows} == {"2026-07-11"}
