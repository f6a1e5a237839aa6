"""What a Kafka driver's error means for us: again later, correct a setting, or stop.

Messages name the attempt and the driver's error, never what a record holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors

from hub.errors import ConfigurationError, FatalError, HubError, RetryableError

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


@contextmanager
def translated(attempt: str) -> Iterator[None]:
    """Turn what the driver raises within into an error of the hub."""
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
        raise hub_error(attempt, error) from error


def hub_error(attempt: str, error: Exception) -> HubError:
    """The error of the hub that says what to do after this one."""
    message = f"{attempt}: Kafka answered {type(error).__name__}"
    if isinstance(error, errors.KafkaConnectionError):
        return RetryableError(
            f"{attempt}: no Kafka broker answers",
            fix="Check that the broker runs, its address, and the user's name and password.",
        )
    if isinstance(error, _NOT_ALLOWED):
        return ConfigurationError(message, fix="Allow it to this principal, or use another.")
    if isinstance(error, _SETTINGS):
        return ConfigurationError(message, fix="Compare the security settings with the broker's.")
    if isinstance(error, (OSError, *_AGAIN)) or getattr(error, "retriable", False):
        return RetryableError(message)
    return FatalError(message)
