"""What transactions of the derive lane do while they hold persons, and for how long.

A store is wrapped, so that the lanes' own code runs as it is. Only transactions that lock persons
are kept: each with the time from its first lock to the end of its commit, and what its calls took.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

COMMIT = "commit"
HELD_GOAL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Held:
    """One transaction that held persons. Seconds; `ended_at` by the clock on the wall."""

    ended_at: float
    seconds: float
    whole: float
    """With what came before the first lock."""
    persons: int
    calls: dict[str, float]
    committed: bool = True
    """False where it was rolled back, and will be made again."""


class _Metered:
    """An object whose calls are timed under its name; what it holds likewise."""

    def __init__(self, inner: Any, name: str, calls: dict[str, float]) -> None:
        self._inner, self._name, self._calls = inner, name, calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        whole = f"{self._name}.{name}" if self._name else name
        if not callable(found):
            return _Metered(found, whole, self._calls)

        def timed(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return found(*given, **named)
            finally:
                self._calls[whole] += time.perf_counter() - began

        return timed


class _Transaction(_Metered):
    """A transaction that notes when it first locked persons."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner, "", defaultdict(float))
        self.calls = self._calls
        self.locked_at: float | None = None
        self.persons = 0

    def lock_persons(self, persons: Any) -> Any:
        if self.locked_at is None:
            self.locked_at = time.perf_counter()
        began = time.perf_counter()
        locked = self._inner.lock_persons(persons)
        self._calls["lock_persons"] += time.perf_counter() - began
        self.persons += len(locked)
        return locked


@dataclass(slots=True)
class MeteredStore:
    """A store for the lanes that keeps what was held."""

    inner: Any
    held: list[Held] = field(default_factory=list)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        began = time.perf_counter()
        metered: _Transaction | None = None
        left: float | None = None
        try:
            with self.inner.transaction() as tx:
                metered = _Transaction(tx)
                yield metered
                left = time.perf_counter()
        finally:
            if metered is not None and metered.locked_at is not None:
                self._keep(metered, began, left)

    def _keep(self, metered: _Transaction, began: float, left: float | None) -> None:
        """`left` is when the commit began; None where it never did."""
        ended = time.perf_counter()
        calls = dict(metered.calls)
        if left is not None:
            calls[COMMIT] = ended - left
        held = Held(
            ended_at=time.time(),
            seconds=ended - (metered.locked_at or began),
            whole=ended - began,
            persons=metered.persons,
            calls=calls,
            committed=left is not None,
        )
        self.held.append(held)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def held_figures(held: Sequence[Held]) -> dict[str, Any]:
    """How long persons were held: median, 99th percentile and longest, and how often longer than
    a second."""
    seconds = sorted(each.seconds for each in held)
    return {
        "transactions": len(seconds),
        "held_p50_ms": quantile_ms(seconds, 0.50),
        "held_p99_ms": quantile_ms(seconds, 0.99),
        "held_max_ms": quantile_ms(seconds, 1.0),
        "held_over_goal": sum(each > HELD_GOAL_SECONDS for each in seconds),
        "rolled_back": sum(not each.committed for each in held),
    }


def step_shares(held: Sequence[Held]) -> dict[str, float]:
    """Seconds in all by call, costliest first. `python`: between calls, evaluation and encoding
    most of all."""
    sums: dict[str, float] = defaultdict(float)
    for each in held:
        for name, seconds in each.calls.items():
            sums[name] += seconds
        sums["python"] += each.whole - sum(each.calls.values())
    ordered = sorted(sums.items(), key=lambda pair: -pair[1])
    return {name: round(seconds, 2) for name, seconds in ordered if seconds >= 0.01}


def quantile_ms(ordered_seconds: Sequence[float], share: float) -> float | None:
    """Of sorted seconds, in milliseconds; None where there are none."""
    if not ordered_seconds:
        return None
    at = min(len(ordered_seconds) - 1, int(len(ordered_seconds) * share))
    return round(ordered_seconds[at] * 1000, 1)
