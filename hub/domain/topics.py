"""Names of topics. Dots and hyphens, no underscores."""

from __future__ import annotations

import re
from functools import lru_cache

REFERENCE = "alliance.reference"
CLAIMS = "national.identity-claims"
IDENTITY = "national.identity"
RECIPROCITY = "national.reciprocity"

_EVENTS = re.compile(r"registry\.([a-z]{2}-[a-z0-9]{2,8})\.events")
_INBOX = re.compile(r"registry\.([a-z]{2}-[a-z0-9]{2,8})\.inbox")


def events_topic(registry: str) -> str:
    return f"registry.{registry}.events"


def inbox_topic(registry: str) -> str:
    return f"registry.{registry}.inbox"


@lru_cache(maxsize=1024)
def registry_of_events(topic: str) -> str | None:
    """The registry whose events these are; None for any other topic."""
    found = _EVENTS.fullmatch(topic)
    return found.group(1) if found else None


def registry_of_inbox(topic: str) -> str | None:
    """The registry whose inbox this is; None for any other topic."""
    found = _INBOX.fullmatch(topic)
    return found.group(1) if found else None


def is_folded(topic: str) -> bool:
    """Whether the records lane reads it."""
    return topic in (REFERENCE, IDENTITY) or registry_of_events(topic) is not None


def is_derived(topic: str) -> bool:
    """Whether the hub itself publishes it."""
    return topic in (CLAIMS, IDENTITY, RECIPROCITY) or registry_of_inbox(topic) is not None
