"""Real and synthetic data never mix in one log: the check before anything is published.

The first event of each registry's topic says what the log holds. What the Alliance publishes says
nothing of it: policies and lists are the same beside either.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from hub.domain.log import TopicPartition
from hub.domain.topics import registry_of_events
from hub.errors import ConfigurationError, CorruptEventError, NotAllowedError
from hub.ports import EventLog
from hub.wire.codec import UnknownSchemaError, open_envelope

_LOOK_AT = 20


async def refuse_mixing(log: EventLog, *, synthetic: bool) -> None:
    """Raise ConfigurationError where the log holds data of the other sort."""
    async for topic, held in _sorts(log):
        if held != synthetic:
            raise ConfigurationError(
                f"this submission is {_word(synthetic)}, and {topic} holds {_word(held)} data",
                fix=f"publish {_word(synthetic)} data to a log of its own",
                effect="nothing was published",
            )


async def sort_of_log(log: EventLog) -> bool | None:
    """Whether the registries' data are made up; None where the log holds none that can be read."""
    async for _, held in _sorts(log):
        return held
    return None


async def _sorts(log: EventLog) -> AsyncIterator[tuple[str, bool]]:
    topics = sorted(name for name in await log.topics() if registry_of_events(name) is not None)
    ends = await log.ends(topics) if topics else {}
    for topic in topics:
        places = sorted(place for place, end in ends.items() if place.topic == topic and end > 0)
        held = await _sort_of(log, places)
        if held is not None:
            yield topic, held


async def _sort_of(log: EventLog, places: list[TopicPartition]) -> bool | None:
    """What the first readable event of a topic says; None where there is none."""
    for place in places:
        try:
            records = await log.read(place, 0, _LOOK_AT)
        except NotAllowedError:
            return None  # A registry's own principal writes its events and reads none.
        for record in records:
            try:
                return open_envelope(record).head.synthetic
            except (CorruptEventError, UnknownSchemaError):
                continue
    return None


def _word(synthetic: bool) -> str:
    return "synthetic" if synthetic else "real"
