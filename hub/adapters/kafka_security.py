"""The Kafka driver's settings that say who a client is and whom it trusts.

They serve every client of a process alike: the log's, the workers' and the administrator's. What
is set by halves is refused, so that nobody believes to be protected who is not.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from hub.adapters.kafka_refusals import MECHANISM
from hub.errors import ConfigurationError

_TLS_WORDS = {"on": True, "off": False}


def client_security(
    *,
    username: str | None = None,
    password: str | None = None,
    authority: str | None = None,
    certificate: str | None = None,
    certificate_key: str | None = None,
    tls: str | None = None,
) -> dict[str, Any]:
    """Nothing where nothing is set. Raises ConfigurationError for halves and for files that are
    not what they must be."""
    _check_pair(("HUB_KAFKA_USERNAME", username), ("HUB_KAFKA_PASSWORD", password))
    _check_pair(
        ("HUB_KAFKA_CERTIFICATE", certificate), ("HUB_KAFKA_CERTIFICATE_KEY", certificate_key)
    )
    found: dict[str, Any] = {}
    if _is_tls(tls, files=bool(authority or certificate)):
        found["ssl_context"] = _context(authority, certificate, certificate_key)
        found["security_protocol"] = "SSL"
    if username is not None:
        found["security_protocol"] = "SASL_SSL" if found else "SASL_PLAINTEXT"
        found["sasl_mechanism"] = MECHANISM
        found["sasl_plain_username"] = username
        found["sasl_plain_password"] = password
    return found


def _check_pair(one: tuple[str, str | None], other: tuple[str, str | None]) -> None:
    given = [name for name, value in (one, other) if value]
    if len(given) == 1:
        absent = one[0] if given == [other[0]] else other[0]
        raise ConfigurationError(
            f"{given[0]} is set and {absent} is not",
            setting=absent,
            fix="Set both, or neither.",
            effect="Nothing was sent.",
        )


def _is_tls(tls: str | None, *, files: bool) -> bool:
    if tls is None:
        return files
    asked = _TLS_WORDS.get(tls.lower())
    if asked is None:
        raise ConfigurationError(
            f'HUB_KAFKA_TLS is "{tls}"',
            setting="HUB_KAFKA_TLS",
            fix="Write on or off; left out, it is on where a file of TLS is set.",
        )
    if files and not asked:
        raise ConfigurationError(
            "HUB_KAFKA_TLS is off, and files for TLS are set",
            setting="HUB_KAFKA_TLS",
            fix="Leave HUB_KAFKA_CA, HUB_KAFKA_CERTIFICATE and its key out, or turn it on.",
        )
    return asked


def _context(
    authority: str | None, certificate: str | None, certificate_key: str | None
) -> ssl.SSLContext:
    """Trusts this authority alone; without one, those that the machine knows."""
    if authority is not None:
        _check_file("HUB_KAFKA_CA", authority)
    try:
        context = ssl.create_default_context(cafile=authority)
    except ssl.SSLError as error:
        raise ConfigurationError(
            f"reading {authority}: it holds no certificate in PEM form",
            setting="HUB_KAFKA_CA",
            fix="Give the file of the authority that signed the broker's certificate.",
        ) from error
    if certificate is not None and certificate_key is not None:
        _check_file("HUB_KAFKA_CERTIFICATE", certificate)
        _check_file("HUB_KAFKA_CERTIFICATE_KEY", certificate_key)
        try:
            # Without a password the library would ask for one on the terminal.
            context.load_cert_chain(certificate, certificate_key, password="")
        except (ssl.SSLError, ValueError) as error:
            raise ConfigurationError(
                f"reading {certificate} and {certificate_key}: they are no certificate in PEM form"
                " with its own key, unencrypted",
                setting="HUB_KAFKA_CERTIFICATE, HUB_KAFKA_CERTIFICATE_KEY",
                fix="Give the certificate and the key that it was made for.",
            ) from error
    return context


def _check_file(setting: str, path: str) -> None:
    try:
        with Path(path).open("rb"):
            return
    except OSError as error:
        raise ConfigurationError(
            f"reading {path}: {error.strerror}", setting=setting, fix="Give a file that is there."
        ) from error
