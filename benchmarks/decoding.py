"""What it costs to read events, without any store: bare fastavro, the hub's codec, the fold's step.

Every figure is of one process over the same records in memory.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import fastavro

from benchmarks.events import CHUNK, Prepared, runs_of
from benchmarks.machine import Meter
from benchmarks.report import Line, per_event
from hub.domain.log import LogRecord
from hub.lanes.records import open_batch
from hub.wire.codec import FRAME_BYTES, read_event
from hub.wire.schemas import load_schemas

Work = Callable[[Sequence[LogRecord]], Any]


def measure_decoding(prepared: Prepared) -> list[Line]:
    """Decode and fold, each once over the measured events after a short run to warm up."""
    records = list(prepared.records("measured"))
    measures: dict[str, Work] = {
        "decode-bare": read_bare,
        "decode": read_events,
        "fold": fold_batches,
    }
    return [(name, _measured(work, records)) for name, work in measures.items()]


def _measured(work: Work, records: Sequence[LogRecord]) -> dict[str, Any]:
    work(records[:CHUNK])
    meter = Meter()
    with meter:
        work(records)
    return per_event(len(records), client=meter.client, wall=meter.wall)


def read_bare(records: Sequence[LogRecord]) -> int:
    """Whole values by fastavro with their own schema: no digest, no bounds, no head."""
    schemas = {number: each.parsed for number, each in load_schemas().by_id.items()}
    for record in records:
        value = record.value
        schema = schemas[int.from_bytes(value[1:FRAME_BYTES], "big")]
        fastavro.schemaless_reader(io.BytesIO(value[FRAME_BYTES:]), schema, None)
    return len(records)


def read_events(records: Sequence[LogRecord]) -> int:
    """The hub's codec, one event after the other: digest checked, head split, body strict."""
    for record in records:
        read_event(record)
    return len(records)


def fold_batches(records: Sequence[LogRecord]) -> int:
    """The records lane's step before its transaction: rows with leaves, batch by batch."""
    for start in range(0, len(records), CHUNK):
        open_batch(runs_of(records[start : start + CHUNK]))
    return len(records)
