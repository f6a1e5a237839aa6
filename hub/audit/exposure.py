"""Who received what through a link that was undone: read from the log, told to who received it.

Decisions are read whole, three times, since only those who ever shared a national id with the two
are kept; inboxes from the time of the link on. A record's owner is who has it today.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from hub.domain.events import Kind
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import OutboxItem, Person, RecordKey
from hub.domain.topics import IDENTITY, inbox_topic
from hub.errors import CorruptEventError, RejectedError
from hub.identity.exposure import (
    Episode,
    Exposed,
    Histories,
    ItemSent,
    Move,
    exposed_by,
    first_times,
)
from hub.identity.reviews import pair_text
from hub.identity.statements import Pair, pair_of
from hub.lanes.policies import load_references
from hub.ports import EventLog, ProjectionStore
from hub.projections.facts import SUBJECTS
from hub.projections.matches import notice_item
from hub.wire.codec import Body, read_event

READ_MAX = 5_000
_KIND_OF = {word: int(kind) for kind, word in SUBJECTS.items()}
Keep = Callable[[Move], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What was received in one time in which two persons were taken for one."""

    pair: Pair
    episode: Episode
    exposed: tuple[Exposed, ...]


async def exposure_of(log: EventLog, store: ProjectionStore, pair: Pair) -> list[Exposure]:
    """Of two persons, in every time in which they were linked. Raises RejectedError where they
    never were, or are still."""
    histories = await _histories(log, pair)
    episodes = histories.episodes(*pair)
    if not episodes:
        raise RejectedError(
            "these two were never taken for one person",
            reason="NEVER_LINKED",
            fix="name the two as the hub does: REGISTRY/PERSON",
        )
    if episodes[-1].until is None:
        raise RejectedError(
            "these two are still taken for one person",
            reason="STILL_LINKED",
            fix="part them first: hub identity never, or an answer different",
        )
    return [await _received(log, store, pair, episodes, each) for each in episodes]


async def exposure_by(log: EventLog, store: ProjectionStore, cause: int) -> list[Exposure]:
    """Of everybody whom what was decided of this cause parted. Raises RejectedError where it parted
    nobody."""
    moved = {move.person for move in await _moves(log, lambda move: move.offset == cause)}
    histories = await _histories(log, moved)
    found = []
    for one, other in histories.parted_by(cause):
        episodes = histories.episodes(one, other)
        for each in episodes:
            if each.until == cause:
                pair = pair_of(one, other)
                swapped = each if pair.one == one else _swapped(each)
                found.append(await _received(log, store, pair, episodes, swapped))
    if not found:
        raise RejectedError(
            f"what was decided at {cause} parted nobody",
            reason="NOTHING_PARTED",
            fix="give the claim_offset of the decision that undid the link",
        )
    return found


def _swapped(episode: Episode) -> Episode:
    return episode._replace(ours=episode.theirs, theirs=episode.ours)


async def _histories(log: EventLog, persons: Collection[Person]) -> Histories:
    """Of these persons and of everybody who ever shared a national id with one of them."""
    shared = {m.national_id for m in await _moves(log, lambda move: move.person in persons)}
    beside = {m.person for m in await _moves(log, lambda move: move.national_id in shared)}
    return Histories(await _moves(log, lambda move: move.person in beside))


async def _moves(log: EventLog, keep: Keep) -> list[Move]:
    place = TopicPartition(IDENTITY, 0)
    end = (await log.ends([IDENTITY])).get(place, 0)
    found: list[Move] = []
    offset = 0
    while offset < end:
        records = await log.read(place, offset, READ_MAX)
        if not records:
            break
        found += await asyncio.to_thread(_kept, records, keep)
        offset = records[-1].offset + 1
    return found


def _kept(records: Sequence[LogRecord], keep: Keep) -> list[Move]:
    found = []
    for record in records:
        opened = _opened(record, Kind.IDENTITY_DECISION)
        for change in opened["changes"] if opened else ():
            person = Person(change["registry"], change["person_id"])
            move = Move(opened["claim_offset"], record.append_at_ms, person, change["national_id"])
            if keep(move):
                found.append(move)
    return found


def _opened(record: LogRecord, kind: Kind) -> Body:
    """The body of an event of this kind; empty where it is another, or damaged."""
    try:
        envelope, body = read_event(record)
    except CorruptEventError:
        return {}
    return body if envelope.kind is kind else {}


