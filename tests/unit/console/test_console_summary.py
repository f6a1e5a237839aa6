"""The console summary: aligned at 80 columns, whole in a file, honest about what is missing."""

from __future__ import annotations

import io
import re

from summary_document import document

from hub.console.summary import print_summary
from hub.console.terminal import Terminal

PLAIN = Terminal(is_live=False, has_color=False, has_unicode=True, width=80)
LIVE = Terminal(is_live=True, has_color=True, has_unicode=True, width=80)
NOT_USED = ("null", "nan", "n/a", "invalid", "failed", "unable", "user", "sorry", "please")


def summary(terminal: Terminal = PLAIN, *, given: dict[str, object] | None = None) -> str:
    stream = io.StringIO()
    print_summary(given or document(), stream, terminal=terminal, page_url="http://127.0.0.1:1/")
    return stream.getvalue()


def test_a_line_of_each_registry_ends_in_the_same_column() -> None:
    lines = summary().splitlines()
    table = lines[1:9]

    assert {len(line) for line in table} == {78}
    assert table[-1].split() == ["All", "six", "20,244", "307", "(1.5%)", "1,613", "49,038.75",
                                 "1,842"]  # fmt: skip
    assert all(len(line) <= 80 for line in lines)


def test_the_summary_in_a_file_has_no_escape_codes_and_whole_state_roots() -> None:
    text = summary()

    assert "\x1b" not in text
    assert document()["state_root"] in text
    assert not [word for word in NOT_USED if re.search(rf"\b{re.escape(word)}\b", text.lower())]


def test_color_changes_no_word() -> None:
    colored = summary(LIVE)

    assert "\x1b[1m" in colored
    without = Terminal(is_live=True, has_color=False, has_unicode=True, width=80)
    assert re.sub(r"\x1b\[\d+m", "", colored) == summary(without)


def test_outcomes_stand_in_their_fixed_order_with_icon_and_words() -> None:
    text = summary()

    assert "● Accepted in full     118   6.4%     ◇ Needs a review       471  25.6%" in text
    assert "Reciprocity     28.2% of matches count in full or in part (520 of 1,842)" in text


def test_without_utf_8_every_icon_is_a_letter() -> None:
    text = summary(Terminal(is_live=True, has_color=False, has_unicode=False, width=80))

    assert text.isascii()
    assert "[D] Needs a document" in text


def test_a_narrow_terminal_loses_secondary_columns_but_no_row() -> None:
    text = summary(Terminal(is_live=True, has_color=False, has_unicode=True, width=50))

    assert "Verified hours" not in text
    assert "4,718" in text
    assert "Wisconsin" in text


def test_a_replay_says_that_nothing_is_sent_back_and_names_no_seconds() -> None:
    replay = document()
    replay["seconds"] = None
    for entry in replay["registries"].values():
        entry["inbox_written"] = None

    text = summary(given=replay)

    assert "Sent back: not applicable" in text
    assert "Done in" not in text


def test_a_hub_that_has_received_nothing_says_so() -> None:
    empty = document()
    empty["registries"] = {}
    empty["rejected_by_rule"] = {}
    empty["national"]["matches"] = {}
    empty["matches_by_kind"] = {}
    empty["national"]["matches_between"] = {}

    text = summary(given=empty)

    assert "No registry has sent anything yet." in text
    assert "No policy has a record to answer about yet." in text
