"""Figures as JSON lines, and as a table for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Line = tuple[str, dict[str, Any]]
"""A measure's name and its figures."""

BARE = "kafka-bare"
_COLUMNS = (
    ("client_us", "client µs"),
    ("wall_us", "wall µs"),
    ("server_us", "server µs"),
    ("broker_us", "broker µs"),
    ("events_per_client_second", "ev/client s"),
    ("events_per_second", "ev/wall s"),
    ("of_bare", "of bare"),
)


def per_event(
    events: int,
    *,
    client: float,
    wall: float,
    server: float | None = None,
    broker: float | None = None,
) -> dict[str, Any]:
    """Microseconds of an event and events of a second, from seconds in all."""
    seconds = {"client": client, "wall": wall, "server": server, "broker": broker}
    found: dict[str, Any] = {"events": events}
    for name, spent in seconds.items():
        if spent is not None:
            found[f"{name}_us"] = round(spent / max(events, 1) * 1e6, 2)
    found["events_per_client_second"] = round(events / client) if client else None
    found["events_per_second"] = round(events / wall) if wall else None
    return found


class Report:
    """Writes each line when it is known. `about` is what holds for the whole run."""

    def __init__(self, about: dict[str, Any], path: Path | None) -> None:
        self._about = about
        self._file = None if path is None else path.open("w", encoding="utf-8")
        self._lines: list[Line] = []
        self._bare: int | None = None

    def add(self, lines: Sequence[Line]) -> None:
        """Print lines; what was measured beside the bare loop says how it compares with it."""
        for name, found in lines:
            rate = found.get("events_per_client_second")
            if name == BARE:
                self._bare = rate
            if self._bare and rate:
                found["of_bare"] = round(rate / self._bare, 3)
            self._lines.append((name, found))
            text = json.dumps({"measure": name, **found, **self._about}, ensure_ascii=False)
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
            if self._file is not None:
                self._file.write(text + "\n")

    def close(self) -> None:
        """The table, on stderr."""
        if self._file is not None:
            self._file.close()
        sys.stderr.write(table_of(self._lines))


def table_of(lines: Sequence[Line]) -> str:
    """One row a measure; what it has no figure for stays empty, its own figures follow."""
    names = [_label(name, found) for name, found in lines]
    width = max((len(name) for name in names), default=0)
    head = "".join(f"{title:>13}" for _, title in _COLUMNS)
    rows = [" " * width + head]
    for name, (_, found) in zip(names, lines, strict=True):
        cells = "".join(f"{_shown(found.get(key)):>13}" for key, _ in _COLUMNS)
        rows.append(f"{name:<{width}}{cells}  {_rest(found)}".rstrip())
    return "\n".join(rows) + "\n"


def _label(name: str, found: dict[str, Any]) -> str:
    words = [name, found.get("store", "")]
    if "stored" in found:
        words.append(f"at {found['stored']:,}")
    return " ".join(word for word in words if word)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    digits = 0 if isinstance(value, int) or value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"


def _rest(found: dict[str, Any]) -> str:
    """Latency and memory, where they were measured."""
    words = [f"{key.removesuffix('_ms')} {found[key]} ms" for key in found if key.endswith("_ms")]
    words += [f"{key.removesuffix('_mb')} {found[key]} MB" for key in found if key.endswith("_mb")]
    return ", ".join(words)
