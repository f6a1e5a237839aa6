"""Membership in a lane's group: how soon a dead member is missed, and what ends a membership.

Members are dynamic and leave when they stop, so that the others take over at once. A broker that
allows no short session gets a longer one, and the log says so.
"""

from __future__ import annotations

import logging
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

logger = logging.getLogger(__name__)

GROUP = "hub"
METADATA_AGE_MS = 5_000  # New registries' topics are seen within this.
POLL_INTERVAL_MAX_MS = 600_000  # A batch that takes longer has lost its partitions.
REQUEST_TIMEOUT_MS = 40_000
RETRY_BACKOFF_MS = 200
FETCH_WAIT_MS = 200  # A question to the broker waits behind a fetch for as long as this.

_FINAL = (InconsistentGroupProtocolError, InvalidGroupIdError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How soon a dead worker's partitions are taken over."""

    session_ms: int = 3_000
    heartbeat_ms: int = 500
    rebalance_ms: int = 6_000


PATIENT = Timing(session_ms=6_000, heartbeat_ms=1_000, rebalance_ms=12_000)
"""What every broker allows whose group.min.session.timeout.ms was left as it is."""


class Membership:
    """Makes members of the lanes' groups, with the shortest session that the broker allows."""

    def __init__(
        self,
        bootstrap: str,
        security: Mapping[str, Any],
        *,
        timing: Timing | None = None,
        group: str = GROUP,
    ) -> None:
        self._bootstrap = bootstrap
        self._security = security
        self._group = group
        self._timing = timing or Timing()
        self._asked: dict[str, Timing] = {}

    def member(self, lane: str) -> Any:
        """A consumer of this lane's group, not started. Call it within the event loop."""
        timing = self._asked[lane] = self._timing
        return aiokafka.AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap.split(","),
            group_id=f"{self._group}-{lane}",
            enable_auto_commit=False,
            auto_offset_reset="none",  # Anything else passes over what is missing, in silence.
            metadata_max_age_ms=METADATA_AGE_MS,
            max_poll_interval_ms=POLL_INTERVAL_MAX_MS,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            retry_backoff_ms=RETRY_BACKOFF_MS,
            session_timeout_ms=timing.session_ms,
            heartbeat_interval_ms=timing.heartbeat_ms,
            rebalance_timeout_ms=timing.rebalance_ms,
            request_timeout_ms=max(REQUEST_TIMEOUT_MS, timing.session_ms * 2),
            **self._security,
        )

    def asks_for_longer(self, lane: str, error: KafkaError) -> bool:
        """Whether the broker refused this lane's session as too short, and it is to join again with
        a longer one."""
        if not isinstance(_cause(error), InvalidSessionTimeoutError):
            return False
        if self._asked[lane].session_ms >= PATIENT.session_ms:
            return False
        if self._timing is not PATIENT:
            logger.warning(
                "the broker allows no session of %d ms, so a dead worker is missed after %d ms;"
                " lower its group.min.session.timeout.ms to be sooner",
                self._timing.session_ms,
                PATIENT.session_ms,
            )
            self._timing = PATIENT
        return True


def raise_if_final(attempt: str, error: KafkaError) -> None:
    """Raise the hub's error where joining again would be refused again."""
    cause = _cause(error)
    if isinstance(cause, InvalidSessionTimeoutError):
        raise ConfigurationError(
            f"{attempt}: the broker does not allow a session as long as this worker's",
            fix="Set the broker's group.min.session.timeout.ms to 6000 or less, and its"
            " group.max.session.timeout.ms above that.",
        ) from error
    found = hub_error(attempt, cause)
    if isinstance(found, ConfigurationError) or isinstance(cause, _FINAL):
        raise found from error


def _cause(error: KafkaError) -> KafkaError:
    """The driver wraps what its own task met when it joined."""
    return error.__cause__ if isinstance(error.__cause__, KafkaError) else error