async def _received(
    log: EventLog,
    store: ProjectionStore,
    pair: Pair,
    episodes: Sequence[Episode],
    episode: Episode,
) -> Exposure:
    """Items that were sent late, since deriving lags, count too, up to the next time together."""
    later = [each.since_ms for each in episodes if each.since > episode.since]
    until_ms = min(later, default=None)
    sent: list[ItemSent] = []
    for registry in sorted({person.registry for person in episode.ours | episode.theirs}):
        sent += await _sent(log, registry, episode.since_ms, until_ms)
    owners = await asyncio.to_thread(_owners, store, sent)
    found = [each for item in sent for each in exposed_by(item, episode, owners)]
    return Exposure(pair=pair, episode=episode, exposed=tuple(first_times(found)))


async def _sent(
    log: EventLog, registry: str, since_ms: int, until_ms: int | None
) -> list[ItemSent]:
    topic = inbox_topic(registry)
    found: list[ItemSent] = []
    for place, end in sorted((await log.ends([topic])).items()):
        offset = await _first_at(log, place, end, since_ms)
        while offset < end:
            records = await log.read(place, offset, READ_MAX)
            if not records:
                break
            offset = records[-1].offset + 1
            found += [
                item
                for record in records
                if until_ms is None or record.append_at_ms < until_ms
                if (item := _item(record)) is not None
            ]
    return found


async def _first_at(log: EventLog, place: TopicPartition, end: int, at_ms: int) -> int:
    """Append time never goes back within a partition, so a binary search finds it."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        records = await log.read(place, middle, 1)
        if records and records[0].append_at_ms < at_ms:
            low = middle + 1
        else:
            high = middle
    return low


_TELLING = {"MATCH": "MATCH", "PORTABILITY": "MATCH", "LINK": "LINK"}
"""Items that tell of another registry's records or accounts; an answer to a request names a record
as a match does."""


def _item(record: LogRecord) -> ItemSent | None:
    body = _opened(record, Kind.INBOX_ITEM)
    if not body or body["withdrawn"] or body["item"] not in _TELLING:
        return None
    receiver = body["receiver"]
    return ItemSent(
        receiver=receiver,
        item=_TELLING[body["item"]],
        own=frozenset(Person(receiver, person_id) for person_id in body["person_ids"]),
        others=frozenset(Person(o["registry"], o["person_id"]) for o in body["others"]),
        sender=body["sender"],
        kind=body["kind"] or "",
        record_id=body["record_id"] or "",
        at_ms=record.append_at_ms,
    )


def _owners(store: ProjectionStore, sent: Iterable[ItemSent]) -> dict[tuple[str, str, str], Person]:
    wanted = {(i.sender, i.kind, i.record_id) for i in sent if i.sender and i.kind in _KIND_OF}
    keys = {
        RecordKey(sender, _KIND_OF[kind], record_id): (sender, kind, record_id)
        for sender, kind, record_id in wanted
        if sender
    }
    with store.transaction() as tx:
        rows = tx.records.get(sorted(keys))
    return {keys[key]: row.person for key, row in rows.items() if row.person is not None}


def tell_exposure(store: ProjectionStore, found: Sequence[Exposure]) -> int:
    """Tell each receiver what it received. Answers how many items there are; telling again says
    nothing new."""
    with store.transaction() as tx:
        synthetic = load_references(tx).synthetic
        items = [item for each in found for item in _items(each, synthetic=synthetic)]
        tx.outbox.publish(items)
    return len(items)


def _items(exposure: Exposure, *, synthetic: bool) -> list[OutboxItem]:
    items = []
    for receiver, group in groupby(exposure.exposed, key=lambda each: each.receiver):
        received = list(group)
        fields: Mapping[str, object] = {
            "person_ids": sorted({each.own.person_id for each in received}),
            "exposed": [
                {**owner._asdict(), "kind": kind, "record_id": record_id}
                for owner, kind, record_id in sorted(
                    {(each.owner, each.kind, each.record_id) for each in received}
                )
            ],
        }
        subject = f"exposure|{receiver}|{exposure.episode.since}|{pair_text(exposure.pair)}"
        items.append(notice_item(receiver, "EXPOSURE", subject, {**fields}, synthetic=synthetic))
    return items
