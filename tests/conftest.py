"""Servers that tests share: one real Kafka broker and one real PostgreSQL for the whole run.

Where one cannot be had, the tests that ask for it skip and say why; with
HUB_TEST_REQUIRE_KAFKA=1 they fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest

from deploy.local.kafka import KafkaBroker
from deploy.local.postgres import postgres_server
from hub.errors import ConfigurationError

REQUIRE = "HUB_TEST_REQUIRE_KAFKA"


@pytest.fixture(scope="session")
def kafka_url() -> Iterator[str]:
    """`kafka://host:port` of a real broker. Topics stay for the whole run: name them apart."""
    broker = KafkaBroker()
    try:
        broker.__enter__()
    except ConfigurationError as error:
        _go_without("Kafka", error)
    try:
        yield broker.url
    finally:
        broker.__exit__(None, None, None)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a real server. `deploy.local.postgres.fresh_database` makes a database on it."""
    server = postgres_server()
    try:
        url = server.__enter__()
    except ConfigurationError as error:
        _go_without("PostgreSQL", error)
    try:
        yield url
    finally:
        server.__exit__(None, None, None)


def _go_without(what: str, error: ConfigurationError) -> NoReturn:
    reason = f"NOT TESTED ON REAL {what}: {error.message}. {error.fix or ''}".strip()
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{reason} ({REQUIRE} is set)", pytrace=False)
    pytest.skip(reason)
