"""Keeps a broker's absence from filling the log: the driver tries some ninety times a second.

Of records that say the same, one passes in every interval and tells how many were held back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERVAL_SECONDS = 10.0
TEMPLATES_MAX = 200  # The driver has fewer; beyond it nothing is held back.
DRIVER = (
    "aiokafka",
    "aiokafka.client",
    "aiokafka.cluster",
    "aiokafka.conn",
    "aiokafka.consumer.consumer",
    "aiokafka.consumer.fetcher",
    "aiokafka.consumer.group_coordinator",
    "aiokafka.consumer.subscription_state",
    "aiokafka.producer.producer",
    "aiokafka.producer.sender",
)

Passes = Callable[[logging.LogRecord], bool]


def at_most_every(seconds: float, clock: Callable[[], float] = time.monotonic) -> Passes:
    """A filter for a logger: one record of each template and level in this many seconds."""
    passed_at: dict[tuple[str, int], float] = {}
    held: dict[tuple[str, int], int] = {}

    def passes(record: logging.LogRecord) -> bool:
        key = (str(record.msg), record.levelno)
        now = clock()
        if key in passed_at and now - passed_at[key] < seconds:
            held[key] = held.get(key, 0) + 1
            return False
        if key in passed_at or len(passed_at) < TEMPLATES_MAX:
            passed_at[key] = now
        if count := held.pop(key, 0):
            record.msg = f"{record.getMessage()} (and {count} more like it)"
            record.args = ()
        return True

    return passes


@contextmanager
def quiet_driver() -> Iterator[None]:
    """Hold the driver's repeats back for the length of a block."""
    passes = at_most_every(INTERVAL_SECONDS)
    loggers = [logging.getLogger(name) for name in DRIVER]
    for each in loggers:
        each.addFilter(passes)
    try:
        yield
    finally:
        for each in loggers:
            each.removeFilter(passes)
