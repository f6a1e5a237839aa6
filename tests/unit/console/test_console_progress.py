"""Progress, errors and the choice of what a stream can show."""

from __future__ import annotations

import io

import pytest

from hub.console.errors import did_you_mean, print_error
from hub.console.progress import Progress
from hub.console.terminal import Terminal, terminal_of
from hub.errors import ConfigurationError

LIVE = Terminal(is_live=True, has_color=False, has_unicode=True, width=80)
PLAIN = Terminal(is_live=False, has_color=False, has_unicode=True, width=80)


class FixedStream(io.StringIO):
    """A stream that claims to be a terminal of one encoding."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return True


class FixedClock:
    """Time that moves only when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def fold(terminal: Terminal, seconds: float = 6.0) -> str:
    stream, clock = io.StringIO(), FixedClock()
    progress = Progress(stream, terminal, clock=clock)
    with progress.step("Folding", "Folded") as step:
        clock.seconds += seconds / 2
        step.update(9_120, 18_240, "events")
        clock.seconds += seconds / 2
        step.result = "16,910 records"
    return stream.getvalue()


def test_a_finished_step_leaves_one_line_that_ends_where_the_others_end() -> None:
    text = fold(PLAIN)

    assert text == f"{'✓ Folded             16,910 records':<71}6.0 s".ljust(76) + "\n"


def test_a_working_step_is_one_redrawn_line_with_what_is_left() -> None:
    text = fold(LIVE)

    assert "Folding  9,120 of 18,240 events  ━━━━━━━━━━────────── 50%  3.0 s left" in text
    assert text.count("\n") == 1


def test_where_nothing_is_redrawn_a_long_step_says_how_far_it_is() -> None:
    text = fold(PLAIN, seconds=24)

    assert text.splitlines()[0] == "  Folding  9,120 of 18,240 events"
    assert "\r" not in text


def test_a_step_that_ends_with_an_error_leaves_no_check_mark() -> None:
    stream = io.StringIO()
    progress = Progress(stream, LIVE)

    with pytest.raises(ConfigurationError), progress.step("Folding", "Folded"):
        raise ConfigurationError("no store")

    assert "✓" not in stream.getvalue()


@pytest.mark.parametrize(
    ("environment", "is_live", "has_color"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, False, True),
    ],
)
def test_the_environment_decides_redrawing_and_color(
    environment: dict[str, str], is_live: bool, has_color: bool
) -> None:
    terminal = terminal_of(FixedStream("utf-8"), environment)

    assert (terminal.is_live, terminal.has_color) == (is_live, has_color)


def test_quiet_redraws_nothing_and_a_stream_without_utf_8_gets_ok() -> None:
    terminal = terminal_of(FixedStream("latin-1"), {"TERM": "xterm"}, quiet=True)

    assert not terminal.is_live
    assert terminal.signs("✓ Folded") == "ok Folded"


def test_an_error_says_what_was_tried_the_remedy_and_the_effect_in_this_order() -> None:
    stream = io.StringIO()
    error = ConfigurationError(
        "no answer from the store\x1b[2J", effect="nothing was read", fix="start it", tried="twice"
    )

    print_error(error, stream, PLAIN)

    assert stream.getvalue().splitlines() == [
        "error: no answer from the store\\x1b[2J",
        "  tried    twice",
        "  fix      start it",
        "  effect   nothing was read",
    ]


def test_a_near_miss_is_suggested_and_a_far_one_is_not() -> None:
    names = ["HUB_STORE", "HUB_LOG"]

    assert did_you_mean("HUB_STROE", names) == " Did you mean HUB_STORE?"
    assert did_you_mean("HUB_NOTHING_LIKE_IT", names) == ""
