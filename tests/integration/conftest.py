"""One more broker for the tests of this folder: with names, passwords, certificates and rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.kafka import KafkaBroker
from deploy.local.kafka_properties import LOOPBACK, Access, Certificates
from hub.errors import ConfigurationError
from tests.conftest import _go_without
from tests.integration.certificates import new_authority
from tests.integration.secured_broker import USERS, Secured


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("certificates")
    authority = new_authority(folder, "authority")
    certificate, key = authority.issue("broker", [LOOPBACK])
    own = folder / "broker.pem"
    own.write_bytes(key.read_bytes() + certificate.read_bytes())
    access = Access(
        users={name: name[::-1] for name in USERS},
        certificates=Certificates(own=own, authority=authority.file),
    )
    broker = KafkaBroker(access)
    try:
        broker.__enter__()
    except ConfigurationError as error:
        _go_without("Kafka", error)
    try:
        yield Secured(broker, authority)
    finally:
        broker.__exit__(None, None, None)
