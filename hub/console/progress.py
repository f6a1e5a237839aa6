"""Progress of long steps: one line, redrawn while a step works, and one line left when it is done.

Where nothing can be redrawn, a step leaves its one plain line, and a long one a line every ten
seconds. A step that ends with an error leaves no check mark.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from hub.console.numbers import count, seconds_text
from hub.console.terminal import Terminal, terminal_of

REDRAW_SECONDS = 0.1  # Faster redraws flicker and cost time over slow connections.
PLAIN_LINE_SECONDS = 10.0
BAR_CELLS = 20
BAR_WIDTH_MIN = 60  # Under this width the numbers need the room.
LINE_WIDTH = 76  # Of a finished step, so that the lines of all steps end alike.
LABEL_WIDTH = 19

Clock = Callable[[], float]


class Step:
    """One step at work. `result` is the text its last line shows."""

    def __init__(self, progress: Progress, doing: str, done: str) -> None:
        self.result = ""
        self._progress = progress
        self._doing = doing
        self._done_label = done
        self._started = progress.clock()
        self._drawn = self._started - REDRAW_SECONDS
        self._last_plain = self._started

    def update(self, done: int, total: int | None = None, unit: str = "") -> None:
        """Say how far the step is; cheap enough to be called for every row."""
        clock = self._progress.clock()
        if self._progress.terminal.is_live:
            if clock - self._drawn >= REDRAW_SECONDS:
                self._drawn = clock
                self._progress.redraw(self._line(done, total, unit, clock - self._started))
        elif clock - self._last_plain >= PLAIN_LINE_SECONDS:
            self._last_plain = clock
            self._progress.write_line(f"  {self._doing}  {_how_far(done, total, unit)}")

    def finish(self) -> None:
        taken = seconds_text(self._progress.clock() - self._started)
        text = f"✓ {self._done_label:<{LABEL_WIDTH - 2}}  {self.result}"
        room = max(LINE_WIDTH - len(taken), len(text) + 2)
        self._progress.write_line(f"{text:<{room}}{taken}")

    def _line(self, done: int, total: int | None, unit: str, elapsed: float) -> str:
        line = f"{self._doing}  {_how_far(done, total, unit)}"
        if not total:
            return line
        part = min(done / total, 1.0)
        if self._progress.terminal.width >= BAR_WIDTH_MIN:
            filled = int(part * BAR_CELLS)
            line += f"  {'━' * filled}{'─' * (BAR_CELLS - filled)}"
        line += f" {int(part * 100)}%"
        if 0 < part < 1 and elapsed >= 1:
            line += f"  {seconds_text(round(elapsed * (1 - part) / part))} left"
        return line


class Progress:
    """Holds the stream and its one redrawn line; MUST be the only writer to that stream."""

    def __init__(
        self,
        stream: TextIO,
        terminal: Terminal | None = None,
        *,
        quiet: bool = False,
        clock: Clock = time.monotonic,
    ) -> None:
        self.terminal = terminal or terminal_of(stream, quiet=quiet)
        self.clock = clock
        self._stream = stream
        self._has_open_line = False

    @contextmanager
    def step(self, doing: str, done: str) -> Iterator[Step]:
        """`with progress.step("Folding", "Folded") as step:` … `step.result = "9 records"`."""
        step = Step(self, doing, done)
        if self.terminal.is_live:
            self.redraw(doing)
        try:
            yield step
        except BaseException:
            self.clear()
            raise
        step.finish()

    def note(self, text: str) -> None:
        """A line beside the steps, such as where log and store are."""
        self.write_line(text)

    def write_line(self, text: str) -> None:
        self.clear()
        self._stream.write(self.terminal.signs(text.rstrip()) + "\n")
        self._stream.flush()

    def redraw(self, text: str) -> None:
        shown = self.terminal.signs(text)[: self.terminal.width - 1]
        self._stream.write(f"\r{shown}\x1b[K")
        self._stream.flush()
        self._has_open_line = True

    def clear(self) -> None:
        if self._has_open_line:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._has_open_line = False


def _how_far(done: int, total: int | None, unit: str) -> str:
    text = count(done) if total is None else f"{count(done)} of {count(total)}"
    return f"{text} {unit}".rstrip()
