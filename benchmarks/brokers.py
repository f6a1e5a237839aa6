"""A broker that holds a plan's events, and what reads them in this process.

Two readers: a bare loop that does nothing but read and decode, to compare with, and the records
and derive lanes behind the same loop. Neither joins a group.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any, NamedTuple

import aiokafka
import fastavro

from benchmarks.encoding import PARTITIONS
from benchmarks.events import Prepared
from benchmarks.lane_steps import Steps, derive, fold
from benchmarks.machine import Meter, cpu_seconds
from benchmarks.report import per_event
from hub.adapters.kafka_log import KafkaEventLog, log_record
from hub.adapters.sql_store import SqlStore
from hub.bootstrap import make_topics
from hub.domain.log import Message, TopicPartition, TopicSpec
from hub.domain.topics import events_topic
from hub.wire.codec import FRAME_BYTES
from hub.wire.schemas import load_schemas

APPEND = 5_000
FETCH_MS = 500


class Timed(NamedTuple):
    """A run of the lanes with its reading, and the lanes' part of it."""

    meter: Meter
    steps: Steps


async def make_all_topics(log: KafkaEventLog, registries: Sequence[str]) -> None:
    """The registries' topics with four partitions each, then all others as they are planned."""
    await log.create_topics([TopicSpec(events_topic(each), PARTITIONS) for each in registries])
    await make_topics(log, registries)


async def append_all(log: KafkaEventLog, messages: Iterable[Message]) -> int:
    """Append in large batches. Answers how many."""
    total = 0
    waiting = iter(messages)
    while batch := list(islice(waiting, APPEND)):
        await log.append(batch)
        total += len(batch)
    return total


@asynccontextmanager
async def reader(bootstrap: str, starts: dict[TopicPartition, int]) -> AsyncIterator[Any]:
    """A consumer at these places, with the settings of the lanes' own."""
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=200,
    )
    await consumer.start()
    try:
        pairs = {aiokafka.TopicPartition(p.topic, p.partition): o for p, o in starts.items()}
        consumer.assign(list(pairs))
        for pair, offset in pairs.items():
            consumer.seek(pair, offset)
        yield consumer
    finally:
        await consumer.stop()


async def read_bare(consumer: Any, events: int, size: int) -> Meter:
    """Read and decode, nothing else: no digest, no headers, no order, no store."""
    schemas = {number: each.parsed for number, each in load_schemas().by_id.items()}
    meter, done = Meter(), 0
    with meter:
        while done < events:
            fetched = await consumer.getmany(timeout_ms=FETCH_MS, max_records=size)
            for records in fetched.values():
                for record in records:
                    value = record.value
                    schema = schemas[int.from_bytes(value[1:FRAME_BYTES], "big")]
                    fastavro.schemaless_reader(io.BytesIO(value[FRAME_BYTES:]), schema, None)
                done += len(records)
    return meter


async def read_lanes(consumer: Any, store: SqlStore, events: int, size: int) -> Timed:
    """Read, fold, derive until these events are done."""
    meter, steps = Meter(), Steps()
    with meter:
        while steps.events < events:
            fetched = await consumer.getmany(timeout_ms=FETCH_MS, max_records=size)
            runs = [[log_record(r) for r in fetched[pair]] for pair in sorted(fetched)]
            if runs:
                fold(store, runs, steps)
                derive(store, steps)
    return Timed(meter, steps)


def starts_of(prepared: Prepared) -> dict[TopicPartition, int]:
    """Where the measured part begins in every partition that holds some of it."""
    starts: dict[TopicPartition, int] = {}
    for record in prepared.records("measured"):
        starts.setdefault(record.place, record.offset)
    return starts


async def measure_bare(bootstrap: str, broker: int, prepared: Prepared, size: int) -> Any:
    """The bare loop over the measured part."""
    events = prepared.facts["events"]["measured"]
    async with reader(bootstrap, starts_of(prepared)) as consumer:
        used = cpu_seconds(broker)
        meter = await read_bare(consumer, events, size)
        used = cpu_seconds(broker) - used
    return per_event(events, client=meter.client, wall=meter.wall, broker=used)
