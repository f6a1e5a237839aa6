"""How messages go to Kafka: packed into batches here, sent whole, answered one by one.

The driver's own way, a future for each message, costs six times as much. Order holds within a
partition.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.errors import MessageSizeTooLargeError

from hub.domain.log import Message
from hub.domain.partitioning import partition_for

Place = tuple[str, int]

MESSAGE_BYTES_MAX = 1_000_000  # Uncompressed; what brokers take of a batch, if it does not shrink.


async def send_all(
    producer: Any, messages: Sequence[Message], counts: Mapping[str, int]
) -> list[tuple[Any, int]]:
    """Send all; of each message, in order, its batch's answer and its place in that batch.

    Every batch is settled before an error is raised, so that none arrives later; nothing is sent
    where a message is too large.
    """
    packed, where = _packed(producer, messages, counts)
    sending = [_send(producer, place, batches) for place, batches in packed.items()]
    answers = dict(zip(packed, await asyncio.gather(*sending), strict=True))
    for answered in answers.values():
        for answer in answered:
            if isinstance(answer, BaseException):
                raise answer
    return [(answers[place][batch], nth) for place, batch, nth in where]


def _packed(
    producer: Any, messages: Sequence[Message], counts: Mapping[str, int]
) -> tuple[dict[Place, list[Any]], list[tuple[Place, int, int]]]:
    """Batches of each partition; of each message its partition, batch and place in it."""
    packed: dict[Place, list[Any]] = {}
    where = []
    for message in messages:
        if len(message.key or b"") + len(message.value) > MESSAGE_BYTES_MAX:
            raise MessageSizeTooLargeError
        place = (message.topic, partition_for(message.key, counts[message.topic]))
        batches = packed.setdefault(place, [producer.create_batch()])
        if not _added(batches[-1], message):
            batches.append(producer.create_batch())
            _added(batches[-1], message)  # The first of a batch always has room.
        where.append((place, len(batches) - 1, batches[-1].record_count() - 1))
    return packed, where


def _added(batch: Any, message: Message) -> bool:
    added = batch.append(
        timestamp=None, key=message.key, value=message.value, headers=list(message.headers)
    )
    return added is not None


async def _send(producer: Any, place: Place, batches: Sequence[Any]) -> list[Any]:
    """The answer of each batch, or its error; what follows an error is not sent."""
    topic, partition = place
    sent: list[asyncio.Future[Any]] = []
    error: BaseException | None = None
    for batch in batches:
        batch.close()
        try:
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        except Exception as problem:  # Raised by the caller, when the others are settled.
            error = problem
            break
    answers: list[Any] = list(await asyncio.gather(*sent, return_exceptions=True))
    return answers if error is None else [*answers, error]
