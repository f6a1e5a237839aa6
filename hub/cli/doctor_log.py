"""What `hub doctor` asks of the log: its topics, and whether it still holds what was folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hub import bootstrap
from hub.adapters.access_plan import Principals
from hub.adapters.kafka_checks import check_acls, check_broker, check_topics
from hub.adapters.sql_status import Positions
from hub.adapters.topic_plan import (
    TopicRule,
    missing_topics,
    read_topic_plan,
    topics_to_make,
)
from hub.cli.status import READS
from hub.cli.tables import hush_driver
from hub.console.numbers import plural
from hub.domain.findings import Finding
from hub.domain.log import LogRecord, TopicPartition
from hub.errors import CorruptEventError, LogDivergedError
from hub.lanes.checks import check_leaf
from hub.ports import EventLog
from hub.settings import Settings
from hub.wire.codec import UnknownSchemaError, open_envelope

SHOWN_MAX = 5
NEWEST_READS_MAX = 50


class Checked(NamedTuple):
    """What the positions of every lane say."""

    findings: list[Finding]
    lag: int
    """Records that a lane has not read, over all lanes and partitions."""


async def check_log(log: EventLog, settings: Settings, url: str) -> list[Finding]:
    """Topics as the plan wants them; on Kafka also the brokers, and who may do what there."""
    plan = read_topic_plan(bootstrap.topic_plan_text())
    if not url.startswith("kafka://"):
        return await _check_plan(log, plan)
    registries = await bootstrap.registries_on(log)
    clients = bootstrap.open_kafka(url, settings)
    try:
        with hush_driver():
            return [
                *await check_broker(clients),
                *await check_topics(clients, plan, registries),
                *await check_acls(clients, Principals(registries={})),
            ]
    finally:
        await clients.close()


async def _check_plan(log: EventLog, plan: Sequence[TopicRule]) -> list[Finding]:
    """Every topic that there must be, for the nation and for each registry found on the log."""
    registries = await bootstrap.registries_on(log)
    wanted = topics_to_make(plan, registries, await log.topics())
    absent = [spec.name for spec in missing_topics(wanted, await log.topics())]
    if absent:
        found = f"Topics are not there: {named(sorted(absent))}."
        return [Finding("topics", False, found, "Make them with hub topics apply.")]
    found = f"All topics are there, for {plural(len(registries), 'registry', 'registries')}."
    return [Finding("topics", True, found, None)]


async def check_places(log: EventLog, positions: Positions) -> Checked:
    """No position beyond its end, every leaf as folded, and no partition that waits for a newer
    program."""
    ends = await log.ends()
    diverged: list[str] = []
    halted: list[str] = []
    lag = count = 0
    for lane, reads in READS.items():
        held = positions.get(lane, {})
        for place in sorted(held.keys() | {p for p in ends if reads(p.topic)}):
            offset, leaf = held.get(place, (0, b""))
            count += 1
            if not await _still_holds(log, place, (offset, leaf), ends):
                diverged.append(f"{lane} on {place} at offset {offset}")
                continue
            if offset < ends.get(place, 0):
                lag += ends[place] - offset
                if lane != "sync" and await _halts(log, place, offset):
                    halted.append(f"{lane} on {place} at offset {offset}")
    return Checked([_positions_finding(diverged, count), _halted_finding(halted)], lag)


async def _still_holds(
    log: EventLog,
    place: TopicPartition,
    position: tuple[int, bytes],
    ends: Mapping[TopicPartition, int],
) -> bool:
    offset, leaf = position
    if offset > ends.get(place, 0):
        return False
    if offset == 0:
        return True
    try:
        check_leaf(place, offset, leaf, await log.read(place, offset - 1, 1))
    except LogDivergedError:
        return False
    return True


async def _halts(log: EventLog, place: TopicPartition, offset: int) -> bool:
    for record in await log.read(place, offset, 1):
        try:
            open_envelope(record)
        except UnknownSchemaError:
            return True
        except CorruptEventError:
            return False
    return False


def _positions_finding(diverged: list[str], count: int) -> Finding:
    if diverged:
        return Finding(
            "positions",
            False,
            f"The log does not hold what was folded from it (LOG_DIVERGED): {named(diverged)}.",
            "Restore the log, or delete the projections and rebuild them from this one.",
        )
    found = f"The log holds what was folded from it, on {count} positions."
    return Finding("positions", True, found, None)


def _halted_finding(halted: list[str]) -> Finding:
    if halted:
        return Finding(
            "halted",
            False,
            f"Partitions wait for a schema that this program does not know: {named(halted)}.",
            "Run a newer version of the hub; the other partitions go on meanwhile.",
        )
    return Finding("halted", True, "No partition waits for a newer program.", None)


async def newest_append_ms(log: EventLog, positions: Positions) -> int | None:
    """When the newest of the folded partitions' last records was appended, by the log's clock."""
    ends = await log.ends()
    folded = sorted(
        (p for p in ends if ends[p] and READS["records"](p.topic)), key=ends.__getitem__
    )
    newest: list[LogRecord] = []
    for place in folded[-NEWEST_READS_MAX:]:
        newest += await log.read(place, ends[place] - 1, 1)
    return max((record.append_at_ms for record in newest), default=None)


def named(things: list[str]) -> str:
    """The first few, and how many more."""
    more = len(things) - SHOWN_MAX
    shown = ", ".join(things[:SHOWN_MAX])
    return shown if more <= 0 else f"{shown} and {more} more"
