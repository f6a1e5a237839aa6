"""One rebuild at a time: a lease in the live store, by compare-and-swap.

A rebuild that was killed or froze loses it by time. Times are the machines' own clocks.
"""

from __future__ import annotations

import json
import os
import socket
import time
import uuid

from hub.errors import ConfigurationError, FatalError
from hub.ports import ProjectionStore, StoreTransaction

NOTE = "lease|rebuild"
LEASE_SECONDS = 120.0  # Longer than the live store is held still.
RENEW_SECONDS = 15.0


class Lease:
    """Held from take() to let_go()."""

    def __init__(self, store: ProjectionStore) -> None:
        self._store = store
        self.holder = f"{socket.gethostname()} process {os.getpid()} {uuid.uuid4().hex[:8]}"
        self._renewed = 0.0

    def take(self) -> None:
        """Raises ConfigurationError while another rebuild has it."""
        with self._store.transaction() as tx:
            if not self._swap(tx):
                raise ConfigurationError(
                    f"a rebuild of this store is running: {self._held(tx)}",
                    fix="let it end or stop it; one that was killed is forgotten"
                    f" after {LEASE_SECONDS:.0f} s",
                    effect="nothing was changed",
                )

    def renew(self) -> None:
        """Now and then. Raises FatalError where it was lost meanwhile."""
        if time.monotonic() - self._renewed < RENEW_SECONDS:
            return
        with self._store.transaction() as tx:
            if not self._swap(tx):
                self._lost()

    def check(self, tx: StoreTransaction) -> None:
        """Before what must not be done twice. Raises FatalError where it was lost."""
        text = tx.note(NOTE)
        if text is None or json.loads(text)["holder"] != self.holder:
            self._lost()

    def _lost(self) -> None:
        raise FatalError(
            "this rebuild stood still for so long that another one took over",
            fix="leave it to that one",
            effect="this one changed nothing more",
        )

    def let_go(self) -> None:
        """Give it back where it is still one's own."""
        with self._store.transaction() as tx:
            text = tx.note(NOTE)
            if text is not None and json.loads(text)["holder"] == self.holder:
                tx.swap_note(NOTE, text, None)

    def _swap(self, tx: StoreTransaction) -> bool:
        held = tx.note(NOTE)
        now_ms = time.time_ns() // 1_000_000
        if held is not None:
            lease = json.loads(held)
            if lease["holder"] != self.holder and lease["until_ms"] > now_ms:
                return False
        until_ms = now_ms + int(LEASE_SECONDS * 1_000)
        wanted = json.dumps({"holder": self.holder, "until_ms": until_ms})
        self._renewed = time.monotonic()
        return tx.swap_note(NOTE, held, wanted)

    @staticmethod
    def _held(tx: StoreTransaction) -> str:
        text = tx.note(NOTE)
        return "another one" if text is None else str(json.loads(text)["holder"]).rsplit(" ", 1)[0]
