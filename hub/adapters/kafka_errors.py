"""What a Kafka driver's error means for us: again later, correct a setting, or stop.

Messages name the attempt and the driver's error, never what a record holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors

from hub.errors import (
    ConfigurationError,
    FatalError,
    HubError,
    NotAllowedError,
    RetryableError,
)

# The driver marks others as to be tried again itself; these it gives up on, and we need not.
_AGAIN = (
    errors.BrokerNotAvailableError,
    errors.KafkaTimeoutError,
    errors.KafkaUnavailableError,
    errors.ReplicaNotAvailableError,
)
_NOT_ALLOWED = (
    errors.ClusterAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.TopicAuthorizationFailedError,
)
_SETTINGS = (
    errors.AuthenticationFailedError,
    errors.AuthenticationMethodNotSupported,
    errors.IllegalSaslStateError,
    errors.KafkaConfigurationError,
    errors.SaslAuthenticationFailed,
    errors.SecurityDisabled,
    errors.UnsupportedSaslMechanismError,
)

_RULES = "Have the brokers' administrator run hub topics acl apply for this principal."
_ADMINISTRATOR = "Run it with the name and password of the brokers' administrator."


@contextmanager
def translated(attempt: str, *, for_administrator: bool = False) -> Iterator[None]:
    """Turn what the driver raises within into an error of the hub. No rule of the plan allows to
    anybody what is for the brokers' administrator."""
    try:
        yield
    except HubError:
        raise
    except (
        errors.KafkaError,
        errors.ConsumerStoppedError,
        errors.IllegalOperation,
        OSError,  # Time-outs of asyncio are among these.
    ) as error:
        raise hub_error(attempt, error, for_administrator=for_administrator) from error


def hub_error(attempt: str, error: Exception, *, for_administrator: bool = False) -> HubError:
    """The error of the hub that says what to do after this one."""
    message = f"{attempt}: Kafka answered {type(error).__name__}"
    if isinstance(error, errors.KafkaConnectionError):
        return RetryableError(
            f"{attempt}: no Kafka broker answers",
            fix="Check that the broker runs, and its address.",
        )
    if isinstance(error, _NOT_ALLOWED):
        return NotAllowedError(
            f"{attempt}: the brokers do not allow it to this principal ({type(error).__name__})",
            fix=_ADMINISTRATOR if for_administrator else _RULES,
        )
    if isinstance(error, _SETTINGS):
        return ConfigurationError(message, fix="Compare the security settings with the broker's.")
    if isinstance(error, (OSError, *_AGAIN)) or getattr(error, "retriable", False):
        return RetryableError(message)
    return FatalError(message)
