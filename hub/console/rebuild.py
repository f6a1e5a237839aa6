"""What a rebuild, a scan and a sample check say to a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.console.terminal import escape_controls
from hub.domain.events import Kind
from hub.domain.rows import RecordRow
from hub.domain.samples import SampleDifference, SampleReport

CELL_WIDTH = 60


def rebuild_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The answer first, then what was compared, and the first row that differs."""
    if document["switched"]:
        yield "The tables made from the log are the live ones now."
    else:
        yield "Nothing was switched: the live store is not what the log says."
    if document["difference"] is not None:
        yield from difference_lines(document["difference"])
    elif document["differing"]:
        yield "Rows are equal; the live store's own sums of its roots were not."
    if document["compared"]:
        equal = [n for n in document["compared"] if n not in document["differing"]]
        yield f"Compared with the live store: {', '.join(document['compared'])}; equal: " + (
            ", ".join(equal) or "none"
        )
    if document["not_compared"] is not None:
        yield str(document["not_compared"])
    if document["scan_differs"]:
        names = ", ".join(document["scan_differs"])
        yield f"A scan of the new tables finds other roots than are kept: {names}."
    rebuilt = document["rebuilt"]
    yield f"State root {rebuilt['state_root']}, canonical {rebuilt['state_root_canonical']}"
    if document["switched"]:
        yield f"{document['to_send']:,} events stand ready that consumers lack."
    else:
        yield "To switch all the same:  hub rebuild --replace    to drop it:  hub rebuild --cancel"


def difference_lines(difference: Mapping[str, Any]) -> Iterator[str]:
    """One row in both, the columns that differ."""
    yield f"{difference['table']} {' | '.join(difference['key'])}: the first row that differs"
    live, rebuilt = difference["live"], difference["rebuilt"]
    if live is None or rebuilt is None:
        yield f"  live      {'absent' if live is None else 'there'}"
        yield f"  from log  {'absent' if rebuilt is None else 'there'}"
        return
    for name in live:
        if live[name] != rebuilt[name]:
            yield f"  {name}"
            yield f"    live      {_cell(live[name])}"
            yield f"    from log  {_cell(rebuilt[name])}"


def sample_lines(report: SampleReport) -> Iterator[str]:
    """The answer first, then each record that differs, as far as they are kept."""
    looked = (
        f"{report.place}: {report.records:,} records of {report.persons:,} keys,"
        f" one in {report.one_in:,}, up to offset {report.position:,}"
    )
    if report.is_well:
        yield f"{looked}: all as the log says."
        return
    yield f"{looked}: {report.differing:,} are not as the log says."
    for each in report.differences:
        yield from _record_lines(each)


def _record_lines(difference: SampleDifference) -> Iterator[str]:
    key = difference.key
    name = f"{key.registry} {Kind(key.kind).event_name} {key.record_id}"
    person = "" if difference.person_id is None else f" of person {difference.person_id}"
    yield escape_controls(f"{name}{person}, first differing event {difference.event}")
    stored, folded = as_columns(difference.stored), as_columns(difference.folded)
    if stored is None or folded is None:
        yield f"  stored    {'absent' if stored is None else 'there'}"
        yield f"  from log  {'absent' if folded is None else 'there'}"
        return
    for column in stored:
        if stored[column] != folded[column]:
            yield f"  {column}"
            yield f"    stored    {_cell(stored[column])}"
            yield f"    from log  {_cell(folded[column])}"


def as_columns(row: RecordRow | None) -> dict[str, Any] | None:
    """A row by its columns, bytes in hex."""
    if row is None:
        return None
    return {n: v.hex() if isinstance(v, bytes) else v for n, v in row._asdict().items()}


def _cell(value: object) -> str:
    text = escape_controls("nothing" if value is None else str(value))
    return text if len(text) <= CELL_WIDTH else f"{text[:CELL_WIDTH]}… ({len(text):,} characters)"
