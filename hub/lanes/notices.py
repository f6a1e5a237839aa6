"""What registries are told once a day unasked: lapses, and rules that people contradict.

Telling again says nothing new, so it may run twice, be cut off, and run beside the lanes.
"""

from __future__ import annotations

from datetime import date

from hub.lanes.lapses import Told, Window, check_current, is_worked_out, tell_lapses
from hub.lanes.recognition import Bounds, tell_contradictions
from hub.ports import ProjectionStore

NOTE = "noticed_on"
"""Day on which registries were told last."""


def was_told(store: ProjectionStore, day: date) -> bool:
    """Whether everything was told on this day already."""
    with store.transaction() as tx:
        return tx.note(NOTE) == day.isoformat()


def is_settled(store: ProjectionStore, stamp: int) -> bool:
    """Whether what was touched up to this stamp is worked out."""
    with store.transaction() as tx:
        return is_worked_out(tx, stamp)


def tell_notices(store: ProjectionStore, window: Window, bounds: Bounds, stamp: int) -> Told:
    """Tell what is to be told on the window's day. Raises RetryableError while the store is filled
    from the log."""
    told = tell_lapses(store, window, stamp)
    with store.transaction() as tx:
        check_current(tx)
        tell_contradictions(tx, bounds)
        if not told.put_off:
            tx.set_note(NOTE, window.day.isoformat())
    return told
