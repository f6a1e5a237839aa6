"""One consistent view of a store for the commands about matches; it holds up nobody who writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hub.adapters.sql_store import SqlStore, SqlTransaction
from hub.cli import common
from hub.cli.review_options import AskOptions
from hub.settings import Settings


def store_of(options: AskOptions, settings: Settings) -> SqlStore:
    """The store that a command was given."""
    return SqlStore(common.required(options.store or settings.store, "HUB_STORE", "--store"))


@contextmanager
def reading(options: AskOptions, settings: Settings) -> Iterator[SqlTransaction]:
    """Everything read within is of one moment."""
    store = store_of(options, settings)
    try:
        with store.reading() as sql:
            yield SqlTransaction(sql, 0)
    finally:
        store.close()
