"""The garbage collector, set for batches: what lanes make by the ten thousand is in no cycle.

Looking through it for cycles again and again costs a third of a lane's time.
"""

from __future__ import annotations

import gc

_ALLOCATIONS = 200_000  # Of a batch of ten thousand events and what follows from them.


def calm_collector() -> None:
    """Leave what the program itself is made of alone, and look less often. Call once, at start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, 50, 100)
