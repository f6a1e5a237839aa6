"""Settings of Kafka's security: halves and files that are not what they must be are refused."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.adapters.kafka_security import client_security
from hub.bootstrap import kafka_security
from hub.errors import ConfigurationError
from hub.settings import read_settings
from tests.integration.certificates import new_authority


def test_nothing_set_is_nothing_said() -> None:
    assert kafka_security(read_settings({})) == {}
    assert kafka_security(None) == {}
    assert client_security(tls="off") == {}


def test_a_name_and_password_without_tls() -> None:
    settings = {"HUB_KAFKA_USERNAME": "us-oh", "HUB_KAFKA_PASSWORD": "secret"}

    assert kafka_security(read_settings(settings)) == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "us-oh",
        "sasl_plain_password": "secret",
    }


def test_tls_trusts_the_authority_that_is_named_alone(tmp_path: Path) -> None:
    authority = new_authority(tmp_path, "authority")

    found = client_security(username="us-oh", password="secret", authority=str(authority.file))

    assert found["security_protocol"] == "SASL_SSL"
    context = found["ssl_context"]
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1


def test_tls_without_a_file_trusts_what_the_machine_knows() -> None:
    found = client_security(tls="ON")

    assert found["security_protocol"] == "SSL"
    assert found["ssl_context"].verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"username": "us-oh"}, "HUB_KAFKA_USERNAME is set and HUB_KAFKA_PASSWORD is not"),
        ({"password": "secret"}, "HUB_KAFKA_PASSWORD is set and HUB_KAFKA_USERNAME is not"),
        ({"certificate": "own"}, "HUB_KAFKA_CERTIFICATE_KEY is not"),
        ({"certificate_key": "own"}, "HUB_KAFKA_CERTIFICATE is not"),
        ({"tls": "perhaps"}, 'HUB_KAFKA_TLS is "perhaps"'),
        ({"tls": "off", "authority": "ca"}, "HUB_KAFKA_TLS is off"),
        ({"authority": "absent.pem"}, "reading absent.pem: No such file"),
        ({"tls": "on", "certificate": "absent", "certificate_key": "absent"}, "reading absent"),
    ],
)
def test_halves_and_absent_files_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        client_security(**given)

    assert caught.value.fix
    assert "secret" not in str(caught.value)


def test_a_file_that_holds_no_certificate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "authority.pem"
    path.write_text("this is no certificate")

    with pytest.raises(ConfigurationError, match="holds no certificate"):
        client_security(authority=str(path))


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    authority = new_authority(tmp_path, "authority")
    certificate, _ = authority.issue("us-oh")
    _, key = authority.issue("us-ca")

    with pytest.raises(ConfigurationError, match="its own key"):
        client_security(certificate=str(certificate), certificate_key=str(key))


def test_a_key_under_a_password_is_refused_and_nobody_is_asked(tmp_path: Path) -> None:
    certificate, key = new_authority(tmp_path, "authority").issue("us-oh")
    key.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )

    with pytest.raises(ConfigurationError, match="unencrypted"):
        client_security(certificate=str(certificate), certificate_key=str(key))
