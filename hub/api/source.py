"""Where the page's numbers and its feed come from: documents and a numbered list of events.

The page knows neither store nor log. A source numbers its feed from 1 upwards without reuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One line of the feed. MUST name no person: `who` is a registry, `what` a fact about rows."""

    sequence: int
    at: str
    who: str
    what: str
    follows: tuple[str, ...] = ()


class Source(Protocol):
    async def summary(self) -> dict[str, Any]:
        """The summary document as it stands."""

    async def acceptance(self) -> dict[str, Any]:
        """The acceptance matrix as anybody may see it, of the summary's day."""

    async def events_after(self, sequence: int) -> list[FeedEvent]:
        """Feed events with a higher sequence, oldest first; old ones may be gone."""
