"""Why brokers that are there do not take a client: the reason that the driver keeps to its log.

The driver tells a wrong password, a certificate that nobody knows and a broker that is down by one
and the same error. Here a connection is made again, with the client's own settings, and what it
meets becomes a ConfigurationError that names the setting. What another try may mend is no refusal.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from typing import Any

from aiokafka import errors
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import create_conn
from aiokafka.protocol.admin import SaslHandShakeRequest

from hub.errors import ConfigurationError

PROBE_SECONDS = 10.0
MECHANISM = "SCRAM-SHA-512"
ANSWER_MS = 5_000

_SETTINGS = (
    "client_id",
    "security_protocol",
    "ssl_context",
    "sasl_mechanism",
    "sasl_plain_username",
    "sasl_plain_password",
)
_NAME = "HUB_KAFKA_USERNAME, HUB_KAFKA_PASSWORD"
_CERTIFICATE = "HUB_KAFKA_CERTIFICATE, HUB_KAFKA_CERTIFICATE_KEY"


async def refusal_of(client: Any) -> ConfigurationError | None:
    """The refusal that this client of the driver meets; None where brokers take it, or are away."""
    inner = getattr(client, "_client", client)
    if not isinstance(inner, AIOKafkaClient):
        return None
    settings = {name: getattr(inner, f"_{name}") for name in _SETTINGS}
    for host, port, _ in inner.hosts:
        try:
            refusal = await asyncio.wait_for(_refusal(host, port, settings), PROBE_SECONDS)
        except (OSError, errors.KafkaError):  # Time-outs are among the first.
            continue
        if refusal is not None:
            return refusal
    return None


async def _refusal(host: str, port: int, settings: dict[str, Any]) -> ConfigurationError | None:
    where = f"connecting to Kafka at {host}:{port}"
    try:
        connection = await _connect(host, port, settings)
    except (errors.SaslAuthenticationFailed, errors.AuthenticationFailedError):
        return _wrong_password(where, settings["sasl_plain_username"])
    except errors.IllegalSaslStateError:
        return ConfigurationError(
            f"{where}: this port asks for no name and password",
            setting=_NAME,
            fix="Leave both out, or give the port that asks for them.",
        )
    except errors.UnsupportedSaslMechanismError:
        return ConfigurationError(
            f"{where}: the broker does not offer {MECHANISM}",
            fix="Have its administrator add it to sasl.enabled.mechanisms.",
        )
    except ssl.SSLCertVerificationError as error:
        return _wrong_authority(where, error)
    except (OSError, errors.KafkaConnectionError) as error:
        return await _other_protocol(where, (host, port), settings, error)
    try:
        if settings["security_protocol"].startswith("SASL"):
            return None
        # A port that asks for no name answers that this is no time for one.
        answer = await connection.send(SaslHandShakeRequest(MECHANISM))
        asks = answer.error_code in (0, errors.UnsupportedSaslMechanismError.errno)
        return _no_password(where) if asks else None
    except errors.KafkaConnectionError as error:
        return _wrong_certificate(where, error)
    finally:
        await connection.close()


async def _connect(host: str, port: int, settings: dict[str, Any]) -> Any:
    return await create_conn(host, port, request_timeout_ms=ANSWER_MS, **settings)


async def _other_protocol(
    where: str, address: tuple[str, int], settings: dict[str, Any], error: Exception
) -> ConfigurationError | None:
    """Whether the port speaks TLS where the client does not, or the other way round."""
    if settings["ssl_context"] is None:
        if not await _speaks_tls(address):
            return None
        return ConfigurationError(
            f"{where}: this port speaks TLS, and the settings do not ask for it",
            setting="HUB_KAFKA_CA, HUB_KAFKA_TLS",
            fix="Set HUB_KAFKA_CA to the file of the authority that signed the broker's"
            " certificate, or HUB_KAFKA_TLS=on where this machine knows it.",
        )
    if (refusal := _wrong_certificate(where, error)) is not None:
        return refusal
    try:
        plain = {**settings, "security_protocol": "PLAINTEXT", "ssl_context": None}
        await (await _connect(*address, plain)).close()
    except (OSError, errors.KafkaError):
        return None
    return ConfigurationError(
        f"{where}: this port does not speak TLS, and the settings ask for it",
        setting="HUB_KAFKA_CA, HUB_KAFKA_TLS",
        fix="Give the broker's TLS port, or leave the settings of TLS out.",
    )


async def _speaks_tls(address: tuple[str, int]) -> bool:
    """Nothing is sent but the greeting, so that nobody needs to be trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        _, writer = await asyncio.open_connection(*address, ssl=context)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


def _wrong_password(where: str, username: str) -> ConfigurationError:
    return ConfigurationError(
        f'{where}: the name "{username}" and its password are not accepted',
        setting=_NAME,
        fix="Correct them, or have the broker's administrator set this password again.",
    )


def _no_password(where: str) -> ConfigurationError:
    return ConfigurationError(
        f"{where}: the broker asks for a name and a password, and none are set",
        setting=_NAME,
        fix="Set both, as the broker's administrator gave them.",
    )


def _wrong_authority(where: str, error: ssl.SSLCertVerificationError) -> ConfigurationError:
    return ConfigurationError(
        f"{where}: the broker's certificate is not trusted: {error.verify_message}",
        setting="HUB_KAFKA_CA",
        fix="Set it to the certificate of the authority that signed the broker's; the address"
        " must be one that the broker's certificate names.",
    )


def _wrong_certificate(where: str, error: Exception) -> ConfigurationError | None:
    """Where the broker ended the greeting because of the client's certificate."""
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    if not isinstance(cause, ssl.SSLError) or "CERTIFICATE" not in (cause.reason or ""):
        return None
    return ConfigurationError(
        f"{where}: the broker wants a certificate that it knows, and did not get one",
        setting=_CERTIFICATE,
        fix="Set both to files that the broker's authority signed and that have not run out.",
    )
