"""The databases' errors as the hub's: what another try may mend, and what a person must."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from hub.errors import RetryableError

_AGAIN = {"40001", "40P01", "55P03", "25P03"}  # Serialization, deadlock, lock or idle time-out.
_NO_TABLE = "42P01"
_AWAY = (
    sqlite3.OperationalError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn a driver's error, raised by itself or through SQLAlchemy, into the hub's."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, psycopg.Error) as error:
        found = _hub_error(url, error)
        if found is None:
            raise
        raise found from error


def _hub_error(url: str, error: Exception) -> RetryableError | None:
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None)
    if state == _NO_TABLE or "no such table" in str(cause):
        return RetryableError(
            f"the store at {shown_url(url)} holds no tables of the hub yet",
            setting="HUB_STORE",
            fix="start hub run with this store, or correct HUB_STORE",
        )
    if state in _AGAIN:
        return RetryableError(f"the store asks for another try: {_first_line(cause)}")
    if isinstance(cause, _AWAY):
        return RetryableError(
            f"no answer from the store at {shown_url(url)}",
            tried=_first_line(cause),
            setting="HUB_STORE",
            fix="start the database there or correct HUB_STORE, then run this again",
            effect="nothing of this transaction was written",
        )
    return None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def shown_url(url: str) -> str:
    """The address without name and password."""
    parsed = make_url(url)
    return parsed._replace(username=None, password=None).render_as_string()
