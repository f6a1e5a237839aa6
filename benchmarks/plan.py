"""What a run is fed with: the mix of events, how many, and whose they are.

Everything made is a function of the plan, so that equal plans give equal bytes.
"""

from __future__ import annotations

import struct
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

from hub.domain.rows import Person

DRAWS = 32
ACCOUNT_RECORDS = 20  # Records for each account that was there before what is measured.

MIX = {
    "training": 700,
    "credential": 40,
    "employment": 60,
    "profile": 100,
    "equal": 50,
    "older": 20,
    "corrected": 30,
}
"""Of a thousand events. The last three say again what was said before: the same statement, an
older one, a later one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run's events. `stored` counts records that stand before the first measured event."""

    stored: int = 100_000
    measured: int = 60_000
    seed: int = 1
    order: str = "random"
    """random: each record is of any person; file: four records of a person follow each other."""
    linked: float = 0.15
    """Share of accounts that are one person's in two registries."""
    registries: tuple[str, ...] = ("us-il", "us-nd")
    """By default the two whose shipped policies answer the most trainings, one with six rules."""
    accounts: int = 0
    """0: one for each twenty stored records."""

    @property
    def account_count(self) -> int:
        count = self.accounts or max(self.stored // ACCOUNT_RECORDS, 40)
        return count - count % len(self.registries)

    @property
    def pair_count(self) -> int:
        return int(self.account_count * self.linked / 2)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def draws(plan: Plan, *names: object) -> tuple[int, ...]:
    """Numbers below 65536 that follow from seed and names alone."""
    text = "|".join(map(str, (plan.seed, *names))).encode()
    return struct.unpack(f"<{DRAWS}H", blake2b(text, digest_size=2 * DRAWS).digest())


def person_of(plan: Plan, account: int) -> Person:
    """The account's registry and person id. Accounts are dealt to the registries in turn."""
    registry = plan.registries[account % len(plan.registries)]
    number = account // len(plan.registries)
    return Person(registry, f"{registry[3:].upper()}-{1_000_000 + number}")


def human_of(plan: Plan, account: int) -> str:
    """Who holds the account: a pair of the first two registries is one human."""
    at, number = account % len(plan.registries), account // len(plan.registries)
    return f"pair {number}" if at < 2 and number < plan.pair_count else f"{at} {number}"
