"""Membership in a lane's group: how soon a dead member is missed, and what ends a membership.

Members are dynamic and leave when they stop, so that the others take over at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiokafka
from aiokafka.errors import (
    InconsistentGroupProtocolError,
    InvalidGroupIdError,
    InvalidSessionTimeoutError,
    KafkaError,
)

from hub.adapters.kafka_errors import hub_error
from hub.errors import ConfigurationError

METADATA_AGE_MS = 5_000  # New registries' topics are seen within this.
POLL_INTERVAL_MAX_MS = 600_000  # A batch that takes longer has lost its partitions.
REQUEST_TIMEOUT_MS = 40_000
RETRY_BACKOFF_MS = 200

_FINAL = (InconsistentGroupProtocolError, InvalidGroupIdError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How soon a dead worker's partitions are taken over. A broker refuses a session below its
    group.min.session.timeout.ms, which is 6000 unless it was set."""

    session_ms: int = 6_000
    heartbeat_ms: int = 1_000
    rebalance_ms: int = 12_000


def member(bootstrap: str, group: str, timing: Timing, security: Mapping[str, Any]) -> Any:
    """A consumer of this group, not started. Call it within the event loop."""
    return aiokafka.AIOKafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="none",  # Anything else passes over what is missing, in silence.
        metadata_max_age_ms=METADATA_AGE_MS,
        max_poll_interval_ms=POLL_INTERVAL_MAX_MS,
        retry_backoff_ms=RETRY_BACKOFF_MS,
        session_timeout_ms=timing.session_ms,
        heartbeat_interval_ms=timing.heartbeat_ms,
        rebalance_timeout_ms=timing.rebalance_ms,
        request_timeout_ms=max(REQUEST_TIMEOUT_MS, timing.session_ms * 2),
        **security,
    )


def raise_if_final(attempt: str, error: KafkaError) -> None:
    """Raise the hub's error where joining again would be refused again."""
    # The driver wraps what its own task met when it joined.
    cause = error.__cause__ if isinstance(error.__cause__, KafkaError) else error
    if isinstance(cause, InvalidSessionTimeoutError):
        raise ConfigurationError(
            f"{attempt}: the broker allows no session as short as this worker's",
            fix="Lower the broker's group.min.session.timeout.ms, or ask for a longer session.",
        ) from error
    found = hub_error(attempt, cause)
    if isinstance(found, ConfigurationError) or isinstance(cause, _FINAL):
        raise found from error
