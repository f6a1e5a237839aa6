"""The connections of one Kafka log: each is made when it is first used, and all end together.

Two kinds of consumer: one fetches, the other only asks where partitions end. Brokers answer a
connection in turn, so a question behind a fetch that waits for records would wait too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient

COMPRESSION = "zstd"
BATCH_BYTES_MAX = 256 * 1024
LINGER_MS = 5
FETCH_POLL_MS = 50  # A fetch that waits at one partition's end holds up the other partitions.


class KafkaClients:
    """Clients of the brokers at `bootstrap` ("host:port,…"); `security` is aiokafka's settings."""

    def __init__(self, bootstrap: str, **security: Any) -> None:
        self._settings = {"bootstrap_servers": bootstrap.split(","), **security}
        self._starting = asyncio.Lock()
        self._started: dict[str, tuple[Any, Callable[[], Awaitable[None]]]] = {}

    async def admin(self) -> Any:
        def make() -> Any:
            client = AIOKafkaAdminClient(**self._settings)
            return client, client.close

        return await self._get("admin", make)

    async def producer(self) -> Any:
        """Idempotent: what it sends again after a lost answer stands on the log once."""

        def make() -> Any:
            client = aiokafka.AIOKafkaProducer(
                **self._settings,
                acks="all",
                enable_idempotence=True,
                compression_type=COMPRESSION,
                max_batch_size=BATCH_BYTES_MAX,
                linger_ms=LINGER_MS,
            )
            return client, client.stop

        return await self._get("producer", make)

    async def fetching_consumer(self) -> Any:
        return await self._get("fetching", self._consumer)

    async def asking_consumer(self) -> Any:
        return await self._get("asking", self._consumer)

    def _consumer(self) -> Any:
        client = aiokafka.AIOKafkaConsumer(
            **self._settings,
            enable_auto_commit=False,
            auto_offset_reset="none",  # Anything else passes over what is missing, in silence.
            fetch_max_wait_ms=FETCH_POLL_MS,
        )
        return client, lambda: leave(client)

    async def _get(self, name: str, make: Callable[[], Any]) -> Any:
        async with self._starting:
            if name not in self._started:
                client, stop = make()
                try:
                    await client.start()
                except BaseException:
                    await stop()  # A half-started client would leak its sockets.
                    raise
                self._started[name] = (client, stop)
        return self._started[name][0]

    async def close(self) -> None:
        """End every client, the last one started first, whatever one of them says."""
        while self._started:
            _, (_, stop) = self._started.popitem()
            try:
                await stop()
            except BaseException:
                await self.close()
                raise


async def leave(consumer: Any) -> None:
    """Stop a consumer, whatever state its broker is in.

    Where the broker is gone, the driver lets the cancellation of tasks of its own through, as if
    the caller were cancelled, and leaves its connections open.
    """
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        if is_cancelled():
            raise
        client = getattr(consumer, "_client", None)
        if client is not None:
            await client.close()


def is_cancelled() -> bool:
    """Whether somebody asked for the end of the current task."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
