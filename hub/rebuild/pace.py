"""How far and how fast a step of the rebuild is, as its progress line shows it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from hub.console.progress import Progress, Step


class Pace:
    """Counts what the step at hand has done; cheap enough to be told of every batch."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self._step: Step | None = None
        self._unit = ""
        self._done = 0
        self._total = 0
        self._began = 0.0

    @contextmanager
    def step(self, doing: str, done: str, unit: str) -> Iterator[Step]:
        """One step whose parts are counted."""
        with self.progress.step(doing, done) as step:
            self._step, self._unit = step, unit
            self._done = self._total = 0
            self._began = time.monotonic()
            try:
                yield step
            finally:
                self._step = None

    def expect(self, more: int) -> None:
        """How much is still to come."""
        self._total = self._done + more

    def tell(self, count: int) -> None:
        """That much more is done."""
        self._done += count
        if self._step is not None:
            seconds = time.monotonic() - self._began
            rate = int(self._done / seconds) if seconds else 0
            self._step.update(self._done, self._total or None, f"{self._unit}, {rate:,}/s")
