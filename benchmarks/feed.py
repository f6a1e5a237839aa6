"""The order in which made-up statements are said: new records, and some said again.

A record has a number and a version that grows when it is corrected; an equal statement repeats the
version that stands, an older one comes from before it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.plan import MIX, Plan, draws
from hub.domain.events import Kind

RUN_LENGTH = 4  # Records of a person that follow each other in order "file".
_SLOTS = 1_000

_KINDS = {
    "training": Kind.TRAINING_COMPLETION,
    "credential": Kind.CREDENTIAL,
    "employment": Kind.EMPLOYMENT,
}


class Said(NamedTuple):
    """One statement: what, whose, and at which version."""

    kind: Kind
    number: int
    """Of a profile the account's."""
    account: int
    version: int


class Feed:
    """Says one statement after the other. `records` counts the records that stand."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._random = random.Random(plan.seed)
        self._kinds: list[Kind] = []
        self._versions: list[int] = []
        self._profiles: dict[int, int] = {}
        self._accounts: list[int] = []  # Of the profiles, in order of their first.

    @property
    def records(self) -> int:
        return len(self._kinds) + len(self._accounts)

    def statements(self) -> Iterator[Said]:
        """Without end; in each thousand the mix is exact."""
        slots = [name for name, count in MIX.items() for _ in range(count)]
        assert len(slots) == _SLOTS
        while True:
            self._random.shuffle(slots)
            for slot in slots:
                yield self._said(slot)

    def _said(self, slot: str) -> Said:
        if slot in _KINDS:
            self._kinds.append(_KINDS[slot])
            self._versions.append(1)
            return self._record(len(self._kinds) - 1, 1)
        if slot == "profile":
            return self._profile(self._random.randrange(self._plan.account_count), 1)
        if not self.records:
            return self._profile(0, 1)
        number = self._random.randrange(self.records)
        later = {"equal": 0, "older": -1, "corrected": 1}[slot]
        if number >= len(self._kinds):
            return self._profile(self._accounts[number - len(self._kinds)], later)
        version = self._versions[number] + later
        self._versions[number] = max(version, self._versions[number])
        return self._record(number, version)

    def _profile(self, account: int, later: int) -> Said:
        if account not in self._profiles:
            self._profiles[account] = 0
            self._accounts.append(account)
        version = self._profiles[account] + later
        self._profiles[account] = max(version, self._profiles[account])
        return Said(Kind.PROFILE, account, account, version)

    def _record(self, number: int, version: int) -> Said:
        group = number if self._plan.order == "random" else number // RUN_LENGTH
        low, high = draws(self._plan, "account", group)[:2]
        account = (low << 16 | high) % self._plan.account_count
        return Said(self._kinds[number], number, account, version)
