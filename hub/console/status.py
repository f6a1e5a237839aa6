"""The status of a hub as a person reads it: the answer, then lanes, what waits, workers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from hub.console.numbers import NOT_REPORTED, count, plural, seconds_text
from hub.console.terminal import Terminal, escape_controls, terminal_of
from hub.console.words import LANE_WORDS

SILENT_SECONDS = 10.0
"""A worker gives a sign every two seconds; so long without one, it is gone or stands still."""
BEHIND_SHOWN = 5
_WIDTH = 78

Document = Mapping[str, Any]


def print_status(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """Write the status."""
    terminal = terminal or terminal_of(stream)
    lines = [
        _answer(document, terminal),
        *_lanes(document),
        *_waiting(document),
        *_identity(document),
        *_workers(document["workers"]),
        f"State root {document['state_root']}",
        f"canonical  {document['state_root_canonical']}",
    ]
    stream.write("\n".join(terminal.signs(line.rstrip()) for line in lines) + "\n")
    stream.flush()


def _answer(document: Document, terminal: Terminal) -> str:
    behind = sum(max(0, cell["lag"]) for _, _, cell in _cells(document))
    waits = document["touches_pending"], document["outbox_pending"]
    if behind:
        text = f"{plural(behind, 'event is', 'events are')} not read yet"
    elif any(waits):
        text = "Every event is read; what follows from them is being worked out"
    else:
        text = "Every event is read, nothing waits"
    gap = " " * max(2, _WIDTH - len(text) - len(document["as_of"]) - 6)
    return f"{terminal.styled(text, 'bold')}{gap}as of {document['as_of']}"


def _cells(document: Document) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for lane, topics in document["lanes"].items():
        for topic, partitions in topics.items():
            for partition, cell in partitions.items():
                yield lane, f"{topic}/{partition}", cell


def _lanes(document: Document) -> list[str]:
    head = f"{'Lane':<10}{'Partitions':>11}{'Position':>14}{'End':>14}{'Behind':>12}{'Oldest':>15}"
    lines = [head]
    for lane in document["lanes"]:
        cells = [cell for name, _, cell in _cells(document) if name == lane]
        position, end = (sum(cell[key] for cell in cells) for key in ("position", "end"))
        lines.append(
            f"{lane:<10}{count(len(cells)):>11}{count(position):>14}{count(end):>14}"
            f"{count(end - position):>12}{_oldest(cells):>15}"
        )
    return [*lines, *_behind(document)]


def _oldest(cells: list[Mapping[str, Any]]) -> str:
    late = [cell["oldest_seconds"] for cell in cells if cell["lag"] > 0]
    known = [age for age in late if age is not None]
    if not late:
        return "none"
    return seconds_text(max(known)) if known else NOT_REPORTED


def _behind(document: Document) -> list[str]:
    late = [(cell["lag"], lane, place) for lane, place, cell in _cells(document) if cell["lag"] > 0]
    if not late:
        return []
    late.sort(key=lambda each: (-each[0], each[1:]))
    named = [f"{lane} on {place} {count(lag)}" for lag, lane, place in late[:BEHIND_SHOWN]]
    more = len(late) - len(named)
    rest = [f"{plural(more, 'other partition', 'other partitions')}"] if more else []
    return _wrapped(f"Behind: {'; '.join([*named, *rest])}.")


def _waiting(document: Document) -> list[str]:
    touches, oldest = document["touches_pending"], document["oldest_touch_seconds"]
    lines = []
    if touches:
        age = "" if oldest is None else f", the oldest for {seconds_text(oldest)}"
        what = plural(touches, "change", "changes")
        lines.append(f"Derive: {what} being worked out{age}; numbers may still move.")
    else:
        lines.append("Derive: no change waits to be worked out.")
    outbox = document["outbox_pending"]
    lines.append(f"Relay: {plural(outbox, 'event', 'events')} to publish.")
    rejected = document["rejected"]
    what = plural(rejected, "event was", "events were")
    hint = "; see hub rejected list" if rejected else ""
    return [*lines, f"Rejected: {what} not applied{hint}."]


def _identity(document: Document) -> list[str]:
    """Silent where nobody is to be asked."""
    reviews = document["open_reviews"]
    held = sum(each["persons"] for each in document["held_persons"])
    said = []
    if reviews:
        said.append(f"{plural(reviews, 'review is', 'reviews are')} open")
    if held:
        what = plural(held, "person is", "persons are")
        said.append(f"{what} held from linking, see hub identity holds")
    return _wrapped(f"Identity: {'; '.join(said)}.") if said else []


def _workers(workers: list[Mapping[str, Any]]) -> list[str]:
    if not workers:
        return ["Workers: none has given a sign of life. Start one with hub run."]
    lines = [f"Workers: {plural(len(workers), 'worker', 'workers')}"]
    for each in workers:
        seen = seconds_text(each["seen_seconds"])
        silent = each["seen_seconds"] > SILENT_SECONDS
        state = f"silent for {seen}" if silent else f"sign {seen} ago"
        lines.append(f"  {escape_controls(each['worker_id'])}  {state}")
        for lane, told in each["lanes"].items():
            lines += _wrapped(f"    {lane:<10}{_told(lane, told)}", indent=" " * 14)
    return lines


def _told(lane: str, told: Mapping[str, Any]) -> str:
    places = told["partitions"]
    held = [plural(len(places), "partition", "partitions")] if places else []
    doing = [escape_controls(told["at"])] if told["at"] else []
    return ", ".join([*held, *doing]) or LANE_WORDS.get(lane, "at work")


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(text, 80, subsequent_indent=indent, break_long_words=False)
