"""A small hub to rebuild: what its log says, how it is rebuilt and how it is tampered with."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy

from hub.adapters.sql_generation import Generation
from hub.adapters.sql_store import SqlStore
from hub.console.progress import Progress
from hub.domain.log import Appended, LogRecord, Message, TopicPartition, TopicSpec
from hub.domain.rows import Person
from hub.domain.topics import is_derived
from hub.embedded import Embedded
from hub.ports import EventLog
from hub.rebuild.report import Report
from hub.rebuild.run import Rebuild
from hub.wire.codec import open_envelope
from tests.unit.lanes.lane_events import (
    SmallHub,
    agreement,
    policy,
    profile,
    ssn_token,
    training,
)

WISCONSIN, NEVADA = Person("us-wi", "P1"), Person("us-nv", "N1")
POLICY = """
registry = "us-nv"
revision = {revision}
[[rule]]
id = "all"
version = {revision}
kind = "training"
from = 2024-07-01
citation = "https://example.org/"
[rule.effect]
outcome = "{outcome}"
"""


def nevada_accepts(outcome: str = "FULL", revision: int = 1) -> Any:
    """Nevada's policy: one answer to every training."""
    text = POLICY.format(revision=revision, outcome=outcome)
    return policy("us-nv", text, revision)


async def linked(hub: SmallHub) -> None:
    """Two trainings of a person of Wisconsin whom Nevada knows too."""
    await hub.feed(
        nevada_accepts(),
        agreement("us-wi", "us-nv"),
        agreement("us-nv", "us-wi"),
        profile(hub.keyring, WISCONSIN, [ssn_token(1)]),
        profile(hub.keyring, NEVADA, [ssn_token(1)]),
        training("R1"),
        training("R2"),
    )


def generation_of(hub: SmallHub) -> Generation:
    return Generation(hub.store, SqlStore.create)


def quiet() -> Progress:
    """Progress that nobody sees."""
    return Progress(io.StringIO(), quiet=True)


async def rebuild(hub: SmallHub, *, replace: bool = False) -> Report:
    generation = generation_of(hub)
    try:
        return await Rebuild(generation, hub.log, hub.keyring, quiet(), replace).run()
    finally:
        generation.close()


def lose_store(hub: SmallHub) -> None:
    """The database is gone, what waited in its outbox with it."""
    url = hub.store.url
    if hub.store.engine.dialect.name == "postgresql":
        run_sql(hub.store, "DROP SCHEMA public CASCADE")
        run_sql(hub.store, "CREATE SCHEMA public")
        hub.store.close()
    else:
        hub.store.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{url.removeprefix('sqlite:///')}{suffix}").unlink(missing_ok=True)
    hub.store = SqlStore(url)
    hub.store.create()
    hub.lanes = Embedded(hub.store, hub.log, hub.keyring)


def run_sql(store: SqlStore, statement: str, **values: Any) -> int:
    """A statement past all lanes. Answers how many rows it changed."""
    with store.engine.begin() as connection:
        return connection.execute(sqlalchemy.text(statement), values).rowcount


async def derived(hub: SmallHub) -> list[LogRecord]:
    """Everything on the hub's own topics, in order of place."""
    found: list[LogRecord] = []
    for place in sorted(await hub.log.ends()):
        if is_derived(place.topic):
            found += await hub.log.read(place, 0, 100_000)
    return found


def newest(records: list[LogRecord]) -> dict[str, bytes]:
    """Of each subject the body that consumers keep: that of the highest version."""
    best: dict[str, tuple[int, bytes]] = {}
    for record in records:
        envelope = open_envelope(record)
        version = envelope.head.revision
        if version >= best.get(envelope.head.record_id, (-1, b""))[0]:
            best[envelope.head.record_id] = (version, envelope.body)
    return {subject: body for subject, (_, body) in best.items()}


def ids(records: list[LogRecord]) -> list[str]:
    """Event ids, repeats included."""
    return [open_envelope(record).head.event_id for record in records]


class InterruptedLog:
    """The log, with something that happens before each read of a registry's events."""

    def __init__(self, log: EventLog, before: Callable[[], Awaitable[None]]) -> None:
        self._log = log
        self._before = before

    async def read(self, start: TopicPartition, offset: int, max_records: int) -> list[LogRecord]:
        if start.topic.endswith(".events") and max_records > 1:
            await self._before()
        return await self._log.read(start, offset, max_records)

    async def create_topics(self, specs: Sequence[TopicSpec]) -> None:
        await self._log.create_topics(specs)

    async def topics(self) -> dict[str, int]:
        return await self._log.topics()

    async def append(self, messages: Sequence[Message]) -> list[Appended]:
        return await self._log.append(messages)

    async def ends(self, topics: Sequence[str] | None = None) -> dict[TopicPartition, int]:
        return await self._log.ends(topics)

    async def close(self) -> None:
        await self._log.close()
