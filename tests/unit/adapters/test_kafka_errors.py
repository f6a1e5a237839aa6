"""Errors of the Kafka driver: every one of them says what to do next."""

from __future__ import annotations

import pytest
from aiokafka import errors

from hub.adapters.kafka_errors import translated
from hub.errors import ConfigurationError, FatalError, HubError, RetryableError

EVERY = sorted(
    (
        found
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, Exception)
    ),
    key=lambda found: found.__name__,
)


@pytest.mark.parametrize("kind", EVERY)
def test_no_error_of_the_driver_comes_through(kind: type[Exception]) -> None:
    with pytest.raises(HubError, match="reading topic") as caught, translated("reading topic"):
        raise kind

    assert isinstance(caught.value.__cause__, kind)
    if getattr(kind, "retriable", False):
        assert isinstance(caught.value, RetryableError)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (errors.KafkaTimeoutError(), RetryableError),
        (TimeoutError(), RetryableError),
        (ConnectionResetError(), RetryableError),
        (errors.TopicAuthorizationFailedError(), ConfigurationError),
        (errors.SaslAuthenticationFailed(), ConfigurationError),
        (errors.CorruptRecordException(), FatalError),
        (errors.OffsetOutOfRangeError(), FatalError),
    ],
)
def test_an_error_says_whether_to_try_again_to_correct_or_to_stop(
    raised: Exception, expected: type[HubError]
) -> None:
    with pytest.raises(expected), translated("reading"):
        raise raised


def test_our_own_refusals_pass_unchanged() -> None:
    refusal = ConfigurationError("no such topic")

    with pytest.raises(ConfigurationError) as caught, translated("reading"):
        raise refusal

    assert caught.value is refusal
