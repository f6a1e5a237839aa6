"""What a demo was told, and what it holds open while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.adapters.sql_store import SqlStore
from hub.console.progress import Progress
from hub.identity.tokens import TokenKey
from hub.ports import EventLog, Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What `hub demo` was told."""

    exports: Path | None
    as_of: date | None
    once: bool
    json: str | None
    ui: bool | None
    data: Path
    log: str | None
    store: str | None
    port: int
    quiet: bool


@dataclass(frozen=True, slots=True)
class Demo:
    """What a running demo holds open."""

    options: DemoOptions
    log_url: str
    store_url: str
    keyring_url: str
    log: EventLog
    store: SqlStore
    keyring: Keyring
    token_key: TokenKey
    progress: Progress

    as_of: date
