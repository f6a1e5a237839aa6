"""A small installation on SQLite files for tests of status, doctor and rejected."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hub import bootstrap
from hub.adapters.keyring import open_keyring
from hub.adapters.sql_store import SqlStore
from hub.adapters.sqlite_log import SqliteEventLog
from hub.domain.log import Message
from hub.domain.rows import WorkerRow
from hub.domain.topics import events_topic
from hub.embedded import Embedded
from tests.unit.cli.hub_command import Ran, hub

WISCONSIN = events_topic("us-wi")
WORKER = "machine-4242-ab12cd34"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Installation:
    """Log, store and keyring of one test. Sync runs nowhere: inboxes stay unread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.urls = {
            name: f"sqlite:///{folder / name / f'{name}.sqlite'}"
            for name in ("log", "store", "keyring")
        }

    @property
    def environment(self) -> dict[str, str]:
        return {f"HUB_{name.upper()}": url for name, url in self.urls.items()}

    def hub(self, *words: str | Path, **environment: str) -> Ran:
        return hub(*words, **{**self.environment, **environment})

    def json(self, *words: str | Path) -> Any:
        return json.loads(self.hub(*words, "--json", "-").out)

    def path(self, name: str) -> Path:
        return self.folder / name / f"{name}.sqlite"

    def log(self, at_ms: int | None = None) -> SqliteEventLog:
        return SqliteEventLog(self.path("log"), clock=lambda: at_ms or now_ms())

    def append(self, messages: Sequence[Message] = (), at_ms: int | None = None) -> None:
        """Put events on the log, received at this moment."""

        async def work() -> None:
            self.path("log").parent.mkdir(parents=True, exist_ok=True)
            log = self.log(at_ms)
            await bootstrap.make_topics(log, ["us-wi", "us-nv"])
            await log.append(messages)
            await log.close()

        asyncio.run(work())

    def fold(self) -> None:
        """Run every lane but sync to its end."""

        async def work() -> None:
            log, store = self.log(), bootstrap.open_store(self.urls["store"])
            keyring = open_keyring(self.urls["keyring"])
            await Embedded(store, log, keyring).until_idle()
            keyring.close()
            store.close()
            await log.close()

        asyncio.run(work())

    def worker(self, *, seen_ms: int, lanes: Any = None) -> None:
        """A worker's sign of life."""
        told = {"records": {"at": "works", "partitions": [f"{WISCONSIN}/0"]}}
        row = WorkerRow(
            worker_id=WORKER,
            host="machine",
            pid=4242,
            started_ms=seen_ms - 60_000,
            seen_ms=seen_ms,
            lanes=json.dumps(told if lanes is None else lanes),
        )
        store = SqlStore(self.urls["store"])
        with store.transaction() as tx:
            tx.beat(row)
        store.close()

    def run_sql(self, statement: str) -> None:
        store = SqlStore(self.urls["store"])
        with store.engine.begin() as connection:
            connection.exec_driver_sql(statement)
        store.close()

    def run_sql_on_log(self, statement: str) -> None:
        import sqlite3

        with sqlite3.connect(self.path("log")) as connection:
            connection.execute(statement)
        connection.close()
