"""A plain table of words for the console; and the driver's own talk kept off it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

GAP = "  "


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Collection[int] = ()
) -> list[str]:
    """Lines of a table: columns as wide as their widest word, those of numbers to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [
            text.rjust(width) if column in numbers else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(GAP.join(cells).rstrip())
    return lines


@contextmanager
def hush_driver() -> Iterator[None]:
    """Keep the Kafka driver's own lines from stderr: errors say what there is to say."""
    driver = logging.getLogger("aiokafka")
    level = driver.level
    driver.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        driver.setLevel(level)
