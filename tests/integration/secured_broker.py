"""A broker that asks who comes, and what tests do with it in somebody's name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from deploy.local.kafka import KafkaBroker
from deploy.local.kafka_properties import ADMIN
from hub.adapters.kafka_clients import KafkaClients
from hub.adapters.kafka_log import KafkaEventLog
from hub.bootstrap import kafka_security
from hub.settings import read_settings
from tests.integration.certificates import Authority

USERS = (ADMIN, "hub", "alliance", "us-oh", "us-ca")
OURS = ("registry.", "national.", "alliance.")
FORGET_TRIES_MAX = 200
FORGET_PAUSE_SECONDS = 0.05

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Secured:
    """A broker that asks who comes. Passwords are the names, turned round."""

    broker: KafkaBroker
    authority: Authority

    def settings(self, name: str, **more: str) -> dict[str, str]:
        """What a person of this name sets."""
        return {
            "HUB_LOG": self.broker.url,
            "HUB_KAFKA_USERNAME": name,
            "HUB_KAFKA_PASSWORD": name[::-1],
            **more,
        }

    def with_tls(self, name: str, **more: str) -> dict[str, str]:
        """The same on the port that speaks TLS, too."""
        url = f"kafka://{self.broker.listener('SASL_SSL')}"
        return self.settings(
            name, **{"HUB_LOG": url, "HUB_KAFKA_CA": str(self.authority.file), **more}
        )

    def run(self, name: str, use: Callable[[KafkaEventLog], Awaitable[T]]) -> T:
        """What a log opened by this person answers."""
        return run_with(self.settings(name), use)

    def look(self, name: str, use: Callable[[KafkaClients], Awaitable[T]]) -> T:
        """The same of the brokers' clients."""
        return asyncio.run(_used(KafkaClients(self.broker.bootstrap, **self.security(name)), use))

    def security(self, name: str) -> dict[str, Any]:
        return kafka_security(read_settings(self.settings(name)))


def run_with(settings: dict[str, str], use: Callable[[KafkaEventLog], Awaitable[T]]) -> T:
    """What a log opened with these settings answers."""
    bootstrap = settings["HUB_LOG"].removeprefix("kafka://")

    async def opened() -> T:
        log = KafkaEventLog(bootstrap, **kafka_security(read_settings(settings)))
        return await _used(log, use)

    return asyncio.run(opened())


async def _used(opened: Any, use: Callable[[Any], Awaitable[T]]) -> T:
    try:
        return await use(opened)
    finally:
        await opened.close()


def forget_topics(secured: Secured) -> None:
    """Delete the hub's topics, whoever made them."""

    async def forget(clients: KafkaClients) -> None:
        admin = await clients.admin()
        names = [name for name in await admin.list_topics() if name.startswith(OURS)]
        if names:
            await admin.delete_topics(names)
        for _ in range(FORGET_TRIES_MAX):
            if not any(name.startswith(OURS) for name in await admin.list_topics()):
                return
            await asyncio.sleep(FORGET_PAUSE_SECONDS)
        raise AssertionError(f"{names} are still there")

    secured.look(ADMIN, forget)
