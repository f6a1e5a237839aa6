"""What a state's own desk reads of a rejected row, as lines and as JSON."""

from __future__ import annotations

import json

import pytest
from intake_samples import REGISTRIES, mapping_of, receipt_of, sample

from hub.domain.messages import RULES, message, message_text
from hub.intake.desk import desk_json, desk_report

NOT_USED = ("invalid", "illegal", "unable", "failed", "please", "sorry", "null", "denied")


def test_a_rejected_row_is_shown_with_place_rule_record_fix_and_effect() -> None:
    lines = desk_report(sample("us-oh"), mapping_of("us-oh"))

    at = lines.index("us-oh/training.tsv:274  Amount  split_sum_mismatch  completion PD-703509")
    assert lines[at + 1 : at + 5] == [
        "  what    the amounts by knowledge area do not add up to the total",
        "  here    lines 274 and 275: 1.75 and 1, Total Amount 2",
        "  fix     correct the amounts or the total, then send every row of this record again",
        "  effect  this completion is not recorded; there is no other statement of it",
    ]
    assert lines[-1] == "us-oh/training.tsv: 2,743 rows, 2,702 ready, 41 rejected"


@pytest.mark.parametrize("registry", REGISTRIES)
def test_lines_are_plain_and_short(registry: str) -> None:
    for line in desk_report(sample(registry), mapping_of(registry)):
        assert len(line) <= 100, line
        assert line.isprintable()


@pytest.mark.parametrize("registry", REGISTRIES)
def test_the_json_form_says_the_same(registry: str) -> None:
    document = json.loads(json.dumps(desk_json(sample(registry), mapping_of(registry))))

    for name, file in document["files"].items():
        receipt = receipt_of(sample(registry), name)
        ready = file["accepted"] + file["superseded"] + file["duplicate"]
        assert ready + len(file["rejections"]) == file["rows"] == receipt.rows
        for rejection in file["rejections"]:
            words = message_text(rejection["rule"], rejection["field"])
            assert rejection["message"] == words


def test_a_message_says_what_and_how_to_fix_it_in_the_house_words() -> None:
    for rule in RULES:
        words = message(rule, "Issue Date")
        text = f"{words.what} {words.fix}".lower()
        assert not any(word in text for word in NOT_USED), rule
        assert "{" not in text
        assert words.what
        assert words.fix


def test_a_message_about_the_whole_row_names_no_column() -> None:
    assert message("column_count", "").what == "the row has more or fewer columns than the layout"
