"""Keyrings: where persons' keys are kept, apart from everything that is rebuilt.

A key is minted once and never replaced: two callers who mint at the same moment get the same key.
Keys of a whole batch are fetched in a few statements. On SQLite the file is readable by its owner
alone, and deleted rows are overwritten.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Engine, LargeBinary, MetaData, Table, Text, create_engine, event
from sqlalchemy import select as sql_select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import OperationalError

from hub.domain.keys import PersonKey
from hub.errors import ConfigurationError, RetryableError
from hub.identity.sealing import KEY_BYTES

BUSY_TIMEOUT_S = 30
_CHUNK = 500
_KEY_ID_BYTES = 16

metadata = MetaData()
person_key = Table(
    "person_key",
    metadata,
    Column("registry", Text, primary_key=True),
    Column("person_id", Text, primary_key=True),
    Column("key_id", Text, nullable=False, unique=True),
    Column("key", LargeBinary, nullable=False),
)


class MemoryKeyring:
    """Keys that end with the process."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], PersonKey] = {}
        self._by_id: dict[str, bytes] = {}

    def keys_for(
        self, registry: str, person_ids: Sequence[str], *, mint: bool
    ) -> dict[str, PersonKey]:
        for person_id in person_ids if mint else ():
            key = self._keys.setdefault((registry, person_id), _fresh_key())
            self._by_id[key.key_id] = key.key
        found = {person_id: self._keys.get((registry, person_id)) for person_id in person_ids}
        return {person_id: key for person_id, key in found.items() if key is not None}

    def open_keys(self, key_ids: Sequence[str]) -> dict[str, bytes]:
        return {key_id: self._by_id[key_id] for key_id in key_ids if key_id in self._by_id}

    def close(self) -> None:
        """Nothing is held."""


class SqlKeyring:
    """Keys in a table of their own, on SQLite or PostgreSQL. Safe for several processes."""

    def __init__(self, url: str) -> None:
        self._engine = _make_engine(url)
        with self._translated():
            metadata.create_all(self._engine)

    def keys_for(
        self, registry: str, person_ids: Sequence[str], *, mint: bool
    ) -> dict[str, PersonKey]:
        wanted = sorted(set(person_ids))
        found = self._find(registry, wanted)
        absent = [person_id for person_id in wanted if person_id not in found]
        if mint and absent:
            self._mint(registry, absent)
            found.update(self._find(registry, absent))
        return found

    def open_keys(self, key_ids: Sequence[str]) -> dict[str, bytes]:
        keys: dict[str, bytes] = {}
        with self._translated(), self._engine.connect() as connection:
            for chunk in _chunks(sorted(set(key_ids))):
                query = sql_select(person_key.c.key_id, person_key.c.key)
                rows = connection.execute(query.where(person_key.c.key_id.in_(chunk)))
                keys.update({row.key_id: bytes(row.key) for row in rows})
        return keys

    def close(self) -> None:
        self._engine.dispose()

    def _find(self, registry: str, person_ids: Sequence[str]) -> dict[str, PersonKey]:
        found: dict[str, PersonKey] = {}
        columns = (person_key.c.person_id, person_key.c.key_id, person_key.c.key)
        query = sql_select(*columns).where(person_key.c.registry == registry)
        with self._translated(), self._engine.connect() as connection:
            for chunk in _chunks(person_ids):
                for row in connection.execute(query.where(person_key.c.person_id.in_(chunk))):
                    found[row.person_id] = PersonKey(row.key_id, bytes(row.key))
        return found

    def _mint(self, registry: str, person_ids: Sequence[str]) -> None:
        """Add keys in order of person, so that two who mint at once wait for each other and never
        in a circle; whoever is second adds nothing."""
        postgres = self._engine.dialect.name == "postgresql"
        insert = (postgres_insert if postgres else sqlite_insert)(person_key)
        statement = insert.on_conflict_do_nothing(index_elements=["registry", "person_id"])
        fresh = [(person_id, _fresh_key()) for person_id in person_ids]
        rows = [
            {"registry": registry, "person_id": person_id, "key_id": key.key_id, "key": key.key}
            for person_id, key in fresh
        ]
        with self._translated(), self._engine.begin() as connection:
            for chunk in _chunks(rows):
                connection.execute(statement, list(chunk))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Driver errors as the hub's; a driver's text could show a row and is left out."""
        try:
            yield
        except OperationalError as error:
            raise RetryableError(
                "no answer from the keyring",
                tried=type(error.orig).__name__,
                setting="HUB_KEYRING",
                fix="start the database there or correct HUB_KEYRING, then run this again",
                effect="nothing was sealed or opened",
            ) from None


def open_keyring(url: str) -> MemoryKeyring | SqlKeyring:
    """The keyring at an address: memory://, sqlite:///path or postgresql://host/database."""
    return MemoryKeyring() if url == "memory://" else SqlKeyring(url)


def _fresh_key() -> PersonKey:
    return PersonKey(secrets.token_hex(_KEY_ID_BYTES), secrets.token_bytes(KEY_BYTES))


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def _make_engine(url: str) -> Engine:
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if url.startswith("postgresql+psycopg://"):
        return create_engine(url, pool_pre_ping=True)
    path = url.removeprefix("sqlite:///")
    if path in (url, "", ":memory:"):
        raise ConfigurationError(
            "HUB_KEYRING has a form that is not known",
            setting="HUB_KEYRING",
            fix="use sqlite:///path or postgresql://host/database",
        )
    _make_private_file(Path(path))
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _make_private_file(path: Path) -> None:
    """Make the file before the driver would with everybody's permissions."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigurationError(
            f"the keyring {path} cannot be written: {error.strerror}",
            setting="HUB_KEYRING",
            fix="name a file in a folder that this user may write",
        ) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()
