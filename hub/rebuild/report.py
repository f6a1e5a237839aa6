"""What became of a rebuild, as commands print it and programs read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from hub.adapters.sql_difference import Difference
from hub.adapters.sql_scan import Lanes, state_roots


@dataclass(slots=True, kw_only=True)
class Report:
    """Filled in as the rebuild goes on."""

    fold_version: int
    live_fold_version: int | None = None
    """None where there was no live state."""
    resumed: bool = False
    events: int = 0
    """Folded by this run."""
    fold_seconds: float = 0.0
    """Of the folding alone, without what came before and after."""
    touches: int = 0
    """Derived by this run."""
    compared: tuple[str, ...] = ()
    """Roots that were compared with the live ones."""
    not_compared: str | None = None
    """Why some were not, as a sentence."""
    live_roots: Lanes | None = None
    rebuilt_roots: Lanes | None = None
    differing: tuple[str, ...] = ()
    difference: Difference | None = None
    """The first row that differs."""
    switched: bool = False
    to_send: int = 0
    """Outbox rows that stood ready after the switch."""
    held_seconds: float = 0.0
    """How long the live store was held still."""
    scan_differs: tuple[str, ...] = ()
    """Roots that a scan after the switch found otherwise than they are kept."""
    seconds: float = 0.0

    @property
    def is_well(self) -> bool:
        """Whether the generation stands in place and holds what its roots say."""
        return self.switched and not self.scan_differs

    def document(self) -> dict[str, Any]:
        """For programs."""
        rate = self.events / self.fold_seconds if self.fold_seconds else None
        return {
            "switched": self.switched,
            "resumed": self.resumed,
            "fold_version": self.fold_version,
            "live_fold_version": self.live_fold_version,
            "events": self.events,
            "fold_seconds": round(self.fold_seconds, 3),
            "events_per_second": None if rate is None else round(rate),
            "touches": self.touches,
            "compared": list(self.compared),
            "not_compared": self.not_compared,
            "differing": list(self.differing),
            "difference": None if self.difference is None else asdict(self.difference),
            "live": _roots(self.live_roots),
            "rebuilt": _roots(self.rebuilt_roots),
            "to_send": self.to_send,
            "held_seconds": round(self.held_seconds, 3),
            "scan_differs": list(self.scan_differs),
            "seconds": round(self.seconds, 3),
        }


def _roots(lanes: Lanes | None) -> dict[str, str] | None:
    if lanes is None:
        return None
    plain, canonical = state_roots(lanes)
    return {"state_root": plain, "state_root_canonical": canonical}
