"""The local servers: a real broker and database, and a clear refusal where they cannot be had."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy

from deploy.local import demo_kafka
from deploy.local.kafka import KafkaBroker, jars
from deploy.local.postgres import fresh_database, postgres_server
from hub.errors import ConfigurationError
from tests import conftest

OLD_JAVA = "#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n"


def _program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(script)
    path.chmod(0o755)


@contextmanager
def _connected(url: str) -> Iterator[sqlalchemy.Connection]:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_without_java_the_broker_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigurationError, match="no `java`") as caught:
        KafkaBroker().__enter__()

    assert "Java 17" in str(caught.value.fix)


def test_an_old_java_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path, "java", OLD_JAVA)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    with pytest.raises(ConfigurationError, match="too old"):
        KafkaBroker().__enter__()


def test_without_maven_an_empty_cache_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HUB_CACHE", str(tmp_path))

    with pytest.raises(ConfigurationError, match="no `mvn`"):
        jars()


def test_a_download_that_breaks_off_leaves_no_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    _program(tmp_path, "mvn", "#!/bin/sh\necho no network\nexit 1\n")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HUB_CACHE", str(cache))

    with pytest.raises(ConfigurationError, match="exit code 1") as caught:
        jars()

    assert caught.value.tried == "no network"
    assert list(cache.iterdir()) == []


def test_a_broker_ends_with_its_block(kafka_url: str) -> None:
    """The shared fixture comes first: where there is no Kafka, it skips or fails."""
    with KafkaBroker() as broker:
        assert broker.url != kafka_url
        process_id = broker.process_id
        assert Path(f"/proc/{process_id}").exists() or sys.platform != "linux"

    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)


def test_a_fresh_database_is_empty_and_leaves_nothing(postgres_url: str) -> None:
    with fresh_database(postgres_url) as url:
        name = sqlalchemy.make_url(url).database
        with _connected(url) as connection:
            tables = sqlalchemy.inspect(connection).get_table_names()
            connection.execute(sqlalchemy.text("CREATE TABLE a (b int)"))
        assert tables == []

    with _connected(postgres_url) as connection:
        names = connection.execute(sqlalchemy.text("SELECT datname FROM pg_database")).scalars()
        assert name not in list(names)


def test_a_named_postgres_that_does_not_answer_is_a_wrong_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HUB_TEST_POSTGRES_URL", "postgresql://nobody:secret@127.0.0.1:1/none")

    with pytest.raises(ConfigurationError) as caught, postgres_server():
        pass

    assert caught.value.setting == "HUB_TEST_POSTGRES_URL"
    assert "secret" not in str(caught.value)


def test_a_named_postgres_is_used(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = postgres_url.replace("postgresql+psycopg", "postgresql")
    monkeypatch.setenv("HUB_TEST_POSTGRES_URL", plain)

    with postgres_server() as url:
        assert url == postgres_url


def test_what_cannot_be_had_skips_unless_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ConfigurationError("starting Kafka: no `java` on the path", fix="Install Java 17.")

    monkeypatch.delenv("HUB_TEST_REQUIRE_KAFKA", raising=False)
    with pytest.raises(pytest.skip.Exception, match="NOT TESTED ON REAL Kafka"):
        conftest._go_without("Kafka", error)
    monkeypatch.setenv("HUB_TEST_REQUIRE_KAFKA", "1")
    with pytest.raises(pytest.fail.Exception, match="Install Java 17"):
        conftest._go_without("Kafka", error)


def test_the_demo_passes_its_arguments_on_and_ends_as_the_demo_ends(
    kafka_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program of our own stands for the hub: what matters here is what it is given."""
    seen = tmp_path / "seen"
    script = f"import sys; open({str(seen)!r}, 'w').write(' '.join(sys.argv)); sys.exit(3)"
    monkeypatch.setattr(demo_kafka, "_HUB", script)

    code = demo_kafka.main(["--once", "--no-ui"])

    words = seen.read_text().split()
    assert code == 3
    assert words[1:3] == ["demo", "--log"]
    assert words[3].startswith("kafka://127.0.0.1:")
    assert words[4] == "--store"
    assert words[5].startswith("postgresql+psycopg://")
    assert words[6:] == ["--once", "--no-ui"]


def test_the_demo_says_why_it_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**os.environ, "PATH": str(tmp_path)}
    command = [sys.executable, "-m", "deploy.local.demo_kafka"]
    root = Path(__file__).parents[2]

    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, timeout=60)

    assert done.returncode == demo_kafka.REFUSED
    assert b"no `java` on the path" in done.stderr
    assert b"Traceback" not in done.stderr
