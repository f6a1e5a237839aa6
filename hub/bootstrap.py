"""Joins adapters to ports: what an address means, and what a program needs opened."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from alembic import command
from alembic.config import Config

from hub.adapters.kafka_clients import KafkaClients
from hub.adapters.kafka_log import KafkaEventLog
from hub.adapters.kafka_security import client_security
from hub.adapters.sql_reads import read_state
from hub.adapters.sql_store import SqlStore, SqlTransaction
from hub.adapters.sqlite_log import SqliteEventLog
from hub.adapters.topic_plan import read_topic_plan, topics_to_make
from hub.connector_api import Connector
from hub.domain.log import TopicPartition
from hub.domain.state import Document, StoreState
from hub.domain.topics import CLAIMS, is_folded, registry_of_events, registry_of_inbox
from hub.errors import ConfigurationError, RetryableError
from hub.lanes.recognition import read_matrix
from hub.ports import EventLog
from hub.projections.acceptance_document import EVERYONE, matrix_document
from hub.projections.records import body_of
from hub.projections.summary import summary_of
from hub.settings import Settings

_LOG_FORMS = "use sqlite:///path or kafka://host:port"
POLL_SECONDS = 0.5
MIGRATION_LOCK = 7_264_155
NO_DAY = date(1970, 1, 1)
Reads = Callable[[TopicPartition], bool]


def open_log(url: str, settings: Settings | None = None, *, to_read: bool = False) -> EventLog:
    """The log at an address. Raises ConfigurationError on any other form, and where one that is
    only to be read is not there."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        if to_read and not path.exists():
            raise ConfigurationError(
                f"there is no log at {url}", setting="HUB_LOG", fix="give the log that was written"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteEventLog(path)
    if url.startswith("kafka://") and len(url) > len("kafka://"):
        return KafkaEventLog(url.removeprefix("kafka://"), **kafka_security(settings))
    raise ConfigurationError("HUB_LOG has a form that is not known", fix=_LOG_FORMS)


def open_kafka(url: str, settings: Settings | None = None) -> KafkaClients:
    """The brokers of a log, for who looks after them. Raises ConfigurationError on any other."""
    if not url.startswith("kafka://") or len(url) == len("kafka://"):
        raise ConfigurationError(
            f"{url} is not a log on Kafka", setting="HUB_LOG", fix="give kafka://host:port"
        )
    return KafkaClients(url.removeprefix("kafka://"), **kafka_security(settings))


def kafka_security(settings: Settings | None) -> dict[str, Any]:
    """What every Kafka client needs to say who it is. Raises ConfigurationError for halves."""
    if settings is None:
        return {}
    password = settings.kafka_password
    return client_security(
        username=settings.kafka_username,
        password=None if password is None else password.get_secret_value(),
        authority=settings.kafka_ca,
        certificate=settings.kafka_certificate,
        certificate_key=settings.kafka_certificate_key,
        tls=settings.kafka_tls,
    )


def open_store(url: str) -> SqlStore:
    """The store at an address, its tables brought up to date by the migrations."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    store = SqlStore(url)
    with store.translated():
        migrate(store)
    return store


def migrate(store: SqlStore) -> None:
    """Run the migrations that the store has not seen."""
    config = Config()
    config.set_main_option("script_location", str(files("deploy") / "migrations"))
    with store.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Workers that start together on an empty store take turns.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def topic_plan_text() -> str:
    return (files("deploy") / "topics.toml").read_text("utf-8")


async def make_topics(log: EventLog, registries: Iterable[str]) -> None:
    """Make the nation's topics and those of these registries, where absent."""
    plan = read_topic_plan(topic_plan_text())
    await log.create_topics(topics_to_make(plan, registries, await log.topics()))


def connector(name: str) -> Connector:
    """An installed connector. Raises ConfigurationError where there is none of this name."""
    found = entry_points(group="registry_hub.connectors", name=name)
    for each in found:
        return cast(Connector, each.load())
    raise ConfigurationError(
        f'no connector "{name}" is installed', fix="install this project with pip install -e ."
    )


async def summary(
    store: SqlStore, log: EventLog | None, as_of: date | None, command_text: str
) -> Document:
    """The document of a store, and how far its lanes are behind this log."""
    day = as_of if as_of is not None else await asyncio.to_thread(newest_extract_day, store)
    state = await asyncio.to_thread(read_state, store, day)
    document = summary_of(state, day, command_text)
    if log is not None:
        document["lanes"] = lanes_of(state, await log.ends())
    return document


async def acceptance(store: SqlStore, day: date, viewer: str = EVERYONE) -> Document:
    """The acceptance matrix of a day, as this registry, or anybody, may see it."""
    return await asyncio.to_thread(_acceptance, store, day, viewer)


def _acceptance(store: SqlStore, day: date, viewer: str) -> Document:
    with store.reading() as sql:
        return matrix_document(read_matrix(SqlTransaction(sql, 0), day), viewer)


def newest_extract_day(store: SqlStore) -> date:
    """The newest day on which an export was taken."""
    state = read_state(store, NO_DAY)
    days: list[date] = [body_of(row)["extract_on"] for row in state.submissions]
    return max(days, default=NO_DAY)


def lanes_of(state: StoreState, ends: dict[TopicPartition, int]) -> Document:
    """Position, end and lag of each lane, added up over its partitions."""
    wanted: dict[str, Reads] = {
        "records": lambda p: is_folded(p.topic),
        "identity": lambda p: p.topic == CLAIMS,
        "sync": lambda p: registry_of_inbox(p.topic) is not None,
    }
    lanes: Document = {}
    for lane, reads in wanted.items():
        places = [place for place in ends if reads(place)]
        end = sum(ends[place] for place in places)
        position = sum(state.positions.get(lane, {}).get(place, 0) for place in places)
        lanes[lane] = _lane(position, end, None)
    now_ms = time.time_ns() // 1_000_000
    oldest = state.oldest_touch_ms
    seconds = None if oldest is None else max(0, (now_ms - oldest) // 1000)
    lanes["derive"] = _lane(0, state.touches_pending, seconds)
    lanes["relay"] = _lane(0, state.outbox_pending, None)
    return lanes


def _lane(position: int, end: int, oldest_seconds: int | None) -> Document:
    return {
        "position": position,
        "end": end,
        "lag": end - position,
        "oldest_seconds": oldest_seconds,
        "last_error": None,
    }


async def is_idle(store: SqlStore, log: EventLog, *, with_sync: bool) -> bool:
    """Nothing lags, no touch and no outbox row waits, and no topic moved meanwhile."""
    before = await log.ends()
    state = await asyncio.to_thread(read_progress, store)
    lanes = lanes_of(state, before)
    idle = all(each["lag"] == 0 for name, each in lanes.items() if with_sync or name != "sync")
    return idle and await log.ends() == before


def read_progress(store: SqlStore) -> StoreState:
    """The state without rows and roots: cheap enough to ask for twice a second."""
    return read_state(store, NO_DAY, whole=False)


async def wait_idle(
    store: SqlStore, log: EventLog, seconds: float, *, with_sync: bool = False
) -> None:
    """Return when idle. Raises RetryableError when these seconds pass first."""
    deadline = time.monotonic() + seconds
    while not await _is_idle_yet(store, log, with_sync):
        if time.monotonic() > deadline:
            raise RetryableError(
                f"the hub was still working after {seconds:g} s",
                fix="wait longer, or see which lane is behind with hub summary",
            )
        await asyncio.sleep(POLL_SECONDS)


async def _is_idle_yet(store: SqlStore, log: EventLog, with_sync: bool) -> bool:
    """A store that has no tables yet, or is busy for a moment, is not idle."""
    try:
        return await is_idle(store, log, with_sync=with_sync)
    except RetryableError:
        return False


async def registries_on(log: EventLog) -> list[str]:
    """Registries that have an events topic."""
    found = (registry_of_events(topic) for topic in await log.topics())
    return sorted(registry for registry in found if registry is not None)


def seed_texts(folder: str) -> Sequence[tuple[str, str]]:
    """(name, text) of shipped seed files in a folder of hub/seeds, sorted."""
    root = files("hub") / "seeds" / folder
    found = [(each.name, each.read_text("utf-8")) for each in root.iterdir()]
    return sorted((name, text) for name, text in found if name.endswith(".toml"))


def seed_text(name: str) -> str:
    """One shipped seed file."""
    return (files("hub") / "seeds" / name).read_text("utf-8")
