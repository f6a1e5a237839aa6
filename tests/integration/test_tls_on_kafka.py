"""Ways in to a real broker: passwords and certificates that it takes, and reasons where not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from hub.adapters.kafka_clients import raise_if_refused
from hub.adapters.kafka_log import KafkaEventLog
from hub.bootstrap import kafka_security
from hub.domain.log import Message
from hub.domain.topics import events_topic
from hub.errors import ConfigurationError, RetryableError
from hub.settings import read_settings
from hub.stream.membership import Membership
from tests.integration.certificates import new_authority
from tests.integration.secured_broker import Secured, forget_topics, run_with
from tests.unit.cli.hub_command import hub

SECONDS_MAX = 10.0


def _topics(log: KafkaEventLog) -> Awaitable[dict[str, int]]:
    return log.topics()


def _refusal(
    settings: dict[str, str], use: Callable[[KafkaEventLog], Awaitable[Any]] = _topics
) -> ConfigurationError:
    """What a log says that these settings do not open, soon."""
    began = time.monotonic()
    with pytest.raises(ConfigurationError) as caught:
        run_with(settings, use)
    assert time.monotonic() - began < SECONDS_MAX
    return caught.value


def _plain_port(secured: Secured, protocol: str) -> dict[str, str]:
    return {"HUB_LOG": f"kafka://{secured.broker.listener(protocol)}"}


def test_a_password_within_tls_opens_the_log(secured: Secured) -> None:
    assert run_with(secured.with_tls("admin"), lambda log: log.topics()) is not None


def test_a_certificate_of_ones_own_opens_the_log_without_a_password(secured: Secured) -> None:
    certificate, key = secured.authority.issue("us-wi")
    settings = {
        **_plain_port(secured, "SSL"),
        "HUB_KAFKA_CA": str(secured.authority.file),
        "HUB_KAFKA_CERTIFICATE": str(certificate),
        "HUB_KAFKA_CERTIFICATE_KEY": str(key),
    }

    assert run_with(settings, lambda log: log.topics()) == {}


def test_a_certificates_subject_is_the_name_that_rules_are_for(secured: Secured) -> None:
    certificate, key = secured.authority.issue("ohio")
    settings = {
        **_plain_port(secured, "SSL"),
        "HUB_KAFKA_CA": str(secured.authority.file),
        "HUB_KAFKA_CERTIFICATE": str(certificate),
        "HUB_KAFKA_CERTIFICATE_KEY": str(key),
    }
    message = Message(events_topic("us-oh"), b"a person", b"an event", ())
    admin = secured.settings("admin")
    try:
        assert hub("topics", "apply", "--registry", "us-oh", **admin).code == 0
        assert _refusal(settings, lambda log: log.append([message]))
        ruled = hub("topics", "acl", "apply", "--registry", "us-oh=CN=ohio", **admin)
        assert ruled.code == 0, ruled.err
        assert run_with(settings, lambda log: log.append([message]))
    finally:
        forget_topics(secured)


def test_another_authority_than_the_brokers_is_refused(secured: Secured) -> None:
    other = new_authority(secured.authority.folder, "another")
    settings = {**secured.with_tls("admin"), "HUB_KAFKA_CA": str(other.file)}

    refusal = _refusal(settings)

    assert "certificate is not trusted" in refusal.message
    assert refusal.setting == "HUB_KAFKA_CA"


def test_a_wrong_password_says_so_and_ends(secured: Secured) -> None:
    settings = secured.settings("us-oh", HUB_KAFKA_PASSWORD="not it")

    ran = hub("topics", "plan", **settings)

    assert ran.code == 1
    assert 'the name "us-oh" and its password are not accepted' in ran.err
    assert "HUB_KAFKA_PASSWORD" in ran.err
    assert "not it" not in ran.out + ran.err
    tls = _refusal(secured.with_tls("us-oh", HUB_KAFKA_PASSWORD="not it"))
    assert tls.message.endswith("are not accepted")


def test_a_worker_with_a_wrong_password_is_told_and_does_not_try_for_ever(
    secured: Secured,
) -> None:
    settings = secured.settings("hub", HUB_KAFKA_PASSWORD="not it")

    async def join() -> None:
        security = kafka_security(read_settings(settings))
        member = Membership(secured.broker.bootstrap, security).member("records")
        try:
            await member.start()
        except KafkaConnectionError as error:
            await raise_if_refused(member, error)
            raise
        finally:
            await member.stop()

    with pytest.raises(ConfigurationError, match="are not accepted"):
        asyncio.run(join())


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_no_password_where_one_is_asked_for_is_told(secured: Secured, protocol: str) -> None:
    settings = _plain_port(secured, protocol)
    if protocol == "SASL_SSL":
        settings["HUB_KAFKA_CA"] = str(secured.authority.file)

    assert "asks for a name and a password" in _refusal(settings).message


def test_a_password_where_none_is_asked_for_is_told(secured: Secured) -> None:
    certificate, key = secured.authority.issue("us-nd")
    settings = secured.with_tls(
        "us-nd", HUB_KAFKA_CERTIFICATE=str(certificate), HUB_KAFKA_CERTIFICATE_KEY=str(key)
    )

    refusal = _refusal({**settings, **_plain_port(secured, "SSL")})

    assert "asks for no name and password" in refusal.message


def test_tls_on_one_side_alone_is_told(secured: Secured) -> None:
    without = _refusal(secured.settings("admin", **_plain_port(secured, "SASL_SSL")))
    with_it = _refusal(secured.with_tls("admin", **_plain_port(secured, "SASL_PLAINTEXT")))

    assert "this port speaks TLS" in without.message
    assert "does not speak TLS" in with_it.message


@pytest.mark.parametrize("is_foreign", [True, False])
def test_a_certificate_that_the_broker_does_not_know_is_told(
    secured: Secured, is_foreign: bool
) -> None:
    settings = {**_plain_port(secured, "SSL"), "HUB_KAFKA_CA": str(secured.authority.file)}
    if is_foreign:
        certificate, key = new_authority(secured.authority.folder, "foreign").issue("us-oh")
        settings["HUB_KAFKA_CERTIFICATE"] = str(certificate)
        settings["HUB_KAFKA_CERTIFICATE_KEY"] = str(key)

    assert "wants a certificate that it knows" in _refusal(settings).message


def test_a_broker_that_is_away_is_to_be_tried_again(secured: Secured) -> None:
    """Whatever the settings: nothing says that they are wrong."""
    settings = secured.with_tls("admin", HUB_LOG="kafka://127.0.0.1:1")

    with pytest.raises(RetryableError, match="no Kafka broker answers"):
        run_with(settings, KafkaEventLog.topics)
