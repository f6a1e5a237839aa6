"""Every error of the hub, grouped by what to do next.

    HubError
    ├── RetryableError         again, later: nothing was changed
    │   └── FencedError        another worker holds this position: reread it, go on
    ├── RejectedError          this one is refused, the rest goes on
    │   └── CorruptEventError  the bytes on the log do not say what they were sent to say
    ├── FatalError             stop; a person looks
    │   └── LogDivergedError   the log no longer holds what was folded from it
    └── ConfigurationError     refuse to start; say what to correct
        ├── NotAllowedError    this principal may not do it
        └── UnknownTopicError  the log has no such topic

A message says what was attempted and on what. `tried`, `fix` and `effect` are whole sentences that
the command line prints under it.
"""

from __future__ import annotations


class HubError(Exception):
    """Root of all errors that the hub raises on purpose."""

    def __init__(
        self,
        message: str,
        *,
        tried: str | None = None,
        setting: str | None = None,
        fix: str | None = None,
        effect: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.tried = tried
        self.setting = setting
        self.fix = fix
        self.effect = effect


class RetryableError(HubError):
    """Again, later: nothing was changed."""


class FencedError(RetryableError):
    """Another worker moved this lane's position: what was worked out here is thrown away."""


class RejectedError(HubError):
    """This one is refused; the rest goes on."""

    def __init__(self, message: str, *, reason: str, fix: str | None = None) -> None:
        super().__init__(message, fix=fix)
        self.reason = reason


class CorruptEventError(RejectedError):
    """The bytes at one place of the log do not say what they were sent to say."""

    def __init__(self, topic: str, partition: int, offset: int, reason: str) -> None:
        super().__init__(f"event at {topic}/{partition} offset {offset}: {reason}", reason=reason)
        self.topic = topic
        self.partition = partition
        self.offset = offset


class FatalError(HubError):
    """Stop: a person must look."""


class LogDivergedError(FatalError):
    """The log no longer holds, before a stored position, what was folded from it."""


class ConfigurationError(HubError):
    """Refuse to start, and say what to correct."""


class NotAllowedError(ConfigurationError):
    """The brokers do not allow it to this principal."""


class UnknownTopicError(ConfigurationError):
    """The log has no such topic."""
