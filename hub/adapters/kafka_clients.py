"""The connections of one Kafka log: each is made when it is first used, and all end together.

Two kinds of consumer: one fetches, the other only asks where partitions end. Brokers answer a
connection in turn, so a question behind a fetch that waits for records would wait too. Where
brokers refuse a client for its settings, the first use raises ConfigurationError and says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiokafka
from aiokafka import errors
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient

from hub.adapters.kafka_refusals import refusal_of

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

    @property
    def is_secured(self) -> bool:
        """Whether the brokers are told who comes."""
        return "security_protocol" in self._settings

    async def admin(self) -> Any:
        def make() -> Any:
            client = AIOKafkaAdminClient(**self._settings)
            return client, client.start, client.close

        return await self._get("admin", make)

    async def requests(self) -> Any:
        """For requests of the protocol for which the driver has no method."""

        def make() -> Any:
            client = AIOKafkaClient(**self._settings)
            return client, client.bootstrap, client.close

        return await self._get("requests", make)

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
            return client, client.start, client.stop

        return await self._get("producer", make)

    async def drop_producer(self) -> None:
        """End the producer, whatever it says; the next use makes another."""
        _, stop = self._started.pop("producer", (None, None))
        if stop is not None:
            with suppress(errors.KafkaError, OSError):
                await stop()

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
        return client, client.start, lambda: leave(client)

    async def _get(self, name: str, make: Callable[[], Any]) -> Any:
        async with self._starting:
            if name not in self._started:
                client, start, stop = make()
                try:
                    await start()
                except BaseException as error:
                    await stop()  # A half-started client would leak its sockets.
                    await raise_if_refused(client, error)
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


async def raise_if_refused(client: Any, error: BaseException) -> None:
    """Raise ConfigurationError where a client did not connect because brokers refuse it."""
    if isinstance(error, errors.KafkaConnectionError):
        refusal = await refusal_of(client)
        if refusal is not None:
            raise refusal from error


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
